"""Which gain brings the trimmed clip to the target loudness, as it is and denoised?

Both variants are measured of every clip that `screen` might ever have denoised, so that no edit of its
section decodes audio before `render`.
"""

from pathlib import Path

import pandas as pd
from pydantic import Field

from stages.core import audio, params, store, tables, workers
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.samples.segments import common_segment, segments
from stages.signal import chain, gain


class Loudness(params.Section):
    """Target and ceiling of the rendered clips; strength of the noise reduction where screen asks for it."""

    target_lufs: float = Field(ge=-50, le=-5)
    max_true_peak_dbtp: float = Field(ge=-20, le=0)
    denoise_gain_floor_db: float = Field(ge=-40, lt=0)


def measure(
    path: str,
    start: int | None,
    end: int | None,
    denoise_gain_floor_db: float | None,
    target_lufs: float,
    max_true_peak_dbtp: float,
    channel: int | None = None,
) -> workers.Row:
    """Loudness, true peak and gain of one cut; see `tables.Loudness`."""
    row: workers.Row = {
        "denoise_gain_floor_db": denoise_gain_floor_db,
        "start": start,
        "end": end,
        "loudness_method": "unmeasurable",
        "gain_capped": False,
        "target_lufs": target_lufs,
        "max_true_peak_dbtp": max_true_peak_dbtp,
    }
    if start is None or end is None:
        return row
    recording = audio.read(Path(path), channel)
    samples = chain.cut(recording.samples, recording.sample_rate, start, end, denoise_gain_floor_db)
    return row | gain.to_target(samples, target_lufs, max_true_peak_dbtp)


def tasks(
    catalog: pd.DataFrame, spans: pd.DataFrame, snr_db: pd.DataFrame, settings: Loudness
) -> list[workers.Task]:
    """One measurement per clip, and one more, denoised, if it is noisy.

    Args:
        catalog: rows of `tables.Catalog`.
        spans: see `segments`.
        snr_db: columns `clip_id`, `snr_db`.
        settings: of the stage.
    """
    clips = catalog.merge(spans, on="clip_id", validate="1:1").merge(snr_db, on="clip_id", validate="1:1")
    work = []
    for clip in clips.itertuples():
        span = [None if pd.isna(edge) else int(edge) for edge in (clip.start, clip.end)]
        for denoised in (False, True) if clip.snr_db < tables.CLEAN_SNR_DB else (False,):
            arguments = {
                "path": clip.path,
                "start": span[0],
                "end": span[1],
                "denoise_gain_floor_db": settings.denoise_gain_floor_db if denoised else None,
                "target_lufs": settings.target_lufs,
                "max_true_peak_dbtp": settings.max_true_peak_dbtp,
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
    row_cache = store.path("loudness", corpus)
    work = tasks(catalog, common_segment(segments(trim, align), catalog), snr_db, settings)
    measured = workers.compute(watch.name, measure, work, tables.Loudness, row_cache)
    workers.save(measured, tables.Loudness, row_cache)
    plain = measured[~measured.denoised]
    rates = catalog.set_index("clip_id").expected_sample_rate.loc[plain.clip_id].to_numpy()
    seconds = float(((plain.end - plain.start) / rates).sum())
    watch.end(len(plain), plain.loudness_method.where(plain.loudness_method == "unmeasurable"), seconds)


if __name__ == "__main__":
    main(run, "corpus")
