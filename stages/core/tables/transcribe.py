"""Table `transcribe`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID


class Transcribe(Table):
    """One row per clip that comes without a transcript, if there is a recogniser: what is said in it?"""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    cache_key: str = column("digest of all that the row depends on")
    engine: str = column("recogniser, its version and the digest of its weights")
    transcript: str = column("what it heard; empty if nothing, or if it does not know the language")
    confidence: float = column(
        "mean probability of the tokens that it heard", "", 3, ge=0, le=1, nullable=True
    )
