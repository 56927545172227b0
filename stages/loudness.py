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
from stages.samples.segments import cuts, in_step
from stages.signal import chain, gain


class Loudness(params.Section):
    """Target and ceiling of the rendered clips; strength of the noise reduction where screen asks for it."""

    target_lufs: float = Field(ge=-50, le=-5)
    true_peak_ceiling_db: float = Field(ge=-20, le=0)
    denoise_floor_db: float = Field(ge=-40, lt=0)


def measure(
    path: str,
    start: int | None,
    end: int | None,
    denoise_floor_db: float | None,
    target_lufs: float,
    ceiling_db: float,
    channel: int | None = None,
) -> workers.Row:
    """Loudness, true peak and gain of one cut; see `tables.Loudness`."""
    row: workers.Row = {
        "denoise_floor_db": denoise_floor_db,
        "start": start,
        "end": end,
        "rule": "unmeasurable",
        "limited": False,
        "target_lufs": target_lufs,
        "ceiling_db": ceiling_db,
    }
    if start is None or end is None:
        return row
    recording = audio.read(Path(path), channel)
    samples = chain.cut(recording.samples, recording.sample_rate, start, end, denoise_floor_db)
    return row | gain.to_target(samples, target_lufs, ceiling_db)


def tasks(
    catalog: pd.DataFrame, spans: pd.DataFrame, snr_db: pd.DataFrame, settings: Loudness
) -> list[workers.Task]:
    """One measurement per clip, and one more, denoised, if it is noisy.

    Args:
        catalog: rows of `tables.Catalog`.
        spans: see `cuts`.
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
                "denoise_floor_db": settings.denoise_floor_db if denoised else None,
                "target_lufs": settings.target_lufs,
                "ceiling_db": settings.true_peak_ceiling_db,
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
    memory = store.path("loudness", corpus)
    work = tasks(catalog, in_step(cuts(trim, align), catalog), snr_db, settings)
    measured = workers.compute(watch.name, measure, work, tables.Loudness, memory)
    workers.save(measured, tables.Loudness, memory)
    plain = measured[~measured.denoised]
    rates = catalog.set_index("clip_id").expected_sample_rate.loc[plain.clip_id].to_numpy()
    seconds = float(((plain.end - plain.start) / rates).sum())
    watch.end(len(plain), plain.rule.where(plain.rule == "unmeasurable"), seconds)


if __name__ == "__main__":
    main(run, "corpus")
