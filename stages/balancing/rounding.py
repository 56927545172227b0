"""Rounding of the linear program's solution: minutes per group become clips and copies.

In each group the best clips are taken until they have the plan's minutes, so a group of which a little more
is wanted gains its next best clip and loses none. An integer program then corrects what breaks a constraint,
by as few changes as possible. It is small because only clips near the end of each group's selection are
variables.
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
"""Clips before and after the end of a group's selection that are variables."""
TOLERANCE_SHARE = 0.5
"""Share of the tolerance that rounding may use; the rest is for the tempo of copies, which makes them a
little shorter or longer than their clips."""
MAX_LEVEL_CHANGE = 0.1
"""Share of the plan's level by which rounding may move it."""
EXCESS_COST = 100.0
"""Cost of one second out of tolerance, in seconds of deviation from the plan."""
MAX_NODES = 500
MIP_GAP = 0.001
"""Limits at which the solver stops: nodes, not seconds, so that every machine finds the same solution."""


def items(clips: pd.DataFrame, plan: Plan, rules: BalanceParams) -> pd.DataFrame:
    """List clips (`nth` 0) and possible copies (from 1 on) in the order in which groups take them.

    Clips are in descending order of `selection_priority`; a digest of the id decides between equal ones.

    Args:
        clips: columns `clip_id`, `selection_priority`, `seconds`, `emotion`.
        plan: minutes per group.
        rules: of the split.

    Returns:
        Columns `row` (position of the clip), `nth`, `group`, `seconds`, `emotion`, `speaker` and
        `normalized_transcript` ("" if no cap can bind), `filled` (share of the item that the plan's minutes
        cover) and `far` (items between it and the end of the group's selection).
    """
    digests = [hashlib.sha256(clip.encode()).hexdigest() for clip in clips.clip_id]
    base = clips[["seconds", "emotion"]].assign(row=np.arange(len(clips)), nth=0, group=plan.groups.of_clip)
    base = base.join(plan.groups.table[["speaker", "normalized_transcript"]], on="group")
    base = base.iloc[np.lexsort((np.array(digests), -clips.selection_priority.to_numpy()))]
    base = base.reset_index(drop=True)
    recorded = _filled(base, plan.recorded * 60)
    likely = base[(recorded.filled >= 0.5).to_numpy() | (recorded.far <= MARGIN).to_numpy()]
    rounds = [likely.assign(nth=number + 1) for number in range(rules.max_copies)]
    if not rounds or likely.empty:
        return recorded
    return pd.concat([recorded, _filled(pd.concat(rounds), plan.augmented * 60)], ignore_index=True)


def _filled(ordered: pd.DataFrame, seconds: Floats) -> pd.DataFrame:
    """Add `filled` and `far` to items in the order in which they are taken; `seconds` per group."""
    by = ordered.groupby("group", sort=False)
    before = by.seconds.cumsum() - ordered.seconds
    filled = ((seconds[ordered.group] - before) / ordered.seconds).clip(0, 1).round(9)
    inside = (filled >= 0.5).groupby(ordered.group).transform("sum")
    place = by.cumcount()
    far = (place - inside).where(place >= inside, inside - 1 - place)
    return ordered.assign(filled=filled, far=far)


def round_to_clips(clips: pd.DataFrame, plan: Plan, rules: BalanceParams) -> pd.DataFrame:
    """Choose clips and copies.

    Caps are always kept. If no choice near the plan brings the emotions within the tolerance, they are as
    close to it as possible; the caller measures that.

    Args:
        clips: columns `CELL`, `clip_id`, `speaker`, `normalized_transcript`, `seconds`, `selection_priority`.
        plan: of `balance_lp.solve` for the same clips.
        rules: of the split.

    Returns:
        The clips, with `chosen` and `copies`, the number of augmented copies.
    """
    candidates = items(clips, plan, rules)
    taken = (candidates.filled >= 0.5).to_numpy()
    system = _system(candidates, scarce_emotions(clips, rules), rules)
    level = plan.level * 60
    if not system.kept(taken, level):
        taken = _solve(candidates, system, level, taken)
    counts = np.bincount(candidates.row[taken], minlength=len(clips))
    return clips.assign(chosen=counts > 0, copies=np.maximum(counts - 1, 0))


class _System(NamedTuple):
    """Constraints on items: `hard @ x <= limits`; minutes per emotion, `minutes @ x`, near a level."""

    hard: csr_array
    limits: Floats
    minutes: csr_array
    low: Floats
    high: Floats

    def kept(self, taken: NDArray[np.bool_], level: float) -> bool:
        """Tell whether a choice keeps all constraints."""
        sums = self.minutes @ taken
        inside = (sums >= self.low * level) & (sums <= self.high * level)
        return bool(inside.all() and (self.hard @ taken <= self.limits + 1e-6).all())


def _system(candidates: pd.DataFrame, scarce: list[str], rules: BalanceParams) -> _System:
    seconds = candidates.seconds.to_numpy()
    emotion, names = incidence(candidates.emotion)
    minutes = emotion.multiply(seconds).tocsr()
    copies = minutes.multiply((candidates.nth > 0).to_numpy() * 1.0).tocsr()
    cap, cap_minutes = caps(candidates, rules)
    hard = vstack([copies - rules.max_augmented_share * minutes, cap.multiply(seconds), _links(candidates)])
    limits = np.zeros(hard.shape[0])
    limits[len(names) : len(names) + len(cap_minutes)] = cap_minutes * 60
    half = TOLERANCE_SHARE * rules.tolerance / 2
    low = np.where(np.isin(names, scarce), 0.0, 1 - half)
    return _System(hard.tocsr(), limits, minutes, low, np.full(len(names), 1 + half))


def _links(candidates: pd.DataFrame) -> csr_array:
    """Constrain each copy to need the copy before it, and the first one the clip: one row per copy."""
    keys = pd.MultiIndex.from_frame(candidates[["row", "nth"]])
    copies = np.flatnonzero(candidates.nth > 0)
    before = keys.get_indexer(pd.MultiIndex.from_arrays([candidates.row[copies], candidates.nth[copies] - 1]))
    values = np.repeat([1.0, -1.0], len(copies))
    at = (np.tile(np.arange(len(copies)), 2), np.concatenate([copies, before]))
    return coo_array((values, at), shape=(len(copies), len(candidates))).tocsr()


def _solve(
    candidates: pd.DataFrame, system: _System, level: float, taken: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find the least deviation from the plan that keeps the constraints.

    Decision variables: free items (binary), excesses out of tolerance per emotion, the level.
    """
    free = (candidates.far < MARGIN).to_numpy()
    fixed = np.where(free, 0.0, taken * 1.0)
    hard, minutes = system.hard[:, free], system.minutes[:, free]
    used = np.diff(hard.indptr) > 0
    n, e = int(free.sum()), minutes.shape[0]
    done = system.minutes @ fixed
    excess = -coo_array(np.eye(e))
    rows = [
        [hard[used], None, None],
        [minutes, excess, coo_array(-system.high[:, None])],
        [-minutes, excess, coo_array(system.low[:, None])],
    ]
    right = np.concatenate([(system.limits - system.hard @ fixed)[used], -done, done])
    weight = candidates.seconds * (1 + candidates.far / MARGIN)
    costs = np.concatenate([(weight * (1 - 2 * candidates.filled))[free], np.full(e, EXCESS_COST), [0.0]])
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
    rounded = taken.copy()
    rounded[free] = found.x[:n] > 0.5
    return rounded
