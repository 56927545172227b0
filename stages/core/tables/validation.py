"""Table `validation`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import EMOTIONS, ID, STYLES


class Validation(Table, key=("sample_id",)):
    """One row per rendered sample: what was found in its files? Measures are null if it has faults."""

    sample_id: str = column("name of the rendered files", str_matches=ID)
    cache_key: str = column("digest of the sample's files and its line in the manifest")
    faults: list[str] = column("failed checks, as sentences")
    emotion: str | None = column("see timeline", isin=EMOTIONS)
    style: str | None = column("see style", isin=STYLES)
    corpus: str | None = column("see catalog", str_matches=ID)
    speaker: str | None = column("see catalog", str_matches=ID)
    clips: int | None = column("source clips in the sample", ge=1)
    duration_s: float | None = column("length of the WAV file", "s", 4, gt=0)
    lufs: float | None = column("integrated loudness; null under 400 ms", "LUFS", 2)
    true_peak_dbtp: float | None = column("true peak, oversampled four times", "dBTP", 2)
    snr_db: float | None = column("as in quality, of the rendered sample", "dB", 2)
    gain_capped: bool | None = column("whether the true-peak maximum reduced the gain, by its JSON")
    augmented: bool | None = column("whether it is an augmented copy, by its JSON")
    clip_ids: list[str] = column("source clips, as its JSON names them; empty if it has faults")
    words: int | None = column("words in the alignment", ge=1)
    token_collisions: int | None = column("words in the 80 ms frame of the next word", ge=0)
