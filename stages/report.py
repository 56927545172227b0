"""Stage `report`: dataset card, data of the plots, and a page to look at and listen to; prints a summary."""

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
DETAILS = ("balance", "coverage", "screen", "split", "validate")
METRICS = {name: Path(f"metrics/details/{name}.json") for name in DETAILS}


def plot_tables(facts: card.Facts) -> dict[str, pd.DataFrame]:
    """Make the tables of the plots, by name of the file in `metrics/plots`."""
    samples = facts.samples
    return {
        "minutes": plots.minutes(samples),
        "balance": plots.balance(facts.metrics["balance"]["train"]),
        # all samples have the same loudness by design, and one bin alone would lack an axis
        "loudness": plots.histogram(samples.lufs, 0.1, "lufs", min_bins=11),
        "snr": plots.histogram(samples.snr_db, 2.0, "snr_db"),
        "durations": plots.histogram(samples.duration_s, 1.0, "duration_s"),
        "overlap": plots.overlap(facts.timeline.drop_duplicates("clip_id")),
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
    shown = examples.choose(facts.timeline, facts.samples)
    files.write_text(PAGE, report_page.render_page(facts, drawn, shown, Path("data/data_stereo")))
    files.write_text(CARD, card.render_card(facts))
    watch.end(len(facts.samples), (), float(facts.samples.duration_s.sum()), "sample")
    print(card.summary_text(facts.metrics))


if __name__ == "__main__":
    main(run)
