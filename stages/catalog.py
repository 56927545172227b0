"""Stage `catalog`: the clips of a corpus and their labels. No audio is decoded."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from stages.core import files, progress, store, tables, workers
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch
from stages.corpora.base import Clip, Corpus, load

RAW = Path("data/raw")


def grouped(clips: Iterable[Clip]) -> list[list[Clip]]:
    """Group files of the same clip name, sorted: some downloads of a corpus contain its tree twice."""
    ordered = sorted(clips, key=lambda clip: (clip.name, clip.path))
    return [list(group) for _, group in groupby(ordered, key=lambda clip: clip.name)]


def row(name: str, corpus: Corpus, duplicates: list[Clip]) -> dict[str, Any]:
    """Make a row of `tables.Catalog` from all files of one clip name.

    Raises:
        UserError: the files differ in their bytes or their labels.
    """
    first, *others = duplicates
    digest = files.sha256(first.path)
    for other in others:
        differ = "bytes" if files.sha256(other.path) != digest else "labels"
        if differ == "bytes" or replace(other, path=first.path) != first:
            raise UserError(
                f"{first.path} and {other.path}: expected equal copies, found two files of one name with "
                f"different {differ}; find out which is genuine, and remove the other from the source"
            )
    return {
        **{column: value for column, value in vars(first).items() if column in tables.Catalog.COLUMNS},
        "clip_id": f"{name}_{first.name}",
        "corpus": name,
        "path": first.path.as_posix(),
        "sha256": digest,
        "file_count": len(duplicates),
        "speaker": f"{name}_{first.speaker}",
        "language": first.language or corpus.LANGUAGE,
        "expected_sample_rate": first.sample_rate or corpus.SAMPLE_RATE,
        "license": first.license or corpus.LICENSE,
        "citation": corpus.CITATION,
        "split_group": first.split_group or f"{name}_{first.speaker}",
        "shipped_words": [word.text for word in first.shipped_words],
        "shipped_starts_s": [word.start_s for word in first.shipped_words],
        "shipped_ends_s": [word.end_s for word in first.shipped_words],
    }


def votes(name: str, corpus: Corpus, root: Path, clip_ids: set[str]) -> list[dict[str, Any]]:
    """Count the listeners' votes on the clips: rows of `tables.Votes`."""
    counts: Counter[tuple[str, str, str | None, str, str]] = Counter()
    for vote in corpus.votes(root) if hasattr(corpus, "votes") else ():
        rater = None if vote.rater is None else f"{name}_{vote.rater}"
        counts[f"{name}_{vote.clip}", vote.modality, rater, vote.label, vote.emotion] += vote.count
    names = ("clip_id", "modality", "rater", "label", "emotion", "count")
    rows = [dict(zip(names, (*key, count), strict=True)) for key, count in counts.items()]
    return [row for row in rows if row["clip_id"] in clip_ids and row["count"]]


def run(corpus: str) -> None:
    """Write `data/tables/catalog/<corpus>.parquet` and `data/tables/votes/<corpus>.parquet`.

    Raises:
        UserError: no clips, or files that the corpus's module does not accept.
    """
    watch = Stopwatch("catalog", corpus)
    module, root = load(corpus), RAW / corpus
    clips = list(module.clips(root))
    if not clips:
        raise UserError(f"{root}: expected the recordings of {corpus}, found none; run `dvc repro`")
    groups = grouped(clips)
    bar = progress.bar(watch.name, len(groups), iterable=groups)
    rows = [row(corpus, module, group) for group in bar]
    vote_rows = votes(corpus, module, root, {row["clip_id"] for row in rows})
    # an unchanged table is not written again, because writing imports pandas
    for stage, model, table_rows in (("votes", tables.Votes, vote_rows), ("catalog", tables.Catalog, rows)):
        workers.RowCache(store.path(stage, corpus), model).save(store.rounded_rows(table_rows, model))
    conflicts = Counter(row["label_conflict"] for row in rows if row["label_conflict"])
    if conflicts:
        counted = ", ".join(f"{conflict} {count}" for conflict, count in sorted(conflicts.items()))
        print(f"{watch.name}: labels of {conflicts.total()} clips contradict each other ({counted})")
    watch.end(len(clips), ["duplicate_file"] * (len(clips) - len(rows)))


if __name__ == "__main__":
    main(run, "corpus")
