"""Measures of quality on signals whose values are known by construction."""

import numpy as np
import pytest
import scipy.signal
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.signal import quality
from stages.signal.frames import frames
from stages.signal.resample import resample
from tests.makers import tone
from tests.voices import Signal, power, syllables, white

RATE = 16000


def rounded(x: Signal) -> Signal:
    """Quantised to 16 bits."""
    return np.asarray(np.round(x * 2.0**15) / 2.0**15, np.float32)


def snr_db(x: Signal, bit_depth: int = 16) -> float | None:
    return quality.snr_db(frames(x.astype(np.float32), RATE), bit_depth)


def noisy() -> Signal:
    """Three syllables in white noise."""
    clean = syllables(RATE, [0.5, 0.9, 1.3])
    mixed: Signal = clean + 0.01 * white(len(clean))
    return mixed


def test_peak_offset_and_zeros_by_hand() -> None:
    samples = np.array([0.0, 0.25, -0.5, 0.0], np.float32)
    assert quality.peak_db(samples) == pytest.approx(-6.0206, abs=1e-4)
    assert quality.dc_offset(samples) == pytest.approx(-0.0625)
    assert quality.digital_silence_share(samples) == 0.5
    assert quality.peak_db(np.zeros(4, np.float32)) is None


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([0, 0.5, 0.5, 0, -0.5, -0.5, 0], (0, 0)),  # two are not a run
        ([0, 0.5, 0.5, 0.5, 0, -0.5, -0.5, -0.5, -0.5, 0], (7, 4)),
        ([0.5, 0.5, -0.5, -0.5, 0.5], (0, 0)),  # a run has one sign
        ([0.5, 0.4996, 0.4996, 0.1], (3, 3)),  # within 0.1 %
        ([0.5, 0.499, 0.499, 0.1], (0, 0)),
        ([0.01, 0.01, 0.01, 0.0], (3, 3)),  # relative to the clip's own peak
        ([0, 0, 0, 0], (0, 0)),
    ],
)
def test_clipping_by_hand(samples: list[float], expected: tuple[int, int]) -> None:
    assert quality.clipping(np.array(samples, np.float32)) == expected


def test_a_clipped_tone_has_flat_tops_and_an_intact_tone_has_none() -> None:
    intact = tone(1.0, 48000, 0.9, 440.0)
    assert quality.clipping(intact).longest_run <= 3
    clipped = quality.clipping(np.clip(intact, -0.6, 0.6))
    # |sin| > 2/3 for 53.5 % of the time: 880 flat tops of 29.2 samples
    assert clipped.samples == pytest.approx(0.535 * 48000, rel=0.05)
    assert clipped.longest_run in (29, 30)


