"""Voice quality: balance and tilt of the spectrum, cepstral peak prominence, breathiness.

All functions take windows of `f0.windows` (16 kHz, 46 ms), shape (k, 738), or power spectra of them, shape
(k, bins) or (bins,); none depends on the absolute level.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stages.signal.f0 import CEILING_HZ, FFT, FLOOR_HZ, FLOOR_POWER, RATE, WINDOW

ALPHA_BANDS_HZ = ((50.0, 1000.0), (1000.0, 5000.0))
TILT_MIN_HZ = 400.0
TILT_OCTAVES = 4
"""400 Hz to 6.4 kHz: each octave then contains a harmonic of every voice."""
MIN_QUEFRENCY_S = 0.001
"""Lower quefrencies are those of the vocal tract."""
HARMONICS_FFT = 4 * FFT
"""Bins of 4 Hz: with 16 Hz, the level of a harmonic between two bins is up to 0.7 dB too low."""
SEARCH = 0.1
"""Search range for the peak of a harmonic, as a share of f0."""

Spectra = NDArray[np.float64]
"""Power spectra, shape (frames, bins), bins `RATE / (2 (bins - 1))` apart."""


def power_spectra(frames: NDArray[np.float64], size: int = FFT) -> Spectra:
    """Compute power spectra of Hann-tapered windows, shape (k, size // 2 + 1)."""
    return np.square(np.abs(np.fft.rfft(frames * np.hanning(WINDOW), size)))


def _frequencies(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linspace(0, RATE / 2, power.shape[-1])


def _band(power: NDArray[np.float64], low: float, high: float) -> float:
    hz = _frequencies(power)
    return float(power[(hz >= low) & (hz < high)].sum())


def alpha_ratio_db(power: NDArray[np.float64]) -> float:
    """Compute the level of 1-5 kHz less that of 50 Hz-1 kHz, in dB; it rises with vocal effort.

    J. Sundberg and M. Nordenberg (2006), "Effects of vocal loudness variation on spectrum balance as
    reflected by the alpha measure of long-term-average spectra of speech", JASA 120, 453-457.
    """
    low, high = (max(_band(power, *band), FLOOR_POWER) for band in ALPHA_BANDS_HZ)
    return 10 * float(np.log10(high / low))


def tilt_db_per_octave(power: NDArray[np.float64]) -> float:
    """Compute the slope of the power density over four octaves: roughly -12 for voices, 0 for white noise."""
    edges = TILT_MIN_HZ * 2.0 ** np.arange(TILT_OCTAVES + 1)
    density = [_band(power, low, high) / (high - low) for low, high in pairwise(edges)]
    levels = 10 * np.log10(np.maximum(density, FLOOR_POWER))
    return float(np.polyfit(np.arange(TILT_OCTAVES), levels, 1)[0])


def cpp_db(power: Spectra) -> NDArray[np.float64]:
    """Compute the cepstral peak prominence per frame: the peak in the range of f0 above a line.

    J. Hillenbrand, R. Cleveland and R. Erickson (1994), "Acoustic correlates of breathy vocal quality",
    JSHR 37, 769-778, unsmoothed: dB of the transform of the spectrum in dB; line fitted from 1 ms on.
    """
    decibels = 10 * np.log10(np.maximum(power, FLOOR_POWER))
    magnitude = np.abs(np.fft.irfft(decibels, axis=1)[:, : power.shape[1]])
    cepstrum = 20 * np.log10(np.maximum(magnitude, 1e-9))
    first = round(MIN_QUEFRENCY_S * RATE)
    times = np.arange(first, power.shape[1])
    centred = times - times.mean()
    tail = cepstrum[:, first:]
    slope = (tail @ centred) / (centred @ centred)
    searched = np.arange(int(np.ceil(RATE / CEILING_HZ)), int(RATE / FLOOR_HZ) + 1)
    best = searched[np.argmax(cepstrum[:, searched], axis=1)]
    line = tail.mean(axis=1) + slope * (best - times.mean())
    return np.asarray(cepstrum[np.arange(len(cepstrum)), best] - line)


def h1_h2_db(frames: NDArray[np.float64], hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the level of the first harmonic less that of the second, per voiced frame: breathiness.

    D. Klatt and L. Klatt (1990), "Analysis, synthesis, and perception of voice quality variations among
    female and male talkers", JASA 87, 820-857. Not corrected for formants: compare within a speaker.
    `hz` is f0 of each frame, shape (k,).
    """
    power = power_spectra(frames, HARMONICS_FFT)
    grid = _frequencies(power)

    def peak(harmonic: int) -> NDArray[np.float64]:
        near = np.abs(grid - harmonic * hz[:, np.newaxis]) <= np.maximum(SEARCH * hz[:, np.newaxis], grid[1])
        return np.asarray(np.where(near, power, 0.0).max(axis=1))

    first, second = (np.maximum(peak(harmonic), FLOOR_POWER) for harmonic in (1, 2))
    return 10 * np.log10(first / second)
