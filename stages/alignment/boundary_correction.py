"""Correction of word boundaries, learnt from hand labels.

A hidden Markov model finds boundaries by likelihood, with errors that depend on the sounds around them.
Gradient-boosted trees (Friedman 2001) predict the error from the spectrum around each boundary and from the
classes of its two sounds. Starts and ends of words have separate trees, because they differ at a glottal stop
or at a pause that the aligner has missed. `python -m benchmarks.boundaries` learns the trees from the public
sample of TIMIT and prints their errors for other speakers.
"""

import json
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.signal.types import Samples
from stages.signal.vad import Vad, speech_span

FILE = Path(__file__).with_name("boundaries.json")
RATE = 16000  # Hz, of all samples here
HOP = 80  # samples, 5 ms
WINDOW = 320  # samples, 20 ms
FFT = 512
REACH = 8  # frames before and after a boundary that are features: 40 ms
BANDS = 20
LOW_HZ, HIGH_HZ = 60.0, 7600.0
RANGE_DB = 70.0  # below the loudest band of the clip; lower levels are noise
SHIFTS_MS = (-20.0, 0.0, 20.0)
"""The correction of a boundary is the mean of the predictions at these distances from it."""
ROUNDS = 2
MAX_CORRECTION_MS = 80.0
MIN_WORD_MS = 20.0
MIN_GAP_MS = 20.0
"""Minimum gap that the correction may insert between two words that touch."""
SPEECH = Vad(low_db=4.0, high_db=8.0, top_db=40.0, min_silence_s=0.15)
"""The default thresholds of the stage `trim`."""

Floats = NDArray[np.float64]
Sounds = tuple[str, str]
"""First and last ARPABET phone of a word."""

# fmt: off
CLASSES = {
    "pause": (), "stop": ("P", "T", "K"), "voiced stop": ("B", "D", "G"), "affricate": ("CH", "JH"),
    "fricative": ("F", "TH", "S", "SH", "HH"), "voiced fricative": ("V", "DH", "Z", "ZH"),
    "nasal": ("M", "N", "NG"), "liquid": ("L", "R", "ER"), "glide": ("W", "Y"),
    "vowel": ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "EY", "IH", "IY", "OW", "OY", "UH", "UW"),
}
# fmt: on
PAUSE = 0
CLASS_OF = {phone: i for i, phones in enumerate(CLASSES.values()) for phone in phones}


class Trees(NamedTuple):
    """An ensemble of regression trees. `roots` has the shape (trees,), other arrays (nodes,).

    Attributes:
        base: prediction without any tree.
        roots: first node of each tree.
        feature: number of the feature that a node tests; -1 for a leaf.
        threshold: maximum of the feature for the left child.
        left, right: children of a node.
        value: summand of the prediction at a leaf.
    """

    base: float
    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats

    def predict(self, features: NDArray[np.float32]) -> Floats:
        """Predict by the sum over the trees; features of shape (n, features), result of shape (n,)."""
        node = np.broadcast_to(self.roots, (len(features), len(self.roots))).copy()
        rows = np.arange(len(features))[:, np.newaxis]
        while (inner := self.feature[node] >= 0).any():
            goes_left = features[rows, np.maximum(self.feature[node], 0)] <= self.threshold[node]
            node = np.where(inner, np.where(goes_left, self.left[node], self.right[node]), node)
        return np.asarray(self.base + self.value[node].sum(axis=1))


class Correction(NamedTuple):
    """Trees for the starts of words, and trees for their ends."""

    starts: Trees
    ends: Trees


@cache
def load_correction() -> Correction:
    """Load the trees that ship with the project."""
    types = {"roots": np.int64, "feature": np.int64, "left": np.int64, "right": np.int64,
             "threshold": np.float32, "value": np.float64}  # fmt: skip
    trees = {}
    for edge, content in json.loads(FILE.read_text("utf-8")).items():
        arrays = {name: np.array(content[name], dtype) for name, dtype in types.items()}
        trees[edge] = Trees(base=content["base"], **arrays)
    return Correction(**trees)


