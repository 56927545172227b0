"""One clip at every point of its chain, as WAV files, for ears and for debugging.

`python -m stages.samples.play CLIP_ID` writes `data/play/CLIP_ID.<n>_<step>.wav`: the source as decoded, the
cut, the cut with noise reduction where screen asks for it, and what is rendered. `CLIP_ID__a1` is its first
augmented copy. Needs the tables of a build.
"""

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from stages.core import audio, store, tables
from stages.core.errors import UserError, main
from stages.core.params import near
from stages.samples import processing
from stages.signal import chain
from stages.signal.lengths import SAMPLE_RATE

FOLDER = Path("data/play")


def steps(row: dict[str, Any]) -> dict[str, tuple[NDArray[Any], int]]:
    """Samples and rate after each step.

    Args:
        row: of the timeline.
    """
    recording = audio.read(Path(row["path"]), row["source_channel"])
    rate, samples = recording.sample_rate, recording.samples
    span = (row["start"], row["end"])
    plain = chain.cut(samples, rate, chain.Cut(*span))
    rendered = chain.Cut(*span, row["denoise_gain_floor_db"], row["fade_in"], row["fade_out"])
    final = chain.cut(samples, rate, rendered)
    made = {"source": (samples, rate), "cut": (plain, SAMPLE_RATE)}
    if row["denoise_gain_floor_db"] is not None:
        cleaned = chain.cut(samples, rate, chain.Cut(*span, row["denoise_gain_floor_db"]))
        made["denoised"] = (cleaned, SAMPLE_RATE)
    if row["copy_number"]:
        final = processing.change(final, row)
        made["copy"] = (final, SAMPLE_RATE)
    gain_db = processing.with_gain(final, row)["gain_db"]
    return made | {"rendered": (final * 10 ** (gain_db / 20), SAMPLE_RATE)}


def run(clip_id: str) -> None:
    """Write the files and print their levels.

    Raises:
        UserError: no such clip in the timeline.
    """
    timeline = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    itself = (timeline.clip_id == clip_id) & (timeline.copy_number == 0)
    found = timeline[itself | (timeline.sample_id == clip_id)].astype(object)
    if found.empty:
        raise UserError(
            f"{clip_id}: not in the timeline{near(clip_id, set(timeline.clip_id))}; "
            "data/tables/screen.parquet says why a clip was dropped"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    row = found.where(found.notna(), None).iloc[0].to_dict()
    for number, (step, (samples, rate)) in enumerate(steps(row).items()):
        path = FOLDER / f"{clip_id}.{number}_{step}.wav"
        soundfile.write(path, samples, rate, subtype="PCM_16")
        level = 20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-12)
        print(f"{path}: {len(samples) / rate:.3f} s, {rate} Hz, {level:.1f} dBFS RMS")


if __name__ == "__main__":
    main(run, "clip_id")
