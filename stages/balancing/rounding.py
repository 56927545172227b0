"""Rounding of the solution of the linear program: from minutes per group to clips and copies.

In each group, the best clips are chosen up to the minutes of the plan. If these minutes grow a little, the
group gains its next best clip and loses none. An integer program then repairs violated constraints, by as few
changes as possible. It is small: its variables are only clips near the end of each group's selection.
"""

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, coo_array, csr_array, vstack

from stages.balancing.balance_lp import Plan
from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import Floats, caps, incidence, scarce_emotions

MARGIN = 3
"""Number of clips before and after the end of a group's selection that are variables."""
TOLERANCE_SHARE = 0.5
"""Share of the tolerance that rounding may use; the rest is for copies of another tempo and length."""
MAX_LEVEL_CHANGE = 0.1
"""Maximum change of the level of the plan by rounding, as a share of the level."""
EXCESS_COST = 100.0
"""Cost of one second outside the tolerance, in seconds of deviation from the plan."""
MAX_NODES = 500
MIP_GAP = 0.001
"""Limits of the solver, in nodes and not in seconds, so that every machine finds the same solution."""


def items(clips: pd.DataFrame, plan: Plan, params: BalanceParams) -> pd.DataFrame:
    """List clips (`copy_number` 0) and possible copies (from 1) in the order in which they are chosen.

    Clips are in descending order of `selection_priority`; equal ones are ordered by a digest of the id.

    Args:
        clips: columns `clip_id`, `selection_priority`, `seconds`, `emotion`.
        plan: minutes per group.
        params: parameters of the split.

    Returns:
        Columns `row` (position of the clip), `copy_number`, `group`, `seconds`, `emotion`, `speaker` and
        `normalized_transcript` ("": no cap), `covered` (share of the item within the minutes of the plan) and
        `distance` (number of items between it and the end of the group's selection).
    """
    digests = [hashlib.sha256(clip.encode()).hexdigest() for clip in clips.clip_id]
    base = clips[["seconds", "emotion"]].assign(copy_number=0, group=plan.groups.of_clip)
    base = base.join(plan.groups.table[["speaker", "normalized_transcript"]], on="group")
    order = np.lexsort((np.array(digests), -clips.selection_priority.to_numpy()))
    base = base.iloc[order].assign(row=order).reset_index(drop=True)
    recorded = _covered(base, plan.recorded * 60)
    likely = base[(recorded.covered >= 0.5).to_numpy() | (recorded.distance <= MARGIN).to_numpy()]
    rounds = [likely.assign(copy_number=number + 1) for number in range(params.max_copies)]
    if not rounds or likely.empty:
        return recorded
    return pd.concat([recorded, _covered(pd.concat(rounds), plan.augmented * 60)], ignore_index=True)


def _covered(ordered: pd.DataFrame, seconds: Floats) -> pd.DataFrame:
    """Add `covered` and `distance` to ordered items; `seconds`: those of the plan per group."""
    by = ordered.groupby("group", sort=False)
    before = by.seconds.cumsum() - ordered.seconds
    covered = ((seconds[ordered.group] - before) / ordered.seconds).clip(0, 1).round(9)
    inside = (covered >= 0.5).groupby(ordered.group).transform("sum")
    place = by.cumcount()
    distance = (place - inside).where(place >= inside, inside - 1 - place)
    return ordered.assign(covered=covered, distance=distance)


def round_to_clips(clips: pd.DataFrame, plan: Plan, params: BalanceParams) -> pd.DataFrame:
    """Choose clips and copies.

    Caps are never exceeded. If no choice near the plan is within the tolerance, emotions are as equal as
    possible; the metrics report the difference.

    Args:
        clips: columns `CELL`, `clip_id`, `speaker`, `normalized_transcript`, `seconds`, `selection_priority`.
        plan: solution of `balance_lp.solve` for the same clips.
        params: parameters of the split.

    Returns:
        The clips, with columns `chosen` and `copies` (number of augmented copies).
    """
    candidates = items(clips, plan, params)
    chosen = (candidates.covered >= 0.5).to_numpy()
    system = _system(candidates, scarce_emotions(clips, params), params)
    level = plan.level * 60
    if not system.satisfied(chosen, level):
        chosen = _solve(candidates, system, level, chosen)
    counts = np.bincount(candidates.row[chosen], minlength=len(clips))
    return clips.assign(chosen=counts > 0, copies=np.maximum(counts - 1, 0))


