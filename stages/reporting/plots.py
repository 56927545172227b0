"""Data of the plots: tables for `metrics/plots/*.csv` (read by `dvc plots`) and for the report page."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from stages.core import tables
from stages.core.summary import significant
from stages.text.text_normalization import normalize

KINDS = ("recorded", "augmented")
BALANCE = ("available", "chosen", "augmented", "target")
PARTS = ("training only", "both", "validation only")


def minutes(samples: pd.DataFrame) -> pd.DataFrame:
    """Sum minutes per emotion, recorded and augmented.

    Args:
        samples: columns `emotion`, `augmented`, `duration_s`, one row per sample.

    Returns:
        Columns `emotion`, `kind`, `minutes`; a row per kind for each emotion that occurs.
    """
    rows = [
        [emotion, kind, significant(part.duration_s[part.augmented.astype(bool) == augmented].sum() / 60)]
        for emotion in present(samples.emotion, tables.EMOTIONS)
        for part in [samples[samples.emotion == emotion]]
        for kind, augmented in zip(KINDS, (False, True), strict=True)
    ]
    return pd.DataFrame(rows, columns=["emotion", "kind", "minutes"])


def present(values: pd.Series, known: tuple[str, ...]) -> list[str]:
    """List the values of a vocabulary that occur, in the order of the vocabulary."""
    found = set(values.dropna())
    return [value for value in known if value in found]


def in_order(emotions: Iterable[str]) -> list[str]:
    """Sort emotions in the order of `tables.EMOTIONS`; unknown ones are last."""
    known = {emotion: place for place, emotion in enumerate(tables.EMOTIONS)}
    return sorted(set(emotions), key=lambda emotion: (known.get(emotion, len(known)), emotion))


def balance(train: dict[str, Any]) -> pd.DataFrame:
    """List training minutes per attribute and value, from `train` in metrics/details/balance.json.

    Returns:
        Columns `value` (e.g. `style: excited`), `kind` (of `BALANCE`), `minutes`.
    """
    rows = [
        [f"{attribute}: {value}", kind, values[value][kind]]
        for attribute, values in train["minutes_by"].items()
        for value in (in_order(values) if attribute == "emotion" else values)
        for kind in BALANCE
    ]
    return pd.DataFrame(rows, columns=["value", "kind", "minutes"])


def histogram(values: pd.Series, width: float, name: str, min_bins: int = 1) -> pd.DataFrame:
    """Count values per bin; the centres of bins are multiples of the width.

    Args:
        values: nulls are left out.
        width: width of a bin, in the unit of the values.
        name: name of the column of centres.
        min_bins: minimum number of bins; empty bins are added at both ends.

    Returns:
        Columns `name` and `samples`; empty bins between others are included.
    """
    # half-open bins: a value on the edge of two belongs to the upper one
    bins = np.floor(values.dropna().to_numpy(float) / width + 0.5).astype(int)
    if not len(bins):
        return pd.DataFrame({name: [], "samples": []})
    first = bins.min() - max(min_bins - (np.ptp(bins) + 1), 0) // 2
    counts = np.bincount(bins - first, minlength=min_bins)
    centres = [significant((first + step) * width, 6) for step in range(len(counts))]
    return pd.DataFrame({name: centres, "samples": counts})


def overlap(clips: pd.DataFrame) -> pd.DataFrame:
    """Count speakers, recordings and sentences in one split and in both; only sentences may be in both.

    Args:
        clips: columns `split`, `speaker`, `sha256`, `start`, `transcript`, one row per clip.

    Returns:
        Columns `item`, `kind` (of `PARTS`), `count`.
    """
    items = {
        "speakers": clips.speaker,
        "recordings": clips.sha256 + ":" + clips.start.astype(str),
        "sentences": clips.transcript.map(normalize),
    }
    rows = []
    for name, values in items.items():
        train, valid = (set(values[clips.split == split]) - {""} for split in tables.SPLITS)
        sizes = (len(train - valid), len(train & valid), len(valid - train))
        rows += [[name, part, size] for part, size in zip(PARTS, sizes, strict=True)]
    return pd.DataFrame(rows, columns=["item", "kind", "count"])
