"""The catalog with the words of clips that came without: every stage that needs words reads it here."""

from typing import TYPE_CHECKING, Any

from stages.core import store, tables

if TYPE_CHECKING:
    import pandas as pd

CORPUS = "corpus"
"""Stands in `transcript_source` of clips whose words come with them."""


def filled(catalog: "pd.DataFrame", heard: "pd.DataFrame") -> "pd.DataFrame":
    """The catalog with `transcript_source`, and with transcripts where the recogniser has heard some.

    Args:
        catalog: rows of `tables.Catalog`.
        heard: rows of `tables.Transcribe`.

    Returns:
        `transcript_source` is "corpus", the recogniser, or null where the words are not known.
    """
    words = heard[heard.transcript != ""].set_index("clip_id")
    mute = catalog.transcript == ""
    transcript = catalog.transcript.mask(mute, catalog.clip_id.map(words.transcript)).fillna("")
    source = catalog.clip_id.map(words.engine).where(mute, CORPUS)
    return catalog.assign(transcript=transcript.astype("str"), transcript_source=source.astype("str"))


def rows(corpus: str) -> list[dict[str, Any]]:
    """Read the catalog of one corpus as rows, with the transcripts of the recogniser where it has none."""
    recognised = store.rows(store.path("transcribe", corpus), tables.Transcribe)
    texts = {row["clip_id"]: row["transcript"] for row in recognised}
    catalog = store.rows(store.path("catalog", corpus), tables.Catalog)
    return [{**row, "transcript": row["transcript"] or texts.get(row["clip_id"], "")} for row in catalog]


def read(corpus: str) -> "pd.DataFrame":
    """The catalog of one corpus, `filled`."""
    catalog = store.read(store.path("catalog", corpus), tables.Catalog)
    return filled(catalog, store.read(store.path("transcribe", corpus), tables.Transcribe))


def read_all(corpora: list[str]) -> "pd.DataFrame":
    """The catalogs of the corpora of this build, `filled`, as one."""
    catalog = store.read_all("catalog", corpora, tables.Catalog)
    return filled(catalog, store.read_all("transcribe", corpora, tables.Transcribe))
