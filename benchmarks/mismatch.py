"""Are wrong transcripts found? `python -m benchmarks.mismatch [STEP]`, from the root; every STEPth clip (1).

Each clip is judged, as `align` and `screen` would, with its own transcript and with that of another clip of
its corpus (for RAVDESS the only other one, which differs in two words of six).

"as shipped" are the constants of stages/alignment/confidence.py, which were chosen on all speakers:
not an independent figure. "cross-validated" chooses both thresholds afresh on one half of the speakers of all
sets, by a fixed rule (fewest misses plus twice the false alarms, sets weighing alike), and judges the other
half; then the other way round. `CLEAR_SCORE` was chosen on all of them in either case.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.align import Align, Clip, competing_scores
from stages.alignment.confidence import EVEN_MARGIN, EVEN_SCORE, SPREAD, competing_transcripts, score_margin
from stages.alignment.pocketsphinx_aligner import PocketSphinx
from stages.core import audio
from stages.core.params import section
from stages.corpora import crema_d, demo, ravdess
from stages.screening.drop_rules import ScreenParams

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))


class Item(NamedTuple):
    """A clip, and its transcript."""

    path: Path
    speaker: str
    transcript: str


def sets(folder: Path) -> Iterator[tuple[str, list[Item]]]:
    """The corpora that are there."""
    demo.make(folder, demo.Demo(seed=0))
    for name, module, root in (
        ("demo", demo, folder),
        ("ravdess", ravdess, CORPORA / "ravdess"),
        ("crema_d", crema_d, CORPORA / "crema_d"),
    ):
        if root.exists():
            yield name, [Item(c.path, c.speaker, c.transcript) for c in module.clips(root)]
    made = []
    for path in sorted((CORPORA / "timit_sample").rglob("*.wrd")):
        words = [line.split()[2] for line in path.read_text(encoding="utf-8").splitlines()]
        made.append(Item(path.with_suffix(".wav"), path.parent.name, " ".join(words)))
    if made:
        yield "timit", made


def other(clip: Item, transcripts: set[str]) -> str:
    """The transcript of another clip, chosen by digest."""
    rest = transcripts - {clip.transcript}
    return min(rest, key=lambda text: hashlib.sha256(f"{clip.path.name}{text}".encode()).digest())


def measure(clip: Item, transcript: str, known: set[str], settings: Align) -> tuple[float, float]:
    """Return score and margin as `stages.align` finds them; a margin that is not needed is inf.

    Both are minus infinity if the alignment fails, which drops the clip too.
    """
    recording = audio.read(clip.path)
    engine = PocketSphinx(settings)
    found = engine.align(*recording[:2], transcript, "en-US")
    if found.score is None:
        return -np.inf, -np.inf
    work = Clip(str(clip.path), transcript, "en-US", competing_transcripts(transcript, "en-US", known))
    margin = score_margin(found.score, competing_scores(engine.fast(found.warp), work, recording))
    return found.score, np.inf if margin is None else margin


class Judged(NamedTuple):
    """One set: `right` and `wrong` are score and margin, shape (clips, 2); `half` of the speakers, 0 or 1."""

    right: NDArray[np.float64]
    wrong: NDArray[np.float64]
    half: NDArray[np.int64]


def judge(clips: list[Item], step: int, settings: Align) -> Judged:
    """Measure every `step`th clip both ways."""
    known = {clip.transcript for clip in clips}
    speakers = sorted({clip.speaker for clip in clips})
    chosen = clips[::step]
    return Judged(
        np.array([measure(clip, clip.transcript, known, settings) for clip in chosen]),
        np.array([measure(clip, other(clip, known), known, settings) for clip in chosen]),
        np.array([speakers.index(clip.speaker) % 2 for clip in chosen]),
    )


def refused(values: NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.bool_]:
    """Which clips fall below either limit, shape (clips,)."""
    below: NDArray[np.bool_] = np.any(values < np.array(limits), axis=1)
    return below


def choose(sets: list[Judged], half: int) -> tuple[float, float]:
    """Choose limits of score and margin on one half of the speakers; the median of equally good ones."""
    grid = list(product(np.arange(-6.0, -2.9, 0.25), np.arange(-1.0, 1.6, 0.1)))

    def loss(limits: tuple[float, float]) -> float:
        parts = [(s.right[s.half == half], s.wrong[s.half == half]) for s in sets]
        return float(
            np.mean([np.mean(~refused(w, limits)) + 2 * np.mean(refused(r, limits)) for r, w in parts])
        )

    losses = np.array([loss(limits) for limits in grid])
    best = np.array(grid)[losses <= losses.min() + 1e-9]
    return float(np.median(best[:, 0])), float(np.median(best[:, 1]))


def line(found: Judged, limits: tuple[float, float], half: int | None = None) -> str:
    """Detection and false alarms of one set, or of one half of it."""
    part = np.ones(len(found.half), bool) if half is None else found.half == half
    missed, alarms = ~refused(found.wrong[part], limits), refused(found.right[part], limits)
    return (
        f"{part.sum():4} clips: wrong transcripts found {1 - missed.mean():7.2%}, "
        f"right ones refused {alarms.mean():6.2%} ({alarms.sum()})"
    )


def main() -> None:
    """Print detection and false alarms of each set."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    settings = section(Align, "align")
    with TemporaryDirectory() as folder:
        found = {name: judge(clips, step, settings) for name, clips in sets(Path(folder))}
    threshold = section(ScreenParams, "screen").min_align_confidence
    shift = SPREAD * np.log(threshold / (1 - threshold))
    shipped = (EVEN_SCORE + shift, EVEN_MARGIN + shift)
    print(f"as shipped: score {shipped[0]:.2f}, margin {shipped[1]:.2f} (chosen on all speakers)")
    for name, values in found.items():
        print(f"  {name:8} {line(values, shipped)}")
    whole = {
        name: values for name, values in found.items() if len(set(values.half)) == 2 and name != "crema_d"
    }
    for half in (0, 1):
        score, margin = limits = choose(list(whole.values()), half)
        print(f"cross-validated: score {score:.2f}, margin {margin:.2f} chosen on half {half}; on the other")
        for name, values in whole.items():
            print(f"  {name:8} {line(values, limits, 1 - half)}")


if __name__ == "__main__":
    main()
