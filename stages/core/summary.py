"""The one line with which each stage ends, and the form of the figures in metrics/."""

from collections.abc import Iterable
from time import perf_counter

import pandas as pd


def significant(value: float, digits: int = 4) -> float | None:
    """A figure as metrics show it: rounded to significant digits; null if there is none."""
    return None if pd.isna(value) else float(f"{value:.{digits}g}")


class Stopwatch:
    """Started with the stage; `end` prints clips in, kept, dropped by reason, seconds of audio and speed."""

    def __init__(self, stage: str, corpus: str = "") -> None:
        self.name = f"{stage}@{corpus}" if corpus else stage
        self.started = perf_counter()

    def end(
        self, clips: int, dropped: Iterable[str | None] = (), seconds: float = 0.0, *, unit: str = "clip"
    ) -> None:
        """Print the line.

        Args:
            clips: that came in.
            dropped: one reason for each clip that does not go on; nulls are passed over.
            seconds: of audio that was looked at; 0 where none was.
            unit: what is counted, in the singular.
        """
        wall = perf_counter() - self.started
        reasons = pd.Series(list(dropped), dtype="str").dropna().value_counts().sort_index()
        parts = [f"{clips:,} {unit}s in", f"{clips - reasons.sum():,} kept", f"{reasons.sum():,} dropped"]
        if len(reasons):
            parts[-1] += f" ({', '.join(f'{reason} {count}' for reason, count in reasons.items())})"
        speed = f"{clips / wall:,.0f} {unit}s/s"
        if seconds:
            speed = f"{seconds:,.1f} s of audio, {seconds / wall:,.0f}x real time"
        print(f"{self.name}: {', '.join(parts)}; {wall:.1f} s ({speed})", flush=True)
