"""Quality of a recording: peak, offset, digital silence, clipping, noise, SNR, bandwidth."""

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from stages.signal.frames import Frames
from stages.signal.types import Samples

CLIP_TOLERANCE = 0.001
"""Resampled or converted copies of a clipped file ripple a little below its peak."""
CLIP_RUN = 3
"""Minimum samples of a flat top: the peak of an ordinary wave may have two equal samples."""
NOISE_PERCENTILE = 10
"""Percentile of frame energies that is the noise: pauses and closures are over a tenth of running speech."""
LEVEL_PERCENTILE = 95
WELCH_S = 0.04
"""25 Hz per bin: separates the edge of an anti-alias filter from the speech below it."""
SMOOTHED_BINS = 9
"""225 Hz: the threshold is 6 dB above quantisation noise, a single bin of which varies by several."""
BANDWIDTH_DROP_DB = 60
"""Threshold below the strong bins: below the weakest fricatives, above the residue of a good resampler."""
QUANTISATION_MARGIN = 4
"""Factor of power (6 dB). TPDF dither makes three times the noise of plain rounding."""


def peak_db(samples: Samples) -> float | None:
    """Return the maximum magnitude in dBFS; None if all samples are zero."""
    peak = float(np.max(np.abs(samples)))
    return 20 * float(np.log10(peak)) if peak > 0 else None


def dc_offset(samples: Samples) -> float:
    """Return the mean of the samples, full scale 1.0."""
    return float(np.mean(samples, dtype=np.float64))


def digital_silence_share(samples: Samples) -> float:
    """Return the share of samples that are exactly zero."""
    return float(np.mean(samples == 0))


class Clipping(NamedTuple):
    """Samples in flat tops, and those of the longest."""

    samples: int
    longest_run: int


def clipping(samples: Samples) -> Clipping:
    """Find runs of three or more samples of one sign within 0.1 % of the clip's own peak.

    The reference is not full scale, because a clipped file may have been turned down. The crest of a pure low
    tone has a short run too: only many samples, or a long run, mean clipping.
    """
    peak = np.max(np.abs(samples))
    if peak == 0:
        return Clipping(0, 0)
    near = np.abs(samples) >= (1 - CLIP_TOLERANCE) * peak
    sign = np.where(near, np.sign(samples), 0).astype(np.int8)
    starts = np.flatnonzero(np.diff(sign, prepend=0))
    lengths = np.diff(starts, append=len(sign))[sign[starts] != 0]
    lengths = lengths[lengths >= CLIP_RUN]
    return Clipping(int(lengths.sum()), int(lengths.max(initial=0)))


def noise_db(energy: Frames, bit_depth: int) -> float:
    """Return the noise floor in dBFS: 10th percentile of frame energies, minimum the quantisation noise.

    Digital silence before and after the recording does not count: padding is not a noiseless recording. The
    clip must not be all zeros.
    """
    quietest = float(np.percentile(energy.recorded, NOISE_PERCENTILE))
    return max(quietest, 10 * float(np.log10(quantisation_power(bit_depth))))


def active_frames(energy: Frames, bit_depth: int) -> NDArray[np.bool_]:
    """Find frames of speech, shape (k,): those above the middle, in dB, between noise and strong vowels."""
    if not len(energy.recorded):
        return np.zeros(len(energy.db), bool)
    level = float(np.percentile(energy.recorded, LEVEL_PERCENTILE))
    return energy.db > (noise_db(energy, bit_depth) + level) / 2


def silence_share(energy: Frames, bit_depth: int) -> float | None:
    """Return the share of frames that are not active, with digital silence; None without a frame."""
    return 1 - float(np.mean(active_frames(energy, bit_depth))) if len(energy.db) else None


def snr_db(energy: Frames, bit_depth: int) -> float | None:
    """Compute the power of active frames, less their noise, over the noise floor; None if there are none."""
    speech = active_frames(energy, bit_depth)
    if not speech.any():
        return None
    noise = 10 ** (noise_db(energy, bit_depth) / 10)
    excess = float(np.mean(10 ** (energy.db[speech] / 10)) - noise)
    return 10 * float(np.log10(excess / noise)) if excess > 0 else None


def quantisation_power(bit_depth: int) -> float:
    """Compute the noise power of plain rounding, full scale 1.0: a step squared over twelve."""
    return float(2.0 ** (2 - 2 * bit_depth) / 12)


