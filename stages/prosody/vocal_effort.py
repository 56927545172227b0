"""Z-scores within a speaker, and vocal effort.

Effort follows from voicing, f0 and spectral balance, not from the level, which depends on the recording gain.
"""

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from stages.core.params import Section

SEMITONES = "f0_st"
Z_SCORES = {
    "f0_z": SEMITONES, "f0_range_z": "f0_range_st", "speaking_rate_z": "syllables_per_s",
    "level_z": "level_db", "alpha_ratio_z": "alpha_ratio_db",
    "spectral_tilt_z": "spectral_tilt_db_per_octave", "hnr_z": "hnr_db", "cpp_z": "cpp_db",
    "h1_h2_z": "h1_h2_db",
}  # fmt: skip
DB_PER_SEMITONE = 1.2
DB_PER_DB = 0.8
"""Level at the mouth per semitone of f0 and per dB of alpha ratio: least squares over 480 clips of 8 actors
of RAVDESS, who kept their distance from the microphone (1.25 and 0.86, r = 0.88; fitted on half of them,
r = 0.89 on the others). `python -m benchmarks.style` prints the fit."""


class Effort(Section):
    """Limits between the classes of vocal effort; see `style.effort` in params.yaml."""

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


def find_whispers(clips: pd.DataFrame, limits: Effort) -> pd.Series:
    """Find clips almost without voicing, with the power of breath noise above 1 kHz; boolean.

    Two criteria, because hum, creaky voice and noise lack periodicity too, but have power below 1 kHz.

    Args:
        clips: columns `voiced_power_share`, `alpha_speech_db`; nulls are not whispers.
        limits: thresholds.
    """
    breath = clips.alpha_speech_db >= limits.whisper_min_alpha_db
    return (clips.voiced_power_share < limits.whisper_max_voiced_power) & breath


def references(neutral: pd.Series, usable: pd.Series, speaker: pd.Series, min_clips: int) -> pd.Series:
    """Choose the reference clips of each speaker: "neutral", "all", or null.

    Args:
        neutral: the intended emotion is neutral; usable: voiced and not whispered; both boolean.
        speaker: of the clip.
        min_clips: minimum neutral clips of a reference.

    Returns:
        One value per clip, equal for all clips of a speaker.
    """
    enough = (neutral & usable).groupby(speaker).transform("sum") >= min_clips
    kind = pd.Series("all", index=speaker.index, dtype="str").mask(enough, "neutral")
    return kind.where(usable.groupby(speaker).transform("any"))


def z_scores(clips: pd.DataFrame, reference: pd.Series, is_reference: pd.Series) -> pd.DataFrame:
    """Compute the distance from the mean of the speaker's reference clips, in standard deviations.

    The standard deviation is that within speakers over all reference clips, as in an analysis of variance,
    because few speakers have enough neutral clips (RAVDESS: four) for a separate one.

    Args:
        clips: column `speaker` and the measures that `Z_SCORES` names.
        reference: kind of reference of each clip; null for none.
        is_reference: the clip is one of its speaker's reference clips.

    Returns:
        Columns of `Z_SCORES`; null if there is no reference, or its clips do not differ.
    """
    found = {}
    for name, measure in Z_SCORES.items():
        values = clips[measure].astype(float)
        known = values.where(is_reference)
        mean = known.groupby(clips.speaker).transform("mean")
        freedom = int(known.notna().sum()) - clips.speaker[known.notna()].nunique()
        spread = float(np.sqrt(((known - mean) ** 2).sum() / freedom)) if freedom > 0 else 0.0
        z = (values - mean) / spread if spread > 1e-9 else values * np.nan
        found[name] = z.where(reference.notna())
    return pd.DataFrame(found, index=clips.index)


def effort_db(clips: pd.DataFrame, is_reference: pd.Series) -> pd.Series:
    """Estimate the level at the mouth over the speaker's reference clips, in dB, from f0 and alpha ratio.

    Both rise with effort: H. Traunmueller and A. Eriksson (2000), "Acoustic effects of variation in vocal
    effort by men, women, and children", JASA 107, 3438-3451; for the alpha ratio see `stages.signal.voice`.
    """
    measures = clips[[SEMITONES, "alpha_ratio_db"]]
    over = measures - measures.where(is_reference).groupby(clips.speaker).transform("mean")
    return DB_PER_SEMITONE * over[SEMITONES] + DB_PER_DB * over.alpha_ratio_db


def classify_effort(decibels: pd.Series, whisper: pd.Series, limits: Effort) -> pd.Series:
    """Classify each clip as one of `tables.EFFORTS`; null if there is no evidence."""
    found = pd.Series(None, index=decibels.index, dtype="str")
    found = found.mask(decibels.notna(), "normal").mask(decibels <= limits.soft_max_db, "soft")
    found = found.mask(decibels >= limits.loud_min_db, "loud")
    return found.mask(decibels >= limits.shouted_min_db, "shouted").mask(whisper, "whispered")


def derive(clips: pd.DataFrame, min_reference_clips: int, limits: Effort) -> pd.DataFrame:
    """Compute the columns of a clip that depend on the speaker's other clips.

    Args:
        clips: measures of `tables.Style` with `speaker` and `emotion` (intended), one row per clip.
        min_reference_clips: minimum neutral clips of a reference.
        limits: thresholds of effort.

    Returns:
        Columns `level_rel_db`, `reference`, those of `Z_SCORES`, `effort_db`, `effort`.
    """
    clips = clips.assign(**{SEMITONES: 12 * np.log2(clips.f0_median_hz.astype(float))})
    whisper = find_whispers(clips, limits).fillna(False).astype(bool)
    usable = clips.f0_median_hz.notna() & ~whisper
    neutral = clips.emotion == "neutral"
    reference = references(neutral, usable, clips.speaker, min_reference_clips)
    is_reference = usable & (neutral | (reference == "all").fillna(False))
    decibels = effort_db(clips, is_reference).mask(whisper)
    level = clips.level_db.astype(float)
    return pd.DataFrame(
        {
            "level_rel_db": level - level.groupby(clips.speaker).transform("median"),
            "reference": reference,
            **z_scores(clips, reference, is_reference),
            "effort_db": decibels,
            "effort": classify_effort(decibels, whisper, limits),
        }
    )
