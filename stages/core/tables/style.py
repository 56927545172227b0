"""Table `style`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import EFFORTS, ID, LENGTH_CLASSES, REFERENCES, SENTENCE_TYPES, STYLES

PROSODY = (
    "f0_median_hz", "f0_range_st", "f0_slope_st_s", "voiced_share", "syllables_per_s", "words_per_s",
    "pause_count", "pause_total_s", "level_db", "level_rel_db", "alpha_ratio_db",
    "spectral_tilt_db_per_octave", "hnr_db", "cpp_db",
    "h1_h2_db", "effort_db",
)  # fmt: skip
"""Measures of `Style` that travel with the clip."""


class Style(Table):
    """One row per clip, and one more, denoised, if it is noisy: how is it spoken? Measured on the cut.

    Null: cannot be measured.

    The columns `..._z` are z-scores within the speaker, see `reference`.
    """

    KEY = ("clip_id", "denoised")
    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("measured after noise reduction")
    cache_key: str = column("digest of all that the measures depend on")
    voiced_share: float = column("of speech frames", "", 4, ge=0, le=1, nullable=True)
    voiced_power_share: float = column(
        "of the power of speech frames, that of voiced ones", "", 4, ge=0, le=1, nullable=True
    )
    f0_median_hz: float = column(
        "of voiced speech frames (Boersma 1993); null in whispers", "Hz", 2, gt=0, nullable=True
    )
    f0_range_st: float = column("10th to 90th percentile", "semitones", 2, ge=0, nullable=True)
    f0_slope_st_s: float = column("least squares through the whole clip", "semitones/s", 2, nullable=True)
    syllables: int = column("in the dictionary forms of the words", ge=1, nullable=True)
    syllables_per_s: float = column("first to last word, pauses included", "1/s", 3, gt=0, nullable=True)
    words_per_s: float = column("first to last word, pauses included", "1/s", 3, gt=0, nullable=True)
    pause_count: int = column("gaps of 250 ms and more between words", ge=0, nullable=True)
    pause_total_s: float = column("all pauses together", "s", 3, ge=0, nullable=True)
    level_db: float = column("mean power of speech frames, before any gain", "dBFS", 2, nullable=True)
    alpha_ratio_db: float = column(
        "1-5 kHz over 50 Hz-1 kHz, voiced frames (Sundberg & Nordenberg 2006)", "dB", 2, nullable=True
    )
    alpha_speech_db: float = column("the same of all speech frames", "dB", 2, nullable=True)
    spectral_tilt_db_per_octave: float = column(
        "slope of the spectrum, 400 Hz-6.4 kHz, voiced frames", "dB/octave", 2, nullable=True
    )
    hnr_db: float = column("mean harmonics-to-noise ratio (Boersma 1993)", "dB", 2, nullable=True)
    cpp_db: float = column("mean cepstral peak prominence (Hillenbrand 1994)", "dB", 2, nullable=True)
    h1_h2_db: float = column(
        "breathiness: median of first harmonic less second, uncorrected", "dB", 2, nullable=True
    )
    level_rel_db: float = column("level_db less the speaker's median", "dB", 2, nullable=True)
    reference: str = column(
        "clips whose mean is the zero of the z-scores: the speaker's neutral ones, or, where these are too "
        "few, all; their unit is the standard deviation of reference clips within speakers",
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
    effort_db: float = column(
        "estimated level at the mouth, over the reference, from f0 and alpha_ratio_db", "dB", 2, nullable=True
    )
    effort: str = column("vocal effort; null where there is no evidence", isin=EFFORTS, nullable=True)
    sentence_type: str = column("null if the transcript is empty", isin=SENTENCE_TYPES, nullable=True)
    length_class: str = column("null if the transcript is empty", isin=LENGTH_CLASSES, nullable=True)
    style: str = column("the corpus's, else that of the rule that fired", isin=STYLES)
    style_rule: str = column("name of that rule in params.yaml, or `corpus`")
    description: str = column("how it is spoken, as an English sentence; null if unmeasured", nullable=True)
