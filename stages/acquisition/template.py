"""A template of metadata.csv for custom recordings, and the emotions that lack minutes in the build.

`python -m stages template FOLDER` writes `FOLDER/metadata.csv`, one row per recording.
"""

from pathlib import Path

import pandas as pd

from stages.core import params, store, tables
from stages.core.errors import UserError
from stages.corpora.formats import metadata_csv

SUFFIXES = (".wav", ".flac", ".ogg", ".aiff", ".mp3")
WANTED_MINUTES = 30.0
"""Target minutes of speech per emotion."""


def rows(folder: Path) -> list[dict[str, str]]:
    """Return one row per recording below a folder; the name of a subfolder becomes the speaker."""
    paths = sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    empty = dict.fromkeys((*metadata_csv.REQUIRED, *metadata_csv.OPTIONAL), "")
    return [{**empty, "file": path.as_posix(), "speaker": _speaker(path)} for path in paths]


def _speaker(path: Path) -> str:
    guess = path.parts[0] if len(path.parts) > 1 else ""
    return guess if metadata_csv.NAME.fullmatch(guess) else ""


def advice(clips: pd.DataFrame) -> list[str]:
    """Return one line per emotion that has fewer minutes than the target, in ascending order of minutes.

    Args:
        clips: columns `emotion_intended`, `speaker`, `seconds`; kept clips only.
    """
    grouped = clips.groupby("emotion_intended")
    minutes, speakers = grouped.seconds.sum() / 60, grouped.speaker.nunique()
    found = sorted((minutes.get(emotion, 0.0), emotion) for emotion in tables.EMOTIONS if emotion != "other")
    return [
        f"{emotion}: {amount:.1f} of {WANTED_MINUTES:.0f} minutes by {speakers.get(emotion, 0)} speakers; "
        f"record {WANTED_MINUTES - amount:.1f} more"
        for amount, emotion in found
        if amount < WANTED_MINUTES
    ]


def read_build() -> pd.DataFrame | None:
    """Read the kept clips of the last build, for `advice`; None if there is no build."""
    screened, corpora = Path("data/tables/screen.parquet"), params.corpora()
    needed = [store.path(stage, corpus) for stage in ("catalog", "trim", "quality") for corpus in corpora]
    if not all(path.exists() for path in (screened, *needed)):
        return None
    clips = store.read(screened, tables.Screen)[["clip_id", "verdict"]]
    for stage, model in (("catalog", tables.Catalog), ("trim", tables.Trim), ("quality", tables.Quality)):
        table = store.read_all(stage, corpora, model).drop(columns="cache_key", errors="ignore")
        clips = clips.merge(table, on="clip_id")
    kept = clips[clips.verdict != "drop"]
    return kept.assign(seconds=((kept.speech_end - kept.speech_start) / kept.sample_rate).astype("float64"))


def run(folder: str) -> None:
    """Write the template and print the emotions that lack minutes.

    Raises:
        UserError: no such folder, no recordings in it, or it has a metadata.csv already.
    """
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise UserError(f"{place}: expected a folder of recordings, found none")
    target, found = place / "metadata.csv", rows(place)
    if not found:
        raise UserError(f"{place}: expected recordings ({', '.join(SUFFIXES)}), found none below this folder")
    if target.exists():
        raise UserError(f"{target}: exists already and would be overwritten; rename or remove it first")
    metadata_csv.write(found, (*metadata_csv.REQUIRED, *metadata_csv.OPTIONAL), target)
    print(f"{target}: {len(found)} recordings; fill in {', '.join(metadata_csv.REQUIRED[1:])} of each")
    clips = read_build()
    if clips is None:
        print("no build yet: run `dvc repro` first to see which emotions lack minutes")
        return
    lines = advice(clips)
    print("\n".join(["emotions that lack minutes:", *lines]) if lines else "every emotion is covered")
