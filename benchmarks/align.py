"""Errors of word times: `python -m benchmarks.align`, from the root; about 90 s.

The reference is the hand labels of TIMIT (`timit_sample`) and the exact times of the synthetic demo corpus,
with and without the correction of boundaries. `EXPRESSIVE_CORPORA` is the folder of the real corpora
(default ../shared/corpora); missing corpora are omitted with a message.
"""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.align import Align
from stages.alignment.base import Aligner
from stages.alignment.pocketsphinx_aligner import PocketSphinx
from stages.core import audio
from stages.core.params import section
from stages.corpora import demo
from stages.signal.types import Samples

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
SETTINGS = section(Align, "align")
MAX_ERROR_MS = 150.0


class Item(NamedTuple):
    """A recording, its transcript, and the true span of each word in samples, shape (words, 2)."""

    path: Path
    samples: Samples
    sample_rate: int
    transcript: str
    spans: NDArray[np.int64]
    group: str
    speaker: str = ""


def timit(root: Path) -> Iterator[Item]:
    """Read utterances with hand-checked words; those of `.wrd` are those of `.txt` split at hyphens."""
    for path in sorted(root.rglob("*.wrd")):
        wav = path.with_suffix(".wav")
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        spans = np.array([row[:2] for row in rows], dtype=int)
        text = " ".join(row[2] for row in rows)
        yield Item(wav, *audio.read(wav)[:2], text, spans, "timit", path.parent.name)


def synthetic(root: Path) -> Iterator[Item]:
    """Read the demo corpus with its exact times."""
    times: dict[str, list[list[int]]] = {}
    for row in csv.DictReader((root / "words.csv").open(encoding="utf-8")):
        times.setdefault(row["clip"], []).append([int(row["start"]), int(row["end"])])
    for clip in demo.clips(root):
        recording = audio.read(clip.path)[:2]
        yield Item(clip.path, *recording, clip.transcript, np.array(times[clip.name]), clip.style or "")


def measure(title: str, items: list[Item], engine: Aligner) -> None:
    """Align all items; print failures, speed, scores, and errors by group."""
    groups: dict[str, list[NDArray[np.float64]]] = {}
    scores = []
    seconds = cpu = 0.0
    for item in items:
        began = process_time()
        found = engine.align(item.samples, item.sample_rate, item.transcript, "en-US")
        cpu += process_time() - began
        seconds += len(item.samples) / item.sample_rate
        if found.score is not None:
            scores.append(found.score)
            errors = np.stack([found.starts, found.ends], axis=1) - item.spans
            groups.setdefault(item.group, []).append(errors * 1000 / item.sample_rate)
    print(
        f"{title}: {len(items) - len(scores)} of {len(items)} failed, {seconds / cpu:.0f}x real time, "
        "score min {:.2f}, p1 {:.2f}, median {:.2f}".format(*np.percentile(scores, [0, 1, 50]))
    )
    for group, errors_of_group in groups.items():
        print_errors(f"  {group}", errors_of_group)


def print_errors(title: str, errors: list[NDArray[np.float64]]) -> None:
    """Print the number of wrong clips, and errors of starts and of ends.

    Args:
        title: of the clips.
        errors: in ms, one array of shape (words, 2) per clip.
    """
    wrong = sum(bool((np.abs(error) > MAX_ERROR_MS).any()) for error in errors)
    print(f"{title}: {wrong} of {len(errors)} clips have a boundary off by more than {MAX_ERROR_MS:.0f} ms")
    for edge, signed in zip(("start", "end"), np.concatenate(errors).T, strict=True):
        size = np.abs(signed)
        print(
            f"    {edge:5} median {np.median(size):5.1f}  mean {size.mean():5.1f}  "
            f"p90 {np.percentile(size, 90):5.1f} ms, {np.mean(size <= 50):6.1%} within 50 ms, "
            f"bias {np.median(signed):+.1f} ms, {len(size)} words"
        )


def main() -> None:
    """Print the errors of both corpora."""
    with TemporaryDirectory() as folder:
        demo.make(Path(folder), demo.Demo(seed=0))
        items = list(synthetic(Path(folder)))
    hand = list(timit(CORPORA / "timit_sample"))
    if not hand:
        print(f"{CORPORA}: no real recordings found; set EXPRESSIVE_CORPORA")
    for refine in (False, True):
        settings = SETTINGS.model_copy(update={"refine_boundaries": refine})
        engine = PocketSphinx(settings)
        print(engine.engine, settings.model_dump())
        measure("demo, exact times", items, engine)
        if hand:
            note = " (correction learnt from this set: see benchmarks.boundaries)" if refine else ""
            measure(f"timit_sample, hand labels{note}", hand, engine)


if __name__ == "__main__":
    main()
