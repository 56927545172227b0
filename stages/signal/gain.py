"""The gain that brings a voice to the target loudness below the true-peak ceiling."""

from collections.abc import Callable
from typing import Any

import numpy as np

from stages.lib.audio import Samples
from stages.signal import loudness
from stages.signal.lengths import SAMPLE_RATE

Level = Callable[[Samples, int], float | None]
ROUNDS = 8
CLOSE_LU = 0.005


def gain_to_target(samples: Samples, level: Level, lufs: float, target_lufs: float) -> float:
    """Gain in dB after which samples that measure `lufs` measure the target.

    The gate of BS.1770 at -70 LUFS is absolute: a quiet clip, once amplified, has more blocks above it and
    measures up to 0.5 LU less than its old loudness plus the gain. So the amplified clip is measured again.
    """
    gain = target_lufs - lufs
    for _ in range(ROUNDS):
        found = level(samples * np.float32(10 ** (gain / 20)), SAMPLE_RATE)
        if found is None or abs(target_lufs - found) < CLOSE_LU:  # None: the target is below the gate
            break
        gain += target_lufs - found
    return gain


def to_target(samples: Samples, target_lufs: float, ceiling_db: float) -> dict[str, Any]:
    """Loudness, true peak and gain of a voice at 24 kHz; {} if it cannot be measured.

    BS.1770's integrated loudness needs a block of 400 ms. A shorter voice gets the K-weighted mean of all of
    it, without gates, and says so in `rule`; it is never padded, which would read up to 4 dB low.

    Returns:
        Columns `rule`, `lufs`, `true_peak_db`, `gain_db`, `limited` of `tables.Loudness`.
    """
    short = len(samples) < loudness.BLOCK_S * SAMPLE_RATE
    level = loudness.ungated_lufs if short else loudness.integrated_lufs
    lufs, peak = level(samples, SAMPLE_RATE), loudness.true_peak_db(samples, SAMPLE_RATE)
    if lufs is None or peak is None:
        return {}
    gain = gain_to_target(samples, level, lufs, target_lufs)
    return {
        "rule": "ungated_short" if short else "integrated",
        "lufs": lufs,
        "true_peak_db": peak,
        "gain_db": min(gain, ceiling_db - peak),
        "limited": ceiling_db - peak < gain,
    }
