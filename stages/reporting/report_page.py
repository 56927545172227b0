"""The report as one HTML page that opens without a network: plots, tables, and samples to listen to.

The template escapes all text (Jinja2, autoescape): HTML in a name of a corpus or of metadata.csv is text.
"""

from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from stages.core import tables
from stages.reporting import card, examples, plots

TEMPLATE = Path(__file__).with_name("report_page.html")


def render_page(facts: card.Facts, drawn: dict[str, pd.DataFrame], shown: pd.DataFrame, samples: Path) -> str:
    """Write the whole page.

    Args:
        facts: of the build.
        drawn: tables of the plots, by name, as in `stages.report`, and `f0` of `stages.statistics`.
        shown: rows of `examples.choose`.
        samples: folder of the rendered files.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    dropped = {reason: n for reason, n in facts.metrics["screen"]["all"]["reasons"].items() if n}
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        name=card.NAME,
        found=facts.metrics["validate"]["all"],
        split=facts.metrics["split"],
        minutes=bars(drawn["minutes"].pivot_table("minutes", "emotion", "kind", sort=False)),
        balance=balance(drawn["balance"]),
        histograms=[
            ("Loudness", "LUFS of a sample", columns(drawn["loudness"])),
            ("Signal-to-noise ratio", "dB", columns(drawn["snr"])),
            ("Duration", "seconds", columns(drawn["durations"])),
        ],
        pitch=ranges(drawn["f0"]),
        overlap=drawn["overlap"].set_index(["item", "kind"])["count"].unstack(sort=False).to_dict("index"),
        dropped=sorted(dropped.items(), key=lambda pair: (-pair[1], pair[0])),
        gaps=card.gaps(facts),
        sources=card.sources(facts.timeline),
        uses=card.uses(facts.timeline),
        examples=[
            (emotion, [example(row, samples) for row in group.to_dict("records")])
            for emotion in plots.present(shown.emotion, tables.EMOTIONS)
            for group in [shown[shown.emotion == emotion]]
        ],
    )


def example(row: dict[str, Any], samples: Path) -> dict[str, Any]:
    """Describe one sample, with its audio."""
    names = ("sample_id", "transcript", "style", "speaker", "license", "description")
    audio = examples.embed(samples / f"{row['sample_id']}.wav")
    return {**{name: row[name] for name in names}, "audio": audio}


def bars(wide: pd.DataFrame) -> list[dict[str, Any]]:
    """Make the bars of a chart, and marks of the target if there is one.

    Args:
        wide: a row per bar; columns `recorded`, `augmented` and possibly `target`, in minutes.

    Returns:
        `label`, `longest` bar of the chart, `parts` (kind, minutes, percent of the longest), `target` (in
        minutes, None: there is none) and `target_at` (percent of the longest).
    """
    kinds = list(plots.KINDS)
    targets = wide.get("target", pd.Series(0.0, wide.index))
    longest = float(pd.concat([wide[kinds].sum(axis="columns"), targets]).max()) or 1.0
    return [
        {
            "label": name,
            "longest": longest,
            "parts": [(kind, row[kind], 100 * row[kind] / longest) for kind in kinds],
            "target": row.get("target"),
            "target_at": 100 * row.get("target", 0.0) / longest,
        }
        for name, row in wide.iterrows()
    ]


def balance(table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Make the bars of each attribute's values from the table of `plots.balance`; one axis per attribute."""
    attributes = table.value.str.partition(": ")
    table = table.assign(attribute=attributes[0], value=attributes[2])
    return {
        str(attribute): bars(
            rows.pivot_table("minutes", "value", "kind", sort=False).rename(columns={"chosen": "recorded"})
        )
        for attribute, rows in table.groupby("attribute", sort=False)
    }


def columns(histogram: pd.DataFrame) -> list[tuple[float, int, float]]:
    """Make the columns of a histogram: centre, samples, height in percent of the highest."""
    highest = max(histogram.samples.max(), 1) if len(histogram) else 1
    return [(row[0], int(row[1]), 100 * row[1] / highest) for row in histogram.itertuples(index=False)]


def ranges(f0: pd.DataFrame) -> dict[str, Any]:
    """Make the lines of the pitch chart, by emotion and gender, in percent; and its `marks` in Hz."""
    low, high = (float(f0.p5.min()), float(f0.p95.max())) if len(f0) else (0.0, 1.0)
    span = (high - low) or 1.0
    lines = [
        {
            "label": f"{row.emotion}, {row.gender}", "median": float(row.median), "gender": row.gender,
            **{name: 100 * (float(getattr(row, name)) - low) / span for name in ("p5", "p25", "p75", "p95")},
            "at": 100 * (float(row.median) - low) / span,
        }
        for row in f0.itertuples(index=False)
    ]  # fmt: skip
    return {"marks": [f"{hertz:.0f} Hz" for hertz in (low, low + span / 2, low + span)], "lines": lines}
