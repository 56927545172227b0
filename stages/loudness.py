"""Stage `loudness`: the gain that brings a trimmed clip to the target loudness.

A noisy clip, which `screen` may keep with noise reduction, has two rows: as recorded and denoised. So an edit
of the section `screen` decodes no audio before `render`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field

from stages.core import audio, params, store, tables, workers
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.samples.segments import Span, segments
from stages.signal import chain, gain


class Loudness(params.Section):
    """Target and maximum true peak of rendered clips; minimum gain of the noise reduction."""

    target_lufs: float = Field(ge=-50, le=-5)
    max_true_peak_dbtp: float = Field(ge=-20, le=0)
    denoise_gain_floor_db: float = Field(ge=-40, lt=0)


def measure(path: str, cut: workers.Row, target: dict[str, float], channel: int | None = None) -> workers.Row:
    """Measure one clip; return its row of `tables.Loudness` without `clip_id` and `denoised`.

    Args:
        path: path of the recording; `channel`: channel of the voice, counted from 0.
        cut: fields of `chain.Cut`; `start` and `end` are None if the clip has no segment.
        target: `target_lufs` (LUFS) and `max_true_peak_dbtp` (dBTP).
    """
    row = {**cut, **target, "loudness_method": "unmeasurable", "gain_capped": False}
    if cut["start"] is None or cut["end"] is None:
        return row
    recording = audio.read(Path(path), channel)
    samples = chain.cut(recording.samples, recording.sample_rate, chain.Cut(**cut))
    return row | gain.to_target(samples, **target)


def tasks(
    catalog: Iterable[workers.Row],
    spans: Mapping[str, Span | None],
    snr_db: Mapping[str, float | None],
    settings: Loudness,
) -> list[workers.Task]:
    """Make one task per clip of the catalog, and a second one, denoised, if the clip is noisy.

    Args:
        catalog: rows of `tables.Catalog`.
        spans: clip id -> segment; `snr_db`: clip id -> SNR in dB.
        settings: parameters of the stage.
    """
    target = settings.model_dump(include={"target_lufs", "max_true_peak_dbtp"})
    work = []
    for clip in catalog:
        name, snr = clip["clip_id"], snr_db[clip["clip_id"]]
        start, end = spans[name] or (None, None)
        noisy = snr is not None and snr < tables.CLEAN_SNR_DB
        for floor in (None, settings.denoise_gain_floor_db) if noisy else (None,):
            arguments = {
                "path": clip["path"],
                "cut": {"start": start, "end": end, "denoise_gain_floor_db": floor},
                "target": target,
                "channel": audio.channel_of(clip["source_channel"]),
            }
            identity = {"clip_id": name, "denoised": floor is not None}
            work.append(workers.Task(identity, arguments, clip["sha256"]))
    return work


def run(corpus: str) -> None:
    """Write data/tables/loudness/<corpus>.parquet."""
    watch = Stopwatch("loudness", corpus)
    settings = params.section(Loudness, "loudness")
    catalog = store.rows(store.path("catalog", corpus), tables.Catalog)
    trim = store.rows(store.path("trim", corpus), tables.Trim)
    align = store.rows(store.path("align", corpus), tables.Align)
    quality = store.rows(store.path("quality", corpus), tables.Quality)
    snr_db = {row["clip_id"]: row["snr_db"] for row in quality}
    cache = workers.RowCache(store.path("loudness", corpus), tables.Loudness)
    work = tasks(catalog, segments(catalog, trim, align), snr_db, settings)
    rows = workers.compute(watch.name, measure, work, cache)
    cache.save(rows)
    as_recorded = [row for row in rows if not row["denoised"]]
    rates = {clip["clip_id"]: clip["expected_sample_rate"] for clip in catalog}
    cuts = [row for row in as_recorded if row["start"] is not None]
    seconds = sum((row["end"] - row["start"]) / rates[row["clip_id"]] for row in cuts)
    methods = [row["loudness_method"] for row in as_recorded]
    watch.end(len(as_recorded), ["unmeasurable"] * methods.count("unmeasurable"), seconds)


if __name__ == "__main__":
    main(run, "corpus")
