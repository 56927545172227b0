"""Metrics of the balance: minutes per value and target, entropy, comparison with simpler strategies.

Keys of `metrics/details/balance.json`, per split; minutes of segments, with four significant digits:

    clips               available, chosen, copies
    minutes             available, chosen, augmented
    emotion_imbalance   longest minus shortest emotion, as a share of the longest, without scarce emotions
    tolerance_met       whether emotion_imbalance is within `balance.tolerance`; imbalance_reason: if not, why
    tolerance_used      wider tolerance that was needed for a large enough validation split; "none": emotions
                        are not equal; null: the configured tolerance
    optimality_gap      maximum by which an optimal choice could be better: objective per chosen minute
    scarce_emotions     emotions too scarce for equal minutes
    excluded_by_reason  number of clips per reason
    minutes_by          per attribute and value: available, chosen, augmented, target
    strategies          balanced; unbalanced (all clips); undersampled (every emotion reduced at random to
                        the shortest): minutes, emotion_imbalance over all emotions, and per attribute the
                        normalized entropy (1: equal shares; null: a single value) and the share of minutes
                        over target

`metrics/balance.json` has the few metrics to compare between builds; its `minutes` are the sum of chosen and
augmented minutes.
"""

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from stages.balancing.balance_params import BalanceParams
from stages.balancing.groups import ATTRIBUTES, CELL, Floats, shares
from stages.core import tables


def digits(value: float) -> float:
    """Round to four significant digits."""
    return float(f"{float(value):.4g}")


def entropy(minutes: pd.Series) -> float | None:
    """Compute the Shannon entropy of the shares, divided by that of equal shares; None for a single value."""
    if len(minutes) < 2 or not minutes.sum():
        return None
    share = (minutes / minutes.sum()).to_numpy()
    share = share[share > 0]
    return digits(max(0.0, -(share * np.log(share)).sum() / np.log(len(minutes))))


def gap(minutes: pd.Series) -> float:
    """Compute the difference of maximum and minimum, as a share of the maximum."""
    return digits(1 - minutes.min() / minutes.max()) if len(minutes) and minutes.max() else 0.0


def per_value(clips: pd.DataFrame, name: str, seconds: Floats) -> pd.Series:
    """Sum minutes per value of a column; 0 for values without seconds."""
    return pd.Series(seconds, index=clips.index).groupby(clips[name]).sum() / 60


def seconds_of(clips: pd.DataFrame) -> pd.DataFrame:
    """Compute available, chosen and augmented seconds of each clip."""
    seconds = clips.seconds
    return pd.DataFrame(
        {"available": seconds, "chosen": seconds * clips.chosen, "augmented": seconds * clips.copies}
    )


def attributes(clips: pd.DataFrame, params: BalanceParams) -> dict[str, dict[str, dict[str, float]]]:
    """Compute available, chosen, augmented and target minutes, per attribute and value.

    Args:
        clips: columns `CELL`, `seconds`, `chosen`, `copies`, `scarce`.
        params: parameters of the split.
    """
    found = {}
    seconds = seconds_of(clips)
    taken = seconds.chosen + seconds.augmented
    for name in CELL:
        table = seconds.groupby(clips[name]).sum() / 60
        if name == "emotion":
            table["target"] = per_value(clips[~clips.scarce], name, taken[~clips.scarce]).mean()
        else:
            table["target"] = shares(clips[name], getattr(params.targets, name)) * (taken.sum() / 60)
        found[name] = table.fillna(0.0).map(digits).to_dict("index")
    return found


def strategy(clips: pd.DataFrame, seconds: Floats, params: BalanceParams) -> dict[str, Any]:
    """Summarize one strategy of selection; `seconds`: chosen seconds of each clip, copies included."""
    minutes = {name: per_value(clips, name, seconds) for name in CELL}
    total = max(float(seconds.sum()) / 60, 1e-9)
    targets = {name: shares(clips[name], getattr(params.targets, name)) * total for name in ATTRIBUTES}
    over_target = {name: (minutes[name] - targets[name]).clip(lower=0).sum() for name in ATTRIBUTES}
    return {
        "minutes": digits(total),
        "emotion_imbalance": gap(minutes["emotion"]),
        "entropy": {name: entropy(values) for name, values in minutes.items()},
        "off_target_share": {name: digits(value / total) for name, value in over_target.items()},
    }


