"""Score the speech gate: `python -m benchmarks.trim`.

On `timit_sample`, against hand-labelled words: what the cut loses of the first and last word, and what
silence it leaves. On `ravdess`, which has no labels: how far the cut begins before the first, and ends after
the last, 10 ms frame within 25 dB of the clip's loudest frame (some vowel or strong consonant; in one clip a
smack of the lips, which the gate rightly cuts off). What lies between is pads, soft onsets, reverberation and
breaths, so this bounds the silence left from above.
"""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.core import audio, params
from stages.signal.frames import frames
from stages.signal.vad import padded, speech_span
from stages.trim import Trim

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
ALLOWED_LOSS_S = 0.020
VOWEL_DB = 25


class Cut(NamedTuple):
    """One clip: silence kept at both ends in seconds, negative where speech is lost; and what was cut off."""

    name: str
    before: float
    after: float
    removed: float


def cut(path: Path, settings: Trim, speech: tuple[int, int] | None = None) -> Cut | None:
    """Score one clip; None if no speech was found.

    Args:
        path: of the file.
        settings: of the gate.
        speech: true span in samples; without it, the first and last frame near the loudest.
    """
    samples, rate, *_ = audio.read(path)
    span = speech_span(samples, rate, settings.vad)
    if span is None:
        return None
    start, end = padded(span, round(settings.pad_s * rate), len(samples))
    if speech is None:
        energy = frames(samples, rate)
        loud = np.flatnonzero(energy.db > energy.db.max() - VOWEL_DB)
        speech = int(loud[0]) * energy.length, int(loud[-1] + 1) * energy.length
    name = f"{path.parent.name}/{path.stem}"
    return Cut(
        name, (speech[0] - start) / rate, (end - speech[1]) / rate, (len(samples) - end + start) / rate
    )


def labelled(root: Path) -> list[tuple[Path, tuple[int, int]]]:
    """Files of `timit_sample` with the start of the first and the end of the last hand-labelled word."""
    found = []
    for label in sorted(root.glob("*/*.wrd")):
        words = [line.split() for line in label.read_text(encoding="utf-8").splitlines() if line.strip()]
        found.append((label.with_suffix(".wav"), (int(words[0][0]), int(words[-1][1]))))
    return found


def timit(settings: Trim, root: Path = CORPORA / "timit_sample") -> list[Cut | None]:
    """Cuts of all hand-labelled utterances."""
    return [cut(path, settings, speech) for path, speech in labelled(root)]


def ravdess(settings: Trim, root: Path = CORPORA / "ravdess") -> list[Cut | None]:
    """Cuts of all clips."""
    return [cut(path, settings) for path in sorted(root.rglob("*.wav"))]


def report(title: str, cuts: list[Cut | None]) -> None:
    """Print the figures of one corpus."""
    found = [clip for clip in cuts if clip]
    before, after, removed = np.array([clip[1:] for clip in found]).T * 1000
    print(
        f"{title}: {len(cuts)} clips, {len(cuts) - len(found)} without speech, {np.sum(removed > 0)} changed"
    )
    for side, left in (("start", before), ("end", after)):
        lost = np.maximum(-left, 0)
        print(
            f"  {side}: lost at most {lost.max():.0f} ms, {np.sum(lost > 0)} clips lose any, "
            f"{np.sum(lost > 1000 * ALLOWED_LOSS_S)} over {1000 * ALLOWED_LOSS_S:.0f} ms; "
            f"left median {np.median(left):.0f} ms, 90th percentile {np.percentile(left, 90):.0f} ms"
        )
    print(f"  cut off in all: median {np.median(removed):.0f} ms")


if __name__ == "__main__":
    gate = params.section(Trim, "trim")
    report("timit_sample, against hand labels", timit(gate))
    report(f"ravdess, against frames within {VOWEL_DB} dB of the loudest", ravdess(gate))
