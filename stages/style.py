"""How is it spoken? Which sentence type and length? From the cut, before its level is changed.

One row per clip as it was recorded and, where it is noisy, one more as denoised: noise hides pitch, so what
is rendered denoised must be measured denoised. Both are made whatever the verdict, as in `loudness`, so that
no edit of `screen` decodes audio before `render`.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field, field_validator, model_validator

from stages.core import audio, params, store, tables, workers
from stages.core.audio import AudioFault
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.prosody import description, style_rules, vocal_effort
from stages.prosody.style_rules import Rule
from stages.samples.segments import common_segment, segments
from stages.signal.denoise import denoise
from stages.signal.prosody import measure
from stages.text import sentence_type, syllables, transcripts


class Effort(params.Section):
    """See `effort.Thresholds`."""

    whisper_max_voiced_power: float = Field(gt=0, lt=1)
    whisper_min_alpha_db: float = Field(ge=-30, le=30)
    soft_max_db: float = Field(ge=-40, lt=0)
    loud_min_db: float = Field(gt=0, le=60)
    shouted_min_db: float = Field(gt=0, le=60)

    @model_validator(mode="after")
    def _ordered(self) -> "Effort":
        if self.shouted_min_db <= self.loud_min_db:
            raise ValueError("shouted_min_db must be above loud_min_db")
        return self


class Length(params.Section):
    """Fewest words of medium and of long sentences."""

    medium_min_words: int = Field(ge=2, le=100)
    long_min_words: int = Field(ge=3, le=1000)

    @model_validator(mode="after")
    def _ordered(self) -> "Length":
        if self.long_min_words <= self.medium_min_words:
            raise ValueError("long_min_words must be above medium_min_words")
        return self


class Describe(params.Section):
    """See `describe.Bins`."""

    reference_f0_hz: dict[str, float]
    f0_bins_st: tuple[float, float, float, float]
    f0_range_bins_st: tuple[float, float, float, float]
    syllables_per_s_bins: tuple[float, float, float, float]

    @field_validator("f0_bins_st", "f0_range_bins_st", "syllables_per_s_bins")
    @classmethod
    def _rising(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if list(edges) != sorted(set(edges)):
            raise ValueError("must rise")
        return edges

    @field_validator("reference_f0_hz")
    @classmethod
    def _genders(cls, usual: dict[str, float]) -> dict[str, float]:
        if set(usual) != {"female", "male"} or not all(50 <= hz <= 500 for hz in usual.values()):
            raise ValueError("expected female and male, each from 50 to 500 Hz")
        return usual


class Style(params.Section):
    """Parameters of the stage; none of them enters the measures, so no edit of them decodes audio."""

    min_reference_clips: int = Field(ge=2, le=100)
    effort: Effort
    length: Length
    rules: tuple[Rule, ...]
    describe: Describe

    @field_validator("rules")
    @classmethod
    def _rules(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return style_rules.check(rules)


def prosody(
    path: str,
    start: int | None,
    end: int | None,
    starts: list[int],
    ends: list[int],
    n_syllables: int,
    channel: int | None = None,
    denoise_gain_floor_db: float | None = None,
) -> workers.Row:
    """The measures of one clip, without its identity; none if there is no recording or no speech in it.

    Args:
        path: of the recording.
        start: first sample of the cut; `end`: one past its last; None if there is no speech.
        starts: first sample of each word; `ends`: one past its last; empty if not aligned.
        n_syllables: in the transcript; 0 if not known.
        channel: of the file that holds the voice.
        denoise_gain_floor_db: see `denoise`; None: as recorded.
    """
    if start is None or end is None:
        return {}
    try:
        recording = audio.read(Path(path), channel)
    except AudioFault:  # `quality` says which
        return {}
    samples, rate = recording[:2]
    if denoise_gain_floor_db is not None:
        samples = denoise(samples, rate, denoise_gain_floor_db)
    spans = [((a - start) / rate, (b - start) / rate) for a, b in zip(starts, ends, strict=True)]
    return measure(samples[start:end], rate, spans, n_syllables)._asdict()


def tasks(
    catalog: pd.DataFrame, trim: pd.DataFrame, align: pd.DataFrame, loudness: pd.DataFrame
) -> list[workers.Task]:
    """A task per row of `loudness`: the cut of the clip or, where words are not aligned, its speech."""
    spans = common_segment(segments(trim, align), catalog).merge(
        trim[["clip_id", "start", "end"]], on="clip_id", suffixes=("", "_trim")
    )
    clips = catalog.merge(spans, on="clip_id", validate="1:1").merge(
        align[["clip_id", "starts", "ends"]], on="clip_id", validate="1:1"
    )
    clips = clips.assign(start=clips.start.fillna(clips.start_trim), end=clips.end.fillna(clips.end_trim))
    variants = loudness[["clip_id", "denoised", "denoise_gain_floor_db"]]
    work = []
    for clip in clips.merge(variants, on="clip_id", validate="1:m").to_dict("records"):
        edges = {edge: None if pd.isna(clip[edge]) else int(clip[edge]) for edge in ("start", "end")}
        words = {name: [int(time) for time in clip[name]] for name in ("starts", "ends")}
        said = syllables.count(clip["transcript"], clip["language"]) or 0
        arguments = {"path": clip["path"], **edges, **words, "n_syllables": said}
        arguments["channel"] = audio.channel_of(clip["source_channel"])
        arguments["denoise_gain_floor_db"] = clip["denoise_gain_floor_db"] if clip["denoised"] else None
        identity = {name: clip[name] for name in ("clip_id", "denoised")}
        work.append(workers.Task(identity, arguments, clip["sha256"]))
    return work


def text_columns(transcript: pd.Series, language: pd.Series, settings: Length) -> pd.DataFrame:
    """Columns `syllables`, `sentence_type` and `length_class`; null where nothing is said."""
    said = list(zip(transcript, language, strict=True))
    types = [sentence_type.sentence_type(*clip) for clip in said]
    edges = (settings.medium_min_words, settings.long_min_words)
    lengths = [sentence_type.length_class(sentence_type.word_count(text), *edges) for text, _ in said]
    columns = {
        "sentence_type": pd.Series(types, dtype="str"),
        "length_class": pd.Series(lengths, dtype="str"),
    }
    columns["length_class"] = columns["length_class"].where(columns["sentence_type"].notna())
    columns["syllables"] = pd.Series([syllables.count(*clip) for clip in said], dtype="Int64")
    return pd.DataFrame({name: column.set_axis(transcript.index) for name, column in columns.items()})


def descriptions(clips: pd.DataFrame, settings: Style) -> list[str | None]:
    """One sentence per clip.

    Args:
        clips: `gender`, `speaker` and columns of `tables.Style`.
        settings: bins, and where shouting begins.
    """
    bins = description.Bins(**settings.describe.model_dump())
    voiced = clips.f0_median_hz.where(clips.effort != "whispered")
    plain = clips.assign(f0_usual_hz=voiced.groupby(clips.speaker).transform("median")).astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [description.describe(row, bins, settings.effort.shouted_min_db) for row in rows]


def variants(measured: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measures with one row per clip: all as recorded; and denoised, but for clips that are clean anyway.

    A clip is held against the other clips of its speaker, which must be heard as it is.
    """
    plain, denoised = measured[~measured.denoised], measured[measured.denoised]
    clean = plain[~plain.clip_id.isin(denoised.clip_id)]
    return plain, pd.concat([denoised, clean])


