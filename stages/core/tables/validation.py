"""Table `validation`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import EMOTIONS, ID, STYLES


class Validation(Table, key=("sample_id",)):
    """One row per rendered sample: what was found in its files? Measures are null if it has faults."""

    sample_id: str = column("name of the rendered files", str_matches=ID)
    cache_key: str = column("digest of the sample's files and its line in the manifest")
    faults: list[str] = column("failed checks, as sentences")
    emotion: str = column("see timeline", isin=EMOTIONS, nullable=True)
    style: str = column("see style", isin=STYLES, nullable=True)
    corpus: str = column("see catalog", str_matches=ID, nullable=True)
    speaker: str = column("see catalog", str_matches=ID, nullable=True)
    clips: int = column("source clips in the sample", ge=1, nullable=True)
    duration_s: float = column("length of the WAV file", "s", 4, gt=0, nullable=True)
    lufs: float = column("integrated loudness; null under 400 ms", "LUFS", 2, nullable=True)
    true_peak_dbtp: float = column("true peak, oversampled four times", "dBTP", 2, nullable=True)
    snr_db: float = column("as in quality, of the rendered sample", "dB", 2, nullable=True)
    gain_capped: bool = column("whether the true-peak maximum reduced the gain, by its JSON", nullable=True)
    augmented: bool = column("whether it is an augmented copy, by its JSON", nullable=True)
    clip_ids: list[str] = column("source clips, as its JSON names them; empty if it has faults")
    words: int = column("words in the alignment", ge=1, nullable=True)
    token_collisions: int = column("words in the 80 ms frame of the next word", ge=0, nullable=True)