def bands(samples: Samples) -> Floats:
    """Compute levels in bands of equal width on the mel scale, in dB re the loud parts of the clip.

    Args:
        samples: at 16 kHz, shape (n,).

    Returns:
        Shape (n // 80 + 1, 20); row k is computed from 20 ms around sample 80 k.
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
    return np.asarray(db - np.percentile(db, 95))


def features(db: Floats, boundaries: Floats, shifts_ms: Floats) -> NDArray[np.float32]:
    """Compute the input of the trees, shape (boundaries, features).

    Levels of all bands up to 40 ms before and after a time, their means over the bands, their changes over
    10 ms in five groups of bands, and the classes of the two sounds.

    Args:
        db: see `bands`.
        boundaries: see `edges`.
        shifts_ms: from each boundary to the time, shape (boundaries,).
    """
    centres = np.rint((boundaries[:, 0] + shifts_ms) * RATE / 1000 / HOP).astype(int)
    around = np.clip(centres[:, np.newaxis] + np.arange(-REACH, REACH + 1), 0, len(db) - 1)
    near = db[around]
    groups = near.reshape(*near.shape[:2], 5, BANDS // 5).mean(axis=3)
    change = groups[:, 2:] - groups[:, :-2]
    flat = [part.reshape(len(boundaries), -1) for part in (near, near.mean(axis=2), change)]
    return np.concatenate([*flat, boundaries[:, 1:]], axis=1).astype(np.float32)


def predict_corrections(db: Floats, boundaries: Floats, trees: Trees) -> Floats:
    """Predict the milliseconds to add to each boundary, shape (boundaries,).

    Args:
        db: see `bands`.
        boundaries: see `edges`.
        trees: for starts or for ends.
    """
    moved = np.zeros(len(boundaries))
    for _ in range(ROUNDS):
        views = [trees.predict(features(db, boundaries, moved + shift)) + shift for shift in SHIFTS_MS]
        moved = np.clip(moved + np.mean(views, axis=0), -MAX_CORRECTION_MS, MAX_CORRECTION_MS)
    return moved


def limit_to_speech(samples: Samples, spans: Floats) -> Floats:
    """Shorten the first and the last word if they reach into the silence around speech.

    The acoustic model often includes noise before the first sound in the word, up to 150 ms, which is more
    than `predict_corrections` can correct. Minimum length of a word: 20 ms.

    Args:
        samples: at 16 kHz, at any level.
        spans: start and end of each word in ms, shape (words, 2).
    """
    speech = speech_span(samples, RATE, SPEECH)
    inside = spans.copy()
    if speech is not None:
        onset, offset = (edge * 1000 / RATE for edge in speech)
        inside[0, 0] = max(spans[0, 0], min(onset, spans[0, 1] - MIN_WORD_MS))
        inside[-1, 1] = min(spans[-1, 1], max(offset, inside[-1, 0] + MIN_WORD_MS))
    return inside


def correct(samples: Samples, spans: Floats, sounds: Sequence[Sounds], correction: Correction) -> Floats:
    """Correct both ends of each word; the words stay in order and inside the clip.

    If a word starts at the end of the word before it, the two share one boundary, the mean of both corrected
    boundaries, unless the gap between these is 20 ms or more.

    Args:
        samples: at 16 kHz.
        spans: start and end of each word in ms, shape (words, 2).
        sounds: of each word.
        correction: see `load_correction`.
    """
    spans = limit_to_speech(samples, spans)
    db = bands(samples)
    pairs = zip(edges(spans, sounds), correction, strict=True)
    moved = spans + np.stack([predict_corrections(db, found, trees) for found, trees in pairs], axis=1)
    touching = spans[1:, 0] - spans[:-1, 1] < 1
    shared = np.flatnonzero(touching & (moved[1:, 0] - moved[:-1, 1] < MIN_GAP_MS))
    moved[shared, 1] = moved[shared + 1, 0] = (moved[shared, 1] + moved[shared + 1, 0]) / 2
    return enforce_order(moved, len(samples) * 1000 / RATE)


def edges(spans: Floats, sounds: Sequence[Sounds]) -> tuple[Floats, Floats]:
    """Return starts and ends, shape (words, 3): time in ms, classes of the sounds before and after it."""
    first, last = np.array([[CLASS_OF[phone] for phone in pair] for pair in sounds]).T
    touching = spans[1:, 0] - spans[:-1, 1] < 1
    before = np.concatenate([[PAUSE], np.where(touching, last[:-1], PAUSE)])
    after = np.concatenate([np.where(touching, first[1:], PAUSE), [PAUSE]])
    return np.stack([spans[:, 0], before, first], axis=1), np.stack([spans[:, 1], last, after], axis=1)


def enforce_order(spans: Floats, length_ms: float) -> Floats:
    """Move edges so that words do not overlap and last 20 ms (or half of an equal share of the clip)."""
    minimum = min(MIN_WORD_MS, length_ms / len(spans) / 2)
    edges = np.clip(spans.ravel(), 0, length_ms)
    steps = np.tile([minimum, 0.0], len(spans))[: len(edges) - 1]
    room = np.concatenate([[0.0], np.cumsum(steps)])
    # without the minimum durations before each edge, only the order has to be restored
    ordered = np.maximum.accumulate(edges - room)
    return np.asarray(np.minimum(ordered, length_ms - room[-1]) + room).reshape(-1, 2)