def undersampled(clips: pd.DataFrame) -> Floats:
    """Compute chosen seconds of each clip if every emotion is reduced, in random order, to the shortest."""
    digests = [hashlib.sha256(f"truncate:{clip}".encode()).hexdigest() for clip in clips.clip_id]
    shuffled = clips.assign(digest=digests).sort_values("digest")
    shortest = clips.groupby("emotion").seconds.sum().min()
    kept = shuffled.groupby("emotion").seconds.cumsum() <= shortest + 1e-9
    return np.asarray((shuffled.seconds * kept).reindex(clips.index))


def imbalance_reason(clips: pd.DataFrame, reached: float, params: BalanceParams) -> str:
    """Explain why emotions differ by more than the tolerance; empty if they do not.

    Args:
        clips: columns `emotion`, `seconds`, `chosen`, `copies`; without scarce emotions.
        reached, params: `emotion_imbalance` and parameters of the split.
    """
    if reached <= params.tolerance:
        return ""
    minutes = per_value(clips, "emotion", clips.seconds * (clips.chosen + clips.copies))
    level = minutes.min()
    coarse = clips[clips.chosen].seconds.median() / 60 / max(level, 1e-9)
    return (
        f"{minutes.idxmin()} has {level:.3g} minutes, {minutes.idxmax()} {minutes.max():.3g}: "
        f"they differ by {reached:.2%}, tolerance {params.tolerance:.2%}. A clip is typically {coarse:.1%} "
        "of an emotion: no closer selection within the caps keeps 90 % of the minutes"
    )


def summarize(clips: pd.DataFrame, params: BalanceParams, optimality_gap: float) -> dict[str, Any]:
    """Summarize one split; see the docstring of the module.

    Args:
        clips: all kept clips of the split: columns of `tables.Balance`, and `scarce`.
        params, optimality_gap: parameters and optimality gap of the split.
    """
    wanted = clips[clips.reason != "emotion_excluded"]
    taken = (wanted.seconds * (wanted.chosen + wanted.copies)).to_numpy()
    equal = wanted[~wanted.scarce]
    reached = gap(per_value(equal, "emotion", taken[~wanted.scarce]))
    chosen, copies = int(clips.chosen.sum()), int(clips.copies.sum())
    return {
        "clips": {"available": len(clips), "chosen": chosen, "copies": copies},
        "minutes": {name: digits(part.sum() / 60) for name, part in seconds_of(clips).items()},
        "emotion_imbalance": reached,
        "tolerance_met": reached <= params.tolerance,
        "imbalance_reason": imbalance_reason(equal, reached, params),
        "tolerance_used": None,
        "optimality_gap": digits(max(optimality_gap, 0.0)),
        "scarce_emotions": ", ".join(sorted(set(wanted[wanted.scarce].emotion))),
        "excluded_by_reason": {name: int((clips.reason == name).sum()) for name in tables.EXCLUSION_REASONS},
        "minutes_by": attributes(wanted, params),
        "strategies": {
            "balanced": strategy(wanted, taken, params),
            "unbalanced": strategy(wanted, wanted.seconds.to_numpy(), params),
            "undersampled": strategy(wanted, undersampled(wanted), params),
        },
    }


def compared(metrics: dict[str, Any]) -> dict[str, Any]:
    """Select the content of `metrics/balance.json`; see the docstring of the module."""
    found = {"all": {"clips": metrics["all"]["clips"]}}
    for split in tables.SPLITS:
        minutes = metrics[split]["minutes"]["chosen"] + metrics[split]["minutes"]["augmented"]
        imbalance = metrics[split]["emotion_imbalance"]
        found[split] = {"minutes": digits(minutes), "emotion_imbalance": imbalance}
    return found
