"""What is cut out of each clip: said once, for all who measure or render the cut."""

import pandas as pd


def segments(trim: pd.DataFrame, align: pd.DataFrame) -> pd.DataFrame:
    """What is cut out of each clip: the trimmed span, widened to hold every aligned word.

    Two detectors judge where speech starts; the cut is never narrower than either says. A clip with no
    speech or no alignment has no cut.

    Returns:
        Columns `clip_id`, `start`, `end`: samples of the file, half-open, nullable.
    """
    both = trim.merge(align[["clip_id", "status", "starts", "ends"]], on="clip_id", validate="1:1")
    first = both.starts.map(lambda times: times[0] if len(times) else None).astype("Int64")
    last = both.ends.map(lambda times: times[-1] if len(times) else None).astype("Int64")
    silent = both.status == "partner"  # the partner's words are not asked for: its speech alone counts
    first, last = first.mask(silent, both.start), last.mask(silent, both.end)
    # a comparison with null is null, and so is the cut
    start = both.start.where(both.start <= first, first)
    end = both.end.where(both.end >= last, last)
    missing = both.start.isna() | first.isna()
    return pd.DataFrame({"clip_id": both.clip_id, "start": start.mask(missing), "end": end.mask(missing)})


def common_segment(spans: pd.DataFrame, catalog: pd.DataFrame) -> pd.DataFrame:
    """The same spans, where both sides of a two-channel recording get the span that holds both.

    Cut apart, the sides would lose their common time. If one side has no cut, the other has none either.

    Args:
        spans: columns `clip_id`, `start`, `end`.
        catalog: columns `clip_id`, `path`, `source_channel`.
    """
    clips = spans.merge(catalog[["clip_id", "path", "source_channel"]], on="clip_id", validate="1:1")
    group = clips.path.where(clips.source_channel.notna(), clips.clip_id)
    missing = clips.start.isna().groupby(group).transform("any")
    start, end = clips.start.groupby(group).transform("min"), clips.end.groupby(group).transform("max")
    return pd.DataFrame({"clip_id": clips.clip_id, "start": start.mask(missing), "end": end.mask(missing)})
