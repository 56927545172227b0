"""Constraints of the linear program of `stages.balancing.balance_lp`."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import Floats, attributes, caps, incidence


class Limit(NamedTuple):
    """Constraints: the sum of all matrices times their decision variables is at most `bound`; None: zeros.

    Attributes:
        bound: shape (constraints,).
        minutes: matrix for shape (2 * slices * groups,): recorded minutes of every slice of every group, then
            augmented minutes.
        emotions: matrix for the minutes of each emotion. Constraints on emotions use these sums, because rows
            over all groups would be dense, and the solver would take four times as long.
        over: matrix for the minutes over target, shape (values,).
        missing: matrix for the missing minutes of each emotion.
        level: matrix for the minutes of each emotion that is not scarce, shape (1,).
    """

    bound: Floats
    minutes: csr_array | None = None
    emotions: csr_array | None = None
    over: csr_array | None = None
    missing: csr_array | None = None
    level: csr_array | None = None


def limits(
    table: pd.DataFrame, scarce: list[str], params: BalanceParams, *, share: float = 1.0, slices: int = 1
) -> list[Limit]:
    """Build all constraints.

    No constraint ensures that only chosen clips have copies: a recorded minute is worth more than a copied
    one, so the optimum has copies only of slices that are chosen completely.

    Args:
        table: table of the groups.
        scarce, params: emotions that may be below the level; parameters of the split.
        share: share of the tolerance that may be used.
        slices: number of slices of each group.
    """
    emotion, emotions = incidence(table.emotion)
    equal = ~np.isin(emotions, scarce)
    slice_sums = hstack([eye_array(len(table))] * slices)
    total = hstack([slice_sums, slice_sums]).tocsr()
    copies = hstack([coo_array(slice_sums.shape), slice_sums]).tocsr()
    none, each, level = np.zeros(len(equal)), eye_array(len(equal)).tocsr(), np.ones((len(equal), 1))
    half, cap_share = share * params.tolerance / 2, 1 - (1 - share) * params.tolerance / 2
    cap, cap_minutes = caps(table, params)
    value, target, _ = attributes(table, params)
    of_all = csr_array(-np.tile(target[:, None], len(equal)))
    return [
        # the minutes of an emotion are the sum over its groups
        Limit(none, emotion @ total, emotions=-each),
        Limit(none, -emotion @ total, emotions=each),
        # an emotion is at the level; a scarce one may be below it
        Limit(none, emotions=each, level=csr_array(-(1 + half) * level)),
        Limit(none[equal], emotions=-each[equal], level=csr_array((1 - half) * level[equal])),
        # copies have a maximum share in the minutes of an emotion
        Limit(none, emotion @ copies, emotions=-params.max_augmented_share * cap_share * each),
        # speakers and sentences have caps, if any cap could be exceeded
        *([Limit(cap_minutes * cap_share, cap @ total)] if len(cap_minutes) else []),
        # the minutes of a value are at most its target share of all minutes plus its minutes over target
        Limit(np.zeros(len(target)), value @ total, of_all, over=-eye_array(len(target)).tocsr()),
        # the minutes of an emotion plus its missing minutes are at least the minimum
        Limit(none - params.min_minutes, emotions=-each, missing=-each),
    ]
