"""Table `votes`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import EMOTIONS, ID, MODALITIES


class Votes(Table):
    """One row per clip, modality, rater and label: what did listeners hear? Empty without votes."""

    KEY = ("clip_id", "modality", "rater", "label")
    clip_id: str = column("see catalog", str_matches=ID)
    modality: str = column("what the raters had of the clip", isin=MODALITIES)
    rater: str = column("corpus name and the corpus's own rater; null for counts only", nullable=True)
    label: str = column("as the raters said it")
    emotion: str = column("canonical emotion of the label", isin=EMOTIONS)
    count: int = column("how many said so", "votes", ge=1)
