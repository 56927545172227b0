"""Processing of a recording before its gain: noise reduction, cut, fades, resampling to 24 kHz."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.signal.denoise import denoise
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.resample import resample


class Cut(NamedTuple):
    """Part of a recording, and its processing.

    Attributes:
        start: first sample; `end`: one past the last.
        denoise_gain_floor_db: minimum gain of the noise reduction, in dB; None: no noise reduction.
        fade_in: length of a raised-cosine ramp at the start, in samples; likewise `fade_out` at the end.
    """

    start: int
    end: int
    denoise_gain_floor_db: float | None = None
    fade_in: int = 0
    fade_out: int = 0


def cut(samples: NDArray[np.float32], rate: int, part: Cut) -> NDArray[np.float32]:
    """Denoise the complete clip, shape (n,), at `rate` Hz (its pauses show the noise), cut, fade, resample.

    Returns:
        24 kHz, shape (round((end - start) * 24000 / rate),).
    """
    floor = part.denoise_gain_floor_db
    clean = samples if floor is None else denoise(samples, rate, floor)
    voice = clean[part.start : part.end].copy()
    voice[: part.fade_in] *= ramp(part.fade_in)
    voice[len(voice) - part.fade_out :] *= ramp(part.fade_out)[::-1]
    return resample(voice, rate, SAMPLE_RATE)


def ramp(length: int) -> NDArray[np.float32]:
    """Compute a raised cosine from 0 to 1, shape (length,)."""
    phase = (np.arange(length) + 0.5) * (np.pi / max(length, 1))
    return np.asarray((1 - np.cos(phase)) / 2, np.float32)
