"""Table `style`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import EFFORTS, ID, LENGTH_CLASSES, REFERENCES, SENTENCE_TYPES, STYLES

PROSODY = (
    "f0_median_hz", "f0_range_st", "f0_slope_st_s", "voiced_share", "syllables_per_s", "words_per_s",
    "pause_count", "pause_total_s", "level_db", "level_rel_db", "alpha_ratio_db",
    "spectral_tilt_db_per_octave", "hnr_db", "cpp_db", "h1_h2_db", "effort_db",
)  # fmt: skip
"""Measures of `Style` that travel with the clip."""


class Style(Table, key=("clip_id", "denoised")):
    """One row per clip, and one more, denoised, if it is noisy: how is it spoken?

    The measures are those of the cut, and null if they cannot be measured. The columns `..._z` are z-scores:
    0 is the mean of the speaker's `reference`, 1 sd the standard deviation of references within speakers.
    """

    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("whether it is measured after noise reduction")
    cache_key: str = column("digest of all inputs of the measures")
    voiced_share: float | None = column("voiced frames over speech frames", "", 4, ge=0, le=1)
    voiced_power_share: float | None = column("voiced power over speech power", "", 4, ge=0, le=1)
    f0_median_hz: float | None = column("median f0 of voiced speech frames (Boersma 1993)", "Hz", 2, gt=0)
    f0_range_st: float | None = column("10th to 90th percentile of f0", "semitones", 2, ge=0)
    f0_slope_st_s: float | None = column("slope of f0, by least squares", "semitones/s", 2)
    syllables: int | None = column("syllables of the words, by the dictionary", ge=1)
    syllables_per_s: float | None = column("first to last word, with pauses", "1/s", 3, gt=0)
    words_per_s: float | None = column("first to last word, with pauses", "1/s", 3, gt=0)
    pause_count: int | None = column("gaps between words of at least 250 ms", ge=0)
    pause_total_s: float | None = column("total length of the pauses", "s", 3, ge=0)
    level_db: float | None = column("mean power of speech frames, before any gain", "dBFS", 2)
    alpha_ratio_db: float | None = column(
        "1-5 kHz over 50 Hz-1 kHz, voiced frames (Sundberg & Nordenberg 2006)", "dB", 2
    )
    alpha_speech_db: float | None = column("alpha ratio of all speech frames", "dB", 2)
    spectral_tilt_db_per_octave: float | None = column("voiced frames, 400 Hz-6.4 kHz", "dB/octave", 2)
    hnr_db: float | None = column("mean harmonics-to-noise ratio (Boersma 1993)", "dB", 2)
    cpp_db: float | None = column("mean cepstral peak prominence (Hillenbrand 1994)", "dB", 2)
    h1_h2_db: float | None = column("breathiness: first minus second harmonic, uncorrected", "dB", 2)
    level_rel_db: float | None = column("level_db minus the speaker's median", "dB", 2)
    reference: str | None = column("the speaker's neutral clips, or all if they are few", isin=REFERENCES)
    f0_z: float | None = column("z-score of f0_median_hz, in semitones", "sd", 2)
    f0_range_z: float | None = column("z-score of f0_range_st", "sd", 2)
    speaking_rate_z: float | None = column("z-score of syllables_per_s", "sd", 2)
    level_z: float | None = column("z-score of level_db", "sd", 2)
    alpha_ratio_z: float | None = column("z-score of alpha_ratio_db", "sd", 2)
    spectral_tilt_z: float | None = column("z-score of spectral_tilt_db_per_octave", "sd", 2)
    hnr_z: float | None = column("z-score of hnr_db", "sd", 2)
    cpp_z: float | None = column("z-score of cpp_db", "sd", 2)
    h1_h2_z: float | None = column("z-score of h1_h2_db", "sd", 2)
    effort_db: float | None = column("estimated level at the mouth, over the reference", "dB", 2)
    effort: str | None = column("vocal effort; null without evidence", isin=EFFORTS)
    sentence_type: str | None = column("null if the transcript is empty", isin=SENTENCE_TYPES)
    length_class: str | None = column("null if the transcript is empty", isin=LENGTH_CLASSES)
    style: str = column("style in the corpus, else of the first rule that applies", isin=STYLES)
    style_rule: str = column("name of the rule in params.yaml, or `corpus`")
    description: str | None = column("English sentence about the style; null if not measured")
