"""Short frames and their energies: what the speech gate and the SNR both rest on."""

from typing import NamedTuple

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from stages.lib.audio import Samples

FRAME_S = 0.01
"""Shorter than any phone but a plosive's burst, and not shorter than the period of a low voice."""
HIGH_PASS_HZ = 80.0
"""Below nearly every voice; takes away DC offset, mains hum, wind and handling rumble."""


class Frames(NamedTuple):
    """Consecutive frames of a clip.

    Attributes:
        db: energy per frame, mean square in dBFS, shape (k,); -inf in digital silence.
        heard: frames that are not all exact zeros, shape (k,). Only these tell of the recording's noise:
            editors put digital silence before and after recordings.
        length: samples per frame; samples after the last whole frame belong to no frame.
    """

    db: NDArray[np.float64]
    heard: NDArray[np.bool_]
    length: int


def frames(samples: Samples, rate: int) -> Frames:
    """Energies of 10 ms frames after an 80 Hz high-pass.

    Args:
        samples: mono, shape (n,), full scale 1.0.
        rate: in Hz, above 160.
    """
    length = round(FRAME_S * rate)
    whole = samples[: len(samples) // length * length]
    heard = np.any(whole.reshape(-1, length), axis=1)
    sections = scipy.signal.butter(2, HIGH_PASS_HZ, "highpass", fs=rate, output="sos")
    filtered = scipy.signal.sosfilt(sections, whole.astype(np.float64)).reshape(-1, length)
    power = np.where(heard, np.mean(np.square(filtered), axis=1), 0.0)
    with np.errstate(divide="ignore"):
        return Frames(10 * np.log10(power), heard & (power > 0), length)
