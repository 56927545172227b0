"""Stage `statistics`: clips and minutes per style, and distributions of pitch, level and speaking rate.

The stage reads the timeline only; each recording counts once, even if it is in several samples.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from stages.core import files, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch, significant

METRICS = Path("metrics/details/style.json")
PLOTS = Path("metrics/plots")
COUNTED = {
    "style": tables.STYLES, "effort": tables.EFFORTS, "sentence_type": tables.SENTENCE_TYPES,
    "length_class": tables.LENGTH_CLASSES,
}  # fmt: skip
MEASURES = {"f0": "f0_median_hz", "level": "level_rel_db", "rate": "syllables_per_s"}
"""Name of the file in `metrics/plots` -> column of the timeline."""
QUANTILES = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}


def size(clips: pd.DataFrame) -> dict[str, Any]:
    """Count clips and minutes."""
    seconds = (clips.end - clips.start) / clips.sample_rate
    return {"clips": len(clips), "minutes": significant(float(seconds.sum()) / 60)}


def counts(clips: pd.DataFrame) -> dict[str, Any]:
    """Count clips and minutes per style, effort, sentence type and length class, and clips per rule."""
    counted = {
        column: {value: size(part) for value in values if len(part := clips[clips[column] == value])}
        for column, values in COUNTED.items()
    }
    rules = clips.style_rule.value_counts().sort_index()
    return {"all": size(clips), **counted, "style_rule": {rule: int(count) for rule, count in rules.items()}}


def distribution(clips: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Compute quantiles of a measure: one row per emotion and gender that occur.

    Args:
        clips: rows of the timeline, each recording once.
        measure: a column; nulls (whispers have no f0) are left out and not counted in `clips`.
    """
    rows = []
    for emotion in tables.EMOTIONS:
        for gender in tables.GENDERS:
            measured = clips[measure][(clips.emotion == emotion) & (clips.gender == gender)].dropna()
            if len(measured):
                quantiles = {n: significant(float(measured.quantile(q))) for n, q in QUANTILES.items()}
                rows.append({"emotion": emotion, "gender": gender, "clips": len(measured), **quantiles})
    return pd.DataFrame(rows, columns=["emotion", "gender", "clips", *QUANTILES])


def run() -> None:
    """Write metrics/details/style.json and the data of the plots."""
    watch = Stopwatch("statistics")
    timeline = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    clips = timeline[timeline.copy_number == 0].drop_duplicates("clip_id")
    files.write_json(METRICS, counts(clips))
    for name, measure in MEASURES.items():
        text = distribution(clips, measure).to_csv(index=False, lineterminator="\n")
        files.write_text(PLOTS / f"{name}.csv", text)
    watch.end(len(clips))


if __name__ == "__main__":
    main(run)
