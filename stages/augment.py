"""Stage `augment`: pitch, tempo and noise of each augmented copy, drawn at random; no audio is read.

Each draw is a digest of the clip's id, the number of the copy and the seed, so an added clip or copy changes
no other copy. Pitch and tempo are symmetric on their logarithmic scales: on average a copy is as high and as
long as its clip.
"""

import hashlib
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field, model_validator

from stages.core import files, model_folder, params, store, tables
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch

TABLE = Path("data/tables/augment.parquet")
COLOURS = ("brown", "pink", "white")
SUFFIXES = (".flac", ".wav")
MIN_PROBABILITY = 0.1
"""Minimum of the highest probability, because a copy that equals its clip is drawn again."""


class Augment(params.Section):
    """Probabilities and ranges of the changes; see `augment` in params.yaml."""

    seed: int = Field(ge=0)
    pitch_probability: float = Field(ge=0, le=1)
    max_semitones: float = Field(ge=0, le=4)
    tempo_probability: float = Field(ge=0, le=1)
    max_tempo_change: float = Field(ge=0, le=0.3)
    noise_probability: float = Field(ge=0, le=1)
    min_noise_snr_db: float = Field(ge=0, le=60)
    max_noise_snr_db: float = Field(ge=0, le=60)
    noise_folder: str = Field(min_length=1)

    @model_validator(mode="after")
    def _changes_something(self) -> "Augment":
        if self.min_noise_snr_db > self.max_noise_snr_db:
            raise ValueError("max_noise_snr_db must not be below min_noise_snr_db")
        pitch = self.pitch_probability if self.max_semitones else 0
        tempo = self.tempo_probability if self.max_tempo_change else 0
        if max(pitch, tempo, self.noise_probability) < MIN_PROBABILITY:
            raise ValueError(
                f"a copy must differ from its clip: set one probability to {MIN_PROBABILITY} or more"
            )
        return self


def digest(*parts: object) -> str:
    """Compute the SHA-256 hex digest of all values that a draw depends on."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


def position(*parts: object) -> float:
    """Compute a pseudo-random number in [0, 1) from the values that a draw depends on."""
    return int(digest(*parts)[:13], 16) / 16**13


def draw(clip_id: str, copy_number: int, settings: Augment, recordings: Mapping[str, str]) -> dict[str, Any]:
    """Draw the changes of one copy; return a row of `tables.Augment`.

    Args:
        clip_id: id of the clip.
        copy_number: counted from 1.
        settings: ranges and probabilities.
        recordings: noise recordings, path -> sha256; if empty, noise is brown, pink or white.
    """
    for attempt in count():
        draw_key = (settings.seed, clip_id, copy_number, attempt)
        row: dict[str, Any] = {"clip_id": clip_id, "copy_number": copy_number, "semitones": 0.0, "tempo": 1.0}
        if position(*draw_key, "pitch?") < settings.pitch_probability:
            row["semitones"] = round(settings.max_semitones * (2 * position(*draw_key, "pitch") - 1), 3)
        if position(*draw_key, "tempo?") < settings.tempo_probability:
            row["tempo"] = round((1 + settings.max_tempo_change) ** (2 * position(*draw_key, "tempo") - 1), 4)
        if position(*draw_key, "noise?") < settings.noise_probability:
            row |= _noise(draw_key, settings, recordings)
        if row["semitones"] != 0 or row["tempo"] != 1 or "noise" in row:
            return row
    raise AssertionError("unreachable")


def _noise(draw_key: tuple[object, ...], settings: Augment, recordings: Mapping[str, str]) -> dict[str, Any]:
    # the smallest digest wins, so an added recording changes only the copies that it is drawn for
    kind = min(recordings or COLOURS, key=lambda name: digest(*draw_key, "noise", name))
    width = settings.max_noise_snr_db - settings.min_noise_snr_db
    return {
        "noise": kind,
        "noise_sha256": recordings.get(kind),
        "noise_snr_db": round(settings.min_noise_snr_db + width * position(*draw_key, "snr"), 2),
        "noise_seed": digest(*draw_key, "seed")[:16],
    }


def noises(folder: Path) -> dict[str, str]:
    """List the noise recordings in a folder: path -> sha256. Hidden files are ignored.

    Raises:
        UserError: the folder does not exist, or has a file that is not WAV or FLAC.
    """
    if missing := model_folder.fault(folder, "augment.noise_folder"):
        raise UserError(missing)
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if others := [path for path in found if path.suffix.lower() not in SUFFIXES]:
        kinds = " and ".join(SUFFIXES)
        raise UserError(f"{others[0]}: expected only {kinds} in augment.noise_folder; remove the file")
    return {path.as_posix(): files.sha256(path) for path in found}


def draws(balance: pd.DataFrame, settings: Augment, recordings: Mapping[str, str]) -> pd.DataFrame:
    """Draw the changes of all copies; return columns of `tables.Augment`.

    Args:
        balance: columns `clip_id`, `copies`.
        settings: ranges and probabilities.
        recordings: see `draw`.
    """
    rows = [
        draw(str(clip_id), number, settings, recordings)
        for clip_id, copies in zip(balance.clip_id, balance.copies, strict=True)
        for number in range(1, int(copies) + 1)
    ]
    return store.frame(rows, tables.Augment)


def run() -> None:
    """Write data/tables/augment.parquet."""
    watch = Stopwatch("augment")
    settings = params.section(Augment, "augment")
    balance = store.read(Path("data/tables/balance.parquet"), tables.Balance)
    drawn = draws(balance, settings, noises(Path(settings.noise_folder)))
    store.write(drawn, tables.Augment, TABLE)
    watch.end(len(drawn), units="copies")


if __name__ == "__main__":
    main(run)
