"""Progress bars, shown only on a terminal and only if there is work to do."""

import os
from typing import TYPE_CHECKING, Any

from stages.core import pipeline

if TYPE_CHECKING:
    from tqdm import tqdm


def bar(stage: str, total: int, done: int = 0, unit: str = "clip", **options: Any) -> "tqdm[Any]":
    """Make a bar for `total` units, of which `done` are finished; in a `dvc repro` with the stage's number.

    Args:
        options: further arguments of tqdm, such as `iterable`.
    """
    from tqdm import tqdm  # its import takes 0.07 s, which a stage with nothing to do saves

    name, stages = stage.partition("@")[0], pipeline.stages()
    if "DVC_STAGE" in os.environ and name in stages:
        stage += f" (stage {stages.index(name) + 1} of {len(stages)})"
    disable = True if done >= total else None  # None: tqdm checks whether the output is a terminal
    return tqdm(total=total, initial=done, desc=stage, unit=unit, disable=disable, mininterval=0.5, **options)
