"""Linear program of the balance: how many minutes of each cell are chosen.

A cell is a combination of values of `CELL`. The choice of clips is an integer program with one variable per
clip (`stages.balancing.rounding`). The linear program is its relaxation to minutes per cell, with thousands
of variables instead of hundreds of thousands, and is exact except for the last clip of each cell. Its optimum
is an upper bound for every choice of clips, which gives the optimality gap.

maximise    recorded minutes - copy_cost * augmented minutes - sum of weight * minutes over target
            - missing minutes of emotions below min_minutes
subject to  equal minutes per emotion, except for scarce ones; caps per speaker, per sentence and on the share
            of augmented minutes per emotion; max_copies copies per clip.

Minutes over target: minutes above the target share of a value (as many are missing from other values).
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
"""Number of slices of a cell. Each slice is worth slightly less than the last one, so the optimum is unique,
equal cells get equal minutes, and a small change of the data changes the optimum little."""
SPREAD = 0.01
"""Difference in value between the first minute of a cell (1) and its last."""


class Plan(NamedTuple):
    """Solution of the linear program.

    Attributes:
        groups: groups of clips.
        recorded: minutes of clips per group, shape (groups,).
        augmented: minutes of augmented copies per group, shape (groups,).
        level: minutes of each emotion that is not scarce.
        value: value of the objective; without spread, an upper bound for every choice of clips.
    """

    groups: Groups
    recorded: Floats
    augmented: Floats
    level: float
    value: float


def solve(clips: pd.DataFrame, params: BalanceParams, share: float = 1.0, spread: float = SPREAD) -> Plan:
    """Solve the linear program for the clips of one split.

    Args:
        clips: columns `CELL`, `speaker`, `normalized_transcript`, `seconds`; in any order.
        params: parameters of the split.
        share: share of the tolerance that is used; the rest, and as much of the caps, is for rounding.
        spread: see `SPREAD`; 0 for the exact objective.

    Raises:
        RuntimeError: the solver failed, although the empty selection is feasible.
    """
    groups = group(clips, params)
    table = groups.table
    # cells of few clips are not sliced, because rounding to clips could not follow the slices
    slices = SLICES if spread and len(clips) >= 2 * SLICES * len(table) else 1
    limits = lp_constraints.limits(table, scarce_emotions(clips, params), params, share=share, slices=slices)
    matrix = block_array([list(limit[1:]) for limit in limits], format="csr")
    bounds = np.concatenate([limit.bound for limit in limits])
    *_, weights = attributes(table, params)
    e = table.emotion.nunique()
    available = np.tile(table.minutes / slices, slices)
    free = np.full(e + len(weights) + e + 1, np.inf)
    upper = np.concatenate([available, params.max_copies * available, free])
    discount = spread * _order(table, slices)
    costs = np.concatenate([discount - 1, params.copy_cost + discount, np.zeros(e), weights, np.ones(e), [0]])
    found = milp(costs, constraints=LinearConstraint(matrix, ub=bounds), bounds=Bounds(0, upper))
    if found.x is None:
        raise RuntimeError(f"balance: the solver failed: {found.message}")
    recorded, augmented = found.x[: 2 * slices * len(table)].reshape(2, slices, -1).sum(axis=1)
    return Plan(groups, recorded, augmented, float(found.x[-1]), float(-found.fun))


def _order(table: pd.DataFrame, slices: int) -> Floats:
    """Compute the position of each slice in [0, 1), with an offset by digest; shape (slices * n,)."""
    keys = map("\0".join, table.drop(columns="minutes").itertuples(index=False))
    offset = np.array([int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 16**8 for key in keys])
    order: Floats = ((np.arange(slices)[:, None] + offset) / slices).ravel()
    return order


def objective(plan: Plan, params: BalanceParams, recorded: Floats, augmented: Floats) -> float:
    """Evaluate the objective for any minutes in the groups of a plan.

    Args:
        plan: solution with these groups.
        params: parameters of the split.
        recorded, augmented: minutes per group, shape (groups,).
    """
    table = plan.groups.table
    total = recorded + augmented
    value, target, weights = attributes(table, params)
    over_target = np.maximum(value @ total - target * total.sum(), 0)
    missing = np.maximum(params.min_minutes - incidence(table.emotion)[0] @ total, 0)
    costs = params.copy_cost * augmented.sum() + weights @ over_target + missing.sum()
    return float(recorded.sum() - costs)
