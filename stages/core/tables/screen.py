"""Table `screen`."""

from stages.core.contract import Table, column, rule
from stages.core.tables.vocabularies import DROP_REASONS, ID, VERDICTS


class Screen(Table, key=("clip_id",)):
    """One row per clip of all corpora: keep, keep with noise reduction, or drop - and why?"""

    clip_id: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    verdict: str = column("decision about the clip", isin=VERDICTS)
    reason: str | None = column("first reason that applies; null if kept", isin=DROP_REASONS)

    @rule("a reason if and only if the verdict is drop")
    @staticmethod
    def explained(verdict: str, reason: str | None) -> bool:
        return (verdict == "drop") == (reason is not None)
