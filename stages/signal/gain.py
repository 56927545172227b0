"""Gain that brings a voice to the target loudness, limited by the maximum true peak."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.signal import loudness
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.types import Samples

ROUNDS = 8  # maximum number of corrections
CLOSE_LU = 0.005  # maximum error after which no further correction follows


def gain_to_target(powers: NDArray[np.float64], lufs: float, target_lufs: float) -> float:
    """Compute the gain in dB that brings a voice from `lufs` to the target.

    The gate of BS.1770 at -70 LUFS is absolute: a quiet clip, after amplification, has more blocks above it
    and measures up to 0.5 LU less than its loudness plus the gain. So the amplified clip is measured again,
    by the `powers` of its gating blocks, shape (k,).
    """
    gain = target_lufs - lufs
    for _ in range(ROUNDS):
        found = loudness.gated_lufs(powers * 10 ** (gain / 10))
        if found is None or abs(target_lufs - found) < CLOSE_LU:  # None: the target is below the gate
            break
        gain += target_lufs - found
    return gain


def to_target(samples: Samples, target_lufs: float, max_true_peak_dbtp: float) -> dict[str, Any]:
    """Measure loudness, true peak and gain of a voice at 24 kHz; {} if it cannot be measured.

    BS.1770's integrated loudness needs a block of 400 ms. The loudness of a shorter voice is its K-weighted
    mean without gates; see `loudness_method`. Padding it would lower the result by up to 4 dB.

    Returns:
        Columns `loudness_method`, `lufs`, `true_peak_dbtp`, `gain_db`, `gain_capped` of `tables.Loudness`.
    """
    short = len(samples) < loudness.BLOCK_S * SAMPLE_RATE
    powers = loudness.block_powers(samples, SAMPLE_RATE)
    lufs = loudness.ungated_lufs(samples, SAMPLE_RATE) if short else loudness.gated_lufs(powers)
    peak = loudness.true_peak_dbtp(samples, SAMPLE_RATE)
    if lufs is None or peak is None:
        return {}
    gain = target_lufs - lufs if short else gain_to_target(powers, lufs, target_lufs)
    return {
        "loudness_method": "ungated_short" if short else "integrated",
        "lufs": lufs,
        "true_peak_dbtp": peak,
        "gain_db": min(gain, max_true_peak_dbtp - peak),
        "gain_capped": max_true_peak_dbtp - peak < gain,
    }
