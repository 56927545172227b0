"""Table `trim`."""

from stages.core.contract import Table, column, rule
from stages.core.tables.vocabularies import ID


class Trim(Table, key=("clip_id",)):
    """One row per clip: where does speech start and stop? Half-open; null without speech."""

    clip_id: str = column("see catalog", str_matches=ID)
    cache_key: str = column("digest of all inputs of the row")
    speech_start: int | None = column("first sample of speech", "samples of the file", ge=0)
    speech_end: int | None = column("one past the last sample of speech", "samples of the file", ge=1)
    start: int | None = column("speech_start minus the pad", "samples of the file", ge=0)
    end: int | None = column("speech_end plus the pad", "samples of the file", ge=1)

    @rule("0 <= start <= speech_start < speech_end <= end, or all null")
    @staticmethod
    def ordered(start: int | None, speech_start: int | None, speech_end: int | None, end: int | None) -> bool:
        if start is None or speech_start is None or speech_end is None or end is None:
            return start is speech_start is speech_end is end
        return start <= speech_start < speech_end <= end
