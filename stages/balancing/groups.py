"""Cells and groups of clips, and the matrices that count their minutes against caps and targets.

A cell is a combination of the values of `CELL`. A group is a cell, or the part of one that belongs to a
speaker or sentence whose cap can bind.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack

from stages.balancing.balance_params import BalanceParams, Target
from stages.core import tables

ATTRIBUTES = ("style", "sentence_type", "length_class", "gender", "corpus")
CELL = ("emotion", *ATTRIBUTES)
Floats = NDArray[np.float64]


class Groups(NamedTuple):
    """Cells, divided further by the speakers and sentences that could exceed their cap.

    Attributes:
        of_clip: group of each clip, shape (clips,).
        table: a row per group; `CELL`, `speaker`, `normalized_transcript` ("": no cap can bind), `minutes`.
    """

    of_clip: NDArray[np.int64]
    table: pd.DataFrame


def group(clips: pd.DataFrame, rules: BalanceParams) -> Groups:
    """Divide clips into groups by columns `CELL`, `speaker`, `normalized_transcript`, `seconds`."""
    keys = clips[list(CELL)].copy()
    caps = {"speaker": rules.max_speaker_minutes, "normalized_transcript": rules.max_sentence_minutes}
    for name, cap in caps.items():
        maximum = clips.groupby(name).seconds.transform("sum") / 60 * (1 + rules.max_copies)
        keys[name] = clips[name].where(maximum > cap, "")
    by = keys.assign(minutes=clips.seconds / 60).groupby([*CELL, "speaker", "normalized_transcript"])
    return Groups(by.ngroup().to_numpy(), by.minutes.sum().reset_index())


def shares(values: pd.Series, target: Target) -> pd.Series:
    """Compute the target share of minutes of each value.

    Args:
        values: that occur; `unknown` has a target of 0 unless it is the only one.
        target: of the attribute. Shares of values that do not occur are given to the others in proportion.
    """
    present = sorted(values.unique())
    known = [value for value in present if value != "unknown"] or present
    wanted = dict.fromkeys(known, 1.0) if isinstance(target.shares, str) else target.shares
    found = pd.Series({value: float(wanted.get(value, 0.0)) for value in present})
    return found / found.sum() if found.sum() else found + 1 / len(found)


def scarce_emotions(clips: pd.DataFrame, rules: BalanceParams) -> list[str]:
    """Find emotions too scarce for equal minutes: all others would be cut to their size.

    They have less than `scarce_below_median_share` of the median even with all copies that the rules permit.
    """
    longer = min(1 + rules.max_copies, 1 / (1 - rules.max_augmented_share))
    recorded = clips.groupby("emotion").seconds.sum()
    scarce = recorded.index[recorded * longer < rules.scarce_below_median_share * recorded.median()]
    return [emotion for emotion in tables.EMOTIONS if emotion in scarce]


def incidence(values: pd.Series) -> tuple[csr_array, list[str]]:
    """Build the incidence matrix: a row per value, sorted; a column per element; 1 if it has the value."""
    codes, names = pd.factorize(values, sort=True)
    at = (codes, np.arange(len(codes)))
    return coo_array((np.ones(len(codes)), at), shape=(len(names), len(codes))).tocsr(), list(names)


def caps(rows: pd.DataFrame, rules: BalanceParams) -> tuple[csr_array, Floats]:
    """Tell which rows count against each cap; rows with "" count against none.

    Returns:
        Incidence matrix, shape (caps, rows), and the caps in minutes.
    """
    speakers, names = incidence(rows.speaker)
    sentences, texts = incidence(rows.normalized_transcript)
    limits = np.repeat([rules.max_speaker_minutes, rules.max_sentence_minutes], [len(names), len(texts)])
    capped = np.array([name != "" for name in [*names, *texts]])
    return vstack([speakers, sentences]).tocsr()[capped], limits[capped]


def attributes(rows: pd.DataFrame, rules: BalanceParams) -> tuple[csr_array, Floats, Floats]:
    """Build the incidence matrix of all values of all attributes, their target shares and weights."""
    wanted = [shares(rows[name], getattr(rules.targets, name)) for name in ATTRIBUTES]
    weights = [getattr(rules.targets, name).weight for name in ATTRIBUTES]
    matrix = vstack([incidence(rows[name])[0] for name in ATTRIBUTES]).tocsr()
    return matrix, np.concatenate(wanted), np.repeat(weights, [len(share) for share in wanted])
