"""Stage `inventory`: a small table of all clips, for comparison of two versions of the dataset.

The inventory is published with the dataset; the tables that it summarizes are not.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from stages.core import params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch

TABLE = Path("data/tables/inventory.parquet")


def digest(digests: Iterable[str]) -> str:
    """Combine digests to one of 48 bits, enough to detect a change of one clip."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()[:12]


def used_clips(timeline: pd.DataFrame, rendered: pd.DataFrame) -> pd.DataFrame:
    """List clips that are in a sample: labels, seconds, and digests of all samples that contain the clip.

    Args:
        timeline, rendered: rows of `tables.Timeline` and of `tables.Render`.
    """
    rows = timeline.merge(rendered.drop(columns="cache_key"), on="sample_id", validate="m:1")
    rows = rows.assign(seconds=(rows.end - rows.start) / rows.sample_rate).sort_values("sample_id")
    return rows.groupby("clip_id", as_index=False).agg(
        emotion=("emotion", "first"),
        style=("style", "first"),
        split=("split", "first"),
        samples=("sample_id", "nunique"),
        seconds=("seconds", "sum"),
        wav_digest=("wav_sha256", digest),
        sidecar_digest=("json_sha256", digest),
    )


def inventory(clips: pd.DataFrame, in_samples: pd.DataFrame) -> pd.DataFrame:
    """Make rows of `tables.Inventory`, one per clip.

    Args:
        clips: columns of `tables.Catalog`, and `reason`: why the clip is not in any sample.
        in_samples: returned by `used_clips`.
    """
    rows = clips.drop(columns="style").merge(in_samples, on="clip_id", how="left", validate="1:1")
    rows = rows.fillna({"emotion": rows.emotion_intended, "samples": 0, "seconds": 0.0})
    return store.conform(rows, tables.Inventory)


def run() -> None:
    """Write data/tables/inventory.parquet."""
    watch = Stopwatch("inventory")
    clips = store.read_all("catalog", params.corpora(), tables.Catalog)
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    store.same_clips(clips, screen, "screen")
    balance = store.read(Path("data/tables/balance.parquet"), tables.Balance)
    reasons = pd.concat([screen[screen.reason.notna()], balance])[["clip_id", "reason"]]
    clips = clips.merge(reasons, on="clip_id", how="left", validate="1:1")
    timeline = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    rendered = store.read(Path("data/tables/render.parquet"), tables.Render)
    rows = inventory(clips, used_clips(timeline, rendered))
    store.write(rows, tables.Inventory, TABLE)
    watch.end(len(rows), rows.reason, verb="not used")


if __name__ == "__main__":
    main(run)
