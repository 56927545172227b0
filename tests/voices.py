"""Synthetic voices and noises of known onset, level and spectrum."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[Any]


def syllables(rate: int, onsets: list[float], length: float = 0.25, ramp: float = 0.02) -> Signal:
    """Synthesise bursts of a buzz at 120 Hz with harmonics up to 5 kHz, level 0.1, between exact zeros.

    Args:
        rate: in Hz.
        onsets: of the bursts, in seconds; the signal ends 0.8 s after the last.
        length: of a burst, in seconds.
        ramp: raised cosine at both ends of a burst, in seconds.
    """
    t = np.arange(round(length * rate)) / rate
    harmonics = np.arange(120, min(5000, rate / 2), 120)
    buzz = (np.cos(2 * np.pi * np.outer(harmonics, t)) / np.sqrt(harmonics)[:, np.newaxis]).sum(axis=0)
    edge = np.minimum(np.minimum(t, t[-1] - t) / ramp, 1)
    burst = buzz / np.sqrt(np.mean(buzz**2)) * 0.1 * (1 - np.cos(np.pi * edge)) / 2
    signal = np.zeros(round((onsets[-1] + 0.8) * rate))
    for onset in onsets:
        signal[round(onset * rate) :][: len(burst)] += burst
    return signal


def white(n: int, seed: int = 0) -> Signal:
    """Generate Gaussian noise of power 1."""
    return np.random.default_rng(seed).standard_normal(n)


def pink(n: int, seed: int = 0) -> Signal:
    """Generate Gaussian noise of power 1 whose spectrum falls by 3 dB per octave."""
    spectrum = np.fft.rfft(white(n, seed))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, n)
    scaled: Signal = noise / np.sqrt(np.mean(noise**2))
    return scaled


def power(x: Signal) -> float:
    """Compute the mean square."""
    return float(np.mean(np.square(x)))


def si_sdr(reference: Signal, estimate: Signal) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al., ICASSP 2019)."""
    target = np.dot(estimate, reference) / np.dot(reference, reference) * reference
    return float(10 * np.log10(power(target) / power(estimate - target)))
