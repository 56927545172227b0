"""Selection of the clips of one split, and of the number of augmented copies of each.

The linear program of `balance_lp` gives the minutes of each cell, and `rounding` the clips. Within a cell,
clips with a higher `selection_priority` (see `candidates`) are chosen first.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stages.balancing import balance_lp, groups, rounding
from stages.balancing.balance_params import BalanceParams
from stages.core import tables
from stages.core.errors import UserError

LP_TOLERANCE_SHARE = 0.25
"""Share of the tolerance that the linear program uses; see also `rounding.TOLERANCE_SHARE`."""


class Balanced(NamedTuple):
    """Balance of a split: columns of `tables.Balance` and `scarce`; optimality gap, see `balance_metrics`."""

    clips: pd.DataFrame
    optimality_gap: float


def balance(clips: pd.DataFrame, params: BalanceParams) -> Balanced:
    """Choose clips and copies of one split.

    Args:
        clips: kept clips, with the columns for `rounding.round_to_clips`, in any order.
        params: parameters of the split.

    Returns:
        The clips, sorted by id, with `chosen`, `copies`, `reason` and `scarce`.

    Raises:
        UserError: no clip has one of the configured emotions.
    """
    clips = clips.sort_values("clip_id", ignore_index=True)
    wanted = clips.emotion.isin(tables.EMOTIONS if params.emotions == "all" else params.emotions)
    available = clips[wanted].reset_index(drop=True)
    if available.empty:
        raise UserError(
            f"balance.emotions {list(params.emotions)}: no clip of a split has one of them; found "
            f"{', '.join(sorted(set(clips.emotion))) or 'no clips'}. Set some of these, or `all`"
        )
    plan = balance_lp.solve(available, params, LP_TOLERANCE_SHARE)
    made = rounding.round_to_clips(available, plan, params)
    gap = optimality_gap(made, plan, params)
    made["scarce"] = made.emotion.isin(groups.scarce_emotions(available, params))
    made["reason"] = exclusion_reasons(made, plan.level, params)
    rest = clips[~wanted].assign(chosen=False, copies=0, scarce=False, reason="emotion_excluded")
    return Balanced(pd.concat([made, rest]).sort_values("clip_id", ignore_index=True), gap)


def unbalanced(clips: pd.DataFrame) -> Balanced:
    """Choose every clip of a split, for a dataset without balance."""
    made = clips.assign(chosen=True, copies=0, scarce=False, reason=pd.Series(dtype="str"))
    return Balanced(made.sort_values("clip_id", ignore_index=True), 0.0)


def optimality_gap(clips: pd.DataFrame, plan: balance_lp.Plan, params: BalanceParams) -> float:
    """Compute the maximum by which another choice could be better: objective per chosen minute."""
    bound = balance_lp.solve(clips, params, spread=0).value
    times = (clips.chosen, clips.copies)
    recorded, augmented = (np.bincount(plan.groups.of_clip, clips.seconds * n) / 60 for n in times)
    taken = float((recorded + augmented).sum())
    return (bound - balance_lp.objective(plan, params, recorded, augmented)) / max(taken, 1e-9)


def exclusion_reasons(clips: pd.DataFrame, level: float, params: BalanceParams) -> pd.Series:
    """Find the reason why each clip was excluded: the first of `tables.EXCLUSION_REASONS`; null if chosen.

    Args:
        clips: columns `speaker`, `normalized_transcript`, `emotion`, `seconds`, `chosen`, `copies`.
        level, params: minutes of each emotion in the plan; parameters of the split.
    """
    taken = clips.seconds * (clips.chosen + clips.copies)
    # the plan fills this many seconds of each minute below a cap; the rest is for rounding
    full = 60 * (1 - params.tolerance / 2)
    limits = {
        "speaker": full * params.max_speaker_minutes,
        "normalized_transcript": full * params.max_sentence_minutes,
        "emotion": 60 * level,
    }
    exceeded = [
        taken.groupby(clips[name]).transform("sum") + clips.seconds > limit for name, limit in limits.items()
    ]
    reasons: list[Any] = [None, "speaker_cap", "sentence_cap", "emotion_capped"]
    return pd.Series(np.select([clips.chosen, *exceeded], reasons, "over_target"), clips.index, dtype="str")
