"""Table `timeline`."""

from stages.core.contract import Table, column, copied, rule
from stages.core.tables.align import Align
from stages.core.tables.augment import Augment
from stages.core.tables.catalog import Catalog
from stages.core.tables.loudness import Loudness
from stages.core.tables.quality import Quality
from stages.core.tables.style import PROSODY, Style
from stages.core.tables.vocabularies import CHANNELS, EMOTIONS, ID, LOUDNESS_METHODS, SPLITS


class Timeline(Table, key=("sample_id", "clip_id")):
    """One row per clip in a sample: where is it in the sample, and on which channel?"""

    sample_id: str = column("name of the rendered files", str_matches=ID)
    clip_id: str = column("see catalog", str_matches=ID)
    split: str = column("see split", isin=SPLITS)
    channel: str = column("left = model, right = user", isin=CHANNELS)
    offset: int = column("first sample of the clip in the rendered sample", "samples at 24 kHz", ge=0)
    FILE = copied(Catalog, "path", "sha256")
    start: int = column("first sample of the cut", "samples of the file", ge=0)
    end: int = column("one past the last sample of the cut", "samples of the file", ge=1)
    fade_in: int = column("ramp inside the pad before the first word", "samples of the file", ge=0)
    fade_out: int = column("ramp inside the pad after the last word", "samples of the file", ge=0)
    sample_rate: int = column("sample rate of the file", "Hz", ge=1)
    denoise_gain_floor_db: float | None = column("see loudness; null for no noise reduction", "dB", 2)
    gain_db: float | None = column("see loudness; for an augmented copy null, and found by `render`", "dB", 3)
    loudness_method: str | None = column(
        "see loudness; whole_dialogue: gain of a dialogue", isin=(*LOUDNESS_METHODS[:2], "whole_dialogue")
    )
    gain_capped: bool | None = column("see loudness")
    TARGET = copied(Loudness, "target_lufs", "max_true_peak_dbtp")
    WORDS = copied(Align, "words")
    word_starts: list[float] = column("start of each word in the rendered sample", "s")
    word_ends: list[float] = column("end of each word in the rendered sample", "s")
    turns: list[int] = column("turns of a dialogue that the row holds", "counted from 0 in the dialogue")
    turn_starts: list[float] = column("start of each turn in the rendered sample", "s")
    turn_ends: list[float] = column("end of each turn in the rendered sample", "s")
    turn_labels: list[str] = column("see dialogue, `labels`")
    turn_emotions: list[str] = column("see dialogue, `emotions`")
    turn_acts: list[str] = column("see dialogue, `acts`")
    ALIGNMENT = copied(Align, "engine", "score")
    QUALITY = copied(Quality, "snr_db")
    SPEECH = copied(Catalog, "corpus", "speaker", "gender", "language", "transcript")
    transcript_source: str | None = column("corpus, or name of the recogniser; null for a partner")
    emotion: str = column("canonical intended emotion", isin=EMOTIONS)
    LABELS = copied(Catalog, "emotion_perceived", "corpus_label", "label_source", "intensity")
    STYLE = copied(
        Style, "style", "style_rule", "effort", "sentence_type", "length_class", "description", *PROSODY
    )
    SOURCE = copied(Catalog, "license", "citation", "source_channel", "dialogue")
    turn: int | None = column("see catalog; first turn of a window", ge=0)
    is_primary: bool = column("the row whose labels are those of the sample; one per sample")
    copy_number: int = column("see augment; 0 for the clip itself", ge=0)
    COPY = copied(Augment, "semitones", "tempo", "noise", "noise_sha256", "noise_snr_db", "noise_seed")

    @rule("one primary row per sample", by="sample_id")
    @staticmethod
    def one_primary(is_primary: list[bool]) -> bool:
        return sum(is_primary) == 1

    @rule("no augmented copy in validation")
    @staticmethod
    def no_leak(copy_number: int, split: str) -> bool:
        return copy_number == 0 or split == "train"
