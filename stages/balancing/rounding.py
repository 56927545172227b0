"""Which clips: an integer program that turns minutes per group into whole clips and copies.

In each group clips are taken best first, as far as the plan's minutes reach, so a group that is asked for a
little more gains its next best clip and loses none. What that leaves uneven is mended by as few changes as
possible, close to where each group was cut off. All other clips are settled, so the program stays small.
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
"""Clips on either side of a group's cut that may be decided otherwise."""
AIM = 0.5
"""Share of the tolerance within which the emotions' minutes are brought; the rest is for the tempo of copies,
which makes them a little shorter or longer than their clips."""
GIVE = 0.1
"""Share of the plan's level by which whole clips may move it."""
UNEVEN = 100.0
"""Seconds of departure from the plan that one second out of tolerance is worth mending."""
NODES = 500
GAP = 0.001
"""Where the solver stops: nodes, not seconds, so that every machine finds the same."""


class Choice(NamedTuple):
    """What becomes of each clip, in the order of the clips that were given.

    Attributes:
        chosen: shape (n,).
        copies: augmented copies, shape (n,).
    """

    chosen: NDArray[np.bool_]
    copies: NDArray[np.int64]


def order(clips: pd.DataFrame) -> NDArray[np.int64]:
    """Positions of the clips, best first: by selection_priority, ties by a digest of the id."""
    digests = [hashlib.sha256(clip.encode()).hexdigest() for clip in clips.clip_id]
    return np.lexsort((np.array(digests), -clips.selection_priority.to_numpy()))


def items(clips: pd.DataFrame, plan: Plan, rules: BalanceParams) -> pd.DataFrame:
    """Clips (`nth` 0) and their possible copies (from 1 on), in the order in which their group takes them.

    Args:
        clips: columns `clip_id`, `selection_priority`, `seconds`, `emotion`, `speaker`, `normalized_transcript`.
        plan: minutes per group.
        rules: for the number of copies.

    Returns:
        Columns `row` (position of the clip), `nth`, `group`, `seconds`, `emotion`, `speaker`, `normalized_transcript` (""
        where no cap can bind), `filled` (share of the item that the plan's minutes cover) and `far` (items
        between it and the group's cut).
    """
    best = order(clips)
    at = plan.groups.of_clip[best]
    told = plan.groups.table[["speaker", "normalized_transcript"]].iloc[at].reset_index(drop=True)
    base = clips[["seconds", "emotion"]].iloc[best].reset_index(drop=True)
    base = pd.concat([base.assign(row=best, nth=0, group=at), told], axis="columns")
    real = _cut(base, plan.recorded * 60)
    likely = base[(real.filled >= 0.5).to_numpy() | (real.far <= MARGIN).to_numpy()]
    rounds = [likely.assign(nth=number + 1) for number in range(rules.max_copies)]
    if not rounds or likely.empty:
        return real
    return pd.concat([real, _cut(pd.concat(rounds), plan.augmented * 60)], ignore_index=True)


def _cut(ordered: pd.DataFrame, seconds: Floats) -> pd.DataFrame:
    """Adds `filled` and `far` to items in the order of taking; `seconds` per group."""
    by = ordered.groupby("group", sort=False)
    before = by.seconds.cumsum() - ordered.seconds
    filled = ((seconds[ordered.group] - before) / ordered.seconds).clip(0, 1).round(9)
    inside = (filled >= 0.5).groupby(ordered.group).transform("sum")
    place = by.cumcount()
    far = (place - inside).where(place >= inside, inside - 1 - place)
    return ordered.assign(filled=filled, far=far)


