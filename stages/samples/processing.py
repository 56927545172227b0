"""Processing chain of a clip or augmented copy, from the source recording to the audio in a sample."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.core import audio, files
from stages.core.errors import UserError
from stages.signal import augment, chain, gain
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.resample import resample
from stages.signal.types import Samples


def render_clip(row: dict[str, Any]) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Render a clip or copy: audio at the target loudness, shape (n,) at 24 kHz, and its row with the gain.

    Args:
        row: row of the timeline.

    Raises:
        AudioFault: the recording cannot be read.
        UserError: see `change` and `with_gain`.
    """
    recording = audio.read(Path(row["path"]), row["source_channel"])
    span = (row["start"], row["end"], row["denoise_gain_floor_db"], row["fade_in"], row["fade_out"])
    made = change(chain.cut(recording.samples, recording.sample_rate, chain.Cut(*span)), row)
    row = with_gain(made, row)
    return made.astype(np.float64) * 10 ** (row["gain_db"] / 20), row


def change(voice: Samples, row: dict[str, Any]) -> Samples:
    """Change the tempo and pitch of a clip, then add noise; for the audio of `chain.cut`, before the gain.

    Args:
        voice: audio at 24 kHz, shape (n,).
        row: the columns of `augmented_copies.UNCHANGED`, from the timeline.

    Returns:
        Shape (lengths.stretched(n, tempo),).

    Raises:
        UserError: the noise recording has changed, cannot be read, or is silent.
    """
    made = augment.stretch(voice, SAMPLE_RATE, row["tempo"], row["semitones"])
    if row["noise"] is None:
        return made
    try:
        return augment.add_noise(made, _noise(row, len(made)), SAMPLE_RATE, row["noise_snr_db"])
    except ValueError as error:
        raise UserError(f"{row['noise']}: {error}; remove this file from augment.noise_folder") from None


def with_gain(voice: Samples, row: dict[str, Any]) -> dict[str, Any]:
    """Add the gain to the row of a copy, by measurement; the row of a clip has the gain of `loudness`.

    Args:
        voice: audio returned by `change`, at 24 kHz, shape (n,).
        row: row of the timeline.

    Raises:
        UserError: the loudness of the copy cannot be measured.
    """
    if row["gain_db"] is not None:
        return row
    found = gain.to_target(voice, row["target_lufs"], row["max_true_peak_dbtp"])
    if not found:
        raise UserError(
            f"{row['sample_id']}: this copy is silent, so its loudness is undefined; narrow the ranges of "
            "augment in params.yaml"
        )
    measured = {name: found[name] for name in ("loudness_method", "gain_capped")}
    return row | measured | {"gain_db": round(found["gain_db"], 3)}


def _noise(row: dict[str, Any], n: int) -> NDArray[np.float64]:
    seed = int(row["noise_seed"], 16)
    if row["noise_sha256"] is None:
        return augment.coloured_noise(n, SAMPLE_RATE, row["noise"], seed)
    path = Path(row["noise"])
    if not path.is_file() or files.sha256(path) != row["noise_sha256"]:
        raise UserError(f"{path}: changed or deleted since the copies were drawn; run `dvc repro`")
    try:
        recording = audio.read(path)
    except audio.AudioFault as fault:
        raise UserError(
            f"{path}: not a usable recording: {fault}; replace it or remove it from augment.noise_folder"
        ) from None
    return augment.excerpt(resample(recording.samples, recording.sample_rate, SAMPLE_RATE), n, seed)
