"""Correction of word boundaries in milliseconds, learnt from hand labels.

A hidden Markov model places boundaries by likelihood, with errors that depend on the sounds on both sides.
Gradient-boosted trees (Friedman 2001) predict the error from the spectrum around each boundary and from the
classes of its two sounds. Starts and ends of words have separate trees, because they differ at a glottal stop
or a pause that the aligner has closed. `python -m benchmarks.boundaries` learns the trees from the public
sample of TIMIT and prints their errors for other speakers.
"""

import json
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.signal.types import Samples
from stages.signal.vad import Vad, speech_span

FILE = Path(__file__).with_name("boundaries.json")
RATE = 16000  # Hz, of the samples that are looked at
HOP = 80  # samples, 5 ms
WINDOW = 320  # samples, 20 ms
FFT = 512
REACH = 8  # frames looked at on each side: 40 ms
BANDS = 20
LOW_HZ, HIGH_HZ = 60.0, 7600.0
RANGE_DB = 70.0  # below the loudest band of the clip there is only noise
SHIFTS_MS = (-20.0, 0.0, 20.0)
"""Each boundary is looked at from three places, and the answers are averaged."""
ROUNDS = 2
LIMIT_MS = 80.0
SHORTEST_MS = 20.0
GAP_MS = 20.0
"""From here on, two words that the aligner has put together are taken apart."""
SPEECH = Vad(low_db=4.0, high_db=8.0, top_db=40.0, min_silence_s=0.15)
"""The default thresholds of the stage `trim`."""

# fmt: off
CLASSES = {
    "pause": (), "stop": ("P", "T", "K"), "voiced stop": ("B", "D", "G"), "affricate": ("CH", "JH"),
    "fricative": ("F", "TH", "S", "SH", "HH"), "voiced fricative": ("V", "DH", "Z", "ZH"),
    "nasal": ("M", "N", "NG"), "liquid": ("L", "R", "ER"), "glide": ("W", "Y"),
    "vowel": ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "EY", "IH", "IY", "OW", "OY", "UH", "UW"),
}
# fmt: on
PAUSE = "pause"
CLASS_OF = {phone: i for i, phones in enumerate(CLASSES.values()) for phone in phones} | {PAUSE: 0}


class Boundary(NamedTuple):
    """One end of a word.

    Attributes:
        ms: where the aligner puts it.
        left: ARPABET phone that ends here, or "pause".
        right: ARPABET phone that begins here, or "pause".
    """

    ms: float
    left: str
    right: str


