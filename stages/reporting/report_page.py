"""HTML page of the report: plots, tables and audio examples in one file, without access to a network.

The template escapes all text (Jinja2, autoescape), such as HTML in the name of a corpus or in metadata.csv.
"""

from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from stages.core import tables
from stages.reporting import card, examples, plots

TEMPLATE = Path(__file__).with_name("report_page.html")


def render_page(facts: card.Facts, data: dict[str, pd.DataFrame], chosen: pd.DataFrame, samples: Path) -> str:
    """Render the complete page.

    Args:
        facts: tables and metrics of the build.
        data: tables of the plots by name, from `stages.report`, and `f0` of `stages.statistics`.
        chosen: rows of `examples.choose`.
        samples: folder of the rendered files.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    dropped = {reason: n for reason, n in facts.metrics["screen"]["all"]["reasons"].items() if n}
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        name=card.NAME,
        found=facts.metrics["validate"]["all"],
        split=facts.metrics["split"],
        minutes=bars(data["minutes"].pivot_table("minutes", "emotion", "kind", sort=False)),
        balance=balance(data["balance"]),
        histograms=[
            ("Loudness", "LUFS of a sample", columns(data["loudness"])),
            ("Signal-to-noise ratio", "dB", columns(data["snr"])),
            ("Duration", "seconds", columns(data["durations"])),
        ],
        pitch=ranges(data["f0"]),
        overlap=data["overlap"].set_index(["item", "kind"])["count"].unstack(sort=False).to_dict("index"),
        dropped=sorted(dropped.items(), key=lambda pair: (-pair[1], pair[0])),
        gaps=card.gaps(facts),
        sources=card.sources(facts.timeline),
        uses=card.uses(facts.timeline),
        examples=[
            (emotion, [example(row, samples) for row in group.to_dict("records")])
            for emotion in plots.present(chosen.emotion, tables.EMOTIONS)
            for group in [chosen[chosen.emotion == emotion]]
        ],
    )


def example(row: dict[str, Any], samples: Path) -> dict[str, Any]:
    """Collect the labels and the embedded audio of one sample."""
    names = ("sample_id", "transcript", "style", "speaker", "license", "description")
    audio = examples.embed(samples / f"{row['sample_id']}.wav")
    return {**{name: row[name] for name in names}, "audio": audio}


def bars(wide: pd.DataFrame) -> list[dict[str, Any]]:
    """Compute the bars of a chart, and target marks if there are targets.

    Args:
        wide: one row per bar; columns `recorded`, `augmented` and possibly `target`, in minutes.

    Returns:
        `label`, `longest` (minutes of the longest bar), `parts` (kind, minutes, percent of the longest),
        `target` (minutes; None: no target) and `target_at` (percent of the longest).
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
    """Compute the bars per attribute, from the table of `plots.balance`; each attribute is one chart."""
    attributes = table.value.str.partition(": ")
    table = table.assign(attribute=attributes[0], value=attributes[2])
    return {
        str(attribute): bars(
            rows.pivot_table("minutes", "value", "kind", sort=False).rename(columns={"chosen": "recorded"})
        )
        for attribute, rows in table.groupby("attribute", sort=False)
    }


def columns(histogram: pd.DataFrame) -> list[tuple[float, int, float]]:
    """Compute the columns of a histogram: centre, samples, height in percent of the highest column."""
    highest = max(histogram.samples.max(), 1) if len(histogram) else 1
    return [(row[0], int(row[1]), 100 * row[1] / highest) for row in histogram.itertuples(index=False)]


def ranges(f0: pd.DataFrame) -> dict[str, Any]:
    """Compute the `lines` of the pitch chart per emotion and gender, in percent, and `marks` in Hz."""
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
