"""Detection of wrong transcripts: `python -m benchmarks.mismatch [STEP]`, from the root.

As in `align` and `screen`, every STEPth clip (default 1) is tested with its own transcript and with that of
another clip of its corpus (for RAVDESS the only other one, which differs in two words of six).

"as shipped" uses the constants of stages/alignment/confidence.py, which were chosen on all speakers, so these
error rates are not independent. "cross-validated" chooses both thresholds on one half of the speakers of all
sets and tests the other half, then the other way round. It minimizes misses plus twice the false alarms,
averaged over the sets. In both cases, `CLEAR_SCORE` was chosen on all speakers.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.align import CORPORA, SETTINGS, timit
from stages.align import Clip, competing_scores
from stages.alignment.confidence import EVEN_MARGIN, EVEN_SCORE, SPREAD, competing_transcripts, score_margin
from stages.alignment.pocketsphinx_aligner import PocketSphinx
from stages.core import audio
from stages.core.params import section
from stages.corpora import crema_d, demo, ravdess
from stages.screening.drop_rules import ScreenParams

Limits = tuple[float, float]
"""Minimum score and minimum margin of a clip that is kept."""


def sets(folder: Path) -> Iterator[tuple[str, list[Any]]]:
    """Read the clips (path, speaker, transcript) of all corpora that exist; make the demo in a folder."""
    demo.make(folder, demo.Demo(seed=0))
    sources: dict[str, tuple[Callable[[Path], Iterable[Any]], Path]] = {
        "demo": (demo.clips, folder),
        "ravdess": (ravdess.clips, CORPORA / "ravdess"),
        "crema_d": (crema_d.clips, CORPORA / "crema_d"),
        "timit": (timit, CORPORA / "timit_sample"),
    }
    for name, (clips, root) in sources.items():
        if root.exists():
            yield name, list(clips(root))


def other_transcript(clip: Any, transcripts: set[str]) -> str:
    """Choose the transcript of another clip by digest."""
    rest = transcripts - {clip.transcript}
    return min(rest, key=lambda text: hashlib.sha256(f"{clip.path.name}{text}".encode()).digest())


def measure(clip: Any, transcript: str, known: set[str]) -> tuple[float, float]:
    """Compute score and margin as `stages.align` does; a margin that is not needed is infinite.

    Both are minus infinity if the alignment fails, because `screen` then drops the clip too.
    """
    recording = audio.read(clip.path)
    engine = PocketSphinx(SETTINGS)
    found = engine.align(*recording[:2], transcript, "en-US")
    if found.score is None:
        return -np.inf, -np.inf
    work = Clip(str(clip.path), transcript, "en-US", competing_transcripts(transcript, "en-US", known))
    margin = score_margin(found.score, competing_scores(engine.fast(found.warp), work, recording))
    return found.score, np.inf if margin is None else margin


class Scores(NamedTuple):
    """Score and margin of the clips of one set, shape (clips, 2), with right and with wrong transcripts."""

    right: NDArray[np.float64]
    wrong: NDArray[np.float64]
    half: NDArray[np.int64]
    """Half of the speakers that each clip is in, shape (clips,): 0 or 1."""

    def of_half(self, half: int) -> "Scores":
        """Return the clips of one half."""
        return Scores(*(values[self.half == half] for values in self))

    def errors(self, limits: Limits) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which wrong transcripts are missed, and which right ones are false alarms."""
        minimum = np.array(limits)
        return np.all(self.wrong >= minimum, axis=1), np.any(self.right < minimum, axis=1)


def measure_all(clips: list[Any], step: int) -> Scores:
    """Measure every `step`th clip of a set with its own transcript and with another."""
    known = {clip.transcript for clip in clips}
    speakers = sorted({clip.speaker for clip in clips})
    chosen = clips[::step]
    right = [measure(clip, clip.transcript, known) for clip in chosen]
    wrong = [measure(clip, other_transcript(clip, known), known) for clip in chosen]
    halves = [speakers.index(clip.speaker) % 2 for clip in chosen]
    return Scores(np.array(right), np.array(wrong), np.array(halves))


def choose(sets: list[Scores]) -> Limits:
    """Choose the best limits of score and margin; the median of equally good ones."""
    grid = np.array(list(product(np.arange(-6.0, -2.9, 0.25), np.arange(-1.0, 1.6, 0.1))))
    errors = [[found.errors(limits) for found in sets] for limits in grid]
    losses = np.array([np.mean([m.mean() + 2 * a.mean() for m, a in of_limits]) for of_limits in errors])
    score, margin = np.median(grid[losses <= losses.min() + 1e-9], axis=0)
    return float(score), float(margin)


def print_rates(name: str, found: Scores, limits: Limits) -> None:
    """Print detection and false alarms of one set."""
    missed, alarms = found.errors(limits)
    print(
        f"  {name:8} {len(missed):4} clips: wrong transcripts found {1 - missed.mean():7.2%}, "
        f"right ones refused {alarms.mean():6.2%} ({alarms.sum()})"
    )


def main() -> None:
    """Print detection and false alarms of each set."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with TemporaryDirectory() as folder:
        found = {name: measure_all(clips, step) for name, clips in sets(Path(folder))}
    threshold = section(ScreenParams, "screen").min_align_confidence
    shift = SPREAD * np.log(threshold / (1 - threshold))
    shipped = (EVEN_SCORE + shift, EVEN_MARGIN + shift)
    print(f"as shipped: score {shipped[0]:.2f}, margin {shipped[1]:.2f} (chosen on all speakers)")
    for name, values in found.items():
        print_rates(name, values, shipped)
    usable = {name: v for name, v in found.items() if len(set(v.half)) == 2 and name != "crema_d"}
    for half in (0, 1):
        score, margin = limits = choose([values.of_half(half) for values in usable.values()])
        print(f"cross-validated: score {score:.2f}, margin {margin:.2f} chosen on half {half}; on the other")
        for name, values in usable.items():
            print_rates(name, values.of_half(1 - half), limits)


if __name__ == "__main__":
    main()
