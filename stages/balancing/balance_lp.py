"""The linear program that decides how many minutes of each cell are taken.

A cell is a combination of the values of `CELL`. Choosing clips is an integer program with one binary variable
per clip (`stages.balancing.rounding`). This is its relaxation to minutes per cell: thousands of variables
instead of hundreds of thousands of clips, and exact except for the last clip of each cell. Its optimum bounds
every choice of clips from above, which gives the optimality gap.

maximise    recorded minutes - copy_cost * augmented minutes - sum of weight * minutes over target
            - minutes by which emotions are below min_minutes
subject to  equal minutes per emotion, except for scarce ones; caps per speaker, per sentence and on the share
            of augmented minutes per emotion; max_copies copies per clip.

Minutes over target: per attribute, those above the target share of a value (as many are missing from others).
"""

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array

from stages.balancing import lp_constraints
from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import Floats, Groups, attributes, group, incidence, scarce_emotions

SLICES = 4
"""Parts of a cell, each worth a little less than the one before: equal cells give equal parts, and the
optimum is unique, so a small change of the data moves it little."""
SPREAD = 0.01
"""By how much the last minute of a cell is worth less than its first."""


class Plan(NamedTuple):
    """The solution of the linear program.

    Attributes:
        groups: the groups.
        recorded: minutes of clips per group, shape (groups,).
        augmented: minutes of copies per group, shape (groups,).
        level: minutes of each emotion that is not scarce.
        value: of the objective; without spread, an upper bound for every choice of clips under these rules.
    """

    groups: Groups
    recorded: Floats
    augmented: Floats
    level: float
    value: float


def solve(clips: pd.DataFrame, rules: BalanceParams, room: float = 1.0, spread: float = SPREAD) -> Plan:
    """Solve the linear program for the clips of one split.

    Args:
        clips: columns `CELL`, `speaker`, `normalized_transcript`, `seconds`; in any order.
        rules: of the split.
        room: share of the tolerance that is used; the rest, and as much of the caps, is for rounding.
        spread: see `SPREAD`; 0 for the exact objective.

    Raises:
        RuntimeError: the solver failed, although choosing nothing is feasible.
    """
    groups = group(clips, rules)
    table = groups.table
    # cells of a few clips are not sliced: rounding could not follow, and there are many
    slices = SLICES if spread and len(clips) >= 2 * SLICES * len(table) else 1
    limits = lp_constraints.limits(table, scarce_emotions(clips, rules), rules, room=room, slices=slices)
    matrix = block_array([list(limit[1:]) for limit in limits], format="csr")
    bounds = np.concatenate([limit.bound for limit in limits])
    *_, weights = attributes(table, rules)
    e = table.emotion.nunique()
    available = np.tile(table.minutes / slices, slices)
    free = np.full(e + len(weights) + e + 1, np.inf)
    upper = np.concatenate([available, rules.max_copies * available, free])
    late = spread * _lateness(table, slices)
    costs = np.concatenate([late - 1, rules.copy_cost + late, np.zeros(e), weights, np.ones(e), [0.0]])
    found = milp(costs, constraints=LinearConstraint(matrix, ub=bounds), bounds=Bounds(0, upper))
    if found.x is None:
        raise RuntimeError(f"balance: the solver failed: {found.message}")
    recorded, augmented = found.x[: 2 * slices * len(table)].reshape(2, slices, -1).sum(axis=1)
    return Plan(groups, recorded, augmented, float(found.x[-1]), float(-found.fun))


def _lateness(table: pd.DataFrame, slices: int) -> Floats:
    """Order the slices of each group by a place in [0, 1), which a digest spreads; shape (slices * n,)."""
    keys = map("\0".join, table.drop(columns="minutes").itertuples(index=False))
    place = np.array([int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 16**8 for key in keys])
    lateness: Floats = ((np.arange(slices)[:, None] + place) / slices).ravel()
    return lateness


def objective(plan: Plan, rules: BalanceParams, recorded: Floats, augmented: Floats) -> float:
    """Evaluate the objective for any minutes in the groups of a plan.

    Args:
        plan: with the groups.
        rules: of the split.
        recorded, augmented: minutes per group, shape (groups,).
    """
    table = plan.groups.table
    total = recorded + augmented
    value, wanted, weights = attributes(table, rules)
    over_target = np.maximum(value @ total - wanted * total.sum(), 0)
    missing = np.maximum(rules.min_minutes - incidence(table.emotion)[0] @ total, 0)
    spent = rules.copy_cost * augmented.sum() + weights @ over_target + missing.sum()
    return float(recorded.sum() - spent)
