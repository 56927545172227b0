"""Custom recordings: a folder of audio files and a metadata file (CSV) that describes them.

    recordings/metadata.csv     file,transcript,emotion,speaker,consent,license
                             and, optionally, gender,style,intensity,language,start,end
    recordings/**/*.wav      or FLAC, or whatever libsndfile decodes

`python -m stages template FOLDER` writes a template of metadata.csv and lists the emotions that lack minutes.
`fetch` checks every row, and copies the recordings as `<speaker>_<file>_<digest>.wav`. A row with start or
end becomes a separate file with unchanged samples; `origin` in the metadata.csv of the copies is its source.
Every row must state consent and license.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import soundfile
from pydantic import Field

from stages.core.errors import UserError
from stages.core.params import Section
from stages.corpora.base import Clip, Correction, Generated, decode, read_csv
from stages.corpora.formats import metadata_csv
from stages.corpora.formats.metadata_csv import Row

LICENSE = "LicenseRef-custom-research"  # every row of metadata.csv has its own
CITATION = "Custom recordings; see the consent and license of each clip"
LANGUAGE = "en"
SAMPLE_RATE = 48000  # of files with an unreadable header
N_CLIPS = 0  # not fixed: metadata.csv has one row per clip
NAMES: dict[str, str] = {}
CORRECTIONS: dict[str, Correction] = {}

EMOTIONS = {word: word for word in (
    "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "contempt", "other",
)}  # fmt: skip
INTENSITIES = {word: word for word in ("low", "normal", "strong", "unspecified")}
GENDERS = {word: word for word in ("female", "male", "unknown")}
STYLES = {word: word for word in (
    "normal", "whispering", "shouting", "excited", "tense", "calm", "subdued", "sarcastic",
)}  # fmt: skip
CONSENTS = {
    "own_voice": "the speaker made the recording",
    "written": "the speaker has agreed in writing",
    "published": "the speaker has published it under the license",
}
LICENSES = (
    "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0", "ODbL-1.0",
)  # fmt: skip
"""Other licenses are written as LicenseRef-<name>."""
KNOWN = {
    "emotion": EMOTIONS, "intensity": INTENSITIES, "gender": GENDERS, "style": STYLES,
    "consent": CONSENTS, "license": LICENSES,
}  # fmt: skip
COLUMNS = (*metadata_csv.REQUIRED, *metadata_csv.OPTIONAL, "origin")
SUBTYPES = {name: name for name in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32")} | {"PCM_S8": "PCM_16"}
"""Sample format of an integer source -> of its parts in WAV; all others become FLOAT, without loss."""


class Custom(Section):
    """`fetch.custom` in params.yaml: the folder of the recordings, and the path of their metadata.csv."""

    folder: str = Field(min_length=1)
    metadata: str = Field(min_length=1)


def licenses(settings: Mapping[str, str]) -> set[str]:
    """Return the licenses that the rows of the metadata file state.

    Args:
        settings: `fetch.custom` of params.yaml.

    Raises:
        UserError: no such file, or a row is wrong.
    """
    table = Path(settings["metadata"]).expanduser()
    if not table.is_file():
        raise UserError(f"params.yaml: fetch.custom.metadata: expected a CSV file, found {table}")
    return {row.license for row in metadata_csv.read(table, KNOWN)}


def make(target: Path, settings: Custom) -> None:
    """Copy the recordings into an empty folder, and write the metadata.csv that describes the copies.

    Raises:
        UserError: the folder, metadata file, a row or a recording is missing or wrong.
    """
    folder, table = Path(settings.folder).expanduser(), Path(settings.metadata).expanduser()
    if not folder.is_dir():
        raise UserError(
            f"fetch.custom.folder: expected the folder of your recordings, found no '{folder}'; "
            "set it, and make its metadata.csv with `python -m stages template FOLDER`"
        )
    if not (rows := metadata_csv.read(table, KNOWN)):
        raise UserError(f"{table}: expected one row per clip, found none")
    faults = [fault for row in rows for fault in _audio_faults(row, folder / row.file)]
    metadata_csv.raise_faults(table, faults)
    copied = [_import(row, folder / row.file, target) for row in rows]
    metadata_csv.write(copied, COLUMNS, target / "metadata.csv")


def _audio_faults(row: Row, path: Path) -> Iterator[str]:
    if not path.is_file():
        yield f"line {row.line}, column 'file': no such file in the folder: {row.file}"
    elif row.start_s is not None or row.end_s is not None:
        try:
            info = soundfile.info(path)
        except soundfile.LibsndfileError as error:
            yield f"line {row.line}, column 'file': cannot be cut: {error}"
            return
        for column, time_s in (("start", row.start_s), ("end", row.end_s)):
            if time_s is not None and time_s > info.duration:
                yield f"line {row.line}, column '{column}': {row.file} ends earlier, at {info.duration:.3f} s"


def _import(row: Row, path: Path, target: Path) -> dict[str, str]:
    """Copy or cut one clip, and return its row in the new metadata.csv."""
    # files of one name in two folders, and two parts of one file, must get different names
    identity = f"{row.file}\0{row.start_s}\0{row.end_s}"
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(row.file).with_suffix("").as_posix())
    name = f"{row.speaker}_{stem}_{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
    if row.start_s is None and row.end_s is None:
        copy = target / f"{name}{path.suffix.lower()}"
        copy.write_bytes(path.read_bytes())
    else:
        copy = cut(path, row.start_s or 0.0, row.end_s, target / f"{name}.wav")
    unchanged = (*metadata_csv.REQUIRED, *metadata_csv.OPTIONAL[:4])
    times = {"start": row.start_s, "end": row.end_s}
    return {
        **{column: getattr(row, column) or "" for column in unchanged},
        **{column: "" if time is None else str(time) for column, time in times.items()},
        "file": copy.name,
        "origin": row.file,
    }


def cut(path: Path, start_s: float, end_s: float | None, target: Path) -> Path:
    """Write a part of a recording to `target`, its samples unchanged, and return `target`."""
    with soundfile.SoundFile(path) as file:
        first = round(start_s * file.samplerate)
        last = file.frames if end_s is None else min(round(end_s * file.samplerate), file.frames)
        subtype = SUBTYPES.get(file.subtype, "FLOAT")
        file.seek(first)
        samples = file.read(last - first, dtype="float32" if subtype == "FLOAT" else "int32", always_2d=True)
        soundfile.write(target, samples, file.samplerate, subtype=subtype, format="WAV")
    return target


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`; one clip per row of the metadata.csv that `make` wrote."""
    table = root / "metadata.csv"
    for row in read_csv(table, COLUMNS):
        path = root / row["file"]
        yield Clip(
            path=path,
            name=path.stem,
            speaker=row["speaker"],
            gender=decode(GENDERS, row["gender"] or "unknown", "gender", table),
            transcript=" ".join(row["transcript"].split()),
            corpus_label=row["emotion"],
            emotion_intended=decode(EMOTIONS, row["emotion"], "emotion", table),
            intensity=decode(INTENSITIES, row["intensity"] or "unspecified", "intensity", table),
            style=row["style"] or None,
            label_source="stated",
            language=row["language"] or None,
            license=row["license"],
            consent=row["consent"],
            sample_rate=_rate(path),
        )


def _rate(path: Path) -> int | None:
    """Return the sample rate of a recording in Hz; None if the file cannot be read."""
    try:
        return int(soundfile.info(path).samplerate)
    except soundfile.LibsndfileError:
        return None


SOURCE = Generated(make, Custom)
