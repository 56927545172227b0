"""Part of each clip that is cut out, for all stages that measure or render it."""

import pandas as pd


def segments(trim: pd.DataFrame, align: pd.DataFrame) -> pd.DataFrame:
    """Widen the trimmed span of each clip to contain every aligned word.

    A clip without speech or alignment has no segment.

    Returns:
        Columns `clip_id`, `start`, `end`: samples of the file, half-open, nullable.
    """
    both = trim.merge(align[["clip_id", "status", "starts", "ends"]], on="clip_id", validate="1:1")
    first = both.starts.map(lambda times: times[0] if len(times) else None).astype("Int64")
    last = both.ends.map(lambda times: times[-1] if len(times) else None).astype("Int64")
    partner = both.status == "partner"  # has no words: its trimmed span is its segment
    first, last = first.mask(partner, both.start), last.mask(partner, both.end)
    # a comparison with null is null, and so is the segment
    start = both.start.where(both.start <= first, first)
    end = both.end.where(both.end >= last, last)
    missing = both.start.isna() | first.isna()
    return pd.DataFrame({"clip_id": both.clip_id, "start": start.mask(missing), "end": end.mask(missing)})


def common_segment(spans: pd.DataFrame, catalog: pd.DataFrame) -> pd.DataFrame:
    """Give both channels of a recording the span that contains both segments, so that they stay aligned.

    If one channel has no segment, the other has none either.

    Args:
        spans: columns `clip_id`, `start`, `end`.
        catalog: columns `clip_id`, `path`, `source_channel`.
    """
    clips = spans.merge(catalog[["clip_id", "path", "source_channel"]], on="clip_id", validate="1:1")
    group = clips.path.where(clips.source_channel.notna(), clips.clip_id)
    missing = clips.start.isna().groupby(group).transform("any")
    start, end = clips.start.groupby(group).transform("min"), clips.end.groupby(group).transform("max")
    return pd.DataFrame({"clip_id": clips.clip_id, "start": start.mask(missing), "end": end.mask(missing)})
