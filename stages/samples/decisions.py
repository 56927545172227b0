"""Join of all tables about the chosen clips and their augmented copies."""

import math
from pathlib import Path

import pandas as pd

from stages.core import store, tables
from stages.core.errors import UserError
from stages.samples import augmented_copies
from stages.samples.windows import TurnLabels
from stages.text import transcripts


def with_turns(clips: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """Add `turn_spans` (in samples of the file) and `labels_by_turn` (`TurnLabels`), dicts by turn number.

    Args:
        clips: column `clip_id`.
        turns: rows of `tables.Dialogue`.
    """
    spans, labels_by_clip = {}, {}
    for row in turns.itertuples():
        spans[row.clip_id] = dict(zip(row.turns, zip(row.starts, row.ends, strict=True), strict=True))
        labels = map(TurnLabels, row.labels, row.emotions, row.words, row.acts)
        labels_by_clip[row.clip_id] = dict(zip(row.turns, labels, strict=True))
    return clips.assign(
        turn_spans=[spans.get(clip, {}) for clip in clips.clip_id],
        labels_by_turn=[labels_by_clip.get(clip, {}) for clip in clips.clip_id],
    )


def with_copies(clips: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Append the augmented copies.

    Tempo, pitch and noise change the loudness of a clip by some tenths of a decibel and its peaks by more, so
    the gain of a copy is null here, and `render` measures it.

    Args:
        clips: one row per clip, with the columns of all tables.
        drawn: rows of `tables.Augment`.

    Raises:
        UserError: a copy lacks a clip, or two samples have the same name.
    """
    made = clips.merge(drawn, on="clip_id").assign(loudness_method=None, gain_db=None, gain_capped=None)
    named, joined = (
        set(map(augmented_copies.sample_id, rows.clip_id, rows.copy_number)) for rows in (drawn, made)
    )
    if odd := (named - joined) | (named & set(clips.clip_id)):
        raise UserError(
            f"compose: {len(odd)} copies lack a clip or a unique name, e.g. {min(odd)}; "
            "the tables are out of date: run `dvc repro`"
        )
    made = with_prosody(made.assign(snr_db=snr_with_noise(made.snr_db, made.noise_snr_db)))
    parts = [clips.assign(**augmented_copies.UNCHANGED), made]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def with_prosody(made: pd.DataFrame) -> pd.DataFrame:
    """Compute the prosody of copies that pitch and tempo determine; set the other measures to null."""
    scaled = {
        "f0_median_hz": made.f0_median_hz * 2 ** (made.semitones / 12),
        "syllables_per_s": made.syllables_per_s * made.tempo,
        "words_per_s": made.words_per_s * made.tempo,
        "pause_total_s": made.pause_total_s / made.tempo,
    }
    return made.assign(**dict.fromkeys(tables.PROSODY) | scaled)


def snr_with_noise(snr_db: pd.Series, noise_snr_db: pd.Series) -> pd.Series:
    """Compute the SNR, in dB, of recordings with added noise: noise powers add up. Null: unknown."""
    noise_powers = [10 ** (-level.astype("float64") / 10) for level in (snr_db, noise_snr_db)]
    total = noise_powers[0].add(noise_powers[1], fill_value=0.0)
    return total.map(lambda power: -10 * math.log10(power), na_action="ignore")


def join(corpora: list[str]) -> pd.DataFrame:
    """Join all tables about the chosen clips and their copies: one row per clip or copy.

    Raises:
        UserError: a chosen clip has no measurable loudness.
    """
    clips = transcripts.read_all(corpora)
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    split = store.read(Path("data/tables/split.parquet"), tables.Split)
    store.same_clips(clips, screen, "screen")
    clips = clips.merge(screen.drop(columns="corpus"), on="clip_id", validate="1:1")
    clips = clips[clips.verdict != "drop"].assign(denoised=lambda kept: kept.verdict == "keep_denoised")
    clips = clips.merge(split[["speaker", "split"]], on="speaker", validate="m:1")
    balance = store.read(Path("data/tables/balance.parquet"), tables.Balance)
    store.same_clips(clips, balance, "balance")
    clips = clips[clips.clip_id.isin(balance[balance.chosen].clip_id)]
    quality = store.read_all("quality", corpora, tables.Quality)[["clip_id", "sample_rate", "snr_db"]]
    trim = store.read_all("trim", corpora, tables.Trim)[["clip_id", "speech_start", "speech_end"]]
    align = store.read_all("align", corpora, tables.Align).drop(columns="cache_key")
    style = store.read_all("style", corpora, tables.Style).drop(columns="cache_key")
    clips = clips.drop(columns="style")  # of the catalog: the style that the corpus states
    for table in (quality, trim, align):
        clips = clips.merge(table, on="clip_id", validate="1:1")
    loudness = store.read_all("loudness", corpora, tables.Loudness).drop(columns="cache_key")
    for table in (style, loudness):
        clips = clips.merge(table, on=["clip_id", "denoised"], validate="1:1")
    drawn = store.read(Path("data/tables/augment.parquet"), tables.Augment)
    silent = clips[clips.gain_db.isna()].clip_id
    if len(silent):
        raise UserError(
            f"compose: {len(silent)} chosen clips have no measurable loudness: {', '.join(silent[:5])}; "
            "raise screen.min_speech_s in params.yaml"
        )
    return with_turns(with_copies(clips, drawn), store.read_all("dialogue", corpora, tables.Dialogue))
