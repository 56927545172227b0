"""Coverage: minutes of training audio per emotion, the minimum, and corpora that would add more."""

from typing import Any

import pandas as pd

from stages.balancing.balance_metrics import digits
from stages.core import tables

MINUTES: dict[str, dict[str, tuple[float, float | None]]] = {
    "ravdess": {
        "neutral": (5.6, None), "happy": (11.6, None), "sad": (11.8, None), "angry": (12.4, None),
        "fearful": (11.4, None), "disgust": (12.6, None), "surprised": (11.2, None), "calm": (12.1, None),
    },
    "crema_d": {
        "neutral": (44.0, 42.0), "happy": (49.6, 12.9), "sad": (54.9, 9.7), "angry": (54.7, 33.6),
        "fearful": (53.2, 16.8), "disgust": (58.9, 16.4),
    },
    "esd": {
        "neutral": (151, None), "happy": (157, None), "sad": (174, None), "angry": (163, None),
        "surprised": (159, None),
    },
}  # fmt: skip
"""Corpus -> emotion -> minutes as intended, and minutes confirmed by listeners to audio (None: no votes).
Sources: the files of RAVDESS and of the English half of ESD; the vote tables of CREMA-D."""
UNCOUNTED = {"msp_podcast": {*tables.EMOTIONS} - {"calm"}}
"""Corpus -> emotions confirmed by listeners, in amounts that depend on the release."""


def coverage(clips: pd.DataFrame, min_minutes: float, corpora: list[str]) -> dict[str, Any]:
    """Compute the content of `metrics/details/coverage.json`, and `messages`.

    Args:
        clips: columns of `tables.Balance`, and `perceived` (null: no votes, or listeners disagreed).
        min_minutes: minimum minutes of each emotion.
        corpora: corpora of this build.

    Returns:
        `min_minutes`, `met`, and `minutes_by_emotion` of training audio: `kept` by `screen`, `recorded`
        (chosen), `augmented`, `total` of the two, `missing` to the minimum; and of the recorded minutes:
        `verified` (listeners perceived the intended emotion), `contradicted` (another), `unverified`; and
        `messages`, one sentence per emotion.
    """
    train = clips[clips.split == "train"]
    found = {
        emotion: _minutes(train[train.emotion == emotion], min_minutes)
        for emotion in tables.EMOTIONS
        if (clips.emotion == emotion).any()
    }
    messages = {emotion: sentence(emotion, facts, min_minutes, corpora) for emotion, facts in found.items()}
    met = all(facts["missing"] == 0 for facts in found.values())
    return {"min_minutes": min_minutes, "met": met, "minutes_by_emotion": found, "messages": messages}


def compared(covered: dict[str, Any]) -> dict[str, Any]:
    """Select the content of `metrics/coverage.json`: the minimum, whether it is met, and missing minutes."""
    missing = sum(found["missing"] for found in covered["minutes_by_emotion"].values())
    return {"min_minutes": covered["min_minutes"], "met": covered["met"], "missing_minutes": digits(missing)}


def _minutes(clips: pd.DataFrame, min_minutes: float) -> dict[str, Any]:
    recorded = clips.seconds * clips.chosen / 60
    agrees, known = clips.perceived == clips.emotion, clips.perceived.notna()
    total = (recorded + clips.seconds * clips.copies / 60).sum()
    parts = {
        "kept": clips.seconds.sum() / 60,
        "recorded": recorded.sum(),
        "augmented": total - recorded.sum(),
        "total": total,
        "missing": max(min_minutes - total, 0.0),
        "verified": recorded[known & agrees].sum(),
        "contradicted": recorded[known & ~agrees].sum(),
        "unverified": recorded[~known].sum(),
    }
    return {name: digits(value) for name, value in parts.items()}


def sentence(emotion: str, facts: dict[str, float], min_minutes: float, corpora: list[str]) -> str:
    """Describe the missing minutes of an emotion, and corpora that would add them; empty if none are missing.

    Args:
        emotion, facts: emotion, and its minutes from `coverage`.
        min_minutes, corpora: as for `coverage`.
    """
    total, missing, verified = facts["total"], facts["missing"], facts["verified"]
    minutes, listeners = f"{total:g} of {min_minutes:g} minutes", f"{verified:g} confirmed by listeners"
    corpora_to_add = proposals(emotion, corpora)
    if missing:
        excluded = facts["kept"] - facts["recorded"] > 0.5
        limits = "; equal minutes or a cap exclude the rest" if excluded else ""
        return (
            f"{emotion}: {minutes} ({facts['recorded']:g} recorded, {facts['augmented']:g} augmented; "
            f"{listeners}), {missing:g} missing; {facts['kept']:g} are in the kept clips{limits}; "
            f"{corpora_to_add}"
        )
    if verified < min_minutes:
        return f"{emotion}: {minutes}, but {listeners}; {corpora_to_add}, or accept intended labels"
    return ""


def proposals(emotion: str, corpora: list[str]) -> str:
    """Propose corpora that would add an emotion, with their minutes, in descending order."""
    known = {name: minutes[emotion] for name, minutes in MINUTES.items() if emotion in minutes}
    parts = [
        f"{name} ({minutes:g} minutes" + (")" if confirmed is None else f", {confirmed:g} confirmed)")
        for name, (minutes, confirmed) in sorted(known.items(), key=lambda item: -item[1][0])
        if name not in corpora
    ]
    parts += [name for name, emotions in UNCOUNTED.items() if name not in corpora and emotion in emotions]
    return f"add {' or '.join(parts)}" if parts else "no known corpus has more: add recordings of your own"