class _System(NamedTuple):
    """Constraints on items `x`: `hard @ x <= limits`; seconds per emotion, `seconds @ x`, near a level."""

    hard: csr_array
    limits: Floats
    seconds: csr_array
    low: Floats
    high: Floats

    def satisfied(self, chosen: NDArray[np.bool_], level: float) -> bool:
        """Return whether a choice satisfies all constraints."""
        sums = self.seconds @ chosen
        inside = (sums >= self.low * level) & (sums <= self.high * level)
        return bool(inside.all() and (self.hard @ chosen <= self.limits + 1e-6).all())


def _system(candidates: pd.DataFrame, scarce: list[str], params: BalanceParams) -> _System:
    seconds = candidates.seconds.to_numpy()
    emotion, names = incidence(candidates.emotion)
    totals = emotion.multiply(seconds).tocsr()
    copies = totals.multiply((candidates.copy_number > 0).to_numpy() * 1.0).tocsr()
    cap, cap_minutes = caps(candidates, params)
    hard = vstack([copies - params.max_augmented_share * totals, cap.multiply(seconds), _links(candidates)])
    limits = np.zeros(hard.shape[0])
    limits[len(names) : len(names) + len(cap_minutes)] = cap_minutes * 60
    half = TOLERANCE_SHARE * params.tolerance / 2
    low = np.where(np.isin(names, scarce), 0.0, 1 - half)
    return _System(hard.tocsr(), limits, totals, low, np.full(len(names), 1 + half))


def _links(candidates: pd.DataFrame) -> csr_array:
    """Build the constraints that a copy requires the copy before it, or the clip: one row per copy."""
    keys = pd.MultiIndex.from_frame(candidates[["row", "copy_number"]])
    copies = np.flatnonzero(candidates.copy_number > 0)
    before = pd.MultiIndex.from_arrays([candidates.row[copies], candidates.copy_number[copies] - 1])
    values = np.repeat([1.0, -1.0], len(copies))
    at = (np.tile(np.arange(len(copies)), 2), np.concatenate([copies, keys.get_indexer(before)]))
    return coo_array((values, at), shape=(len(copies), len(candidates))).tocsr()


def _solve(
    candidates: pd.DataFrame, system: _System, level: float, chosen: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find the choice with minimum deviation from the plan that satisfies the constraints.

    Decision variables: free items (binary), excess over the tolerance per emotion, level.
    """
    free = (candidates.distance < MARGIN).to_numpy()
    fixed = np.where(free, 0.0, chosen * 1.0)
    hard, seconds = system.hard[:, free], system.seconds[:, free]
    used = np.diff(hard.indptr) > 0
    n, e = int(free.sum()), seconds.shape[0]
    done = system.seconds @ fixed
    excess = -coo_array(np.eye(e))
    rows = [
        [hard[used], None, None],
        [seconds, excess, coo_array(-system.high[:, None])],
        [-seconds, excess, coo_array(system.low[:, None])],
    ]
    right = np.concatenate([(system.limits - system.hard @ fixed)[used], -done, done])
    weight = candidates.seconds * (1 + candidates.distance / MARGIN)
    costs = np.concatenate([(weight * (1 - 2 * candidates.covered))[free], np.full(e, EXCESS_COST), [0.0]])
    lower = np.concatenate([np.zeros(n + e), [(1 - MAX_LEVEL_CHANGE) * level]])
    upper = np.concatenate([np.ones(n), np.full(e, np.inf), [(1 + MAX_LEVEL_CHANGE) * level]])
    found = milp(
        costs,
        integrality=np.concatenate([np.ones(n), np.zeros(e + 1)]),
        constraints=LinearConstraint(block_array(rows, format="csr"), ub=right),
        bounds=Bounds(lower, upper),
        options={"node_limit": MAX_NODES, "mip_rel_gap": MIP_GAP},
    )
    if found.x is None:
        raise RuntimeError(f"balance: rounding to clips failed: {found.message}")
    rounded = chosen.copy()
    rounded[free] = found.x[:n] > 0.5
    return rounded