class Trees(NamedTuple):
    """An ensemble of regression trees, flat: shape (nodes,) each, but for `roots`, shape (trees,).

    Attributes:
        base: prediction of no tree at all.
        roots: first node of each tree.
        feature: which feature a node asks for; -1 for a leaf.
        threshold: at most this goes left.
        left, right: nodes that follow.
        value: what a leaf adds.
    """

    base: float
    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Sum over the trees; features of shape (n, features), answer of shape (n,)."""
        node = np.broadcast_to(self.roots, (len(features), len(self.roots))).copy()
        rows = np.arange(len(features))[:, np.newaxis]
        while (inner := self.feature[node] >= 0).any():
            goes_left = features[rows, np.maximum(self.feature[node], 0)] <= self.threshold[node]
            node = np.where(inner, np.where(goes_left, self.left[node], self.right[node]), node)
        total: NDArray[np.float64] = self.base + self.value[node].sum(axis=1)
        return total


class Correction(NamedTuple):
    """Trees for the starts of words, and trees for their ends."""

    starts: Trees
    ends: Trees


@cache
def learnt() -> Correction:
    """The trees that ship with the project."""
    types = {"roots": np.int64, "feature": np.int64, "left": np.int64, "right": np.int64,
             "threshold": np.float32, "value": np.float64}  # fmt: skip

    def trees(stated: dict[str, Any]) -> Trees:
        arrays = {name: np.array(stated[name], dtype) for name, dtype in types.items()}
        return Trees(base=float(stated["base"]), **arrays)

    return Correction(**{side: trees(stated) for side, stated in json.loads(FILE.read_text("utf-8")).items()})


def bands(samples: Samples) -> NDArray[np.float64]:
    """Energies in bands of equal width on the mel scale, in dB below the loud parts of the clip.

    Args:
        samples: at 16 kHz, shape (n,).

    Returns:
        Shape (n // 80 + 1, 20); row k looks at 20 ms around sample 80 k.
    """
    padded = np.pad(samples.astype(np.float64), (WINDOW // 2, WINDOW // 2 + HOP))
    framed = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: len(samples) // HOP + 1]
    power = np.square(np.abs(np.fft.rfft(framed * np.hanning(WINDOW), FFT)))
    low, high = 2595 * np.log10(1 + np.array([LOW_HZ, HIGH_HZ]) / 700)
    mel = np.linspace(low, high, BANDS + 1)
    edges = np.rint((10 ** (mel / 2595) - 1) * 700 * FFT / RATE).astype(int)
    sums = np.stack([power[:, a:b].mean(axis=1) for a, b in pairwise(edges)], axis=1)
    floor = max(sums.max(initial=0.0) * 10 ** (-RANGE_DB / 10), np.finfo(float).tiny)
    db = 10 * np.log10(np.maximum(sums, floor))
    loud: NDArray[np.float64] = db - np.percentile(db, 95)
    return loud


def features(
    db: NDArray[np.float64], boundaries: Sequence[Boundary], shifts_ms: NDArray[np.float64]
) -> NDArray[np.float32]:
    """What the trees look at, shape (boundaries, features).

    The bands 40 ms to either side, their mean, the change over 10 ms in five groups of bands, the classes.

    Args:
        db: see `bands`.
        boundaries: to be looked at.
        shifts_ms: how far from each of them to stand, shape (boundaries,).
    """
    stands = np.array([boundary.ms for boundary in boundaries]) + shifts_ms
    centres = np.rint(stands * RATE / 1000 / HOP).astype(int)
    around = np.clip(centres[:, np.newaxis] + np.arange(-REACH, REACH + 1), 0, len(db) - 1)
    near = db[around]
    groups = near.reshape(*near.shape[:2], 5, BANDS // 5).mean(axis=3)
    change = groups[:, 2:] - groups[:, :-2]
    classes = [(CLASS_OF[b.left], CLASS_OF[b.right]) for b in boundaries]
    flat = [part.reshape(len(boundaries), -1) for part in (near, near.mean(axis=2), change)]
    return np.concatenate([*flat, np.array(classes)], axis=1).astype(np.float32)


def corrections(db: NDArray[np.float64], boundaries: Sequence[Boundary], trees: Trees) -> NDArray[np.float64]:
    """Milliseconds to add to each boundary, shape (boundaries,).

    Args:
        db: see `bands`.
        boundaries: starts, or ends, as the aligner found them.
        trees: of `learnt`, for starts or for ends.
    """
    moved = np.zeros(len(boundaries))
    for _ in range(ROUNDS):
        views = [trees.predict(features(db, boundaries, moved + shift)) + shift for shift in SHIFTS_MS]
        moved = np.clip(moved + np.mean(views, axis=0), -LIMIT_MS, LIMIT_MS)
    return moved


def inside_speech(samples: Samples, spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spans of which the first and the last do not reach into the silence around speech.

    The acoustic model often takes the noise before the first sound for a part of it, by up to 150 ms: farther
    than `corrections` looks. Nothing is widened, and no word becomes shorter than 20 ms.

    Args:
        samples: at 16 kHz, at any level.
        spans: start and end of each word in ms, shape (words, 2).
    """
    speech = speech_span(samples, RATE, SPEECH)
    inside = spans.copy()
    if speech is not None:
        onset, offset = (edge * 1000 / RATE for edge in speech)
        inside[0, 0] = max(spans[0, 0], min(onset, spans[0, 1] - SHORTEST_MS))
        inside[-1, 1] = min(spans[-1, 1], max(offset, inside[-1, 0] + SHORTEST_MS))
    return inside


def refined(samples: Samples, spans: NDArray[np.float64], sounds: Sequence[tuple[str, str]],
            learnt: Correction) -> NDArray[np.float64]:  # fmt: skip
    """Word spans with both ends corrected, still in order and inside the clip.

    Where a word begins as the last one ends, the two share one boundary, the mean of both answers, unless the
    answers leave a gap of 20 ms.

    Args:
        samples: at 16 kHz.
        spans: start and end of each word in ms, shape (words, 2).
        sounds: first and last phone of each word.
        learnt: see `learnt`.
    """
    spans = inside_speech(samples, spans)
    db = bands(samples)
    sides = zip(edges(spans, sounds), learnt, strict=True)
    moved = spans + np.stack([corrections(db, found, trees) for found, trees in sides], axis=1)
    together = spans[1:, 0] - spans[:-1, 1] < 1
    joined = np.flatnonzero(together & (moved[1:, 0] - moved[:-1, 1] < GAP_MS))
    shared = (moved[joined, 1] + moved[joined + 1, 0]) / 2
    moved[joined, 1] = moved[joined + 1, 0] = shared
    return in_order(moved, len(samples) * 1000 / RATE)


def edges(
    spans: NDArray[np.float64], sounds: Sequence[tuple[str, str]]
) -> tuple[list[Boundary], list[Boundary]]:
    """Starts and ends of the words, in order, with the sounds on both sides."""
    starts, ends = [], []
    for i, ((start, end), (first, last)) in enumerate(zip(spans, sounds, strict=True)):
        touches_left = i > 0 and start - spans[i - 1, 1] < 1
        touches_right = i + 1 < len(spans) and spans[i + 1, 0] - end < 1
        starts.append(Boundary(float(start), sounds[i - 1][1] if touches_left else PAUSE, first))
        ends.append(Boundary(float(end), last, sounds[i + 1][0] if touches_right else PAUSE))
    return starts, ends


def in_order(spans: NDArray[np.float64], length_ms: float) -> NDArray[np.float64]:
    """Spans from left to right in which no word is shorter than 20 ms, or half its even share of the clip."""
    shortest = min(SHORTEST_MS, length_ms / len(spans) / 2)
    edges = np.clip(spans.ravel(), 0, length_ms)
    steps = np.tile([shortest, 0.0], len(spans))[: len(edges) - 1]
    room = np.concatenate([[0.0], np.cumsum(steps)])
    # after taking each edge's room away, order is all that is left to ask for
    ordered = np.maximum.accumulate(edges - room)
    ordered = np.minimum(ordered, length_ms - room[-1]) + room
    inside: NDArray[np.float64] = ordered.reshape(-1, 2)
    return inside
