"""A compact fingerprint of what a recording sounds like, unchanged by level, edges, rate and mild coding.

J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", ISMIR 2002: one bit per pair of
neighbouring bands says whether their energy difference grew. The paper's frames of 0.37 s are shortened to
0.256 s, because clips last seconds, not minutes.
"""

import base64

import numpy as np
from numpy.typing import NDArray

from stages.signal.resample import resample
from stages.signal.types import Samples

RATE = 5000
"""Hz; carries the bands, and nothing of what codecs and low sample rates take away."""
WINDOW, HOP, LAG = 1280, 80, 4
"""Samples at `RATE`: 256 ms every 16 ms, each compared with the one 64 ms before. An edge that was cut
between two hops moves a frame by at most 8 ms, 3 % of its window."""
BANDS = 33
EDGES = np.rint(np.geomspace(300, 2000, BANDS + 1) * WINDOW / RATE).astype(int)
RANGE_DB = 30
"""Frames that are further below the clip's loudest say more about its noise than about its sound."""
BIT_DEPTHS = BANDS - 1

Codes = NDArray[np.uint32]
"""One code of 32 bits per frame of 16 ms, shape (k,); 0 where the frame is too quiet to say anything."""


def band_energies(samples: Samples, rate: int) -> NDArray[np.float32]:
    """Energy per frame and band, shape (k, 33); k is 0 for a clip shorter than a frame.

    Args:
        samples: mono, shape (n,).
        rate: in Hz.
    """
    low = resample(samples, rate, RATE)
    if len(low) < WINDOW:
        return np.zeros((0, BANDS), np.float32)
    hann = np.hanning(WINDOW).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(low, WINDOW)[::HOP] * hann
    power = np.square(np.abs(np.fft.rfft(frames)[:, : EDGES[-1]]))
    energies: NDArray[np.float32] = np.add.reduceat(power, EDGES[:-1], axis=1)
    return energies


def codes(samples: Samples, rate: int) -> Codes:
    """The fingerprint of a clip, from its first loud frame to its last.

    Args:
        samples: mono, shape (n,).
        rate: in Hz.
    """
    energies = band_energies(samples, rate)
    slopes = energies[:, :-1] - energies[:, 1:]
    grew = slopes[LAG:] > slopes[:-LAG]
    packed = np.packbits(grew, axis=1).view(">u4").astype(np.uint32).reshape(-1)
    loudness = energies.sum(axis=1)[LAG:]
    loud = loudness > loudness.max(initial=0) * 10 ** (-RANGE_DB / 10)
    heard = np.flatnonzero(loud)
    whole: Codes = np.where(loud, packed, np.uint32(0))
    return whole[heard[0] : heard[-1] + 1] if len(heard) else whole[:0]


def encode(fingerprint: Codes) -> str:
    """Base64 of the codes, little-endian: what a table and a journal can hold."""
    return base64.b64encode(fingerprint.astype("<u4").tobytes()).decode("ascii")


def decode(text: str) -> Codes:
    """The codes that `encode` was given."""
    return np.frombuffer(base64.b64decode(text), "<u4").astype(np.uint32)
