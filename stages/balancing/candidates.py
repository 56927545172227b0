"""Candidates of the balance: kept clips, with all columns on which the selection depends.

The `selection_priority` of a clip is the sum of: 2 if listeners perceived the intended emotion, 0 without
votes, -2 if they perceived another; 0 to 1 for a signal-to-noise ratio from 10 to 30 dB (above 30, the ratio
depends more on the level of speech than on quality); 0 to 1 for an alignment score from -5 to 0; -1 if noise
reduction is needed. The sum is rounded to tenths, and clips with equal sums are ordered by a digest of the
id, so a selection depends neither on noise of the measurements nor on the order of clips.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from stages.core import store, tables
from stages.core.errors import UserError
from stages.text import transcripts


def normalized(transcript: str) -> str:
    """Reduce a transcript to lower-case words; equal results are the same sentence."""
    return " ".join(re.findall(r"[^\W_]+", transcript.lower().replace("'", "").replace("’", "")))


def selection_priority(clips: pd.DataFrame) -> pd.Series:
    """Compute the selection priority from columns `perceived`, `emotion`, `snr_db`, `score`, `denoised`."""
    agreement = np.where(clips.perceived.isna(), 0.0, np.where(clips.perceived == clips.emotion, 2.0, -2.0))
    clean = ((clips.snr_db.fillna(10.0) - 10) / 20).clip(0, 1)
    aligned = ((clips.score + 5) / 5).clip(0, 1).fillna(0.5)  # no score if the corpus ships the alignment
    return (agreement + clean + aligned - clips.denoised).round(1)


def join(corpora: list[str]) -> pd.DataFrame:
    """Join all tables on which the selection depends: one row per kept clip.

    Raises:
        UserError: a kept clip has no segment.
    """
    catalog = transcripts.read_all(corpora).drop(columns="style")
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    split = store.read(Path("data/tables/split.parquet"), tables.Split)
    style = store.read_all("style", corpora, tables.Style)
    for name, table in (("screen", screen), ("style", style[~style.denoised])):
        store.same_clips(catalog, table, name)
    clips = catalog.merge(screen[["clip_id", "verdict"]], on="clip_id", validate="1:1")
    clips = clips[clips.verdict != "drop"].assign(denoised=lambda kept: kept.verdict == "keep_denoised")
    clips = clips.merge(split[["speaker", "split"]], on="speaker", validate="m:1")
    quality = store.read_all("quality", corpora, tables.Quality)[["clip_id", "sample_rate", "snr_db"]]
    align = store.read_all("align", corpora, tables.Align)[["clip_id", "score"]]
    style = style[["clip_id", "denoised", "style", "sentence_type", "length_class"]]
    loudness = store.read_all("loudness", corpora, tables.Loudness)[["clip_id", "denoised", "start", "end"]]
    for table in (quality, align):
        clips = clips.merge(table, on="clip_id", validate="1:1")
    for table in (style, loudness):
        clips = clips.merge(table, on=["clip_id", "denoised"], validate="1:1")
    if len(missing := clips[clips.start.isna()].clip_id):
        raise UserError(
            f"balance: {len(missing)} kept clips have no segment in the loudness table, e.g. "
            f"{', '.join(missing[:5])}; raise screen.min_speech_s in params.yaml"
        )
    clips["seconds"] = ((clips.end - clips.start) / clips.sample_rate).astype("float64")
    clips = clips.assign(emotion=clips.emotion_intended, perceived=clips.emotion_perceived)
    clips["normalized_transcript"] = clips.transcript.map(normalized)
    return clips.assign(selection_priority=selection_priority)
