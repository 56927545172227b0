"""Which share of each cell: a linear program over cells of emotion and other attributes, in minutes.

A cell is a combination of `CELL`. The choice of whole clips (`stages.balancing.rounding`) is an integer
program with as many unknowns as clips; they are relaxed here to minutes per cell, which is exact but for the
last clip of each cell. The relaxation has thousands of unknowns where the clips are hundreds of
thousands, and its value bounds what any choice of clips can reach: that gives the proven gap.

maximise    recorded minutes - copy_cost * augmented minutes - sum of weight * misplaced minutes
            - minutes by which emotions fall short of min_minutes
subject to  equal minutes per emotion, but for those set apart; caps per speaker, per sentence and on the
            share of augmented minutes per emotion; so many copies per clip.

Misplaced are, per attribute, the minutes above a value's target share (as many as lack below the others').
"""

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array

from stages.balancing import lp_constraints
from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import Floats, Groups, attributes, group, incidence
from stages.balancing.lp_constraints import Model

SLICES = 4
"""Parts of a cell, each worth a little less than the one before: equal cells give equal parts of themselves,
and the optimum is unique, so that it moves little when the data do."""
SPREAD = 0.01
"""What the last minute of a cell is worth less than its first."""


class Plan(NamedTuple):
    """What the program asks of each group.

    Attributes:
        groups: the groups.
        recorded: minutes of clips per group, shape (groups,).
        augmented: minutes of copies per group, shape (groups,).
        level: minutes of each emotion that takes part in the equality.
        value: of the objective; without spread, no choice of clips under the same rules has a higher one.
    """

    groups: Groups
    recorded: Floats
    augmented: Floats
    level: float
    value: float


def solve(clips: pd.DataFrame, rules: BalanceParams, room: float = 1.0, spread: float = SPREAD) -> Plan:
    """Solve the program for the clips of one side.

    Args:
        clips: columns `CELL`, `speaker`, `normalized_transcript`, `seconds`; the order of rows does not matter.
        rules: see `Rules`.
        room: share of the tolerance that is used; the rest is left to whole clips, as is as much of the caps.
        spread: see `SPREAD`; with 0 the objective is the plain one.

    Raises:
        RuntimeError: the solver failed, which it has no reason to: choosing nothing keeps all rules.
    """
    groups = group(clips, rules)
    # cells of a few clips are not cut up: whole clips would not follow, and there are many
    slices = SLICES if spread and len(clips) >= 2 * SLICES * len(groups.table) else 1
    model = lp_constraints.model_of(groups, clips, rules, room, slices)
    found, gained = _solve(model, spread)
    recorded, augmented = found[: model.total.shape[1]].reshape(2, slices, -1).sum(axis=1)
    return Plan(groups, recorded, augmented, float(found[-1]), gained)


def _solve(model: Model, spread: float) -> tuple[Floats, float]:
    """The unknowns of `Model` at the optimum, and its value."""
    *_, weights = attributes(model.table, model.rules)
    limits = lp_constraints.limits(model)
    width = np.tile(model.table.minutes / model.slices, model.slices)
    e = len(model.alike)
    free = np.full(e + len(weights) + e + 1, np.inf)
    upper = np.concatenate([width, model.rules.max_copies * width, free])
    late = spread * _lateness(model.table, model.slices)
    emotions, lacking, level = np.zeros(e), np.ones(e), [0.0]
    costs = np.concatenate([late - 1, model.rules.copy_cost + late, emotions, weights, lacking, level])
    matrix = block_array([list(limit[1:]) for limit in limits], format="csr")
    most = np.concatenate([limit.most for limit in limits])
    found = milp(costs, constraints=LinearConstraint(matrix, ub=most), bounds=Bounds(0, upper))
    if found.x is None:
        raise RuntimeError(f"balance: the solver failed: {found.message}")
    return found.x, float(-found.fun)


def _lateness(table: pd.DataFrame, slices: int) -> Floats:
    """Place in [0, 1) of each slice of each group, ties broken by digest; shape (slices * n,)."""
    keys = map("\0".join, table.drop(columns="minutes").itertuples(index=False))
    place = np.array([int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 16**8 for key in keys])
    lateness: Floats = ((np.arange(slices)[:, None] + place) / slices).ravel()
    return lateness


def worth(plan: Plan, rules: BalanceParams, recorded: Floats, augmented: Floats) -> float:
    """The value of the objective for any minutes in the groups of a plan.

    Args:
        plan: whose groups are filled.
        rules: see `Rules`.
        recorded: minutes per group, shape (groups,).
        augmented: likewise.
    """
    table = plan.groups.table
    total = recorded + augmented
    value, wanted, weights = attributes(table, rules)
    misplaced = np.maximum(value @ total - wanted * total.sum(), 0)
    lacking = np.maximum(rules.min_minutes - incidence(table.emotion)[0] @ total, 0)
    spent = rules.copy_cost * augmented.sum() + weights @ misplaced + lacking.sum()
    return float(recorded.sum() - spent)
