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
    """Constraints `minutes @ x + emotions @ s + over @ y + missing @ z + level @ w <= bound`; None: all
    zero."""

    bound: Floats
    minutes: csr_array | None = None
    emotions: coo_array | None = None
    over: coo_array | None = None
    missing: coo_array | None = None
    level: coo_array | None = None


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
    n = slices * len(table)
    emotion, emotions = incidence(table.emotion)
    total = hstack([eye_array(len(table))] * 2 * slices).tocsr()
    return Model(
        table=table,
        slices=slices,
        total=total,
        copies=hstack([coo_array((len(table), n)), total[:, :n]]).tocsr(),
        emotion=emotion,
        equal=~np.isin(emotions, scarce_emotions(clips, rules)),
        rules=rules,
        half=room * rules.tolerance / 2,
        cap_share=1 - (1 - room) * rules.tolerance / 2,
    )


def _sums(model: Model) -> list[Limit]:
    """Define the minutes of each emotion as the sum over its groups."""
    every, each = model.emotion @ model.total, eye_array(len(model.equal))
    none = np.zeros(len(model.equal))
    return [Limit(none, every, emotions=-each), Limit(none, -every, emotions=each)]


def _equal_emotions(model: Model) -> list[Limit]:
    """Keep every emotion at the level; scarce ones may be below it."""
    equal = model.equal
    each, level = eye_array(len(equal)).tocsr(), csr_array(np.ones((len(equal), 1)))
    return [
        Limit(np.zeros(len(equal)), emotions=each, level=-(1 + model.half) * level),
        Limit(np.zeros(equal.sum()), emotions=-each[equal], level=(1 - model.half) * level[equal]),
    ]


def _augmented_share(model: Model) -> Limit:
    """Limit the share of copies in the minutes of an emotion."""
    share = model.rules.max_augmented_share * model.cap_share
    e = len(model.equal)
    return Limit(np.zeros(e), model.emotion @ model.copies, emotions=-share * eye_array(e))


def _capped(model: Model) -> list[Limit]:
    """Keep the caps of speakers and sentences; no constraint if none could be exceeded."""
    cap, limits = caps(model.table, model.rules)
    return [Limit(limits * model.cap_share, cap @ model.total)] if len(limits) else []


def _over_target(model: Model) -> Limit:
    """Bound the minutes of a value from above by its share of all and its minutes over target."""
    value, wanted, _ = attributes(model.table, model.rules)
    of_all = coo_array(-np.tile(wanted[:, None], len(model.equal)))
    return Limit(np.zeros(len(wanted)), value @ model.total, of_all, over=-eye_array(len(wanted)))


def _minimum(model: Model) -> Limit:
    """Bound the minutes of each emotion from below by the minimum, less its missing minutes."""
    e = len(model.equal)
    return Limit(np.zeros(e) - model.rules.min_minutes, emotions=-eye_array(e), missing=-eye_array(e))


def limits(model: Model) -> list[Limit]:
    """Build all constraints.

    No constraint says that only chosen clips have copies: a recorded minute of a slice is worth more than a
    copied one, so the optimum has copies only of slices that are recorded completely.
    """
    return [
        *_sums(model),
        *_equal_emotions(model),
        _augmented_share(model),
        *_capped(model),
        _over_target(model),
        _minimum(model),
    ]
