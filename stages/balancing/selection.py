"""Selection of the clips of one split, and of the number of augmented copies of each.

The linear program of `balance_lp` decides how many minutes of each cell are taken, `rounding` which clips.
Within a cell the best clips come first, by the `selection_priority` of `candidates`.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stages.balancing import balance_lp, groups, rounding
from stages.balancing.balance_params import BalanceParams
from stages.core import tables
from stages.core.errors import UserError

LP_TOLERANCE_SHARE = 0.25
"""Share of the tolerance that the linear program uses; see `rounding.TOLERANCE_SHARE`, too."""


class Balanced(NamedTuple):
    """One split: columns of `tables.Balance`, and `scarce`; the optimality gap, see `balance_metrics`."""

    clips: pd.DataFrame
    optimality_gap: float


def balance(clips: pd.DataFrame, rules: BalanceParams) -> Balanced:
    """Choose from the kept clips of one split.

    Args:
        clips: columns as for `rounding.round_to_clips`; in any order.
        rules: of the split.

    Returns:
        The clips, sorted by id, with `chosen`, `copies`, `reason` and `scarce`.

    Raises:
        UserError: no clip has one of the configured emotions.
    """
    clips = clips.sort_values("clip_id", ignore_index=True)
    wanted = clips.emotion.isin(tables.EMOTIONS if rules.emotions == "all" else rules.emotions)
    available = clips[wanted].reset_index(drop=True)
    if available.empty:
        raise UserError(
            f"balance.emotions {list(rules.emotions)}: no clip of a split has one of them; found "
            f"{', '.join(sorted(set(clips.emotion))) or 'no clips'}. Name some of these, or `all`"
        )
    plan = balance_lp.solve(available, rules, LP_TOLERANCE_SHARE)
    made = rounding.round_to_clips(available, plan, rules)
    gap = optimality_gap(made, plan, rules)
    made["scarce"] = made.emotion.isin(groups.scarce_emotions(available, rules))
    made["reason"] = exclusion_reasons(made, plan.level, rules)
    rest = clips[~wanted].assign(chosen=False, copies=0, scarce=False, reason="emotion_excluded")
    return Balanced(pd.concat([made, rest]).sort_values("clip_id", ignore_index=True), gap)


def unbalanced(clips: pd.DataFrame) -> Balanced:
    """Choose every clip of a split, for a dataset that is not to be balanced."""
    made = clips.assign(chosen=True, copies=0, scarce=False, reason=pd.Series(dtype="str"))
    return Balanced(made.sort_values("clip_id", ignore_index=True), 0.0)


def optimality_gap(clips: pd.DataFrame, plan: balance_lp.Plan, rules: BalanceParams) -> float:
    """Bound how much better than `chosen` and `copies` a choice can be: objective per minute taken."""
    bound = balance_lp.solve(clips, rules, spread=0).value
    times = (clips.chosen, clips.copies)
    recorded, augmented = (np.bincount(plan.groups.of_clip, clips.seconds * n) / 60 for n in times)
    taken = float((recorded + augmented).sum())
    return (bound - balance_lp.objective(plan, rules, recorded, augmented)) / max(taken, 1e-9)


def exclusion_reasons(clips: pd.DataFrame, level: float, rules: BalanceParams) -> pd.Series:
    """Say why each clip was not chosen: the first of `tables.EXCLUSION_REASONS` that holds; null if chosen.

    Args:
        clips: columns `speaker`, `normalized_transcript`, `emotion`, `seconds`, `chosen`, `copies`.
        level, rules: minutes of each emotion that the plan aims at; params of the split.
    """
    taken = clips.seconds * (clips.chosen + clips.copies)
    # seconds of a capped minute that the plan fills; the rest is for rounding
    full = 60 * (1 - rules.tolerance / 2)
    limits = {
        "speaker": full * rules.max_speaker_minutes,
        "normalized_transcript": full * rules.max_sentence_minutes,
        "emotion": 60 * level,
    }
    exceeded = [
        taken.groupby(clips[name]).transform("sum") + clips.seconds > limit for name, limit in limits.items()
    ]
    reasons: list[Any] = [None, "speaker_cap", "sentence_cap", "emotion_capped"]
    return pd.Series(np.select([clips.chosen, *exceeded], reasons, "over_target"), clips.index, dtype="str")
