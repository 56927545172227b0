"""The figures of the report, as small tables: `metrics/plots/*.csv` for `dvc plots`, and the page's bars."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stages.core import tables
from stages.core.summary import significant
from stages.text.text_normalization import normalised

KINDS = ("recorded", "augmented")
BALANCE = ("available", "chosen", "augmented", "target")
PARTS = ("training only", "both", "validation only")


def minutes(samples: pd.DataFrame) -> pd.DataFrame:
    """Minutes per emotion, recorded and augmented.

    Args:
        samples: columns `emotion`, `augmented`, `duration_s`, one row per sample.

    Returns:
        Columns `emotion`, `kind`, `minutes`; a row per kind for each emotion that occurs.
    """
    rows = []
    for emotion in present(samples.emotion, tables.EMOTIONS):
        for kind, wanted in zip(KINDS, (False, True), strict=True):
            chosen = samples[(samples.emotion == emotion) & (samples.augmented.astype(bool) == wanted)]
            rows.append([emotion, kind, significant(chosen.duration_s.sum() / 60)])
    return pd.DataFrame(rows, columns=["emotion", "kind", "minutes"])


def present(values: pd.Series, known: tuple[str, ...]) -> list[str]:
    """Those of a vocabulary that occur, in its order."""
    found = set(values.dropna())
    return [value for value in known if value in found]


def in_order(values: dict[str, Any]) -> dict[str, Any]:
    """The same with emotions in the order of the contract, other values as they came."""
    known = {emotion: place for place, emotion in enumerate(tables.EMOTIONS)}
    if not set(values) <= set(known):
        return values
    return {name: values[name] for name in sorted(values, key=known.__getitem__)}


def balance(train: dict[str, Any]) -> pd.DataFrame:
    """Training minutes per attribute and value.

    Args:
        train: the part `train` of metrics/details/balance.json.

    Returns:
        Columns `value` (as in `style: excited`), `kind` (of `BALANCE`), `minutes`.
    """
    rows = [
        [f"{attribute}: {value}", kind, counted[kind]]
        for attribute, values in train["minutes_by"].items()
        for value, counted in in_order(values).items()
        for kind in BALANCE
        if counted.get(kind) is not None
    ]
    return pd.DataFrame(rows, columns=["value", "kind", "minutes"])


def histogram(values: pd.Series, width: float, name: str, least: int = 1) -> pd.DataFrame:
    """How many values are in each bin of a width; bins are centred on multiples of it.

    Args:
        values: nulls are left out.
        width: of the bins, in the unit of the values.
        name: of the column of centres.
        least: bins; empty ones are added on both sides, so that a single one still has an axis.

    Returns:
        Columns `name` and `samples`; without gaps.
    """
    # half-open bins: what lies between two of them belongs to the upper one
    bins = np.floor(values.dropna().to_numpy(float) / width + 0.5).astype(int)
    if not len(bins):
        return pd.DataFrame({name: [], "samples": []})
    first = bins.min() - max(least - (np.ptp(bins) + 1), 0) // 2
    counts = np.bincount(bins - first, minlength=least)
    centres = [significant((first + step) * width, 6) for step in range(len(counts))]
    return pd.DataFrame({name: centres, "samples": counts})


def overlap(clips: pd.DataFrame) -> pd.DataFrame:
    """What the two sides of the split share: speakers and recordings must not, sentences may.

    Args:
        clips: columns `split`, `speaker`, `sha256`, `start`, `transcript`, one row per clip.

    Returns:
        Columns `of`, `kind` (of `PARTS`), `count`.
    """
    said: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
        "speakers": lambda side: side.speaker,
        "recordings": lambda side: side.sha256 + ":" + side.start.astype(str),
        "sentences": lambda side: side.transcript.map(normalised),
    }
    rows = []
    for name, take in said.items():
        train, valid = (set(take(clips[clips.split == side])) - {""} for side in tables.SPLITS)
        sizes = (len(train - valid), len(train & valid), len(valid - train))
        rows += [[name, part, size] for part, size in zip(PARTS, sizes, strict=True)]
    return pd.DataFrame(rows, columns=["item", "kind", "count"])
