"""The constraints of the linear program of `stages.balancing.balance_lp`."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import Floats, Groups, attributes, caps, incidence, scarce_emotions


class Model(NamedTuple):
    """The coefficients of the linear program for one split.

    Decision variables: minutes, shape (2 * slices * groups,), the recorded ones of every slice of every
    group, then the augmented ones; minutes of each emotion, shape (emotions,); minutes over target, shape
    (values,); minutes missing, shape (emotions,); the level. Constraints on emotions use the sums per
    emotion: rows over all groups would be dense, and the solver would take four times as long.

    Attributes:
        table: of the groups.
        slices: of each group.
        total: minutes -> minutes of each group, shape (groups, minutes); copies: likewise, of copies alone.
        emotion: groups -> emotions, shape (emotions, groups).
        equal: emotions that are not scarce, shape (emotions,).
        rules: of the split.
        half: maximum deviation of an emotion from the level, as a share of it.
        cap_share: share of each cap that may be used.
    """

    table: pd.DataFrame
    slices: int
    total: csr_array
    copies: csr_array
    emotion: csr_array
    equal: NDArray[np.bool_]
    rules: BalanceParams
    half: float
    cap_share: float


class Limit(NamedTuple):
    """Constraints `minutes @ x + emotions @ s + over @ y + missing @ z + level @ w <= bound`; None: all 0."""

    bound: Floats
    minutes: csr_array | None = None
    emotions: csr_array | None = None
    over: csr_array | None = None
    missing: csr_array | None = None
    level: csr_array | None = None


def model_of(
    groups: Groups, clips: pd.DataFrame, rules: BalanceParams, *, room: float = 1.0, slices: int = 1
) -> Model:
    """Build the coefficients.

    Args:
        groups: of the clips.
        clips: columns `emotion`, `seconds`.
        rules: of the split.
        room: share of the tolerance that the program may use.
        slices: of each group.
    """
    table = groups.table
    emotion, emotions = incidence(table.emotion)
    minutes = hstack([eye_array(len(table))] * slices).tocsr()
    return Model(
        table=table,
        slices=slices,
        total=hstack([minutes, minutes]).tocsr(),
        copies=hstack([coo_array(minutes.shape), minutes]).tocsr(),
        emotion=emotion,
        equal=~np.isin(emotions, scarce_emotions(clips, rules)),
        rules=rules,
        half=room * rules.tolerance / 2,
        cap_share=1 - (1 - room) * rules.tolerance / 2,
    )


def limits(model: Model) -> list[Limit]:
    """Build all constraints.

    No constraint says that only chosen clips have copies: a recorded minute of a slice is worth more than a
    copied one, so the optimum has copies only of slices that are recorded completely.
    """
    equal, rules = model.equal, model.rules
    none, each, level = np.zeros(len(equal)), eye_array(len(equal)).tocsr(), np.ones((len(equal), 1))
    minutes = model.emotion @ model.total
    share = rules.max_augmented_share * model.cap_share
    cap, cap_minutes = caps(model.table, rules)
    value, wanted, _ = attributes(model.table, rules)
    of_all = csr_array(-np.tile(wanted[:, None], len(equal)))
    return [
        # the minutes of an emotion are the sum over its groups
        Limit(none, minutes, emotions=-each),
        Limit(none, -minutes, emotions=each),
        # an emotion is at the level; a scarce one may be below it
        Limit(none, emotions=each, level=csr_array(-(1 + model.half) * level)),
        Limit(none[equal], emotions=-each[equal], level=csr_array((1 - model.half) * level[equal])),
        # the share of copies in the minutes of an emotion has a maximum
        Limit(none, model.emotion @ model.copies, emotions=-share * each),
        # speakers and sentences have caps, unless none could be exceeded
        *([Limit(cap_minutes * model.cap_share, cap @ model.total)] if len(cap_minutes) else []),
        # the minutes of a value are at most its share of all and its minutes over target
        Limit(np.zeros(len(wanted)), value @ model.total, of_all, over=-eye_array(len(wanted)).tocsr()),
        # the minutes of an emotion and its missing minutes are at least the minimum
        Limit(none - rules.min_minutes, emotions=-each, missing=-each),
    ]
