"""Table `dialogue`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID


class Dialogue(Table, key=("clip_id",)):
    """One row per clip of a dialogue: which turns does it hold, when, and what are their labels?"""

    clip_id: str = column("see catalog", str_matches=ID)
    cache_key: str = column("digest of all inputs of the row")
    turns: list[int] = column("turns that were found in the audio", "counted from 0 in the dialogue")
    starts: list[int] = column("first sample of each turn", "samples of the file")
    ends: list[int] = column("one past the last sample of each turn", "samples of the file")
    levels_db: list[float] = column("root mean square level of each turn", "dBFS")
    words: list[int] = column("words of each turn, as the text has them", "words")
    labels: list[str] = column("the corpus's own emotion label of each turn")
    emotions: list[str] = column("canonical emotion of each turn")
    acts: list[str] = column("dialogue act of each turn, in the corpus's own words")
    topics: list[str] = column("topic of each turn's dialogue, in the corpus's own words")
    not_found: int = column("turns of the text that were not found in the audio", "turns", ge=0)
