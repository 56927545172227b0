"""Table `align`."""

from stages.core.contract import Table, column, rule
from stages.core.tables.vocabularies import ALIGNMENT_STATUSES, ID


class Align(Table, key=("clip_id",)):
    """One row per clip: when is each word spoken? Times are half-open; the lists are empty unless aligned."""

    clip_id: str = column("see catalog", str_matches=ID)
    cache_key: str = column("digest of all inputs of the row")
    engine: str = column("aligner and its version")
    status: str = column("outcome of the alignment", isin=ALIGNMENT_STATUSES)
    score: float | None = column("mean log-likelihood ratio per frame; higher is more certain", "", 3)
    margin: float | None = column("score minus that of the best competing transcript; null if clear", "", 3)
    confidence: float | None = column("probability that the transcript is what is said", "", 3, ge=0, le=1)
    unaligned_speech_s: float | None = column("longest speech between two words, and in neither", "s", 3)
    oov_words: int = column("words that are not in the dictionary", "words", ge=0)
    words: list[str] = column("words of the transcript, as it spells them")
    starts: list[int] = column("first sample of each word", "samples of the file")
    ends: list[int] = column("one past the last sample of each word", "samples of the file")

    @rule("words in order, start < end, lists of equal length; empty unless aligned")
    @staticmethod
    def timed(status: str, words: list[str], starts: list[int], ends: list[int]) -> bool:
        if status != "aligned":
            return not (words or starts or ends)
        same = len(words) == len(starts) == len(ends) > 0
        ordered = all(b >= a for a, b in zip(ends, starts[1:], strict=False))
        return same and ordered and all(0 <= a < b for a, b in zip(starts, ends, strict=True))
