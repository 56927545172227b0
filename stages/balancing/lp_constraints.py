"""The constraints of the linear program of `stages.balancing.balance_lp`."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import Floats, attributes, caps, incidence


class Limit(NamedTuple):
    """Constraints: the sum of all matrices times their decision variables is at most `bound`; None: all 0.

    Attributes:
        bound: shape (constraints,).
        minutes: of variables of shape (2 * slices * groups,): recorded minutes of every slice of every group,
            then the augmented ones.
        emotions: of the minutes of each emotion. Constraints on emotions use these sums: rows over all groups
            would be dense, and the solver would take four times as long.
        over: of the minutes over target, shape (values,).
        missing: of the missing minutes of each emotion.
        level: of the minutes of each emotion that is not scarce, shape (1,).
    """

    bound: Floats
    minutes: csr_array | None = None
    emotions: csr_array | None = None
    over: csr_array | None = None
    missing: csr_array | None = None
    level: csr_array | None = None


def limits(
    table: pd.DataFrame, scarce: list[str], rules: BalanceParams, *, room: float = 1.0, slices: int = 1
) -> list[Limit]:
    """Build all constraints.

    No constraint says that only chosen clips have copies: a recorded minute of a slice is worth more than a
    copied one, so the optimum has copies only of slices that are recorded completely.

    Args:
        table: of the groups.
        scarce, rules: emotions that may be below the level; params of the split.
        room: share of the tolerance that may be used.
        slices: of each group.
    """
    emotion, emotions = incidence(table.emotion)
    equal = ~np.isin(emotions, scarce)
    slice_sums = hstack([eye_array(len(table))] * slices)
    total = hstack([slice_sums, slice_sums]).tocsr()
    copies = hstack([coo_array(slice_sums.shape), slice_sums]).tocsr()
    none, each, level = np.zeros(len(equal)), eye_array(len(equal)).tocsr(), np.ones((len(equal), 1))
    half, cap_share = room * rules.tolerance / 2, 1 - (1 - room) * rules.tolerance / 2
    cap, cap_minutes = caps(table, rules)
    value, wanted, _ = attributes(table, rules)
    of_all = csr_array(-np.tile(wanted[:, None], len(equal)))
    return [
        # the minutes of an emotion are the sum over its groups
        Limit(none, emotion @ total, emotions=-each),
        Limit(none, -emotion @ total, emotions=each),
        # an emotion is at the level; a scarce one may be below it
        Limit(none, emotions=each, level=csr_array(-(1 + half) * level)),
        Limit(none[equal], emotions=-each[equal], level=csr_array((1 - half) * level[equal])),
        # the share of copies in the minutes of an emotion has a maximum
        Limit(none, emotion @ copies, emotions=-rules.max_augmented_share * cap_share * each),
        # speakers and sentences have caps, unless none could be exceeded
        *([Limit(cap_minutes * cap_share, cap @ total)] if len(cap_minutes) else []),
        # the minutes of a value are at most its share of all and its minutes over target
        Limit(np.zeros(len(wanted)), value @ total, of_all, over=-eye_array(len(wanted)).tocsr()),
        # the minutes of an emotion and its missing minutes are at least the minimum
        Limit(none - rules.min_minutes, emotions=-each, missing=-each),
    ]
