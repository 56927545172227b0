"""Spectrum, voice quality, pace and level against formulas and computations by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.signal import f0, prosody, voice
from stages.signal.resample import resample
from tests.signal.test_f0 import pulses
from tests.voices import Signal, white

MARGIN = slice(5, -5)
WHITE_ALPHA_DB = 10 * np.log10(4000 / 950)
"""Bandwidth of 1-5 kHz over that of 50 Hz-1 kHz."""


def mean_spectrum(signal: Signal) -> Signal:
    return np.asarray(voice.power_spectra(f0.windows(signal)[MARGIN]).mean(axis=0))


def coloured(exponent: float) -> Signal:
    """Noise whose power density is proportional to frequency to the power of `exponent`."""
    spectrum = np.fft.rfft(white(10 * f0.RATE))
    hz = np.fft.rfftfreq(10 * f0.RATE, 1 / f0.RATE)
    spectrum[1:] *= hz[1:] ** (exponent / 2)
    return np.fft.irfft(spectrum)


@pytest.mark.parametrize(("exponent", "slope"), [(0, 0.0), (-1, -3.01), (-2, -6.02), (-4, -12.04), (1, 3.01)])
def test_tilt_of_noise(exponent: float, slope: float) -> None:
    assert voice.tilt_db_per_octave(mean_spectrum(coloured(exponent))) == pytest.approx(slope, abs=0.35)


@pytest.mark.parametrize("hz", [80, 130, 210, 330, 500, 620])
def test_tilt_of_voices_at_any_pitch(hz: float) -> None:
    # at high pitch, the number of harmonics in an octave varies: 1.5 to 2.5 dB per octave
    found = voice.tilt_db_per_octave(mean_spectrum(pulses(hz, fall=12)))
    assert found == pytest.approx(-12.04, abs=1.5 if hz < 250 else 2.5)


def test_alpha_ratio_of_white_noise_is_the_ratio_of_bandwidths() -> None:
    assert voice.alpha_ratio_db(mean_spectrum(white(10 * f0.RATE))) == pytest.approx(WHITE_ALPHA_DB, abs=0.3)


def test_alpha_ratio_of_two_tones_by_hand() -> None:
    t = np.arange(f0.RATE) / f0.RATE
    tones = np.sin(2 * np.pi * 500 * t) + 0.1 * np.sin(2 * np.pi * 3000 * t)
    assert voice.alpha_ratio_db(mean_spectrum(tones)) == pytest.approx(-20, abs=0.01)


@pytest.mark.parametrize("fall", [0.0, 6.0, 12.0])
def test_first_over_second_harmonic(fall: float) -> None:
    frames = f0.windows(pulses(180, fall=fall))[MARGIN]
    found = voice.h1_h2_db(frames, np.full(len(frames), 180.0))
    assert np.median(found) == pytest.approx(fall, abs=0.1)


def test_cepstral_peak_of_an_echo_by_hand() -> None:
    """White noise with an echo of gain a: ln |1 + a exp(-jwT)|^2 has the cepstrum a at T (Noll 1967)."""
    lag, gain = 96, 0.5
    noise = white(20 * f0.RATE + lag)
    power = voice.power_spectra(f0.windows(noise[lag:] + gain * noise[:-lag])[MARGIN])
    # the mean over frames keeps the echo and removes the noise of the estimate
    mean = np.fft.irfft(10 * np.log10(power).mean(axis=0))[lag]
    assert mean == pytest.approx(10 / np.log(10) * gain, rel=0.2)  # the taper removes a part
    without = voice.cpp_db(voice.power_spectra(f0.windows(noise)[MARGIN])).mean()
    assert voice.cpp_db(power).mean() > without + 4


def test_cepstral_peak_of_white_noise_by_extreme_values() -> None:
    """Cepstral noise is Gaussian: the peak of some 200 lags over a line through E 20 lg |x| = 20 lg s - 5.5.

    E max of |x| over n independent values is about s sqrt(2 ln 2n), 3.3 s: 10.4 + 5.5 dB; the taper
    correlates neighbours and lowers late lags, by some 1.5 dB.
    """
    lags = f0.RATE / f0.FLOOR_HZ - f0.RATE / f0.CEILING_HZ
    expected = 20 * np.log10(np.sqrt(2 * np.log(2 * lags))) + 5.5
    found = voice.cpp_db(voice.power_spectra(f0.windows(white(20 * f0.RATE))[MARGIN])).mean()
    assert expected - 2.5 < found < expected


def test_prominence_falls_with_noise() -> None:
    found = [
        voice.cpp_db(voice.power_spectra(f0.windows(pulses(150) + white(f0.RATE) * 10 ** (-snr / 20)))).mean()
        for snr in (0, 10, 20, 30)
    ]
    assert found == sorted(found)
    assert found[-1] > found[0] + 3


SPANS = [(0.1, 0.4), (0.4, 0.5), (0.8, 1.1)]


def test_pace_by_hand() -> None:
    # from 0.1 to 1.1 s: one second, three words, five syllables, one pause of 0.3 s
    expected = {"syllables_per_s": 5, "words_per_s": 3, "pause_count": 1, "pause_total_s": 0.3}
    assert prosody.pace(SPANS, 5) == pytest.approx(expected)
    assert prosody.pace([(0.0, 1.0), (1.2499, 2.0)], 0)["pause_count"] == 0
    assert prosody.pace([(0.0, 1.0), (1.25, 2.0)], 0)["pause_count"] == 1
    assert prosody.pace([], 5) == {}


def clip(gain: float = 1.0) -> Signal:
    """1.2 s of noise, and during the words a gliding voice 40 dB above it."""
    t = np.arange(round(1.2 * f0.RATE)) / f0.RATE
    phase = 2 * np.pi * np.cumsum(150 * 2 ** (t / 3)) / f0.RATE  # four semitones per second
    voiced = sum(np.cos(k * phase) / k for k in range(1, 30))
    words = np.any([(t >= start) & (t < end) for start, end in SPANS], axis=0)
    return np.asarray(gain * 0.05 * (voiced * words + 0.01 * white(len(t))), np.float32)


def test_measures_of_a_glide() -> None:
    found = prosody.measure(clip(), f0.RATE, SPANS, 5)
    assert found.f0_slope_st_s == pytest.approx(4, abs=0.1)
    # the words' frames start at 0.1 s and end at 1.1 s: 80 % of them span some 3.4 semitones
    assert found.f0_range_st == pytest.approx(3.4, abs=0.4)
    assert found.voiced_share is not None
    assert found.voiced_share > 0.9
    # power of harmonics 1/k: sum of 1/(2 k^2) is 0.806, 20 lg 0.05 = -26.02
    assert found.level_db == pytest.approx(-26.02 + 10 * np.log10(0.806), abs=0.3)


@settings(deadline=None, max_examples=15)
@given(gain_db=st.floats(-40, 20))
def test_gain_changes_only_the_level(gain_db: float) -> None:
    plain = prosody.measure(clip(), f0.RATE, SPANS, 5)._asdict()
    other = prosody.measure(clip(10 ** (gain_db / 20)), f0.RATE, SPANS, 5)._asdict()
    assert other.pop("level_db") - plain.pop("level_db") == pytest.approx(gain_db, abs=0.001)
    assert other == pytest.approx(plain, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("rate", [22050, 24000, 44100, 48000])
def test_the_sample_rate_changes_little(rate: int) -> None:
    plain = prosody.measure(clip(), f0.RATE, SPANS, 5)
    other = prosody.measure(resample(clip(), f0.RATE, rate), rate, SPANS, 5)
    assert other.f0_median_hz == pytest.approx(plain.f0_median_hz, rel=0.001)
    assert other.alpha_ratio_db == pytest.approx(plain.alpha_ratio_db, abs=0.1)
    assert other.hnr_db == pytest.approx(plain.hnr_db, abs=0.3)


def test_whispers_have_no_pitch_and_silence_has_no_measures() -> None:
    whisper = prosody.measure((0.05 * white(f0.RATE)).astype(np.float32), f0.RATE, [(0.1, 0.9)], 3)
    assert whisper.f0_median_hz is None
    assert whisper.hnr_db is None
    assert whisper.voiced_power_share == pytest.approx(0, abs=0.05)
    assert whisper.alpha_speech_db == pytest.approx(WHITE_ALPHA_DB, abs=0.5)
    silent = prosody.measure(np.zeros(f0.RATE, np.float32), f0.RATE, [(0.1, 0.9)], 4)
    assert silent == prosody.Prosody(syllables_per_s=5.0, words_per_s=1.25, pause_count=0, pause_total_s=0.0)
    assert prosody.measure(np.zeros(0, np.float32), f0.RATE, [], 0) == prosody.Prosody()


def test_without_words_the_strong_frames_are_speech() -> None:
    found, expected = (prosody.measure(clip(), f0.RATE, *words) for words in (([], 0), (SPANS, 5)))
    assert found.f0_median_hz == pytest.approx(expected.f0_median_hz, rel=0.02)
    assert found.words_per_s is None
