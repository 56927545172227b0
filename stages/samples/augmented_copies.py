"""Augmented copies: their names, and what their JSON says of how they were made."""

from typing import Any

UNCHANGED: dict[str, Any] = {
    "copy_number": 0, "semitones": 0.0, "tempo": 1.0,
    "noise": None, "noise_sha256": None, "noise_snr_db": None, "noise_seed": None,
}  # fmt: skip
"""The columns of `tables.Augment` as they stand for the clip itself."""
ENGINE = "signalsmith-stretch"
STEPS = ("stretch", "pitch", "noise")
"""Steps of a chain in a sample's JSON that only copies have."""


def sample_id(clip_id: str, copy_number: int) -> str:
    """Name of a sample that holds one clip, or one copy of it."""
    return f"{clip_id}__a{copy_number}" if copy_number else clip_id


def steps(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of `change`, for the chain in a sample's JSON; none for the clip itself.

    Args:
        row: the columns of `UNCHANGED`, from the timeline.
    """
    made: list[dict[str, Any]] = []
    if row["tempo"] != 1:
        made.append({"step": "stretch", "tempo": row["tempo"], "engine": ENGINE})
    if row["semitones"] != 0:
        made.append(
            {"step": "pitch", "semitones": row["semitones"], "formants": "move along", "engine": ENGINE}
        )
    if row["noise"] is not None:
        stated = ("noise", "noise_sha256", "noise_snr_db", "noise_seed")
        values = {name.removeprefix("noise_"): row[name] for name in stated}
        made.append({"step": "noise", "kind": values.pop("noise"), **values})
    return made
