"""Table `split`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID, SPLITS


class Split(Table, key=("speaker",)):
    """One row per speaker: train or validation?"""

    speaker: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    split: str = column("split of all clips of the speaker", isin=SPLITS)
    position: float = column("digest of seed and speaker, as a number", "", ge=0, lt=1)
    split_group: str = column("see catalog; the position is drawn per group", str_matches=ID)
    clips: int = column("number of kept clips", ge=0)
    seconds: float = column("length of speech in kept clips, as trimmed", "s", 3, ge=0)
