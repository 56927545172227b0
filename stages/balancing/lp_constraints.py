"""The constraints of the program of `stages.balancing.balance_lp`, each built by itself."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import Floats, Groups, attributes, caps, incidence, scarce_emotions


class Model(NamedTuple):
    """Clips of one side as the program sees them.

    Unknowns: minutes, shape (2 * slices * groups,), the recorded ones of every slice of every group, then the
    augmented ones; minutes of each emotion, shape (emotions,); minutes above target, shape (values,); minutes
    lacking, shape (emotions,); the level. What counts emotions, or all of them, counts these sums: rows over
    all groups in their stead are dense, and the solver takes four times as long.

    Attributes:
        table: of the groups.
        slices: of each group.
        total, copies: minutes -> minutes of each group, of all and of copies, shape (groups, minutes).
        emotion: groups -> emotions, shape (emotions, groups).
        alike: emotions that take part in the equality, shape (emotions,).
        rules: see `Rules`.
        half: largest departure of an emotion from the level, as a share of it.
        tight: share of each cap that may be used.
    """

    table: pd.DataFrame
    slices: int
    total: csr_array
    copies: csr_array
    emotion: csr_array
    alike: NDArray[np.bool_]
    rules: BalanceParams
    half: float
    tight: float


class Limit(NamedTuple):
    """Rows `minutes @ x + emotions @ s + above @ y + lacking @ z + level @ w <= most`; None: has no part."""

    most: Floats
    minutes: csr_array | None = None
    emotions: coo_array | None = None
    above: coo_array | None = None
    lacking: coo_array | None = None
    level: coo_array | None = None


def model_of(groups: Groups, clips: pd.DataFrame, rules: BalanceParams, room: float, slices: int) -> Model:
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
        alike=~np.isin(emotions, scarce_emotions(clips, rules)),
        rules=rules,
        half=room * rules.tolerance / 2,
        tight=1 - (1 - room) * rules.tolerance / 2,
    )


def _sums(model: Model) -> list[Limit]:
    """Minutes of each emotion are those of its groups, no more and no less."""
    every, each = model.emotion @ model.total, eye_array(len(model.alike))
    none = np.zeros(len(model.alike))
    return [Limit(none, every, emotions=-each), Limit(none, -every, emotions=each)]


def _equal_emotions(model: Model) -> list[Limit]:
    """No emotion is above the level, and none below it but for those set apart."""
    alike = model.alike
    each, level = eye_array(len(alike)).tocsr(), csr_array(np.ones((len(alike), 1)))
    return [
        Limit(np.zeros(len(alike)), emotions=each, level=-(1 + model.half) * level),
        Limit(np.zeros(alike.sum()), emotions=-each[alike], level=(1 - model.half) * level[alike]),
    ]


def _augmented_share(model: Model) -> Limit:
    """Copies are at most a share of an emotion's minutes."""
    share = model.rules.max_augmented_share * model.tight
    e = len(model.alike)
    return Limit(np.zeros(e), model.emotion @ model.copies, emotions=-share * eye_array(e))


def _capped(model: Model) -> list[Limit]:
    """Speakers and sentences that could exceed their cap do not; nothing if none could."""
    cap, most = caps(model.table, model.rules)
    return [Limit(most * model.tight, cap @ model.total)] if len(most) else []


def _misplaced(model: Model) -> Limit:
    """Minutes of a value, less its share of all, are at most those counted as above target."""
    value, wanted, _ = attributes(model.table, model.rules)
    of_all = coo_array(-np.tile(wanted[:, None], len(model.alike)))
    return Limit(np.zeros(len(wanted)), value @ model.total, of_all, above=-eye_array(len(wanted)))


def _minimum(model: Model) -> Limit:
    """Each emotion has the minimum, but for what is counted as lacking."""
    e = len(model.alike)
    return Limit(np.zeros(e) - model.rules.min_minutes, emotions=-eye_array(e), lacking=-eye_array(e))


def limits(model: Model) -> list[Limit]:
    """All of them.

    That a clip has copies only if it is taken needs none: a recorded minute of a slice is worth more than a
    copied one, so copies begin where all of the slice is recorded, and their bound is that of all its clips.
    """
    return [
        *_sums(model),
        *_equal_emotions(model),
        _augmented_share(model),
        *_capped(model),
        _misplaced(model),
        _minimum(model),
    ]
