"""Stage `report`: dataset card, HTML page with plots and audio examples, data of the plots, and a summary."""

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
    """Make the tables of the plots: name of the file in `metrics/plots` -> table."""
    samples = facts.samples
    return {
        "minutes": plots.minutes(samples),
        "balance": plots.balance(facts.metrics["balance"]["train"]),
        # samples have equal loudness by design; a single bin would have no axis
        "loudness": plots.histogram(samples.lufs, 0.1, "lufs", min_bins=11),
        "snr": plots.histogram(samples.snr_db, 2.0, "snr_db"),
        "durations": plots.histogram(samples.duration_s, 1.0, "duration_s"),
        "overlap": plots.overlap(facts.timeline.drop_duplicates("clip_id")),
    }


def run() -> None:
    """Write the card, the page and the data of the plots; print a summary of the build."""
    watch = Stopwatch("report")
    facts = card.Facts(
        store.read(Path("data/tables/timeline.parquet"), tables.Timeline),
        store.read(Path("data/tables/validate.parquet"), tables.Validation),
        {name: json.loads(path.read_text(encoding="utf-8")) for name, path in METRICS.items()},
    )
    plot_data = plot_tables(facts)
    for name, table in plot_data.items():
        files.write_text(PLOTS / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    plot_data["f0"] = pd.read_csv(PLOTS / "f0.csv")
    example_rows = examples.choose(facts.timeline, facts.samples)
    files.write_text(PAGE, report_page.render_page(facts, plot_data, example_rows, Path("data/data_stereo")))
    files.write_text(CARD, card.render_card(facts))
    watch.end(len(facts.samples), (), float(facts.samples.duration_s.sum()), units="samples")
    print(card.summary_text(facts.metrics))


if __name__ == "__main__":
    main(run)