def judge(measured: pd.DataFrame, catalog: pd.DataFrame, settings: Style) -> pd.DataFrame:
    """All columns of the table: from measures and labels alone, nothing is decoded.

    Args:
        measured: measures of `tables.Style`, one row per clip of one corpus.
        catalog: the same clips.
        settings: all parameters.
    """
    labels = catalog.set_index("clip_id").loc[measured.clip_id].reset_index(drop=True)
    columns = ["speaker", "gender", "intensity"]
    clips = measured.reset_index(drop=True).assign(
        emotion=labels.emotion_intended, **{name: labels[name] for name in columns}
    )
    limits = vocal_effort.Thresholds(**settings.effort.model_dump())
    derived = vocal_effort.derive(clips, settings.min_reference_clips, limits)
    texts = text_columns(labels.transcript, labels.language, settings.length)
    # rules and words see what the table holds
    clips = store.rounded(clips.assign(**derived, **texts), tables.Style)
    clips = clips.assign(**style_rules.apply(settings.rules, clips, labels["style"]))
    return clips.assign(description=pd.Series(descriptions(clips, settings), dtype="str"))


def run(corpus: str) -> None:
    """Write data/tables/style/<corpus>.parquet."""
    watch = Stopwatch("style", corpus)
    settings = params.section(Style, "style")
    catalog = transcripts.read(corpus)
    trim, align, loudness = (
        store.read(store.path(stage, corpus), model)
        for stage, model in (("trim", tables.Trim), ("align", tables.Align), ("loudness", tables.Loudness))
    )
    for name, table in (("trim", trim), ("align", align), ("loudness", loudness[~loudness.denoised])):
        store.same_clips(catalog, table, name)
    row_cache = store.path("style", corpus)
    work = tasks(catalog, trim, align, loudness)
    measured = workers.compute(watch.name, prosody, work, tables.Style, row_cache)
    plain, heard = (judge(rows, catalog, settings) for rows in variants(measured))
    table = store.conform(pd.concat([plain, heard[heard.denoised]]), tables.Style)
    workers.save(table, tables.Style, row_cache)
    lengths: dict[str, Any] = {
        t.identity["clip_id"]: t.arguments for t in work if t.arguments["start"] is not None
    }
    rates = catalog.set_index("clip_id").expected_sample_rate
    seconds = sum((a["end"] - a["start"]) / rates[clip] for clip, a in lengths.items())
    missing = table.voiced_share[~table.denoised].isna()
    watch.end(len(missing), ["unmeasured" if absent else None for absent in missing], seconds)


if __name__ == "__main__":
    main(run, "corpus")
