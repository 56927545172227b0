"""Accuracy of the speech gate: `python -m benchmarks.trim`.

On `timit_sample`, against hand-labelled words: how much of the first and last word is lost, and how much
silence is left. On `ravdess`, without labels: distance of the cut from the first and last 10 ms frame within
25 dB of the clip's loudest frame (a vowel or strong consonant; in one clip a smack of the lips, which the
gate removes). It includes pads, soft onsets, reverberation and breaths, so it is the maximum of the silence.
"""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.core import audio, params
from stages.signal.frames import frames
from stages.signal.vad import pad_span, speech_span
from stages.trim import Trim

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
ALLOWED_LOSS_S = 0.020
VOWEL_DB = 25


class Cut(NamedTuple):
    """Silence kept at both ends of a clip in seconds, negative if speech is lost; and the removed time."""

    name: str
    before: float
    after: float
    removed: float


def cut(path: Path, settings: Trim, speech: tuple[int, int] | None = None) -> Cut | None:
    """Score one clip; None if no speech was found.

    Args:
        path: of the file.
        settings: of the gate.
        speech: true span in samples; without it, from the first frame near the loudest to the last.
    """
    samples, rate, *_ = audio.read(path)
    span = speech_span(samples, rate, settings.vad)
    if span is None:
        return None
    start, end = pad_span(span, round(settings.pad_s * rate), len(samples))
    if speech is None:
        energy = frames(samples, rate)
        loud = np.flatnonzero(energy.db > energy.db.max() - VOWEL_DB)
        speech = int(loud[0]) * energy.length, int(loud[-1] + 1) * energy.length
    edges = (speech[0] - start, end - speech[1], len(samples) - end + start)
    return Cut(f"{path.parent.name}/{path.stem}", *(length / rate for length in edges))


def timit(settings: Trim) -> list[Cut | None]:
    """Score all utterances of `timit_sample` against their first and last hand-labelled word."""
    cuts = []
    for label in sorted((CORPORA / "timit_sample").glob("*/*.wrd")):
        words = [line.split() for line in label.read_text(encoding="utf-8").splitlines() if line.strip()]
        cuts.append(cut(label.with_suffix(".wav"), settings, (int(words[0][0]), int(words[-1][1]))))
    return cuts


def report(title: str, cuts: list[Cut | None]) -> None:
    """Print the results of one corpus."""
    found = [clip for clip in cuts if clip]
    before, after, removed = np.array([clip[1:] for clip in found]).T * 1000
    missing = len(cuts) - len(found)
    print(f"{title}: {len(cuts)} clips, {missing} without speech, {np.sum(removed > 0)} changed")
    for edge, left in (("start", before), ("end", after)):
        lost = np.maximum(-left, 0)
        print(
            f"  {edge}: maximum loss {lost.max():.0f} ms, {np.sum(lost > 0)} clips lose any, "
            f"{np.sum(lost > 1000 * ALLOWED_LOSS_S)} over {1000 * ALLOWED_LOSS_S:.0f} ms; "
            f"left median {np.median(left):.0f} ms, 90th percentile {np.percentile(left, 90):.0f} ms"
        )
    print(f"  cut off in total: median {np.median(removed):.0f} ms")


if __name__ == "__main__":
    gate = params.section(Trim, "trim")
    report("timit_sample, against hand labels", timit(gate))
    acted = [cut(path, gate) for path in sorted((CORPORA / "ravdess").rglob("*.wav"))]
    report(f"ravdess, against frames within {VOWEL_DB} dB of the loudest", acted)