def round_to_clips(clips: pd.DataFrame, plan: Plan, rules: BalanceParams) -> Choice:
    """Choose whole clips and copies.

    Caps are kept always. Where no choice near the plan brings the emotions within the tolerance, what is out
    of it is as little as can be; the caller measures and says so.

    Args:
        clips: columns `CELL`, `clip_id`, `speaker`, `normalized_transcript`, `seconds`, `selection_priority`.
        plan: of `selection.program` for the same clips.
        rules: see `Rules`.
    """
    things = items(clips, plan, rules)
    taken = (things.filled >= 0.5).to_numpy()
    system = _system(things, plan, scarce_emotions(clips, rules), rules)
    level = plan.level * 60
    if not system.kept(taken, level):
        taken = _solve(things, system, level, taken)
    counts = np.bincount(things.row[taken], minlength=len(clips))
    chosen = np.zeros(len(clips), dtype=bool)
    chosen[things.row[taken & (things.nth == 0).to_numpy()]] = True
    return Choice(chosen, counts - chosen)


class _System(NamedTuple):
    """Linear rules over items: `hard @ x <= limits`; minutes per emotion about a level, by `minutes @ x`."""

    hard: csr_array
    limits: Floats
    minutes: csr_array
    low: Floats
    high: Floats

    def kept(self, taken: NDArray[np.bool_], level: float) -> bool:
        """Whether a choice keeps all of it."""
        sums = self.minutes @ taken
        inside = (sums >= self.low * level) & (sums <= self.high * level)
        return bool(inside.all() and (self.hard @ taken <= self.limits + 1e-6).all())


def _system(things: pd.DataFrame, plan: Plan, scarce: list[str], rules: BalanceParams) -> _System:
    seconds = things.seconds.to_numpy()
    emotion, names = incidence(things.emotion)
    minutes = emotion.multiply(seconds).tocsr()
    copies = minutes.multiply((things.nth > 0).to_numpy() * 1.0).tocsr()
    cap, most = caps(things, rules)
    hard = vstack([copies - rules.max_augmented_share * minutes, cap.multiply(seconds), _links(things)])
    links = hard.shape[0] - len(names) - len(most)
    limits = np.concatenate([np.zeros(len(names)), most * 60, np.zeros(links)])
    half = AIM * rules.tolerance / 2
    low = np.where(np.isin(names, scarce), 0.0, 1 - half)
    return _System(hard.tocsr(), limits, minutes, low, np.full(len(names), 1 + half))


def _links(things: pd.DataFrame) -> csr_array:
    """A copy needs the copy before it, and the first one the clip: one row for each copy."""
    place = pd.Series(np.arange(len(things)), index=pd.MultiIndex.from_frame(things[["row", "nth"]]))
    here = np.flatnonzero(things.nth > 0)
    before = place.reindex(pd.MultiIndex.from_arrays([things.row[here], things.nth[here] - 1])).to_numpy()
    row = np.arange(len(here))
    values = np.repeat([1.0, -1.0], len(here))
    at = (np.tile(row, 2), np.concatenate([here, before]))
    return coo_array((values, at), shape=(len(here), len(things))).tocsr()


def _solve(
    things: pd.DataFrame, system: _System, level: float, taken: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The least departure from the plan that keeps the rules; unknowns: free items, excesses, the level."""
    free = (things.far < MARGIN).to_numpy()
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
    weight = things.seconds * (1 + things.far / MARGIN)
    costs = np.concatenate([(weight * (1 - 2 * things.filled))[free], np.full(e, UNEVEN), [0.0]])
    lower = np.concatenate([np.zeros(n + e), [(1 - GIVE) * level]])
    upper = np.concatenate([np.ones(n), np.full(e, np.inf), [(1 + GIVE) * level]])
    found = milp(
        costs,
        integrality=np.concatenate([np.ones(n), np.zeros(e + 1)]),
        constraints=LinearConstraint(block_array(rows, format="csr"), ub=right),
        bounds=Bounds(lower, upper),
        options={"node_limit": NODES, "mip_rel_gap": GAP},
    )
    if found.x is None:
        raise RuntimeError(f"balance: the solver found no whole clips: {found.message}")
    settled = taken.copy()
    settled[free] = found.x[:n] > 0.5
    return settled
