"""What is heard of one clip, or of one copy of it: the one way from a recording to its voice in a sample."""

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
    """The voice of a clip or copy at its target loudness, shape (n,), and its row with the gain.

    Args:
        row: of the timeline.
    """
    recording = audio.read(Path(row["path"]), row["source_channel"])
    span = (row["start"], row["end"], row["denoise_gain_floor_db"], row["fade_in"], row["fade_out"])
    made = change(chain.cut(recording.samples, recording.sample_rate, chain.Cut(*span)), row)
    row = with_gain(made, row)
    return made.astype(np.float64) * 10 ** (row["gain_db"] / 20), row


def change(voice: Samples, row: dict[str, Any]) -> Samples:
    """What a copy makes of its clip's voice: tempo and pitch are changed, then noise is added.

    It comes after `chain.cut` and before the gain.

    Args:
        voice: at 24 kHz, shape (n,).
        row: the columns of `UNCHANGED`, from the timeline.

    Returns:
        Shape (lengths.stretched(n, tempo),).

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


def with_gain(voice: Samples, row: dict[str, Any]) -> dict[str, Any]:
    """The row with the gain that brings its voice to the target; a clip has one already, from `loudness`.

    Args:
        voice: what `change` made, at 24 kHz, shape (n,).
        row: of the timeline.

    Raises:
        UserError: a copy whose loudness cannot be measured.
    """
    if row["gain_db"] is not None:
        return row
    found = gain.to_target(voice, row["target_lufs"], row["max_true_peak_dbtp"])
    if not found:
        raise UserError(
            f"{row['sample_id']}: nothing is heard in this copy, so it has no loudness; narrow the ranges of "
            "augment in params.yaml"
        )
    stated = {"gain_db": round(found["gain_db"], 3), "loudness_method": found["loudness_method"]}
    return row | stated | {"gain_capped": found["gain_capped"]}


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
