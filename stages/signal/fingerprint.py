"""Compact fingerprint of a recording, robust to changes of level, edges, rate and mild coding.

J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", ISMIR 2002: one bit per pair of
neighbouring bands is set if their energy difference grew. Frames are 0.256 s long instead of the paper's
0.37 s, because clips last seconds, not minutes.
"""

import base64

import numpy as np
from numpy.typing import NDArray

from stages.signal.resample import resample
from stages.signal.types import Samples

RATE = 5000
"""Hz; covers the bands, but not the frequencies that codecs and low sample rates remove."""
WINDOW, HOP, LAG = 1280, 80, 4
"""Window and hop in samples at `RATE`: 256 ms every 16 ms, each compared with the one `LAG` hops before.
A cut between two hops moves a frame by at most 8 ms, 3 % of its window."""
BANDS = 33
EDGES = np.rint(np.geomspace(300, 2000, BANDS + 1) * WINDOW / RATE).astype(int)
RANGE_DB = 30
"""Frames this far below the clip's loudest frame contain noise, not its sound."""
CODE_BITS = BANDS - 1

Codes = NDArray[np.uint32]
"""One code of 32 bits per frame of 16 ms, shape (k,); 0 if the frame is too quiet."""


def band_energies(samples: Samples, rate: int) -> NDArray[np.float32]:
    """Compute band energies of samples at `rate` Hz, shape (frames, 33); a clip below 256 ms has no frame."""
    low = resample(samples, rate, RATE)
    if len(low) < WINDOW:
        return np.zeros((0, BANDS), np.float32)
    hann = np.hanning(WINDOW).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(low, WINDOW)[::HOP] * hann
    power = np.square(np.abs(np.fft.rfft(frames)[:, : EDGES[-1]]))
    return np.add.reduceat(power, EDGES[:-1], axis=1)


def codes(samples: Samples, rate: int) -> Codes:
    """Compute the fingerprint of samples at `rate` Hz, from the first loud frame to the last."""
    energies = band_energies(samples, rate)
    slopes = energies[:, :-1] - energies[:, 1:]
    grew = slopes[LAG:] > slopes[:-LAG]
    packed = np.packbits(grew, axis=1).view(">u4").astype(np.uint32).reshape(-1)
    loudness = energies.sum(axis=1)[LAG:]
    loud = loudness > loudness.max(initial=0) * 10 ** (-RANGE_DB / 10)
    span = np.flatnonzero(loud)
    masked = np.where(loud, packed, np.uint32(0))
    return masked[span[0] : span[-1] + 1] if len(span) else masked[:0]


def encode(fingerprint: Codes) -> str:
    """Encode the codes as base64 of little-endian bytes."""
    return base64.b64encode(fingerprint.astype("<u4").tobytes()).decode("ascii")


def decode(text: str) -> Codes:
    """Decode the text of `encode`."""
    return np.frombuffer(base64.b64decode(text), "<u4").astype(np.uint32)
