"""Table `balance`."""

from stages.core.contract import Table, column, copied, rule
from stages.core.tables.catalog import Catalog
from stages.core.tables.style import Style
from stages.core.tables.vocabularies import EMOTIONS, EXCLUSION_REASONS, ID, SPLITS


class Balance(Table, key=("clip_id",)):
    """One row per kept clip: is it in the dataset, and how many augmented copies of it?"""

    clip_id: str = column("see catalog", str_matches=ID)
    split: str = column("see split", isin=SPLITS)
    chosen: bool = column("whether the clip becomes a sample")
    copies: int = column("augmented copies wanted; none in validation", ge=0)
    reason: str | None = column("why not chosen; null if chosen", isin=EXCLUSION_REASONS)
    seconds: float = column("length of the cut, see loudness", "s", 4, gt=0)
    selection_priority: float | None = column(
        "order in a cell, best first; see stages/balancing/candidates.py", "", 1
    )
    emotion: str = column("canonical intended emotion", isin=EMOTIONS)
    STYLE = copied(Style, "style", "sentence_type", "length_class")
    SPEAKER = copied(Catalog, "gender", "corpus", "speaker")
    normalized_transcript: str = column("letters and digits of the transcript, in lowercase")

    @rule("a reason if and only if not chosen; copies only of chosen training clips")
    @staticmethod
    def explained(chosen: bool, reason: str | None, copies: int, split: str) -> bool:
        return chosen == (reason is None) and (copies == 0 or (chosen and split == "train"))
