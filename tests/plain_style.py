"""Style tables from punctuation and number of words, without audio, for tests of the balance."""

import pandas as pd

from stages.core import tables


def plain(catalog: pd.DataFrame) -> pd.DataFrame:
    """Make columns `clip_id`, `style`, `sentence_type`, `length_class`.

    Args:
        catalog: columns `clip_id`, `style`, `transcript`.
    """
    marks = catalog.transcript.str.strip().str[-1:].map({"?": "interrogative", "!": "exclamatory"})
    words = catalog.transcript.str.split().str.len()
    lengths = pd.cut(words, [0, 5, 12, 10**6], labels=list(tables.LENGTH_CLASSES))
    return catalog[["clip_id"]].assign(
        style=catalog["style"].fillna("normal"),
        sentence_type=marks.fillna("declarative").astype("str"),
        length_class=lengths.astype("str"),
    )
