"""Checks of the word times, turns and transcript of a sample."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.checks.files import Sample
from stages.samples.sidecar import SPEAKER
from stages.signal.lengths import SAMPLE_RATE
from stages.text.language import HAN

FRAME_S = 0.08
"""Frame of Mimi, in seconds (12.5 Hz); Moshi has one text token per frame."""
ROUNDING_S = 0.0001
"""Resolution of times in the JSON, in seconds."""


def words(sample: Sample) -> Iterator[str]:
    """Check the speaker labels, the order and the times of the words."""
    alignments = sample.sidecar["alignments"]
    if not alignments:
        yield "no words"
        return
    if {speaker for _, _, speaker in alignments} != {SPEAKER}:
        yield f"a word is not labelled {SPEAKER}"
    times = np.array([span for _, span, _ in alignments], dtype=np.float64)
    starts, ends = times[:, 0], times[:, 1]
    if not (starts < ends).all():
        yield "a word does not start before it ends"
    if not (np.diff(starts) > 0).all() or not (ends[:-1] <= starts[1:]).all():
        yield "words are not in order, or overlap"
    if starts.min() < 0 or ends.max() * SAMPLE_RATE > len(sample.samples) + 0.5:
        yield "a word is outside the sample"
    elif not _in_sources(sample, times):
        yield "a word is not within one source"


def turns(sample: Sample) -> Iterator[str]:
    """Check that every turn is within the sample."""
    for turn in sample.sidecar["turns"]:
        if not 0 <= turn["start_s"] < turn["end_s"] <= len(sample.samples) / SAMPLE_RATE + ROUNDING_S:
            yield f"turn {turn['turn']} is outside the sample, or does not start before it ends"


def transcript(sample: Sample) -> Iterator[str]:
    """Check that the words are those of the transcript."""
    alignments = sample.sidecar["alignments"]
    aligned = " ".join(word for word, _, _ in alignments)
    written = str(sample.sidecar.get("transcript"))
    if alignments and _normalized(aligned) != _normalized(written):
        yield f"words {aligned!r} are not the transcript {written!r}"


def _normalized(text: str) -> str:
    """Reduce spaces to single ones, and remove those next to Chinese characters, each of which is a word."""
    return re.sub(rf"\s*({HAN.pattern})\s*", r"\1", " ".join(text.split()))


def _in_sources(sample: Sample, times: NDArray[np.float64]) -> bool:
    """Return whether each word is within a source on the left; `times` has shape (n, 2), in seconds."""
    own = [source for source in sample.sidecar["sources"] if source["channel"] == "left"]
    starts, ends = (np.array([source[edge] for source in own]) for edge in ("start_s", "end_s"))
    inside = (times[:, None, 0] >= starts - ROUNDING_S) & (times[:, None, 1] <= ends + ROUNDING_S)
    return bool(inside.any(axis=1).all())


def token_collisions(alignments: list[Any]) -> int:
    """Count words that lose all tokens because the next word starts in the same 80 ms frame."""
    frames = [int(start / FRAME_S) for _, (start, _), _ in alignments]
    return sum(a == b for a, b in pairwise(frames))
