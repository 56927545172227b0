"""Stage `licensing`: clips whose license permits the intended use; contents of the corpora by license.

A clip that is not permitted is dropped by `screen`, so it is never rendered.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stages.core import files, params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch, significant
from stages.publishing import licenses


class Licensing(params.Section):
    """The intended use of the dataset: see `licenses.USES`."""

    intended_use: Literal["research", "non-commercial", "redistributable", "commercial"]


def decide(clips: pd.DataFrame, use: str) -> pd.DataFrame:
    """Decide for each clip whether its license permits the use.

    Args:
        clips: columns `clip_id`, `corpus`, `license`.
        use: one of `licenses.USES`.

    Returns:
        Columns of `tables.Licensing`.

    Raises:
        UserError: a license is unknown.
    """
    first = clips.groupby("license").clip_id.min()
    permitted = {name: licenses.permits(licenses.facts(name, clip), use) for name, clip in first.items()}
    return store.conform(clips.assign(permitted=clips.license.map(permitted)), tables.Licensing)


def summarize(clips: pd.DataFrame) -> dict[str, Any]:
    """Count clips, speakers and minutes.

    Args:
        clips: columns `speaker`, `seconds` (null if the file is not a usable recording).
    """
    return {
        "clips": len(clips),
        "speakers": int(clips.speaker.nunique()),
        "minutes": significant(float(clips.seconds.sum()) / 60),
    }


def counts(values: pd.Series) -> dict[str, int]:
    """Count how often each value occurs; sorted by value."""
    return dict(sorted(Counter(values).items()))


def overview(clips: pd.DataFrame) -> dict[str, Any]:
    """Summarize clips, languages and licenses; and clips and labels per emotion.

    Args:
        clips: columns of `tables.Catalog`, and `seconds`.
    """
    groups = {emotion: clips[clips.emotion_intended == emotion] for emotion in tables.EMOTIONS}
    return {
        **summarize(clips),
        "languages": counts(clips.language),
        "licenses": counts(clips.license),
        "by_emotion": {
            emotion: {**summarize(group), "labels": counts(group.corpus_label)}
            for emotion, group in groups.items()
            if len(group)
        },
    }


def metrics(clips: pd.DataFrame) -> dict[str, Any]:
    """Summarize all clips before any is dropped, in total and per corpus.

    Args:
        clips: columns of `tables.Catalog`, and `seconds`.
    """
    by_corpus = {str(corpus): overview(group) for corpus, group in clips.groupby("corpus")}
    return {"all": overview(clips), "by_corpus": by_corpus}


def run() -> None:
    """Write data/tables/licensing.parquet and metrics/catalog.json."""
    watch = Stopwatch("licensing")
    corpora, settings = params.corpora(), params.section(Licensing, "licensing")
    clips = store.read_all("catalog", corpora, tables.Catalog)
    quality = store.read_all("quality", corpora, tables.Quality)
    store.same_clips(clips, quality, "quality")
    decided = decide(clips, settings.intended_use)
    store.write(decided, tables.Licensing, Path("data/tables/licensing.parquet"))
    seconds = (quality.n_samples / quality.sample_rate).astype("float64")  # both are sorted by clip
    files.write_json(Path("metrics/catalog.json"), metrics(clips.assign(seconds=seconds)))
    watch.end(len(clips), ["license"] * int((~decided.permitted).sum()))


if __name__ == "__main__":
    main(run)
