"""Are wrong transcripts found? `python -m benchmarks.mismatch [STEP]`, from the root; every STEPth clip (1).

Each clip is judged, as `align` and `screen` would, with its own transcript and with that of another clip of
its corpus (for RAVDESS the only other one, which differs in two words of six). The thresholds of
stages/lib/confidence.py were chosen on one half of the speakers: figures are for each half.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

import numpy as np

from stages.align import Align, aligner, lead, rivalry
from stages.corpora import crema_d, demo, ravdess
from stages.lib import audio
from stages.lib.confidence import confidence, decoys
from stages.lib.params import section
from stages.screen import Screen

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))


class Said(NamedTuple):
    """A clip, and what is said in it."""

    path: Path
    speaker: str
    transcript: str


def sets(folder: Path) -> Iterator[tuple[str, list[Said]]]:
    """The corpora that are there."""
    demo.make(folder, demo.Demo(seed=0))
    for name, module, root in (
        ("demo", demo, folder),
        ("ravdess", ravdess, CORPORA / "ravdess"),
        ("crema_d", crema_d, CORPORA / "crema_d"),
    ):
        if root.exists():
            yield name, [Said(c.path, c.speaker, c.transcript) for c in module.clips(root)]
    made = []
    for path in sorted((CORPORA / "timit_sample").rglob("*.wrd")):
        words = [line.split()[2] for line in path.read_text(encoding="utf-8").splitlines()]
        made.append(Said(path.with_suffix(".wav"), path.parent.name, " ".join(words)))
    if made:
        yield "timit", made


def other(clip: Said, transcripts: set[str]) -> str:
    """The transcript of another clip, chosen by digest."""
    rest = transcripts - {clip.transcript}
    return min(rest, key=lambda text: hashlib.sha256(f"{clip.path.name}{text}".encode()).digest())


def sure(clip: Said, transcript: str, known: set[str], settings: Align) -> float:
    """Confidence as `stages.align` gives it; 0 where the alignment fails, which drops the clip too."""
    engine = aligner(settings)
    recording = audio.read(clip.path)
    found = engine.align(*recording[:2], transcript, "en-US")
    if found.score is None:
        return 0.0
    rivals = decoys(transcript, "en-US", known)
    return confidence(found.score, lead(found, rivalry(settings), recording, "en-US", rivals))


def main() -> None:
    """Print detection and false alarms of each set, by half of the speakers."""
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    settings = section(Align, "align")
    threshold = section(Screen, "screen").min_align_confidence
    with TemporaryDirectory() as folder:
        for name, clips in sets(Path(folder)):
            known = {clip.transcript for clip in clips}
            speakers = sorted({clip.speaker for clip in clips})
            chosen = clips[::step]
            began = process_time()
            right = np.array([sure(clip, clip.transcript, known, settings) for clip in chosen])
            spent = process_time() - began
            wrong = np.array([sure(clip, other(clip, known), known, settings) for clip in chosen])
            half = np.array([speakers.index(clip.speaker) % 2 for clip in chosen])
            print(
                f"{name}: {len(chosen)} clips, {spent / len(chosen) * 1000:.0f} ms per clip as it should be"
            )
            for title, part in (("chosen on", half == 0), ("held out", half == 1), ("all", half >= 0)):
                if not part.any():
                    continue
                print(
                    f"  {title:9} {part.sum():4} clips: wrong transcripts found "
                    f"{np.mean(wrong[part] < threshold):7.2%}, right ones refused "
                    f"{np.mean(right[part] < threshold):7.2%}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
