"""Balance of train and of validation, each by itself; metrics of the dialogues, which are not balanced."""

from typing import Any

import numpy as np
import pandas as pd

from stages.balancing import balance_metrics
from stages.balancing.balance_params import BalanceParams
from stages.balancing.selection import Balanced, balance, unbalanced
from stages.core import tables
from stages.core.errors import UserError

TOLERANCES = (0.05, 0.1, 0.2, 0.5)
"""Tolerances that are tried in turn if the configured one would leave too small a validation split."""


def balance_validation(
    clips: pd.DataFrame, rules: BalanceParams, needed: int
) -> tuple[Balanced, float | None]:
    """Balance validation; widen the tolerance as far as needed to keep it large enough.

    Args:
        clips: as for `balance`.
        rules: of validation.
        needed: minimum number of clips. A clip of every configured emotion that occurs must stay, too.

    Returns:
        The clips, and the tolerance that was needed; None: emotions were not made equal at all.

    Raises:
        UserError: the caps, or the configured emotions, leave too few clips at any tolerance.
    """
    wider = [tolerance for tolerance in TOLERANCES if tolerance > rules.tolerance]
    for tolerance in (rules.tolerance, *wider, None):
        change = {"scarce_below_median_share": np.inf} if tolerance is None else {"tolerance": tolerance}
        made = balance(clips, rules.model_copy(update=change))
        chosen = made.clips[made.clips.chosen]
        wanted = made.clips[made.clips.reason != "emotion_excluded"]
        if len(chosen) >= needed and set(chosen.emotion) == set(wanted.emotion):
            break
    else:
        raise UserError(
            f"balance: {len(chosen)} validation clips of {chosen.emotion.nunique()} emotions are left of "
            f"{len(wanted)} of {wanted.emotion.nunique()}, expected at least {needed} (one batch, or the "
            "evaluation loss of moshi-finetune is NaN). Raise balance.max_speaker_minutes or "
            "max_sentence_minutes, name more balance.emotions, or raise split.validation_share"
        )
    if tolerance is None:
        made = made._replace(clips=made.clips.assign(scarce=False))
    return made, tolerance


def validation(clips: pd.DataFrame, rules: BalanceParams, needed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Balance and summarize validation; the summary says so if the tolerance had to be widened."""
    made, tolerance = balance_validation(clips, rules, needed)
    found = balance_metrics.summarize(made.clips, rules, made.optimality_gap)
    if tolerance != rules.tolerance:
        found["tolerance_used"] = "none" if tolerance is None else tolerance
        found["imbalance_reason"] = (
            f"emotions differ by {found['emotion_imbalance']:.2%}, tolerance {rules.tolerance:.2%}: equal "
            f"minutes would leave fewer than {needed} clips, or none of an emotion; raise "
            "split.validation_share or add speakers"
        )
    return made.clips, found


def balance_splits(
    clips: pd.DataFrame, rules: BalanceParams, dialogues: int = 0
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Balance each split.

    Args:
        clips: of `candidates.join`.
        rules: the section `balance`.
        dialogues: in validation; each is a sample, too.

    Returns:
        Columns of `tables.Balance`, and the content of `metrics/details/balance.json`.
    """
    parts, found = [], {}
    for split, own in (("train", rules), ("validation", rules.for_validation())):
        available = clips[clips.split == split]
        if rules.enabled and split == "validation":
            needed = max(tables.MIN_VALIDATION_SAMPLES - dialogues, 0)
            part, found[split] = validation(available, own, needed)
        else:
            part, gap = balance(available, own) if rules.enabled else unbalanced(available)
            found[split] = balance_metrics.summarize(part, own, gap)
        parts.append(part)
    counts = {key: sum(found[split]["clips"][key] for split in found) for key in found["train"]["clips"]}
    return pd.concat(parts, ignore_index=True), {"all": {"clips": counts}, **found}


def with_dialogues(metrics: dict[str, Any], dialogues: pd.DataFrame) -> dict[str, Any]:
    """Add the clips and minutes of dialogues, which are not balanced, to the counts of all clips."""
    clips = metrics["all"]["clips"]
    more = {key: clips[key] + len(dialogues) for key in ("available", "chosen")}
    counts = {"clips": len(dialogues), "minutes": round(float(dialogues.seconds.sum()) / 60, 3)}
    return {**metrics, "all": {"clips": {**clips, **more}, "dialogues": counts}}
