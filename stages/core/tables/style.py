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

    The measures are those of the cut, and null if they cannot be measured. The columns `..._z` are z-scores
    within the speaker, see `reference`.
    """

    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("whether it is measured after noise reduction")
    cache_key: str = column("digest of all inputs of the measures")
    voiced_share: float = column("voiced frames over speech frames", "", 4, ge=0, le=1, nullable=True)
    voiced_power_share: float = column("the same of their power", "", 4, ge=0, le=1, nullable=True)
    f0_median_hz: float = column("of voiced frames (Boersma 1993)", "Hz", 2, gt=0, nullable=True)
    f0_range_st: float = column("10th to 90th percentile of f0", "semitones", 2, ge=0, nullable=True)
    f0_slope_st_s: float = column("slope of f0, by least squares", "semitones/s", 2, nullable=True)
    syllables: int = column("syllables of the words, by the dictionary", ge=1, nullable=True)
    syllables_per_s: float = column("first to last word, with pauses", "1/s", 3, gt=0, nullable=True)
    words_per_s: float = column("first to last word, with pauses", "1/s", 3, gt=0, nullable=True)
    pause_count: int = column("gaps between words of at least 250 ms", ge=0, nullable=True)
    pause_total_s: float = column("total length of the pauses", "s", 3, ge=0, nullable=True)
    level_db: float = column("mean power of speech frames, before any gain", "dBFS", 2, nullable=True)
    alpha_ratio_db: float = column(
        "1-5 kHz over 50 Hz-1 kHz, voiced frames (Sundberg & Nordenberg 2006)", "dB", 2, nullable=True
    )
    alpha_speech_db: float = column("alpha ratio of all speech frames", "dB", 2, nullable=True)
    spectral_tilt_db_per_octave: float = column("voiced, 400 Hz-6.4 kHz", "dB/octave", 2, nullable=True)
    hnr_db: float = column("mean harmonics-to-noise ratio (Boersma 1993)", "dB", 2, nullable=True)
    cpp_db: float = column("mean cepstral peak prominence (Hillenbrand 1994)", "dB", 2, nullable=True)
    h1_h2_db: float = column("median of first minus second harmonic, uncorrected", "dB", 2, nullable=True)
    level_rel_db: float = column("level_db minus the speaker's median", "dB", 2, nullable=True)
    reference: str = column(
        "clips of the speaker with a mean z-score of 0: the neutral ones, or all if there are too few; the "
        "unit is the standard deviation of reference clips within speakers",
        isin=REFERENCES,
        nullable=True,
    )
    f0_z: float = column("f0_median_hz, in semitones", "sd", 2, nullable=True)
    f0_range_z: float = column("f0_range_st", "sd", 2, nullable=True)
    speaking_rate_z: float = column("syllables_per_s", "sd", 2, nullable=True)
    level_z: float = column("level_db", "sd", 2, nullable=True)
    alpha_ratio_z: float = column("alpha_ratio_db", "sd", 2, nullable=True)
    spectral_tilt_z: float = column("spectral_tilt_db_per_octave", "sd", 2, nullable=True)
    hnr_z: float = column("hnr_db", "sd", 2, nullable=True)
    cpp_z: float = column("cpp_db", "sd", 2, nullable=True)
    h1_h2_z: float = column("h1_h2_db", "sd", 2, nullable=True)
    effort_db: float = column("level at the mouth over the reference, estimated", "dB", 2, nullable=True)
    effort: str = column("vocal effort; null without evidence", isin=EFFORTS, nullable=True)
    sentence_type: str = column("null if the transcript is empty", isin=SENTENCE_TYPES, nullable=True)
    length_class: str = column("null if the transcript is empty", isin=LENGTH_CLASSES, nullable=True)
    style: str = column("style in the corpus, else of the first rule that applies", isin=STYLES)
    style_rule: str = column("name of the rule in params.yaml, or `corpus`")
    description: str = column("English sentence about the style; null if not measured", nullable=True)
