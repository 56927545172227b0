"""What is cut out of each clip: said once, for all who measure or render the cut."""

import pandas as pd


def cuts(trim: pd.DataFrame, align: pd.DataFrame) -> pd.DataFrame:
    """What is cut out of each clip: the trimmed span, widened to hold every aligned word.

    Two detectors judge where speech starts; the cut is never narrower than either says. A clip with no
    speech or no alignment has no cut.

    Returns:
        Columns `clip_id`, `start`, `end`: samples of the file, half-open, nullable.
    """
    both = trim.merge(align[["clip_id", "starts", "ends"]], on="clip_id", validate="1:1")
    first = both.starts.map(lambda times: times[0] if len(times) else None).astype("Int64")
    last = both.ends.map(lambda times: times[-1] if len(times) else None).astype("Int64")
    # a comparison with null is null, and so is the cut
    start = both.start.where(both.start <= first, first)
    end = both.end.where(both.end >= last, last)
    missing = both.start.isna() | first.isna()
    return pd.DataFrame({"clip_id": both.clip_id, "start": start.mask(missing), "end": end.mask(missing)})
