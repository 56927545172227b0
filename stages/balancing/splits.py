"""Balance of train and validation, each separately; metrics of dialogues, which are not balanced."""

from typing import Any

import numpy as np
import pandas as pd

from stages.balancing import balance_metrics
from stages.balancing.balance_params import BalanceParams
from stages.balancing.selection import Balanced, balance, unbalanced
from stages.core import tables
from stages.core.errors import UserError

TOLERANCES = (0.05, 0.1, 0.2, 0.5)
"""Tolerances, tried in this order if validation would be too small with the configured tolerance."""


def balance_validation(
    clips: pd.DataFrame, params: BalanceParams, needed: int
) -> tuple[Balanced, float | None]:
    """Balance validation; widen the tolerance if validation would otherwise be too small.

    Args:
        clips: as for `balance`.
        params: parameters of validation.
        needed: minimum number of clips; every configured emotion must keep a clip, too.

    Returns:
        The balance, and the tolerance that was used; None: emotions do not have equal minutes.

    Raises:
        UserError: the caps, or the configured emotions, leave too few clips at any tolerance.
    """
    wider = [tolerance for tolerance in TOLERANCES if tolerance > params.tolerance]
    for tolerance in (params.tolerance, *wider, None):
        change = {"scarce_below_median_share": np.inf} if tolerance is None else {"tolerance": tolerance}
        made = balance(clips, params.model_copy(update=change))
        chosen = made.clips[made.clips.chosen]
        wanted = made.clips[made.clips.reason != "emotion_excluded"]
        if len(chosen) >= needed and set(chosen.emotion) == set(wanted.emotion):
            break
    else:
        raise UserError(
            f"balance: {len(chosen)} validation clips of {chosen.emotion.nunique()} emotions are left of "
            f"{len(wanted)} of {wanted.emotion.nunique()}, expected at least {needed} (one batch, or the "
            "evaluation loss of moshi-finetune is NaN). Raise balance.max_speaker_minutes or "
            "max_sentence_minutes, add to balance.emotions, or raise split.validation_share"
        )
    if tolerance is None:
        made = made._replace(clips=made.clips.assign(scarce=False))
    return made, tolerance


def validation(clips: pd.DataFrame, own: BalanceParams, needed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Balance and summarize validation; the summary has the tolerance if it was widened."""
    made, tolerance = balance_validation(clips, own, needed)
    found = balance_metrics.summarize(made.clips, own, made.optimality_gap)
    if tolerance != own.tolerance:
        found["tolerance_used"] = "none" if tolerance is None else tolerance
        found["imbalance_reason"] = (
            f"emotions differ by {found['emotion_imbalance']:.2%}, tolerance {own.tolerance:.2%}: equal "
            f"minutes would leave fewer than {needed} clips, or none of an emotion; raise "
            "split.validation_share or add speakers"
        )
    return made.clips, found


def balance_splits(
    clips: pd.DataFrame, params: BalanceParams, dialogues: int = 0
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Balance each split.

    Args:
        clips: rows of `candidates.join`.
        params: the section `balance`.
        dialogues: number of dialogues in validation; each is also a sample.

    Returns:
        Columns of `tables.Balance`, and the content of `metrics/details/balance.json`.
    """
    parts, found = [], {}
    for split, own in (("train", params), ("validation", params.for_validation())):
        available = clips[clips.split == split]
        if params.enabled and split == "validation":
            needed = max(tables.MIN_VALIDATION_SAMPLES - dialogues, 0)
            part, found[split] = validation(available, own, needed)
        else:
            part, gap = balance(available, own) if params.enabled else unbalanced(available)
            found[split] = balance_metrics.summarize(part, own, gap)
        parts.append(part)
    counts = {key: sum(found[split]["clips"][key] for split in found) for key in found["train"]["clips"]}
    return pd.concat(parts, ignore_index=True), {"all": {"clips": counts}, **found}


def with_dialogues(metrics: dict[str, Any], dialogues: pd.DataFrame) -> dict[str, Any]:
    """Add the clips and minutes of dialogues to the counts of all clips."""
    clips = metrics["all"]["clips"]
    more = {key: clips[key] + len(dialogues) for key in ("available", "chosen")}
    counts = {"clips": len(dialogues), "minutes": round(float(dialogues.seconds.sum()) / 60, 3)}
    return {**metrics, "all": {"clips": {**clips, **more}, "dialogues": counts}}
