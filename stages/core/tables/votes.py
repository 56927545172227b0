"""Table `votes`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import EMOTIONS, ID, MODALITIES


class Votes(Table, key=("clip_id", "modality", "rater", "label")):
    """One row per clip, modality, rater and label: which emotion was perceived? Empty without votes."""

    clip_id: str = column("see catalog", str_matches=ID)
    modality: str = column("what was presented to the raters", isin=MODALITIES)
    rater: str | None = column("corpus name and the corpus's own rater; null for counts only")
    label: str = column("label, in the raters' words")
    emotion: str = column("canonical emotion of the label", isin=EMOTIONS)
    count: int = column("number of raters who chose the label", "votes", ge=1)
