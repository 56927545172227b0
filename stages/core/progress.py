"""Progress bars of long work: on a terminal only, and only once there is work to do."""

from typing import Any

from tqdm import tqdm

from stages.core import pipeline


def bar(name: str, total: int, done: int = 0, unit: str = "clip", **options: Any) -> "tqdm[Any]":
    """A progress bar that says which stage it belongs to; silent in files and where nothing is left to do.

    Args:
        name: of the stage, or of what it is doing.
        total: units of work in all.
        done: units that are finished already.
        unit: what is counted.
        options: others of tqdm.
    """
    place = pipeline.place(name)
    label = f"{name} ({place})" if place else name
    # None: tqdm looks whether the output is a terminal
    disable = True if done >= total else None
    return tqdm(total=total, initial=done, desc=label, unit=unit, disable=disable, mininterval=0.5, **options)
