"""Table `split`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID, SPLITS


class Split(Table):
    """One row per speaker: train or validation?"""

    KEY = ("speaker",)
    speaker: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    split: str = column("side on which all clips of the speaker stand", isin=SPLITS)
    position: float = column("digest of seed and speaker, as a number", "", ge=0, lt=1)
    split_group: str = column("see catalog: what the position is drawn for", str_matches=ID)
    clips: int = column("kept clips", ge=0)
    seconds: float = column("of speech in kept clips, as trimmed", "s", 3, ge=0)
