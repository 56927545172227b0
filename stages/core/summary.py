"""Summary line that each stage prints, and rounding and writing of metrics."""

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

from stages.core import files

METRICS = Path("metrics")


def significant(value: float, digits: int = 4) -> float | None:
    """Round a number to significant digits; None if it is null or NaN."""
    try:
        number = float(value)
    except TypeError:  # pandas' null
        return None
    return None if math.isnan(number) else float(f"{number:.{digits}g}")


def pick(summary: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Select the entries of a summary with these keys."""
    return {key: summary[key] for key in keys}


def write_metrics(name: str, compared: dict[str, Any], everything: dict[str, Any]) -> None:
    """Write `metrics/<name>.json`, which `dvc metrics diff` shows, and `metrics/details/<name>.json`.

    Args:
        name: name of both files, without suffix.
        compared: the few metrics to compare between builds.
        everything: all metrics.
    """
    files.write_json(METRICS / f"{name}.json", compared)
    files.write_json(METRICS / "details" / f"{name}.json", everything)


class Stopwatch:
    """Timer of one stage; `end` prints counts of clips, drop reasons, seconds of audio and speed."""

    def __init__(self, stage: str, corpus: str = "") -> None:
        self.name = f"{stage}@{corpus}" if corpus else stage
        self.started = perf_counter()

    def end(
        self,
        count: int,
        dropped: Iterable[str | None] = (),
        seconds: float = 0.0,
        *,
        units: str = "clips",
        verb: str = "dropped",
    ) -> None:
        """Print the summary line of the stage.

        Args:
            count: number of units that came in.
            dropped: one reason for each dropped unit; nulls are skipped.
            seconds: duration of the processed audio; 0: do not print it.
            units: name of the units, in the plural.
            verb: what happened to units with a reason.
        """
        wall = perf_counter() - self.started
        reasons = sorted(Counter(reason for reason in dropped if isinstance(reason, str)).items())
        n_dropped = sum(number for _, number in reasons)
        parts = [f"{count:,} {units} in", f"{count - n_dropped:,} kept", f"{n_dropped:,} {verb}"]
        if reasons:
            parts[-1] += f" ({', '.join(f'{reason} {number}' for reason, number in reasons)})"
        speed = f"{count / wall:,.0f} {units}/s"
        if seconds:
            speed = f"{seconds:,.1f} s of audio, {seconds / wall:,.0f}x real time"
        print(f"{self.name}: {', '.join(parts)}; {wall:.1f} s ({speed})", flush=True)
