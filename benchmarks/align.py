"""How good are word times and alignment scores? `python -m benchmarks.align`, from the root; some 90 s.

Word times: hand labels of TIMIT (`timit_sample`), exact times of the synthetic demo corpus.
Scores: real RAVDESS and CREMA-D clips with their own transcript, against wrong ones. The real corpora are
sought in `EXPRESSIVE_CORPORA` (default ../shared/corpora); what is not there is left out, with a word.
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

from stages.align import Align, aligner
from stages.corpora import crema_d, demo, ravdess
from stages.lib import audio
from stages.lib.aligner import Aligner, Alignment
from stages.lib.audio import Samples

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
SETTINGS = Align(
    engine="pocketsphinx", beams=(1e-48, 1e-100, 1e-200), silence_probability=0.1, refine=True
)
UNRELATED = (
    "She had your dark suit in greasy wash water all year.",
    "It's eleven o'clock.",
    "Maybe tomorrow it will be cold.",
    "The surface is slick.",
)


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
        if result.state == "aligned":
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


def screening(clips: list[tuple[Path, str, str]], engine: Aligner) -> dict[str, list[Alignment]]:
    """Each clip with its own transcript, with the corpus's nearest other, and with an unrelated one."""
    found: dict[str, list[Alignment]] = {"right": [], "other statement": [], "unrelated": []}
    for i, (path, transcript, other) in enumerate(clips):
        recording = audio.read(path)
        for kind, text in zip(found, (transcript, other, UNRELATED[i % len(UNRELATED)]), strict=True):
            found[kind].append(engine.align(*recording[:2], text, "en-US"))
    return found


def print_screening(title: str, found: dict[str, list[Alignment]]) -> None:
    """Distributions, and what thresholds would do."""
    print(f"{title}: failures and score per frame")
    for kind, results in found.items():
        values = scores(results)
        shown = " ".join(f"{value:7.2f}" for value in np.percentile(values, [0, 1, 5, 50, 95, 99, 100]))
        failed = len(results) - len(values)
        print(f"  {kind:16} {failed:3} of {len(results)} failed; min p1 p5 p50 p95 p99 max {shown}")
    for threshold in (-7.0, -6.5, -6.0, -5.5, -5.0, -4.5, -4.0):
        shares = []
        for kind, results in found.items():
            refused = len(results) - int((scores(results) >= threshold).sum())
            shares.append(f"{kind} {refused / len(results):6.1%}")
        print(f"  min_score {threshold}: refused {', '.join(shares)}")


def ravdess_clips(root: Path) -> list[tuple[Path, str, str]]:
    """Path, transcript, and the other of the two statements."""
    one, two = ravdess.STATEMENTS.values()
    return [
        (clip.path, clip.transcript, two if clip.transcript == one else one) for clip in ravdess.clips(root)
    ]


def crema_clips(root: Path) -> list[tuple[Path, str, str]]:
    """Path, transcript, and the transcript of the next clip that says something else."""
    clips = list(crema_d.clips(root))
    texts = [clip.transcript for clip in clips]
    return [
        (clip.path, clip.transcript, next(t for t in [*texts[i:], *texts] if t != clip.transcript))
        for i, clip in enumerate(clips)
    ]


def main() -> None:
    """Print all figures."""
    engine = aligner(SETTINGS)
    print(engine.engine, SETTINGS.model_dump())
    with TemporaryDirectory() as folder:
        demo.make(Path(folder), demo.Demo(seed=0))
        print_errors("demo, exact times", synthetic(Path(folder)), engine)
    if not (CORPORA / "timit_sample").exists():
        print(f"{CORPORA}: no real recordings here; set EXPRESSIVE_CORPORA")
        return
    print_errors("timit_sample, hand labels", timit(CORPORA / "timit_sample"), engine)
    print_screening("crema_d", screening(crema_clips(CORPORA / "crema_d"), engine))
    print_screening("ravdess", screening(ravdess_clips(CORPORA / "ravdess"), engine))


if __name__ == "__main__":
    main()
