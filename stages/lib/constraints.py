"""The constraints of the program of `stages.lib.selection`, each built by itself."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from stages.lib.groups import Floats, Groups, apart, attributes, caps, incidence
from stages.lib.rules import Rules


class Model(NamedTuple):
    """Clips of one side as the program sees them.

    Unknowns: minutes, shape (2 * slices * groups,), the recorded ones of every slice of every group, then the
    augmented ones; minutes above target, shape (values,); minutes lacking, shape (emotions,); the level.

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
    rules: Rules
    half: float
    tight: float

    @property
    def minutes(self) -> csr_array:
        """Minutes -> minutes of each emotion."""
        return self.emotion @ self.total


class Limit(NamedTuple):
    """Rows `minutes @ x + above @ y + lacking @ z + level @ w <= most`; None: has no part in them."""

    most: Floats
    minutes: csr_array
    above: coo_array | None = None
    lacking: coo_array | None = None
    level: coo_array | None = None


def model_of(groups: Groups, clips: pd.DataFrame, rules: Rules, room: float, slices: int) -> Model:
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
        alike=~np.isin(emotions, apart(clips, rules)),
        rules=rules,
        half=room * rules.tolerance / 2,
        tight=1 - (1 - room) * rules.tolerance / 2,
    )


def _equal_emotions(model: Model) -> list[Limit]:
    """No emotion is above the level, and none below it but for those set apart."""
    e, alike = len(model.alike), model.alike
    level = coo_array(np.ones((e, 1)))
    return [
        Limit(np.zeros(e), model.minutes, level=-(1 + model.half) * level),
        Limit(np.zeros(alike.sum()), -model.minutes[alike], level=(1 - model.half) * level.tocsr()[alike]),
    ]


def _augmented_share(model: Model) -> Limit:
    """Copies are at most a share of an emotion's minutes."""
    share = model.rules.max_augmented_share * model.tight
    return Limit(np.zeros(len(model.alike)), model.emotion @ model.copies - share * model.minutes)


def _capped(model: Model) -> list[Limit]:
    """Speakers and sentences that could exceed their cap do not; nothing if none could."""
    cap, most = caps(model.table, model.rules)
    return [Limit(most * model.tight, cap @ model.total)] if len(most) else []


def _misplaced(model: Model) -> Limit:
    """Minutes of a value, less its share of all, are at most those counted as above target."""
    value, wanted, _ = attributes(model.table, model.rules)
    every = coo_array(np.ones((1, model.total.shape[1])))
    over = value @ model.total - coo_array(wanted[:, None]) @ every
    return Limit(np.zeros(len(wanted)), over, above=-eye_array(len(wanted)))


def _minimum(model: Model) -> Limit:
    """Each emotion has the minimum, but for what is counted as lacking."""
    e = len(model.alike)
    return Limit(np.zeros(e) - model.rules.min_minutes, -model.minutes, lacking=-eye_array(e))


def limits(model: Model) -> list[Limit]:
    """All of them.

    That a clip has copies only if it is taken needs none: a recorded minute of a slice is worth more than a
    copied one, so copies begin where all of the slice is recorded, and their bound is that of all its clips.
    """
    return [
        *_equal_emotions(model),
        _augmented_share(model),
        *_capped(model),
        _misplaced(model),
        _minimum(model),
    ]
