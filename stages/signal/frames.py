"""Short frames and their energies, used by the speech gate and the SNR."""

from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from stages.signal.types import Samples

FRAME_S = 0.01
"""Shorter than any phone except a plosive's burst, and not shorter than the period of a low voice."""
HIGH_PASS_HZ = 80.0
"""Below nearly every voice; removes DC offset, mains hum, wind and handling rumble."""
SILENCE_DB = -200.0
"""Value of digital silence; below the resolution of 32 bits."""
STRAY_S = 0.1
"""Minimum sound between digital silences; shorter sound is an editing error (RAVDESS), not the recording."""


class Frames(NamedTuple):
    """Consecutive frames of a clip.

    Attributes:
        db: energy per frame, mean square in dBFS, shape (k,).
        recorded: the same without the digital silence before and after the recording, shape (j,), j <= k.
            Editors add this silence; it is not the recording's noise. Digital silence inside remains.
        length: samples per frame; samples after the last complete frame belong to no frame.
    """

    db: NDArray[np.float64]
    recorded: NDArray[np.float64]
    length: int


def runs(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Find half-open runs of True, shape (k, 2)."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=1)


def recorded_span(sounding: NDArray[np.bool_], frame_s: float) -> slice:
    """Find the span from the first to the last stretch of sound of `STRAY_S` or more; empty without sound.

    `sounding`, shape (k,), marks the frames of `frame_s` seconds that are not all exact zeros.
    """
    found = runs(sounding)
    long = found[(found[:, 1] - found[:, 0]) * frame_s >= STRAY_S]
    kept = long if len(long) else found
    return slice(int(kept[0, 0]), int(kept[-1, 1])) if len(kept) else slice(0, 0)


@cache
def _high_pass(rate: int) -> NDArray[np.float64]:
    return np.asarray(scipy.signal.butter(2, HIGH_PASS_HZ, "highpass", fs=rate, output="sos"))


def frames(samples: Samples, rate: int) -> Frames:
    """Compute energies of 10 ms frames after an 80 Hz high-pass; the rate must be above 160 Hz."""
    length = round(FRAME_S * rate)
    if len(samples) < length:
        return Frames(np.zeros(0), np.zeros(0), length)
    complete = samples[: len(samples) // length * length]
    sounding = np.any(complete.reshape(-1, length), axis=1)
    filtered = scipy.signal.sosfilt(_high_pass(rate), complete.astype(np.float64)).reshape(-1, length)
    power = np.where(sounding, np.mean(np.square(filtered), axis=1), 0.0)
    db = 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))
    return Frames(db, db[recorded_span(sounding, FRAME_S)], length)
