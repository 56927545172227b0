"""Segments: the part of each clip that is measured and rendered."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
Span = tuple[int, int]
"""Samples of the file, half-open."""


def segment(trim: Row, align: Row) -> Span | None:
    """Return the span of `trim`, widened to contain every aligned word; None without speech or alignment.

    VAD and aligner may differ on where speech starts and ends; the segment contains both spans. A partner
    needs no words: the segment is the span of `trim`.
    """
    start, end = trim["start"], trim["end"]
    if align["status"] == "partner":
        return None if start is None else (start, end)
    if start is None or not align["starts"]:
        return None
    return min(start, align["starts"][0]), max(end, align["ends"][-1])


def segments(catalog: Iterable[Row], trim: Iterable[Row], align: Iterable[Row]) -> dict[str, Span | None]:
    """Return clip id -> segment; both channels of a two-channel recording have the same segment.

    The common segment contains the segments of both channels. If one channel has none, both have none.

    Args:
        catalog, trim, align: rows of `tables.Catalog`, `tables.Trim` and `tables.Align` for the same clips.
    """
    aligned = {row["clip_id"]: row for row in align}
    spans = {row["clip_id"]: segment(row, aligned[row["clip_id"]]) for row in trim}
    recordings: dict[str, list[str]] = {}
    for clip in catalog:
        if clip["source_channel"] is not None:
            recordings.setdefault(clip["path"], []).append(clip["clip_id"])
    for channels in recordings.values():
        found = [span for clip in channels if (span := spans[clip])]
        common = None
        if len(found) == len(channels):
            common = min(start for start, _ in found), max(end for _, end in found)
        spans |= dict.fromkeys(channels, common)
    return spans


def segment_frame(catalog: "pd.DataFrame", trim: "pd.DataFrame", align: "pd.DataFrame") -> "pd.DataFrame":
    """Compute `segments` from data frames; return columns `clip_id`, `start`, `end` (null: no segment)."""
    import pandas as pd

    rows = (
        table.astype(object).where(table.notna(), None).to_dict("records") for table in (catalog, trim, align)
    )
    found = [(clip, *(span or (None, None))) for clip, span in segments(*rows).items()]
    return pd.DataFrame(found, columns=["clip_id", "start", "end"]).astype({"start": "Int64", "end": "Int64"})