WADA_SHAPE = 0.4
"""Shape of the gamma distribution of clean speech amplitudes in Kim and Stern 2008."""
WADA_SNRS = np.arange(-20.0, 101.0)


@cache
def wada_curve() -> NDArray[np.float64]:
    """Compute ln E|z| - E ln|z| for z = speech + Gaussian noise, at each of `WADA_SNRS`.

    This is the paper's model instead of its table: with noise n of unit variance and speech x,
    E|x + n| is the mean of a folded normal distribution, and d/dx E ln|x + n| = sqrt(2) Dawson(x / sqrt(2)).
    """
    x = np.geomspace(1e-6, 1e8, 20_001)
    slope = np.sqrt(2) * scipy.special.dawsn(x / np.sqrt(2)) * x  # per unit of ln x
    rise = np.cumsum(np.diff(np.log(x)) * (slope[1:] + slope[:-1]) / 2)
    log_mean = np.concatenate([[0.0], rise]) - (np.euler_gamma + np.log(2)) / 2
    mean = np.sqrt(2 / np.pi) * np.exp(-np.square(x) / 2) + x * scipy.special.erf(x / np.sqrt(2))
    curve = []
    for snr in WADA_SNRS:
        scale = 10 ** (snr / 20) / np.sqrt(WADA_SHAPE * (WADA_SHAPE + 1))
        weight = np.diff(scipy.special.gammainc(WADA_SHAPE, x / scale), prepend=0.0)
        curve.append(np.log(weight @ mean) - weight @ log_mean)
    return np.array(curve)


def wada_snr_db(samples: Samples) -> float | None:
    """Estimate the SNR in dB, in [-20, 100], from the distribution of amplitudes.

    C. Kim and R. Stern, "Robust signal-to-noise ratio estimation based on waveform amplitude distribution
    analysis", Interspeech 2008. A cross-check for noisy clips: values near 100 mean only that the
    distribution is more peaked than that of speech. None if all samples are zero.
    """
    magnitude = np.abs(samples[samples != 0].astype(np.float64))
    if not len(magnitude):
        return None
    statistic = np.log(np.mean(magnitude)) - np.mean(np.log(magnitude))
    return float(np.interp(statistic, wada_curve(), WADA_SNRS))


def welch(samples: Samples, rate: int, window: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimate the power density by Welch's method.

    P. Welch (1967), "The use of fast Fourier transform for the estimation of power spectra", IEEE Trans.
    Audio Electroacoust. 15, 70-73: Hann windows, half overlapped, without their means. The values are those
    of `scipy.signal.welch`, which takes four times as long because it loops over the segments of `window`
    samples. The minimum is one segment.

    Returns:
        Frequencies in Hz and power density in 1/Hz, both of shape (window // 2 + 1,).
    """
    overlapped = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), window)
    segments = overlapped[:: window - window // 2]
    taper = scipy.signal.get_window("hann", window)
    spectra = np.fft.rfft((segments - segments.mean(axis=1, keepdims=True)) * taper)
    density = np.square(np.abs(spectra)).mean(axis=0) / (rate * np.square(taper).sum())
    density[1 : (window + 1) // 2] *= 2  # adds the negative frequencies; 0 and Nyquist have none
    frequencies: NDArray[np.float64] = np.fft.rfftfreq(window, 1 / rate).astype(np.float64)
    return frequencies, density


def bandwidth_hz(samples: Samples, rate: int, bit_depth: int) -> float | None:
    """Find the maximum frequency with energy: the last of the smoothed Welch bins above the threshold.

    The threshold is the 90th percentile of bins less 60 dB, minimum 6 dB above the white spectrum of the
    file's quantisation, which may hide the upper end of the content in a quiet 16-bit file. None if no bin is
    above the threshold, or the clip is shorter than one window of 40 ms.
    """
    window = round(WELCH_S * rate)
    if len(samples) < window:
        return None
    frequencies, density = welch(samples, rate, window)
    smooth = np.convolve(density, np.full(SMOOTHED_BINS, 1 / SMOOTHED_BINS), "same")
    quantisation = quantisation_power(bit_depth) / (rate / 2)
    below_speech = np.percentile(smooth, 90) * 10 ** (-BANDWIDTH_DROP_DB / 10)
    above = np.flatnonzero(smooth > max(below_speech, QUANTISATION_MARGIN * quantisation))
    return float(frequencies[above[-1]]) if len(above) else None
