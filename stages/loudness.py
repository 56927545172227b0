"""Stage `loudness`: the gain that brings a trimmed clip to the target loudness, as recorded and denoised.

Both variants are measured for every clip that `screen` may keep with noise reduction, so that an edit of its
section decodes no audio before `render`.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from stages.core import audio, params, store, tables, workers
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.samples.segments import common_segment, segments
from stages.signal import chain, gain


class Loudness(params.Section):
    """Target and maximum true peak of rendered clips; strength of the noise reduction, if chosen."""

    target_lufs: float = Field(ge=-50, le=-5)
    max_true_peak_dbtp: float = Field(ge=-20, le=0)
    denoise_gain_floor_db: float = Field(ge=-40, lt=0)


def measure(path: str, cut: workers.Row, target: dict[str, float], channel: int | None = None) -> workers.Row:
    """Return loudness, true peak and gain of one cut; see `tables.Loudness`.

    Args:
        path: of the recording.
        cut: fields of `chain.Cut`; `start` and `end` are None if the clip has no cut.
        target: `target_lufs` and `max_true_peak_dbtp`.
        channel: of the file that holds the voice.
    """
    row: workers.Row = {**cut, **target, "loudness_method": "unmeasurable", "gain_capped": False}
    if cut["start"] is None or cut["end"] is None:
        return row
    recording = audio.read(Path(path), channel)
    samples = chain.cut(recording.samples, recording.sample_rate, chain.Cut(**cut))
    return row | gain.to_target(samples, **target)


def optional_int(value: Any) -> int | None:
    """Convert a nullable number."""
    return None if pd.isna(value) else int(value)


def tasks(
    catalog: pd.DataFrame, spans: pd.DataFrame, snr_db: pd.DataFrame, settings: Loudness
) -> list[workers.Task]:
    """Return one task per clip, and one more, denoised, if it is noisy.

    Args:
        catalog: rows of `tables.Catalog`.
        spans: see `segments`.
        snr_db: columns `clip_id`, `snr_db`.
        settings: of the stage.
    """
    clips = catalog.merge(spans, on="clip_id", validate="1:1").merge(snr_db, on="clip_id", validate="1:1")
    target = settings.model_dump(include={"target_lufs", "max_true_peak_dbtp"})
    work = []
    for clip in clips.itertuples():
        edges = {name: optional_int(getattr(clip, name)) for name in ("start", "end")}
        for denoised in (False, True) if clip.snr_db < tables.CLEAN_SNR_DB else (False,):
            floor = settings.denoise_gain_floor_db if denoised else None
            arguments = {
                "path": clip.path,
                "cut": {**edges, "denoise_gain_floor_db": floor},
                "target": target,
                "channel": audio.channel_of(clip.source_channel),
            }
            work.append(workers.Task({"clip_id": clip.clip_id, "denoised": denoised}, arguments, clip.sha256))
    return work


def run(corpus: str) -> None:
    """Write the gains of one corpus."""
    watch = Stopwatch("loudness", corpus)
    settings = params.section(Loudness, "loudness")
    catalog, trim, align, quality = (
        store.read(store.path(stage, corpus), model)
        for stage, model in (
            ("catalog", tables.Catalog), ("trim", tables.Trim), ("align", tables.Align),
            ("quality", tables.Quality),
        )
    )  # fmt: skip
    snr_db = quality[["clip_id", "snr_db"]]
    cache = workers.RowCache(store.path("loudness", corpus), tables.Loudness)
    work = tasks(catalog, common_segment(segments(trim, align), catalog), snr_db, settings)
    rows = workers.compute(watch.name, measure, work, cache)
    cache.save(rows)
    measured = store.frame(rows, tables.Loudness)
    plain = measured[~measured.denoised]
    rates = catalog.set_index("clip_id").expected_sample_rate.loc[plain.clip_id].to_numpy()
    seconds = float(((plain.end - plain.start) / rates).sum())
    watch.end(len(plain), plain.loudness_method.where(plain.loudness_method == "unmeasurable"), seconds)


if __name__ == "__main__":
    main(run, "corpus")
