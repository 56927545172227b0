"""Progress bars of long work: on a terminal only, and only if there is work to do."""

from typing import Any

from tqdm import tqdm

from stages.core import pipeline


def bar(stage: str, total: int, done: int) -> "tqdm[Any]":
    """Make a progress bar with the place of its stage, of `total` clips of which `done` are finished."""
    place = pipeline.place(stage)
    label = f"{stage} ({place})" if place else stage
    disable = True if done >= total else None  # None: tqdm checks whether the output is a terminal
    return tqdm(total=total, initial=done, desc=label, unit="clip", disable=disable, mininterval=0.5)
