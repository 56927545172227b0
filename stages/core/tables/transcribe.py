"""Table `transcribe`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID


class Transcribe(Table, key=("clip_id",)):
    """One row per clip that comes without a transcript, if there is a recogniser: what are its words?"""

    clip_id: str = column("see catalog", str_matches=ID)
    cache_key: str = column("digest of all inputs of the row")
    engine: str = column("recogniser, its version and the digest of its weights")
    transcript: str = column("recognised words; empty if there are none or the language is not supported")
    confidence: float | None = column("mean probability of the recognised tokens", "", 3, ge=0, le=1)
