"""Which gain brings each augmented copy to the target loudness? Measured on the copy itself.

Tempo, pitch and noise change the loudness of a clip by some tenths of a decibel and its peaks by more, so a
copy cannot take its clip's gain.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from stages.lib import audio, copies, params, store, tables, workers
from stages.lib.errors import main
from stages.lib.summary import Stopwatch
from stages.signal import chain, gain

TABLE = Path("data/tables/loudness_copies.parquet")


def measure(
    path: str,
    start: int,
    end: int,
    denoise_floor_db: float | None,
    change: dict[str, Any],
    target_lufs: float,
    ceiling_db: float,
) -> workers.Row:
    """Loudness, true peak and gain of one copy; see `tables.LoudnessCopies`.

    Args:
        path: of the clip; `start` and `end`: the cut in it, in samples.
        denoise_floor_db: None for no noise reduction.
        change: columns of `copies.UNCHANGED`.
        target_lufs: loudness to be met; `ceiling_db`: true peak not to be exceeded.
    """
    recording = audio.read(Path(path))
    voice = chain.cut(recording.samples, recording.sample_rate, start, end, denoise_floor_db)
    unknown = {"rule": "unmeasurable", "limited": False}
    return unknown | gain.to_target(copies.change(voice, change), target_lufs, ceiling_db)


def tasks(clips: pd.DataFrame) -> list[workers.Task]:
    """One measurement per copy.

    Args:
        clips: one row per copy, with the columns of catalog, loudness and augment.
    """
    plain = clips.astype(object)
    plain = plain.where(plain.notna(), None)
    work = []
    for row in plain.to_dict("records"):
        arguments = {name: row[name] for name in ("path", "denoise_floor_db", "target_lufs", "ceiling_db")}
        arguments |= {"start": int(row["start"]), "end": int(row["end"])}
        change = {name: row[name] for name in copies.UNCHANGED if name != "copy_number"}
        identity = {"clip_id": row["clip_id"], "copy_number": row["copy_number"]}
        work.append(workers.Task(identity, {**arguments, "change": change}, row["sha256"]))
    return work


def run() -> None:
    """Write the gains of all copies."""
    watch = Stopwatch("loudness_copies")
    corpora = params.corpora()
    drawn = store.read(Path("data/tables/augment.parquet"), tables.Augment)
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    catalog = store.read_all("catalog", corpora, tables.Catalog)[["clip_id", "path", "sha256"]]
    spans = store.read_all("loudness", corpora, tables.Loudness)
    spans = spans.merge(screen.assign(denoised=screen.verdict == "keep_denoised"), on=["clip_id", "denoised"])
    clips = drawn.merge(catalog, on="clip_id", validate="m:1").merge(spans, on="clip_id", validate="m:1")
    measured = workers.compute(watch.name, measure, tasks(clips), tables.LoudnessCopies, TABLE)
    workers.save(measured, tables.LoudnessCopies, TABLE)
    watch.end(len(measured), measured.rule.where(measured.rule == "unmeasurable"))


if __name__ == "__main__":
    main(run)
