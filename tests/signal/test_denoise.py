"""Noise reduction lowers the noise, keeps speech with its soft onsets, and shifts nothing."""

import numpy as np
import pytest

from stages.signal.denoise import denoise
from tests.voices import Signal, pink, power, si_sdr, syllables

RATE = 16000
ONSETS = [0.5, 0.9, 1.3, 1.9, 2.4, 2.8]


def speech(rate: int = RATE) -> Signal:
    return syllables(rate, ONSETS)


def noisy(clean: Signal, snr: float) -> Signal:
    """With pink noise at `snr` dB below the power of the syllables."""
    level = np.sqrt(power(clean[clean != 0]) / 10 ** (snr / 10))
    return np.asarray(clean + level * pink(len(clean)), np.float32)


@pytest.mark.parametrize("cut", [0, 8000], ids=["with pauses", "without a pause, in digital silence"])
def test_clean_speech_hardly_changes(cut: int) -> None:
    clean = np.pad(speech()[cut:], cut).astype(np.float32)
    assert si_sdr(clean, denoise(clean, RATE, -12.0)) >= 60


@pytest.mark.parametrize(("snr", "gained"), [(20.0, 4.0), (10.0, 5.0)])
def test_pink_noise_is_lowered(snr: float, gained: float) -> None:
    clean = speech()
    before = noisy(clean, snr)
    after = denoise(before, RATE, -12.0)
    assert si_sdr(clean, after) >= si_sdr(clean, before) + gained
    silent = slice(800, 7200)  # before the first syllable
    assert 9 <= 10 * np.log10(power(before[silent]) / power(after[silent])) <= 12.1


def test_digital_silence_before_the_recording_is_not_its_noise() -> None:
    before = noisy(speech(), 10.0)
    led = np.concatenate([np.zeros(16000, np.float32), before])
    gain = 10 * np.log10(power(before[800:7200]) / power(denoise(led, RATE, -12.0)[16800:23200]))
    assert gain >= 9


def test_the_onset_of_soft_speech_is_kept() -> None:
    """A syllable 10 dB below the others, at 14 dB above the noise: its first 50 ms keep their energy."""
    soft = 10 ** (-10 / 20) * syllables(RATE, [3.5])[: round(4.0 * RATE)]
    loud = np.pad(speech(), (0, len(soft) - len(speech())))
    clean = loud + soft
    level = np.sqrt(power(soft[soft != 0]) / 10 ** (14 / 10))
    after = denoise((clean + level * pink(len(clean))).astype(np.float32), RATE, -12.0)
    onset = slice(round(3.51 * RATE), round(3.56 * RATE))
    assert 10 * np.log10(power(after[onset]) / power(clean[onset])) > -1.0
    assert si_sdr(clean[onset], after[onset]) > 10


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
def test_every_rate_keeps_the_length_without_delay(rate: int) -> None:
    clean = speech(rate)
    after = denoise(noisy(clean, 30.0), rate, -12.0)
    assert len(after) == len(clean)
    lags = np.arange(-20, 21)
    match = [np.dot(np.roll(clean, lag), after) for lag in lags]
    assert lags[int(np.argmax(match))] == 0


@pytest.mark.parametrize("n", [0, 1, 5, 255, 256, 257, 512, 513])
def test_short_clips_keep_their_length(n: int) -> None:
    after = denoise(pink(1024)[:n].astype(np.float32), RATE, -12.0)
    assert after.shape == (n,)
    assert after.dtype == np.float32
    assert np.isfinite(after).all()


def test_silence_remains_silence() -> None:
    assert not denoise(np.zeros(5000, np.float32), RATE, -12.0).any()


@pytest.mark.parametrize("scale", [2.0**-8, 2.0**2])
def test_the_level_has_no_effect(scale: float) -> None:
    before = noisy(speech(), 15.0)
    expected = denoise(before, RATE, -12.0) * np.float32(scale)
    np.testing.assert_allclose(denoise(before * np.float32(scale), RATE, -12.0), expected, atol=1e-5 * scale)


def test_equal_input_gives_equal_bytes() -> None:
    before = noisy(speech(), 15.0)
    assert denoise(before, RATE, -12.0).tobytes() == denoise(before.copy(), RATE, -12.0).tobytes()
