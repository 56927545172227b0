"""The one way from a recording to what is heard in the dataset, but for the gain."""

import numpy as np
from numpy.typing import NDArray

from stages.signal.denoise import denoise
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.resample import resample


def cut(
    samples: NDArray[np.float32],
    rate: int,
    start: int,
    end: int,
    denoise_gain_floor_db: float | None,
    fade_in: int = 0,
    fade_out: int = 0,
) -> NDArray[np.float32]:
    """Denoise (the whole clip, so that its pauses show the noise), cut, fade, resample to 24 kHz.

    Args:
        samples: mono, shape (n,), full scale 1.0.
        rate: of the samples, in Hz.
        start: first sample of the cut; `end`: one past its last.
        denoise_gain_floor_db: lowest gain of the noise reduction, in dB; None for none.
        fade_in: length of a raised-cosine ramp at the start of the cut, in samples; likewise `fade_out`.

    Returns:
        Shape (round((end - start) * 24000 / rate),), at 24 kHz.
    """
    clean = samples if denoise_gain_floor_db is None else denoise(samples, rate, denoise_gain_floor_db)
    part = clean[start:end].copy()
    part[:fade_in] *= ramp(fade_in)
    part[len(part) - fade_out :] *= ramp(fade_out)[::-1]
    return resample(part, rate, SAMPLE_RATE)


def ramp(length: int) -> NDArray[np.float32]:
    """Raised cosine from 0 to 1, shape (length,)."""
    phase = (np.arange(length) + 0.5) * (np.pi / max(length, 1))
    rise: NDArray[np.float32] = ((1 - np.cos(phase)) / 2).astype(np.float32)
    return rise
