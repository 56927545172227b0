"""Names of augmented copies, and description of the processing steps that only copies have."""

from typing import Any

UNCHANGED: dict[str, Any] = {
    "copy_number": 0, "semitones": 0.0, "tempo": 1.0,
    "noise": None, "noise_sha256": None, "noise_snr_db": None, "noise_seed": None,
}  # fmt: skip
"""Values of the columns of `tables.Augment` for the clip itself."""
ENGINE = "signalsmith-stretch"
STEPS = ("stretch", "pitch", "noise")
"""Names of the steps in a sample's JSON that only copies have."""


def sample_id(clip_id: str, copy_number: int) -> str:
    """Return the name of a sample that contains one clip or one augmented copy."""
    return f"{clip_id}__a{copy_number}" if copy_number else clip_id


def steps(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Describe the steps of `processing.change` for a sample's JSON; empty for the clip itself.

    Args:
        row: columns of `UNCHANGED`, from the timeline.
    """
    made: list[dict[str, Any]] = []
    if row["tempo"] != 1:
        made.append({"step": "stretch", "tempo": row["tempo"], "engine": ENGINE})
    if row["semitones"] != 0:
        pitch = {"step": "pitch", "semitones": row["semitones"], "formants": "move along", "engine": ENGINE}
        made.append(pitch)
    if row["noise"] is not None:
        noise = {name: row[f"noise_{name}"] for name in ("sha256", "snr_db", "seed")}
        made.append({"step": "noise", "kind": row["noise"], **noise})
    return made
