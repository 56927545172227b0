"""Loudness and true peak of one voice by ITU-R BS.1770-4, with pyloudnorm's filters.

All functions take mono. A mono clip that is rendered to the left of a stereo file whose right channel is
silent has the same loudness there: BS.1770 sums the channels' mean squares, left and right with weight 1.0,
and a silent channel adds nothing.
"""

from functools import cache
from typing import Any

import numpy as np
import scipy
import soxr
from numpy.typing import NDArray

from stages.signal.types import Samples

BLOCK_S = 0.4
"""Gating block of BS.1770; nothing shorter has an integrated loudness."""
STEP = 0.25
"""From block to block, as a share of a block."""
ABSOLUTE_GATE_LUFS = -70.0
OFFSET_LU = -0.691
OVERSAMPLING = 4
"""BS.1770-4, Annex 2. A tone reads at most 0.04 dB low up to rate / 8, 0.69 dB at the highest frequency."""


@cache
def _k_weighting(rate: int) -> NDArray[np.float64]:
    """Shelf and high-pass of BS.1770 at any rate, as second-order sections, shape (2, 6).

    "DeMan" derives the coefficients as the standard's own 48 kHz table does; pyloudnorm's default filters
    read 0.08 LU off at 24 kHz.
    """
    import pyloudnorm  # not above, for it loads scipy.signal: see `stages.signal`

    meter = pyloudnorm.Meter(rate, filter_class="DeMan")
    return np.array([[*stage.b, *stage.a] for stage in meter._filters.values()])


def _k_weighted(samples: Samples, rate: int) -> Any:
    # pyloudnorm's own filters in one pass of second-order sections: the same to 1e-9, and faster
    return scipy.signal.sosfilt(_k_weighting(rate), samples.astype(np.float64))


def block_powers(samples: Samples, rate: int) -> NDArray[np.float64]:
    """K-weighted mean square of each gating block of 400 ms; blocks overlap by three quarters.

    They lie where pyloudnorm lays them: it counts a last block of which up to 50 ms are missing, where the
    standard counts whole blocks only; on trimmed speech of 2 s that moves the loudness by 0.3 LU at most.

    Args:
        samples: mono, shape (n,), full scale 1.0.
        rate: in Hz.

    Returns:
        Shape (k,); k = 0 if the clip is shorter than one block.
    """
    if len(samples) < BLOCK_S * rate:
        return np.zeros(0)
    count = round((len(samples) / rate - BLOCK_S) / (BLOCK_S * STEP)) + 1
    edges = np.arange(count)[:, None] * STEP + [0, 1]
    edges = np.minimum((BLOCK_S * edges * rate).astype(int), len(samples))
    squares = np.append(np.square(_k_weighted(samples, rate)), 0.0)
    powers: NDArray[np.float64] = np.add.reduceat(squares, edges.ravel())[::2] / (BLOCK_S * rate)
    return powers


def gated_lufs(powers: NDArray[np.float64]) -> float | None:
    """Gated loudness in LUFS (BS.1770-4) of the blocks of `block_powers`; None if all are below -70 LUFS.

    A gain is a factor of the powers, so the loudness after a gain needs no filter again.
    """
    absolute = 10 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10)
    loud = powers[powers > absolute]
    if not len(loud):
        return None
    return _lufs(np.mean(loud[loud > np.mean(loud) / 10]))  # the relative gate is at -10 LU


def _lufs(power: Any) -> float:
    return OFFSET_LU + 10 * float(np.log10(power))


def integrated_lufs(samples: Samples, rate: int) -> float | None:
    """Gated loudness in LUFS (BS.1770-4).

    Args:
        samples: mono, shape (n,), full scale 1.0.
        rate: in Hz.

    Returns:
        None if the clip is shorter than one 400 ms block, or no block is above the gate of -70 LUFS.
    """
    return gated_lufs(block_powers(samples, rate))


def ungated_lufs(samples: Samples, rate: int) -> float | None:
    """K-weighted mean square of the whole clip in LUFS, for cuts that have no gated loudness.

    Args:
        samples: mono, shape (n,), full scale 1.0.
        rate: in Hz.

    Returns:
        None if there are no samples or all are zero.
    """
    power = float(np.mean(np.square(_k_weighted(samples, rate)))) if len(samples) else 0.0
    return _lufs(power) if power > 0 else None


def true_peak_dbtp(samples: Samples, rate: int) -> float | None:
    """Largest magnitude of the four times oversampled signal, in dBTP (BS.1770-4, Annex 2).

    Args:
        samples: mono, shape (n,), full scale 1.0.
        rate: in Hz.

    Returns:
        None if there are no samples or all are zero.
    """
    if not np.any(samples):
        return None
    between = soxr.resample(samples, rate, OVERSAMPLING * rate, quality="HQ")
    # the samples themselves too: the interpolator's pass band ends just below the highest frequencies
    peak = max(float(np.max(np.abs(between))), float(np.max(np.abs(samples))))
    return 20 * float(np.log10(peak))
