"""How good are word times? `python -m benchmarks.align`, from the root; some 90 s.

Hand labels of TIMIT (`timit_sample`), exact times of the synthetic demo corpus; with and without the
correction of boundaries. The real corpora are sought in `EXPRESSIVE_CORPORA` (default ../shared/corpora);
what is not there is left out, with a word.
"""

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.align import Align
from stages.alignment.base import Aligner, Alignment
from stages.alignment.pocketsphinx_aligner import PocketSphinx
from stages.core import audio
from stages.core.params import section
from stages.corpora import demo
from stages.signal.types import Samples

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
SETTINGS = section(Align, "align")


class Item(NamedTuple):
    """A recording, what is said in it, and where known the true span of each word in samples."""

    samples: Samples
    sample_rate: int
    transcript: str
    spans: NDArray[np.int64]
    group: str
    speaker: str = ""


NONE: NDArray[np.int64] = np.zeros((0, 2), np.int64)


def timit(root: Path) -> Iterator[Item]:
    """Utterances with hand-checked words; the words of `.wrd`, which are those of `.txt` cut at hyphens."""
    for path in sorted(root.rglob("*.wrd")):
        recording = audio.read(path.with_suffix(".wav"))
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        spans = np.array([[int(row[0]), int(row[1])] for row in rows])
        yield Item(*recording[:2], " ".join(row[2] for row in rows), spans, "timit", path.parent.name)


def synthetic(root: Path) -> Iterator[Item]:
    """The demo corpus with its exact times."""
    times: dict[str, list[list[int]]] = {}
    for row in csv.DictReader((root / "words.csv").open(encoding="utf-8")):
        times.setdefault(row["clip"], []).append([int(row["start"]), int(row["end"])])
    for clip in demo.clips(root):
        recording = audio.read(clip.path)
        yield Item(*recording[:2], clip.transcript, np.array(times[clip.name]), clip.style or "")


class Errors(NamedTuple):
    """By group: errors in ms, each shape (words, 2) for start and end. Over all: results, times real time."""

    groups: dict[str, list[NDArray[np.float64]]]
    results: list[Alignment]
    speed: float


def errors(items: Iterable[Item], engine: Aligner) -> Errors:
    """Align all items and compare."""
    groups: dict[str, list[NDArray[np.float64]]] = {}
    results = []
    seconds = cpu = 0.0
    for item in items:
        began = process_time()
        result = engine.align(item.samples, item.sample_rate, item.transcript, "en-US")
        cpu += process_time() - began
        seconds += len(item.samples) / item.sample_rate
        results.append(result)
        if result.status == "aligned":
            guess = np.stack([result.starts, result.ends], axis=1)
            groups.setdefault(item.group, []).append((guess - item.spans) * 1000 / item.sample_rate)
    return Errors(groups, results, seconds / cpu)


def print_errors(title: str, items: Iterable[Item], engine: Aligner) -> None:
    """A line for starts and a line for ends, per group."""
    found = errors(items, engine)
    values = scores(found.results)
    print(
        f"{title}: {len(found.results) - len(values)} of {len(found.results)} failed, "
        f"{found.speed:.0f}x real time, score min {values.min():.2f}, "
        f"p1 {np.percentile(values, 1):.2f}, median {np.median(values):.2f}"
    )
    parts = [part for group in found.groups.values() for part in group]
    wrong = sum(bool((np.abs(part) > 150).any()) for part in parts)
    print(f"  {wrong} of {len(parts)} clips have a boundary off by more than 150 ms")
    for group, parts in found.groups.items():
        every = np.concatenate(parts)
        for side, signed in zip(("start", "end"), every.T, strict=True):
            size = np.abs(signed)
            print(
                f"  {group:10} {side:5} median {np.median(size):5.1f}  mean {size.mean():5.1f}  "
                f"p90 {np.percentile(size, 90):5.1f} ms, {np.mean(size <= 50):6.1%} within 50 ms, "
                f"bias {np.median(signed):+.1f} ms, {len(size)} words"
            )


def scores(results: list[Alignment]) -> NDArray[np.float64]:
    """Of the aligned ones."""
    return np.array([result.score for result in results if result.score is not None])


def main() -> None:
    """Print all figures."""
    with TemporaryDirectory() as folder:
        demo.make(Path(folder), demo.Demo(seed=0))
        items = list(synthetic(Path(folder)))
    hand = list(timit(CORPORA / "timit_sample"))
    if not hand:
        print(f"{CORPORA}: no real recordings here; set EXPRESSIVE_CORPORA")
    for refined in (False, True):
        settings = SETTINGS.model_copy(update={"refine_boundaries": refined})
        engine = PocketSphinx(settings)
        print(engine.engine, settings.model_dump())
        print_errors("demo, exact times", items, engine)
        if hand:
            note = " (the correction was learnt from these: see benchmarks.boundaries)" if refined else ""
            print_errors(f"timit_sample, hand labels{note}", hand, engine)


if __name__ == "__main__":
    main()
