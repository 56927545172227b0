"""The catalog with transcripts: that of the corpus or, if a clip has none, the recognised one."""

from typing import TYPE_CHECKING, Any

from stages.core import store, tables

if TYPE_CHECKING:
    import pandas as pd

CORPUS = "corpus"
"""Value of `transcript_source` if the corpus has the transcript."""


def fill_transcripts(catalog: "pd.DataFrame", recognised: "pd.DataFrame") -> "pd.DataFrame":
    """Add `transcript_source` to the catalog, and the recognised transcripts.

    Args:
        catalog: rows of `tables.Catalog`.
        recognised: rows of `tables.Transcribe`.

    Returns:
        `transcript_source` is "corpus", the recogniser, or null if the words are not known.
    """
    words = recognised[recognised.transcript != ""].set_index("clip_id")
    missing = catalog.transcript == ""
    transcript = catalog.transcript.mask(missing, catalog.clip_id.map(words.transcript)).fillna("")
    source = catalog.clip_id.map(words.engine).where(missing, CORPUS)
    return catalog.assign(transcript=transcript.astype("str"), transcript_source=source.astype("str"))


def rows(corpus: str) -> list[dict[str, Any]]:
    """Read the catalog of one corpus as rows; a missing transcript is replaced by the recognised one."""
    recognised = store.rows(store.path("transcribe", corpus), tables.Transcribe)
    texts = {row["clip_id"]: row["transcript"] for row in recognised}
    catalog = store.rows(store.path("catalog", corpus), tables.Catalog)
    return [{**row, "transcript": row["transcript"] or texts.get(row["clip_id"], "")} for row in catalog]


def read(corpus: str) -> "pd.DataFrame":
    """Read the catalog of one corpus with recognised transcripts; see `fill_transcripts`."""
    catalog = store.read(store.path("catalog", corpus), tables.Catalog)
    return fill_transcripts(catalog, store.read(store.path("transcribe", corpus), tables.Transcribe))


def read_all(corpora: list[str]) -> "pd.DataFrame":
    """Read the catalogs of several corpora as one table; see `fill_transcripts`."""
    catalog = store.read_all("catalog", corpora, tables.Catalog)
    return fill_transcripts(catalog, store.read_all("transcribe", corpora, tables.Transcribe))
