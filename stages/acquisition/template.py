"""A starter sheet for custom recordings, and what the build still lacks.

`python -m stages.corpora.custom template FOLDER` writes `FOLDER/metadata.csv`, one row per recording.
"""

from pathlib import Path

import pandas as pd

from stages.core import files, params, store, tables
from stages.core.errors import UserError
from stages.core.params import near
from stages.corpora.formats import metadata_csv

SUFFIXES = (".wav", ".flac", ".ogg", ".aiff", ".mp3")
WANTED_MINUTES = 30.0
"""Of speech per emotion, which the dataset's brief asks for."""


def rows(folder: Path) -> list[dict[str, str]]:
    """One row per recording below a folder; a file in a folder of its own has that folder as its speaker."""
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    empty = dict.fromkeys((*metadata_csv.REQUIRED, *metadata_csv.OPTIONAL), "")
    return [
        {**empty, "file": path.relative_to(folder).as_posix(), "speaker": _speaker(path.relative_to(folder))}
        for path in paths
    ]


def _speaker(path: Path) -> str:
    guess = path.parts[0] if len(path.parts) > 1 else ""
    return guess if metadata_csv.NAME.fullmatch(guess) else ""


def coverage(clips: pd.DataFrame) -> pd.DataFrame:
    """Minutes and speakers of kept clips per emotion, least first.

    Args:
        clips: columns `emotion_intended`, `speaker`, `seconds`; kept clips only.

    Returns:
        Columns `emotion`, `minutes`, `speakers`; every emotion but `other` has a row.
    """
    wanted = [emotion for emotion in tables.EMOTIONS if emotion != "other"]
    grouped = clips.groupby("emotion_intended").agg(
        seconds=("seconds", "sum"), speakers=("speaker", "nunique")
    )
    grouped = grouped.reindex(wanted, fill_value=0)
    return pd.DataFrame(
        {
            "emotion": wanted,
            "minutes": (grouped.seconds / 60).to_numpy(),
            "speakers": grouped.speakers.to_numpy(),
        }
    ).sort_values(["minutes", "emotion"], ignore_index=True)


def built() -> pd.DataFrame | None:
    """Kept clips of the last build, for `coverage`; None if there is none."""
    screened, corpora = Path("data/tables/screen.parquet"), params.corpora()
    needed = [store.path(stage, corpus) for stage in ("catalog", "trim", "quality") for corpus in corpora]
    if not all(path.exists() for path in (screened, *needed)):
        return None
    clips = store.read(screened, tables.Screen)[["clip_id", "verdict"]]
    for stage, model in (("catalog", tables.Catalog), ("trim", tables.Trim), ("quality", tables.Quality)):
        clips = clips.merge(
            store.read_all(stage, corpora, model).drop(columns="cache_key", errors="ignore"), on="clip_id"
        )
    kept = clips[clips.verdict != "drop"]
    return kept.assign(seconds=((kept.speech_end - kept.speech_start) / kept.sample_rate).astype("float64"))


def advice(table: pd.DataFrame) -> list[str]:
    """One line per emotion that has fewer minutes than wanted."""
    return [
        f"{row.emotion}: {row.minutes:.1f} of {WANTED_MINUTES:.0f} minutes by {row.speakers} speakers; "
        f"record {WANTED_MINUTES - row.minutes:.1f} more"
        for row in table.itertuples()
        if row.minutes < WANTED_MINUTES
    ]


def run(command: str, folder: str) -> None:
    """Write the starter sheet and print what is under-represented.

    Raises:
        UserError: another command, no such folder, no recordings in it, or a sheet that is there already.
    """
    if command != "template":
        raise UserError(f"expected `template FOLDER`, found '{command}'{near(command, {'template'})}")
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise UserError(f"{place}: expected a folder of recordings, found none")
    target, found = place / "metadata.csv", rows(place)
    if not found:
        raise UserError(f"{place}: expected recordings ({', '.join(SUFFIXES)}), found none below this folder")
    if target.exists():
        raise UserError(f"{target}: is there already, and would be overwritten; rename or remove it first")
    metadata_csv.write(found, (*metadata_csv.REQUIRED, *metadata_csv.OPTIONAL), target, files.write_text)
    print(
        f"{target}: {len(found)} recordings; fill in transcript, emotion, speaker, consent and license of each"
    )
    clips = built()
    if clips is None:
        print("no build yet: run `dvc repro`, then this again in another folder, to see what is lacking")
        return
    lines = advice(coverage(clips))
    print("\n".join(["the build lacks:", *lines]) if lines else "no emotion lacks minutes")
