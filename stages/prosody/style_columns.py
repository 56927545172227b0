"""Columns of the table `style` that follow from measures, texts and params; nothing here decodes audio."""

from typing import Annotated

import pandas as pd
from pydantic import AfterValidator, Field, model_validator

from stages.core import store, tables
from stages.core.params import Section
from stages.prosody import description, style_rules, vocal_effort
from stages.prosody.description import Describe
from stages.prosody.style_rules import Rule
from stages.prosody.vocal_effort import Effort
from stages.text import sentence_type, syllables


class Length(Section):
    """Minimum words of medium and of long sentences."""

    medium_min_words: int = Field(ge=2, le=100)
    long_min_words: int = Field(ge=3, le=1000)

    @model_validator(mode="after")
    def _ordered(self) -> "Length":
        if self.long_min_words <= self.medium_min_words:
            raise ValueError("long_min_words must be above medium_min_words")
        return self


class Style(Section):
    """Parameters of the stage `style`; the measures do not depend on them, so an edit decodes no audio."""

    min_reference_clips: int = Field(ge=2, le=100)
    effort: Effort
    length: Length
    rules: Annotated[tuple[Rule, ...], AfterValidator(style_rules.check)]
    describe: Describe


def text_columns(transcript: pd.Series, language: pd.Series, settings: Length) -> pd.DataFrame:
    """Compute columns `syllables`, `sentence_type` and `length_class`; null if there is no text."""
    pairs = list(zip(transcript, language, strict=True))
    edges = (settings.medium_min_words, settings.long_min_words)
    lengths = [sentence_type.length_class(sentence_type.word_count(text), *edges) for text, _ in pairs]
    found = {
        "sentence_type": pd.Series([sentence_type.sentence_type(*pair) for pair in pairs], dtype="str"),
        "length_class": pd.Series(lengths, dtype="str"),
        "syllables": pd.Series([syllables.count(*pair) for pair in pairs], dtype="Int64"),
    }
    found["length_class"] = found["length_class"].where(found["sentence_type"].notna())
    return pd.DataFrame(found).set_axis(transcript.index)


def descriptions(clips: pd.DataFrame, settings: Style) -> list[str | None]:
    """Describe each clip in one sentence.

    Args:
        clips: `gender`, `speaker` and columns of `tables.Style`.
        settings: bins, and the minimum effort of shouting.
    """
    voiced = clips.f0_median_hz.where(clips.effort != "whispered")
    plain = clips.assign(f0_usual_hz=voiced.groupby(clips.speaker).transform("median")).astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [description.describe(row, settings.describe, settings.effort.shouted_min_db) for row in rows]


def variants(measured: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return measures with one row per clip: all as recorded; and all as rendered, noisy ones denoised.

    A denoised clip is compared with its speaker's other clips as rendered.
    """
    plain, denoised = measured[~measured.denoised], measured[measured.denoised]
    return plain, pd.concat([denoised, plain[~plain.clip_id.isin(denoised.clip_id)]])


def style_table(measured: pd.DataFrame, catalog: pd.DataFrame, settings: Style) -> pd.DataFrame:
    """Compute all columns of the table from measures and labels.

    Args:
        measured: measures of `tables.Style`, one row per clip of one corpus.
        catalog: the same clips.
        settings: all parameters.
    """
    labels = catalog.set_index("clip_id").loc[measured.clip_id].reset_index(drop=True)
    copied = {name: labels[name] for name in ("speaker", "gender", "intensity")}
    clips = measured.reset_index(drop=True).assign(emotion=labels.emotion_intended, **copied)
    derived = vocal_effort.derive(clips, settings.min_reference_clips, settings.effort)
    texts = text_columns(labels.transcript, labels.language, settings.length)
    # rules and words use the rounded values of the table
    clips = store.rounded(clips.assign(**derived, **texts), tables.Style)
    clips = clips.assign(**style_rules.apply(settings.rules, clips, labels["style"]))
    return clips.assign(description=pd.Series(descriptions(clips, settings), dtype="str"))
