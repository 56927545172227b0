"""Clips whose balance is known by hand, and the params of the build with changes."""

from typing import Any

import pandas as pd

from stages.balancing.balance_params import BalanceParams
from stages.core import params

RULES = params.section(BalanceParams, "balance")


def rules(**change: Any) -> BalanceParams:
    return BalanceParams.model_validate({**RULES.model_dump(), **change})


def recorded(**change: Any) -> BalanceParams:
    """Rules without copies and without minimum."""
    return rules(max_copies=0, max_augmented_share=0, min_minutes=0, **change)


def cells(*rows: tuple[str, int, float], **columns: Any) -> pd.DataFrame:
    """Make clips of rows (emotion, number of clips, seconds each), and of columns for all clips."""
    every = [(emotion, seconds) for emotion, count, seconds in rows for _ in range(count)]
    plain_clip = {
        "style": "normal", "sentence_type": "declarative", "length_class": "short", "gender": "female",
        "corpus": "demo", "speaker": "s", "normalized_transcript": "t", "selection_priority": 1.0,
        "split": "train", "perceived": None,
    }  # fmt: skip
    made = pd.DataFrame(every, columns=["emotion", "seconds"]).assign(**{**plain_clip, **columns})
    return made.assign(clip_id=[f"c{i:05d}" for i in range(len(made))])


def minutes(clips: pd.DataFrame, by: str = "emotion") -> pd.Series:
    """Sum the minutes of chosen clips and copies per value of a column."""
    return (clips.seconds * (clips.chosen + clips.copies)).groupby(clips[by]).sum() / 60
