"""Loudness and true peak of one voice by ITU-R BS.1770-4, with pyloudnorm's filters.

All functions take mono, shape (n,), full scale 1.0, and its rate in Hz. In a stereo file with a silent right
channel, the voice has the same loudness: BS.1770 sums the channels' mean squares, each with weight 1.0.
"""

from functools import cache
from typing import Any

import numpy as np
import scipy
import soxr
from numpy.typing import NDArray

from stages.signal.types import Samples

BLOCK_S = 0.4
"""Gating block of BS.1770; a shorter clip has no integrated loudness."""
STEP = 0.25
"""Distance between the starts of two blocks, as a share of a block."""
ABSOLUTE_GATE_LUFS = -70.0
OFFSET_LU = -0.691
OVERSAMPLING = 4
"""BS.1770-4, Annex 2. Maximum error on a tone: 0.04 dB up to rate / 8, 0.69 dB at the highest frequency."""


@cache
def _k_weighting(rate: int) -> NDArray[np.float64]:
    """Compute shelf and high-pass of BS.1770 at any rate, as second-order sections, shape (2, 6).

    "DeMan" derives the coefficients as the standard's own 48 kHz table does; pyloudnorm's default filters
    read 0.08 LU off at 24 kHz.
    """
    import pyloudnorm  # imported here, because it loads scipy.signal: see `stages.signal`

    meter = pyloudnorm.Meter(rate, filter_class="DeMan")
    return np.array([[*stage.b, *stage.a] for stage in meter._filters.values()])


def _k_weighted(samples: Samples, rate: int) -> Any:
    # one pass of second-order sections: equal to pyloudnorm's filters to 1e-9, and faster
    return scipy.signal.sosfilt(_k_weighting(rate), samples.astype(np.float64))


def block_powers(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Compute the K-weighted mean square of each gating block of 400 ms; blocks overlap by three quarters.

    As in pyloudnorm, up to 50 ms of the last block may be missing. The standard counts complete blocks only;
    on trimmed speech of 2 s the loudness differs by at most 0.3 LU.

    Returns:
        Shape (k,); k = 0 if the clip is shorter than one block.
    """
    if len(samples) < BLOCK_S * rate:
        return np.zeros(0)
    count = round((len(samples) / rate - BLOCK_S) / (BLOCK_S * STEP)) + 1
    edges = np.arange(count)[:, None] * STEP + [0, 1]
    edges = np.minimum((BLOCK_S * edges * rate).astype(int), len(samples))
    squares = np.append(np.square(_k_weighted(samples, rate)), 0.0)
    return np.add.reduceat(squares, edges.ravel())[::2] / (BLOCK_S * rate)


def gated_lufs(powers: NDArray[np.float64]) -> float | None:
    """Compute the gated loudness in LUFS of `block_powers`; None if all blocks are below -70 LUFS.

    A gain is a factor of the powers: the loudness after a gain needs no second pass of the filters.
    """
    absolute = 10 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10)
    loud = powers[powers > absolute]
    if not len(loud):
        return None
    return _lufs(np.mean(loud[loud > np.mean(loud) / 10]))  # the relative gate is at -10 LU


def _lufs(power: Any) -> float:
    return OFFSET_LU + 10 * float(np.log10(power))


def integrated_lufs(samples: Samples, rate: int) -> float | None:
    """Compute the gated loudness in LUFS; None if the clip is shorter than a block, or below the gate."""
    return gated_lufs(block_powers(samples, rate))


def ungated_lufs(samples: Samples, rate: int) -> float | None:
    """Compute the K-weighted mean square of the complete clip in LUFS; None if it is empty or silent."""
    power = float(np.mean(np.square(_k_weighted(samples, rate)))) if len(samples) else 0.0
    return _lufs(power) if power > 0 else None


def true_peak_dbtp(samples: Samples, rate: int) -> float | None:
    """Compute the maximum magnitude of the four times oversampled signal in dBTP (BS.1770-4, Annex 2).

    Returns:
        None if the clip is empty or silent.
    """
    if not np.any(samples):
        return None
    oversampled = soxr.resample(samples, rate, OVERSAMPLING * rate, quality="HQ")
    # the samples themselves too: the interpolator's pass band ends just below the highest frequencies
    peak = max(float(np.max(np.abs(oversampled))), float(np.max(np.abs(samples))))
    return 20 * float(np.log10(peak))
