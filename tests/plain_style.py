"""Style tables from punctuation and number of words, without audio, for tests of the balance."""

import pandas as pd

from stages.core import params, store, tables


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


if __name__ == "__main__":
    for corpus in params.corpora():
        catalog = store.read(store.path("catalog", corpus), tables.Catalog)
        styles = plain(catalog)
        both = pd.concat([styles.assign(denoised=denoised) for denoised in (False, True)])
        store.write(both, tables.Style, store.path("style", corpus))
