"""Measures of quality on signals whose answer is known by construction."""

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


def rounded(x: Signal, bits: int = 16) -> Signal:
    """As a file of so many bits holds it."""
    steps = 2.0 ** (bits - 1)
    return (np.round(x * steps) / steps).astype(np.float32)


def test_peak_offset_and_zeros_by_hand() -> None:
    samples = np.array([0.0, 0.25, -0.5, 0.0], np.float32)
    assert quality.peak_db(samples) == pytest.approx(-6.0206, abs=1e-4)
    assert quality.dc_offset(samples) == pytest.approx(-0.0625)
    assert quality.digital_silence_share(samples) == 0.5
    assert quality.peak_db(np.zeros(4, np.float32)) is None


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([0, 0.5, 0.5, 0, -0.5, -0.5, 0], (0, 0)),  # two are no run
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


def test_a_clipped_tone_shows_and_an_unclipped_does_not() -> None:
    assert quality.clipping(tone(1.0, 48000, 0.9, 440.0)).longest_run <= 3
    clipped = quality.clipping(np.clip(tone(1.0, 48000, 0.9, 440.0), -0.6, 0.6))
    # |sin| > 2/3 for 53.5 % of the time: 880 flat tops of 29.2 samples
    assert clipped.samples == pytest.approx(0.535 * 48000, rel=0.05)
    assert clipped.longest_run in (29, 30)


@pytest.mark.parametrize("snr", [5.0, 10.0, 20.0, 30.0, 40.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_snr_of_syllables_in_noise(snr: float, seed: int) -> None:
    clean = syllables(RATE, [0.5, 0.9, 1.3, 2.0, 2.6], ramp=0.001)
    noise = white(len(clean), seed) * np.sqrt(power(clean[clean != 0]) / 10 ** (snr / 10))
    energy = frames((clean + noise).astype(np.float32), RATE)
    assert quality.snr_db(energy, 16) == pytest.approx(snr, abs=1.5)


@settings(max_examples=20, deadline=None)
@given(lead=st.floats(0, 3), tail=st.floats(0, 3), gain_db=st.floats(-40, 0))
def test_padding_with_digital_zeros_and_gain_do_not_move_the_snr(
    lead: float, tail: float, gain_db: float
) -> None:
    clean = syllables(RATE, [0.5, 0.9, 1.3])
    noisy = clean + 0.01 * white(len(clean))
    expected = quality.snr_db(frames(noisy.astype(np.float32), RATE), 32)
    padded = np.concatenate([np.zeros(round(lead * RATE)), noisy, np.zeros(round(tail * RATE))])
    changed = (10 ** (gain_db / 20) * padded).astype(np.float32)
    assert quality.snr_db(frames(changed, RATE), 32) == pytest.approx(expected, abs=0.5)


def test_a_stray_blip_in_the_lead_in_is_not_the_recording() -> None:
    clean = syllables(RATE, [0.5, 0.9, 1.3])
    noisy = clean + 0.01 * white(len(clean))
    lead = np.zeros(RATE)
    lead[RATE // 2 : RATE // 2 + 800] = 1e-4
    expected = quality.snr_db(frames(noisy.astype(np.float32), RATE), 16)
    led = np.concatenate([lead, noisy]).astype(np.float32)
    assert quality.snr_db(frames(led, RATE), 16) == pytest.approx(expected, abs=0.5)


def test_silent_pauses_count_as_quantisation_noise() -> None:
    energy = frames(syllables(RATE, [0.1, 0.5, 0.9, 1.4]).astype(np.float32), RATE)
    # -20 dBFS speech (a little less with its ramps) over a 16-bit step squared / 12 = -101.1 dBFS
    assert quality.snr_db(energy, 16) == pytest.approx(81.1, abs=1.5)


def test_snr_of_silence_and_of_nothing_is_null() -> None:
    assert quality.snr_db(frames(np.zeros(RATE, np.float32), RATE), 16) is None
    assert quality.snr_db(frames(np.zeros(5, np.float32), RATE), 16) is None
    assert quality.silence_share(frames(np.zeros(5, np.float32), RATE), 16) is None
    assert quality.silence_share(frames(np.zeros(RATE, np.float32), RATE), 16) == 1.0


def test_silence_share_of_syllables() -> None:
    clean = syllables(RATE, [0.5, 1.5, 2.5, 3.5]) + 1e-4 * white(round(4.3 * RATE))
    # four of 0.25 s in 4.3 s are speech
    assert quality.silence_share(frames(clean.astype(np.float32), RATE), 16) == pytest.approx(0.767, abs=0.02)


def test_wada_curve_has_the_published_values() -> None:
    """Table of the authors' own program, made by simulation: at 0, 10, 20 and 40 dB."""
    at = {snr: float(np.interp(snr, quality.WADA_SNRS, quality.wada_curve())) for snr in (0, 10, 20, 40)}
    expected = {0: 0.46221153, 10: 0.66750818, 20: 0.95655449, 40: 1.3605727}
    assert at == pytest.approx(expected, abs=5e-3)
    assert (np.diff(quality.wada_curve()) > 0).all()


@pytest.mark.parametrize("snr", [0.0, 5.0, 10.0, 15.0])
def test_wada_finds_the_snr_of_its_own_model(snr: float) -> None:
    rng = np.random.default_rng(1)
    clean = rng.choice([-1, 1], 400_000) * scipy.stats.gamma(0.4).rvs(400_000, random_state=rng)
    noise = white(len(clean)) * np.sqrt(power(clean) / 10 ** (snr / 10))
    assert quality.wada_snr_db((0.01 * (clean + noise)).astype(np.float32)) == pytest.approx(snr, abs=0.3)


def test_wada_of_silence_is_null_and_padding_does_not_move_it() -> None:
    assert quality.wada_snr_db(np.zeros(100, np.float32)) is None
    noisy = (syllables(RATE, [0.5]) + 0.01 * white(round(1.3 * RATE))).astype(np.float32)
    padded = np.concatenate([np.zeros(RATE, np.float32), noisy])
    assert quality.wada_snr_db(padded) == quality.wada_snr_db(noisy)


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
def test_bandwidth_gives_an_upsampled_copy_away_even_if_quiet(rate: int, level: float) -> None:
    original = rounded(level * white(rate))
    copy = rounded(resample(original, rate, 48000))
    found = quality.bandwidth_hz(copy, 48000, 16)
    assert found is not None
    assert 0.9 * rate / 2 < found < 1.1 * rate / 2


def test_full_band_reads_nyquist_and_silence_null() -> None:
    assert quality.bandwidth_hz(rounded(0.1 * white(48000)), 48000, 16) == pytest.approx(24000, abs=200)
    assert quality.bandwidth_hz(np.zeros(48000, np.float32), 48000, 16) is None
    assert quality.bandwidth_hz(np.ones(10, np.float32), 48000, 16) is None
