"""The lines with which a build ends."""

from typing import Any

from stages.core import tables


def summary_text(metrics: dict[str, Any]) -> str:
    """Summarize a build in at most six lines: size, dropped clips, the shortest emotion, what to open next.

    Args:
        metrics: name of a file in metrics/details -> content; `validate`, `screen` and `coverage` are read.
    """
    found, screened = metrics["validate"]["all"], metrics["screen"]["all"]
    minutes = {name: part["minutes"] for name, part in metrics["validate"]["by_emotion"].items()}
    shortest = min(minutes, key=lambda name: (minutes[name], tables.EMOTIONS.index(name)))
    coverage = metrics["coverage"]
    goal = "" if coverage["met"] else f"; some have less than {coverage['min_minutes']:g} minutes of training"
    return "\n".join(
        [
            "",
            f"Dataset: {found['samples']:,} samples, {found['minutes']:.1f} minutes "
            f"({found['augmented_minutes']:.1f} augmented), {found['speakers']} speakers",
            f"Dropped: {screened['clips_dropped']:,} of {screened['clips_in']:,} clips",
            f"Shortest emotion: {shortest}, {minutes[shortest]:.1f} minutes{goal}",
            "Next: open data/report.html and data/README.md",
        ]
    )
