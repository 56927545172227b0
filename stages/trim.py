"""Stage `trim`: start and end of speech by VAD. One row per clip, in samples of the source file."""

from pathlib import Path

from pydantic import Field, model_validator

from stages.core import audio, clips, params, store, tables, workers
from stages.core.audio import AudioFault
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.signal.vad import Vad, pad_span, speech_span

MIN_RATE = 8000
"""Minimum sample rate, in Hz: the high-pass filter of the VAD needs some bandwidth."""


class Trim(params.Section):
    """Parameters of the stage: thresholds of `Vad`, and `pad_s`, the seconds kept before and after speech."""

    pad_s: float = Field(ge=0, le=1)
    vad_low_db: float = Field(ge=1, le=30)
    vad_high_db: float = Field(ge=1, le=40)
    top_db: float = Field(ge=10, le=120)
    min_silence_s: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Trim":
        if self.vad_low_db > self.vad_high_db:
            raise ValueError("expected vad_low_db of at most vad_high_db")
        return self

    @property
    def vad(self) -> Vad:
        """Thresholds of the VAD."""
        return Vad(self.vad_low_db, self.vad_high_db, self.top_db, self.min_silence_s)


def detect_speech(path: str, channel: int | None = None, **settings: float) -> workers.Row:
    """Detect speech in one clip; return its row of `tables.Trim` without `clip_id`, {} if there is none."""
    trim = Trim.model_validate(settings)
    try:
        recording = audio.read(Path(path), channel)
    except AudioFault:  # the table of `quality` names the fault
        return {}
    rate, samples = recording.sample_rate, recording.samples
    span = speech_span(samples, rate, trim.vad) if rate >= MIN_RATE else None
    if span is None:
        return {}
    start, end = pad_span(span, round(trim.pad_s * rate), len(samples))
    return {"speech_start": span[0], "speech_end": span[1], "start": start, "end": end}


def run(corpus: str) -> None:
    """Write data/tables/trim/<corpus>.parquet."""
    watch = Stopwatch("trim", corpus)
    settings = params.section(Trim, "trim")
    catalog = store.rows(store.path("catalog", corpus), tables.Catalog)
    cache = workers.RowCache(store.path("trim", corpus), tables.Trim)
    rows = workers.compute(watch.name, detect_speech, clips.tasks(catalog, settings), cache)
    cache.save(rows)
    rates = {clip["clip_id"]: clip["expected_sample_rate"] for clip in catalog}
    found = [row for row in rows if row["start"] is not None]
    # count the kept audio only, because the table has no durations
    seconds = sum((row["end"] - row["start"]) / rates[row["clip_id"]] for row in found)
    watch.end(len(rows), ["no_speech"] * (len(rows) - len(found)), seconds)


if __name__ == "__main__":
    main(run, "corpus")
