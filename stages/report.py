"""Dataset card, plots, and one page to look at and to listen to. Ends the build with a summary."""

import json
from pathlib import Path

import pandas as pd

from stages.core import files, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.reporting import card, examples, plots, report_page, summary

CARD = Path("data/README.md")
PAGE = Path("data/report.html")
PLOTS = Path("metrics/plots")
METRICS = {
    name: Path(f"metrics/details/{name}.json")
    for name in ("balance", "coverage", "screen", "split", "validate")
}
LUFS_BIN, SNR_BIN_DB, DURATION_BIN_S = 0.1, 2.0, 1.0
LUFS_BINS = 11
"""Minimum number: all samples have the same loudness by design, and one column alone would lack an axis."""


def plot_tables(facts: card.Facts) -> dict[str, pd.DataFrame]:
    """Make the tables of the plots, by name of the file in `metrics/plots`."""
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
    """Write card, page and the data of the plots; print the summary of the build."""
    watch = Stopwatch("report")
    facts = card.Facts(
        store.read(Path("data/tables/timeline.parquet"), tables.Timeline),
        store.read(Path("data/tables/validate.parquet"), tables.Validation),
        {name: json.loads(path.read_text(encoding="utf-8")) for name, path in METRICS.items()},
    )
    drawn = plot_tables(facts)
    for name, table in drawn.items():
        files.write_text(PLOTS / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    drawn["f0"] = pd.read_csv(PLOTS / "f0.csv")
    shown = examples.chosen(facts.timeline, facts.samples)
    files.write_text(PAGE, report_page.render_page(facts, drawn, shown, Path("data/data_stereo")))
    files.write_text(CARD, card.render_card(facts))
    watch.end(len(facts.samples), (), float(facts.samples.duration_s.sum()), "sample")
    print(summary.summary_text(facts.metrics))


if __name__ == "__main__":
    main(run)