@pytest.mark.parametrize("snr", [5.0, 10.0, 20.0, 30.0, 40.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_snr_of_syllables_in_noise(snr: float, seed: int) -> None:
    clean = syllables(RATE, [0.5, 0.9, 1.3, 2.0, 2.6], ramp=0.001)
    noise = white(len(clean), seed) * np.sqrt(power(clean[clean != 0]) / 10 ** (snr / 10))
    assert snr_db(clean + noise) == pytest.approx(snr, abs=1.5)


@settings(max_examples=20, deadline=None)
@given(lead=st.floats(0, 3), tail=st.floats(0, 3), gain_db=st.floats(-40, 0))
def test_digital_silence_at_the_ends_and_gain_do_not_change_the_snr(
    lead: float, tail: float, gain_db: float
) -> None:
    padded = np.pad(10 ** (gain_db / 20) * noisy(), (round(lead * RATE), round(tail * RATE)))
    assert snr_db(padded, 32) == pytest.approx(snr_db(noisy(), 32), abs=0.5)


def test_a_short_sound_before_the_recording_does_not_change_the_snr() -> None:
    padded = np.pad(noisy(), (RATE, 0))
    padded[RATE // 2 : RATE // 2 + 800] = 1e-4
    assert snr_db(padded) == pytest.approx(snr_db(noisy()), abs=0.5)


def test_silent_pauses_have_quantisation_noise() -> None:
    # -20 dBFS speech (a little less with its ramps) over a 16-bit step squared / 12 = -101.1 dBFS
    assert snr_db(syllables(RATE, [0.1, 0.5, 0.9, 1.4])) == pytest.approx(81.1, abs=1.5)


def test_silence_and_less_than_a_frame_have_no_snr() -> None:
    assert snr_db(np.zeros(RATE)) is None
    assert snr_db(np.zeros(5)) is None
    assert quality.silence_share(frames(np.zeros(5, np.float32), RATE), 16) is None
    assert quality.silence_share(frames(np.zeros(RATE, np.float32), RATE), 16) == 1.0


def test_silence_share_of_syllables() -> None:
    clean = syllables(RATE, [0.5, 1.5, 2.5, 3.5]) + 1e-4 * white(round(4.3 * RATE))
    # four of 0.25 s in 4.3 s are speech
    assert quality.silence_share(frames(clean.astype(np.float32), RATE), 16) == pytest.approx(0.767, abs=0.02)


def test_wada_curve_has_the_published_values() -> None:
    """At 0, 10, 20 and 40 dB, from the table of the authors' program, made by simulation."""
    found = np.interp([0, 10, 20, 40], quality.WADA_SNRS, quality.wada_curve())
    assert found == pytest.approx([0.46221153, 0.66750818, 0.95655449, 1.3605727], abs=5e-3)
    assert (np.diff(quality.wada_curve()) > 0).all()


@pytest.mark.parametrize("snr", [0.0, 5.0, 10.0, 15.0])
def test_wada_finds_the_snr_of_its_own_model(snr: float) -> None:
    rng = np.random.default_rng(1)
    clean = rng.choice([-1, 1], 400_000) * scipy.stats.gamma(0.4).rvs(400_000, random_state=rng)
    noise = white(len(clean)) * np.sqrt(power(clean) / 10 ** (snr / 10))
    assert quality.wada_snr_db((0.01 * (clean + noise)).astype(np.float32)) == pytest.approx(snr, abs=0.3)


def test_wada_of_silence_is_null_and_padding_does_not_change_it() -> None:
    assert quality.wada_snr_db(np.zeros(100, np.float32)) is None
    samples = noisy().astype(np.float32)
    assert quality.wada_snr_db(np.pad(samples, (RATE, 0))) == quality.wada_snr_db(samples)


@pytest.mark.parametrize(("rate", "window"), [(48000, 1920), (24414, 977)])
def test_power_density_is_that_of_scipy(rate: int, window: int) -> None:
    samples = white(rate + 100) + np.float32(0.1)
    expected = scipy.signal.welch(samples.astype(np.float64), rate, nperseg=window)
    for found, wanted in zip(quality.welch(samples, rate, window), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("cutoff", [3400, 7000, 12000])
def test_bandwidth_of_low_passed_noise(cutoff: int) -> None:
    sharp = scipy.signal.firwin(2001, cutoff, fs=48000)
    samples = rounded(0.1 * np.convolve(white(48000), sharp, "same"))
    assert quality.bandwidth_hz(samples, 48000, 16) == pytest.approx(cutoff, abs=200)


@pytest.mark.parametrize("level", [0.1, 0.001])
@pytest.mark.parametrize("rate", [8000, 16000, 24000])
def test_bandwidth_of_an_upsampled_copy_is_that_of_the_original(rate: int, level: float) -> None:
    copy = rounded(resample(rounded(level * white(rate)), rate, 48000))
    assert quality.bandwidth_hz(copy, 48000, 16) == pytest.approx(rate / 2, rel=0.1)


def test_bandwidth_of_full_band_noise_is_nyquist_and_of_silence_null() -> None:
    assert quality.bandwidth_hz(rounded(0.1 * white(48000)), 48000, 16) == pytest.approx(24000, abs=200)
    assert quality.bandwidth_hz(np.zeros(48000, np.float32), 48000, 16) is None
    assert quality.bandwidth_hz(np.ones(10, np.float32), 48000, 16) is None
