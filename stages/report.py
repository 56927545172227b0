"""What is in the dataset? The card, the figures, and one page to look at and to listen to."""

import json
from pathlib import Path

import pandas as pd

from stages.core import files, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.reporting import card, examples, plots, report_page

CARD = Path("data/README.md")
PAGE = Path("data/report.html")
PLOTS = Path("metrics/plots")
METRICS = {
    name: Path(f"metrics/{file}.json")
    for name, file in {
        "balance": "details/balance", "coverage": "coverage", "screen": "screen", "split": "split",
        "validate": "validate",
    }.items()
}  # fmt: skip
LUFS_BIN, SNR_BIN_DB, DURATION_BIN_S = 0.1, 2.0, 1.0
LUFS_BINS = 11
"""Least: loudness is even by intent, and one column alone says nothing of how even."""


def plot_tables(facts: card.Facts) -> dict[str, pd.DataFrame]:
    """Name of a file in `metrics/plots` -> its table."""
    samples, clips = facts.samples, facts.timeline.drop_duplicates("clip_id")
    return {
        "minutes": plots.minutes(samples),
        "balance": plots.balance(facts.metrics["balance"]["train"]),
        "loudness": plots.histogram(samples.lufs, LUFS_BIN, "lufs", LUFS_BINS),
        "snr": plots.histogram(samples.snr_db, SNR_BIN_DB, "snr_db"),
        "durations": plots.histogram(samples.duration_s, DURATION_BIN_S, "duration_s"),
        "overlap": plots.overlap(clips),
    }


def run() -> None:
    """Write card, page and the data of the plots."""
    watch = Stopwatch("report")
    facts = card.Facts(
        store.read(Path("data/tables/timeline.parquet"), tables.Timeline),
        store.read(Path("data/tables/validate.parquet"), tables.Validation),
        {name: json.loads(path.read_text(encoding="utf-8")) for name, path in METRICS.items()},
    )
    drawn = plot_tables(facts)
    for name, table in drawn.items():
        files.write_text(PLOTS / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    spoken = pd.read_csv(PLOTS / "f0.csv")
    heard = examples.chosen(facts.timeline, facts.samples)
    files.write_text(PAGE, report_page.page(facts, {**drawn, "f0": spoken}, heard, Path("data/data_stereo")))
    files.write_text(CARD, card.card(facts))
    watch.end(len(facts.samples), (), float(facts.samples.duration_s.sum()))


if __name__ == "__main__":
    main(run)
