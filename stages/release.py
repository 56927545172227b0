"""Which clips do their licences allow for the use at hand? And how much is there, under which licences?

What is not permitted is dropped by `screen`, before anything is rendered.
"""

from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stages.core import files, params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch, significant
from stages.publishing import licenses

TABLE = Path("data/tables/release.parquet")
METRICS = Path("metrics/catalog.json")


class Release(params.Section):
    """What the user is going to do with the dataset: see `licences.USES`."""

    allow: Literal["research", "non-commercial", "redistributable", "commercial"]


def decide(clips: pd.DataFrame, use: str) -> pd.DataFrame:
    """One row per clip: whether its licence permits the use.

    Args:
        clips: columns `clip_id`, `corpus`, `licence`.
        use: one of `licences.USES`.

    Returns:
        Columns of `tables.Release`.

    Raises:
        UserError: a licence that the project does not know.
    """
    stated = clips.groupby("licence").clip_id.min()
    permitted = {
        licence: licenses.permits(licenses.facts(licence, clip), use) for licence, clip in stated.items()
    }
    made = clips[["clip_id", "corpus", "licence"]].assign(permitted=clips.licence.map(permitted))
    return store.conform(made, tables.Release)


def figures(clips: pd.DataFrame) -> dict[str, Any]:
    """How much there is of some clips.

    Args:
        clips: columns `speaker`, `seconds` (null where a file is no recording).
    """
    return {
        "clips": len(clips),
        "speakers": int(clips.speaker.nunique()),
        "minutes": significant(float(clips.seconds.sum()) / 60),
    }


def counts(values: pd.Series) -> dict[str, int]:
    """How often each value occurs, in alphabetical order."""
    return {str(value): int(count) for value, count in values.value_counts().sort_index().items()}


def overview(clips: pd.DataFrame) -> dict[str, Any]:
    """Figures of some clips, their languages and licences, and the same per emotion and label.

    Args:
        clips: columns of `tables.Catalog`, and `seconds`.
    """
    emotions = [emotion for emotion in tables.EMOTIONS if (clips.emotion_intended == emotion).any()]
    groups = {emotion: clips[clips.emotion_intended == emotion] for emotion in emotions}
    return {
        **figures(clips),
        "languages": counts(clips.language),
        "licences": counts(clips.licence),
        "by_emotion": {
            emotion: {**figures(group), "labels": counts(group.label)} for emotion, group in groups.items()
        },
    }


def metrics(clips: pd.DataFrame) -> dict[str, Any]:
    """What the corpora hold before anything is dropped, in all and per corpus.

    Args:
        clips: columns of `tables.Catalog`, and `seconds`.
    """
    corpora = {str(corpus): overview(group) for corpus, group in clips.groupby("corpus")}
    return {"all": overview(clips), "by_corpus": corpora}


def run() -> None:
    """Write the decisions and the figures."""
    watch = Stopwatch("release")
    corpora, settings = params.corpora(), params.section(Release, "release")
    clips = store.read_all("catalog", corpora, tables.Catalog)
    quality = store.read_all("quality", corpora, tables.Quality)
    store.same_clips(clips, quality, "quality")
    decided = decide(clips, settings.allow)
    store.write(decided, tables.Release, TABLE)
    measured = clips.merge(quality[["clip_id", "n_samples", "sample_rate"]], on="clip_id", validate="1:1")
    seconds = (measured.n_samples / measured.sample_rate).astype("float64")
    files.write_json(METRICS, metrics(measured.assign(seconds=seconds)))
    watch.end(len(clips), ["licence"] * int((~decided.permitted).sum()))


if __name__ == "__main__":
    main(run)
