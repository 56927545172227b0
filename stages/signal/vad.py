"""Voice activity detection (VAD): an energy gate relative to the clip's own noise floor and level.

The absolute level has no effect: a clip that is recorded 40 dB lower is cut at the same samples.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.signal.frames import frames, runs
from stages.signal.types import Samples

FLOOR_PERCENTILE = 5
"""Percentile of frame energies that is the noise floor. In tightly cut recordings the 10th is above the
pauses, and the gate loses weak last words (two of 129 on TIMIT); in steady noise both are nearly equal."""
LEVEL_PERCENTILE = 95
"""Percentile that is the level of the clip: strong vowels, not only the loudest frame."""
CORE_S = 0.03
"""Minimum time above the upper threshold in a stretch of speech; clicks and lip smacks are shorter."""


class Vad(NamedTuple):
    """Thresholds of the gate.

    Attributes:
        low_db: lower threshold, above the noise floor.
        high_db: upper threshold, above the noise floor.
        top_db: frames this far below the clip's level are not speech, however quiet the noise floor: excludes
            reverberation and the breathing of noise gates.
        min_silence_s: maximum pause inside a stretch, such as the closure before a plosive.
    """

    low_db: float
    high_db: float
    top_db: float
    min_silence_s: float


def speech_span(samples: Samples, rate: int, vad: Vad) -> tuple[int, int] | None:
    """Find the span from the first to the last stretch of speech, with hysteresis.

    A stretch is above the lower threshold, except in gaps up to `min_silence_s`; it is speech if it is above
    the upper threshold for 30 ms. So a soft onset belongs to the vowel that follows it. The rate is in Hz;
    the span is half-open, in samples; None if nothing is above the noise.
    """
    energy = frames(samples, rate)
    if not len(energy.recorded):
        return None
    floor, level = np.percentile(energy.recorded, [FLOOR_PERCENTILE, LEVEL_PERCENTILE])
    lower = max(floor + vad.low_db, level - vad.top_db)
    upper = lower + vad.high_db - vad.low_db
    if level < upper:
        return None
    stretches = runs(_bridge(energy.db > lower, round(vad.min_silence_s * rate / energy.length)))
    cores = runs(energy.db > upper)
    cores = cores[cores[:, 1] - cores[:, 0] >= round(CORE_S * rate / energy.length)]
    # each core is in the last stretch that starts no later
    chosen = np.searchsorted(stretches[:, 0], cores[:, 0], side="right") - 1
    if not len(chosen):
        return None
    start, end = stretches[chosen[0], 0], stretches[chosen[-1], 1]
    until = len(samples) if end == len(energy.db) else end * energy.length
    return int(start * energy.length), int(until)


def pad_span(span: tuple[int, int], pad: int, n: int) -> tuple[int, int]:
    """Widen the span by `pad` samples at both ends, within a clip of `n` samples."""
    return max(0, span[0] - pad), min(n, span[1] + pad)


def _bridge(mask: NDArray[np.bool_], max_gap: int) -> NDArray[np.bool_]:
    """Fill inner gaps of up to `max_gap` frames."""
    filled = mask.copy()
    for start, end in runs(~mask):
        if start > 0 and end < len(mask) and end - start <= max_gap:
            filled[start:end] = True
    return filled
