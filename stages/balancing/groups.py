"""Groups of clips, and matrices that sum their minutes for caps and targets.

A cell is a combination of values of `CELL`. A group is a cell, or the part of a cell that belongs to a
speaker or sentence whose minutes could exceed the cap.
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
    """Cells, divided further by speakers and sentences that could exceed their cap.

    Attributes:
        of_clip: group of each clip, shape (clips,).
        table: one row per group: `CELL`, `speaker`, `normalized_transcript` ("": no cap), `minutes`.
    """

    of_clip: NDArray[np.int64]
    table: pd.DataFrame


def group(clips: pd.DataFrame, params: BalanceParams) -> Groups:
    """Divide clips into groups by columns `CELL`, `speaker`, `normalized_transcript`, `seconds`."""
    keys = clips[list(CELL)].copy()
    caps = {"speaker": params.max_speaker_minutes, "normalized_transcript": params.max_sentence_minutes}
    for name, cap in caps.items():
        maximum = clips.groupby(name).seconds.transform("sum") / 60 * (1 + params.max_copies)
        keys[name] = clips[name].where(maximum > cap, "")
    by = keys.assign(minutes=clips.seconds / 60).groupby([*CELL, "speaker", "normalized_transcript"])
    return Groups(by.ngroup().to_numpy(), by.minutes.sum().reset_index())


def shares(values: pd.Series, target: Target) -> pd.Series:
    """Compute the target share of minutes of each value.

    Args:
        values: value of each clip; `unknown` has a target of 0 unless it is the only value.
        target: target of the attribute; shares of values that do not occur are distributed in proportion.
    """
    present = sorted(values.unique())
    known = [value for value in present if value != "unknown"] or present
    stated = dict.fromkeys(known, 1.0) if isinstance(target.shares, str) else target.shares
    found = pd.Series({value: float(stated.get(value, 0.0)) for value in present})
    return found / found.sum() if found.sum() else found + 1 / len(found)


def scarce_emotions(clips: pd.DataFrame, params: BalanceParams) -> list[str]:
    """Find emotions that are too scarce for equal minutes, because all others would be reduced to their size.

    Even with all permitted copies, they have less than `scarce_below_median_share` of the median.
    """
    max_factor = min(1 + params.max_copies, 1 / (1 - params.max_augmented_share))
    recorded = clips.groupby("emotion").seconds.sum()
    scarce = recorded.index[recorded * max_factor < params.scarce_below_median_share * recorded.median()]
    return [emotion for emotion in tables.EMOTIONS if emotion in scarce]


def incidence(values: pd.Series) -> tuple[csr_array, list[str]]:
    """Build the incidence matrix: one row per value, sorted; one column per element; 1 if equal."""
    codes, names = pd.factorize(values, sort=True)
    at = (codes, np.arange(len(codes)))
    return coo_array((np.ones(len(codes)), at), shape=(len(names), len(codes))).tocsr(), list(names)


def caps(rows: pd.DataFrame, params: BalanceParams) -> tuple[csr_array, Floats]:
    """Build the incidence matrix of speakers and sentences with a cap; rows with "" have no cap.

    Returns:
        Incidence matrix, shape (caps, rows), and the caps in minutes.
    """
    speakers, names = incidence(rows.speaker)
    sentences, texts = incidence(rows.normalized_transcript)
    limits = np.repeat([params.max_speaker_minutes, params.max_sentence_minutes], [len(names), len(texts)])
    capped = np.array([name != "" for name in [*names, *texts]])
    return vstack([speakers, sentences]).tocsr()[capped], limits[capped]


def attributes(rows: pd.DataFrame, params: BalanceParams) -> tuple[csr_array, Floats, Floats]:
    """Build the incidence matrix of all values of all attributes, their target shares and weights."""
    targets = [shares(rows[name], getattr(params.targets, name)) for name in ATTRIBUTES]
    weights = [getattr(params.targets, name).weight for name in ATTRIBUTES]
    matrix = vstack([incidence(rows[name])[0] for name in ATTRIBUTES]).tocsr()
    return matrix, np.concatenate(targets), np.repeat(weights, [len(share) for share in targets])
