"""Table `timeline`."""

from stages.core.contract import Table, column, rule
from stages.core.tables.vocabularies import (
    CHANNELS,
    EFFORTS,
    EMOTIONS,
    GENDERS,
    ID,
    INTENSITIES,
    LABEL_SOURCES,
    LENGTH_CLASSES,
    LOUDNESS_METHODS,
    SENTENCE_TYPES,
    SHA256,
    SPLITS,
    STYLES,
)


class Timeline(Table):
    """One row per clip in a sample: where is it in the sample, and on which channel?"""

    KEY = ("sample_id", "clip_id")
    sample_id: str = column("name of the rendered files", str_matches=ID)
    clip_id: str = column("see catalog", str_matches=ID)
    split: str = column("see split", isin=SPLITS)
    channel: str = column("left = model, right = user", isin=CHANNELS)
    offset: int = column("first sample of the clip in the rendered sample", "samples at 24 kHz", ge=0)
    path: str = column("see catalog")
    sha256: str = column("see catalog", str_matches=SHA256)
    start: int = column("first sample of the cut", "samples of the file", ge=0)
    end: int = column("one past the last sample of the cut", "samples of the file", ge=1)
    fade_in: int = column("ramp inside the pad before the first word", "samples of the file", ge=0)
    fade_out: int = column("ramp inside the pad after the last word", "samples of the file", ge=0)
    sample_rate: int = column("sample rate of the file", "Hz", ge=1)
    denoise_gain_floor_db: float = column("see loudness; null for no noise reduction", "dB", 2, nullable=True)
    gain_db: float = column(
        "see loudness; null for an augmented copy, whose gain `render` computes", "dB", 3, nullable=True
    )
    loudness_method: str = column(
        "see loudness; whole_dialogue: the gain is that of the whole, the sample a window of it",
        isin=(*LOUDNESS_METHODS[:2], "whole_dialogue"),
        nullable=True,
    )
    gain_capped: bool = column("see loudness", nullable=True)
    target_lufs: float = column("see loudness", "LUFS", 2)
    max_true_peak_dbtp: float = column("see loudness", "dBTP", 2)
    words: list[str] = column("see align")
    word_starts: list[float] = column("start of each word in the rendered sample", "s")
    word_ends: list[float] = column("end of each word in the rendered sample", "s")
    turns: list[int] = column("turns of a dialogue that the row holds", "counted from 0 in the dialogue")
    turn_starts: list[float] = column("start of each turn in the rendered sample", "s")
    turn_ends: list[float] = column("end of each turn in the rendered sample", "s")
    turn_labels: list[str] = column("see dialogue, `labels`")
    turn_emotions: list[str] = column("see dialogue, `emotions`")
    turn_acts: list[str] = column("see dialogue, `acts`")
    engine: str = column("see align")
    score: float = column("see align", "", 3, nullable=True)
    snr_db: float = column("see quality", "dB", 2, nullable=True)
    corpus: str = column("see catalog", str_matches=ID)
    speaker: str = column("see catalog", str_matches=ID)
    gender: str = column("see catalog", isin=GENDERS)
    language: str = column("see catalog")
    transcript: str = column("see catalog")
    transcript_source: str = column(
        "corpus, or name of the recogniser; null for a partner, whose words are not needed",
        nullable=True,
    )
    emotion: str = column("canonical intended emotion", isin=EMOTIONS)
    emotion_perceived: str = column("see catalog", isin=EMOTIONS, nullable=True)
    corpus_label: str = column("see catalog")
    label_source: str = column("see catalog", isin=LABEL_SOURCES)
    intensity: str = column("see catalog", isin=INTENSITIES)
    style: str = column("see style", isin=STYLES)
    style_rule: str = column("see style")
    effort: str = column("see style", isin=EFFORTS, nullable=True)
    sentence_type: str = column("see style", isin=SENTENCE_TYPES, nullable=True)
    length_class: str = column("see style", isin=LENGTH_CLASSES, nullable=True)
    description: str = column("see style", nullable=True)
    f0_median_hz: float = column("see style", "Hz", 2, nullable=True)
    f0_range_st: float = column("see style", "semitones", 2, nullable=True)
    f0_slope_st_s: float = column("see style", "semitones/s", 2, nullable=True)
    voiced_share: float = column("see style", "", 4, nullable=True)
    syllables_per_s: float = column("see style", "1/s", 3, nullable=True)
    words_per_s: float = column("see style", "1/s", 3, nullable=True)
    pause_count: int = column("see style", nullable=True)
    pause_total_s: float = column("see style", "s", 3, nullable=True)
    level_db: float = column("see style", "dBFS", 2, nullable=True)
    level_rel_db: float = column("see style", "dB", 2, nullable=True)
    alpha_ratio_db: float = column("see style", "dB", 2, nullable=True)
    spectral_tilt_db_per_octave: float = column("see style", "dB/octave", 2, nullable=True)
    hnr_db: float = column("see style", "dB", 2, nullable=True)
    cpp_db: float = column("see style", "dB", 2, nullable=True)
    h1_h2_db: float = column("see style", "dB", 2, nullable=True)
    effort_db: float = column("see style", "dB", 2, nullable=True)
    license: str = column("see catalog")
    citation: str = column("see catalog")
    source_channel: int = column("see catalog", ge=0, nullable=True)
    dialogue: str = column("see catalog", str_matches=ID, nullable=True)
    turn: int = column("see catalog; first turn of a window", ge=0, nullable=True)
    is_primary: bool = column("the row whose labels are those of the sample; one per sample")
    copy_number: int = column("see augment; 0 for the clip itself", ge=0)
    semitones: float = column("see augment", "semitones", 3)
    tempo: float = column("see augment", "", 4, gt=0.5, lt=2)
    noise: str = column("see augment", nullable=True)
    noise_sha256: str = column("see augment", str_matches=SHA256, nullable=True)
    noise_snr_db: float = column("see augment", "dB", 2, nullable=True)
    noise_seed: str = column("see augment", nullable=True)

    @rule("one primary row per sample", by="sample_id")
    @staticmethod
    def one_primary(is_primary: list[bool]) -> bool:
        return sum(is_primary) == 1

    @rule("no augmented copy in validation")
    @staticmethod
    def no_leak(copy_number: int, split: str) -> bool:
        return copy_number == 0 or split == "train"
