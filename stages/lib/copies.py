"""Augmented copies: their names, how they are made of a clip's voice, and what their JSON says of it."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.lib import audio, files
from stages.lib.audio import Samples
from stages.lib.errors import UserError
from stages.signal import augment
from stages.signal.chain import SAMPLE_RATE
from stages.signal.resample import resample

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


def change(voice: Samples, row: dict[str, Any]) -> Samples:
    """What a copy makes of its clip's voice: tempo and pitch are changed, then noise is added.

    It comes after `chain.cut` and before the gain.

    Args:
        voice: at 24 kHz, shape (n,).
        row: the columns of `UNCHANGED`, from the timeline.

    Returns:
        Shape (augment.stretched_length(n, tempo),).

    Raises:
        UserError: the recording of noise changed, cannot be read, or is silent.
    """
    made = augment.stretched(voice, SAMPLE_RATE, row["tempo"], row["semitones"])
    if row["noise"] is None:
        return made
    noise = _noise(row, len(made))
    try:
        return augment.mixed(made, noise, SAMPLE_RATE, row["noise_snr_db"])
    except ValueError as error:
        raise UserError(f"{row['noise']}: {error}; take it out of augment.noise_folder") from None


def _noise(row: dict[str, Any], n: int) -> NDArray[np.float64]:
    seed = int(row["noise_seed"], 16)
    if row["noise_sha256"] is None:
        return augment.coloured(n, SAMPLE_RATE, row["noise"], seed)
    path = Path(row["noise"])
    if not path.is_file() or files.sha256(path) != row["noise_sha256"]:
        raise UserError(f"{path}: changed or gone since copies were drawn with it; run `dvc repro`")
    try:
        recording = audio.read(path)
    except audio.AudioFault as fault:
        raise UserError(
            f"{path}: no usable recording of noise: {fault}; mend it or take it out of augment.noise_folder"
        ) from None
    return augment.excerpt(resample(recording.samples, recording.sample_rate, SAMPLE_RATE), n, seed)


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
