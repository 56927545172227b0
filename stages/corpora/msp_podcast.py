"""MSP-Podcast: spontaneous speech of podcasts, rated by listeners; releases 1.8 to 2.0.

    Audios/MSP-PODCAST_XXXX_YYYY.wav             Audio/ or a doubled folder in some unpackings
    Labels/labels_consensus.csv                  labels_concensus.csv up to 1.9
    Labels/labels_detailed.{csv,json}            one row or entry per rater; three shapes
    Transcripts/MSP-PODCAST_XXXX_YYYY.txt        missing for some
    ForceAligned/MSP-PODCAST_XXXX_YYYY.TextGrid  tier "words"
    Partitions.txt                               "Test1; MSP-PODCAST_XXXX_YYYY.wav"

Files of earlier releases may be in `Previous_releases_information`; these files are left out. Labels of Test3
(from 1.11) are hidden: its clips are in Partitions.txt only. The class X means no agreement. A speaker
"Unknown" may be any speaker of the corpus. One file of 1.8, MSP-PODCAST_1023_0235, is stereo at 44.1 kHz:
`screen` drops it, like any file that differs from the originals.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stages.core.errors import UserError
from stages.corpora.base import Clip, Correction, Local, Vote, decode, read_csv, read_text, recordings
from stages.corpora.formats import textgrid

LICENSE = (
    "LicenseRef-MSP-Podcast"  # by agreement; neither audio nor labels nor partitions may be redistributed
)
CITATION = (
    "Lotfian R, Busso C (2019). Building naturalistic emotionally balanced speech corpus by retrieving "
    "emotional speech from existing podcast recordings. IEEE Transactions on Affective Computing "
    "10(4): 471-483. https://doi.org/10.1109/TAFFC.2017.2736999"
)
LANGUAGE = "en"
SAMPLE_RATE = 16000
N_CLIPS = 0  # releases differ: labels and partitions of the supplied release list its files
NAMES: dict[str, str] = {}
CORRECTIONS: dict[str, Correction] = {}

CONSENSUS = ("labels_consensus.csv", "labels_concensus.csv")
COLUMNS = ("FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set")
UNKNOWN_SPEAKER = "unknown"  # as in stages.core.tables, which `fetch` does not import
EARLIER = {"previous_releases_information", "previous_releases_info"}
EMOTIONS = {
    "A": "angry", "S": "sad", "H": "happy", "U": "surprised", "F": "fearful", "D": "disgust", "C": "contempt",
    "N": "neutral", "O": "other", "X": None,
}  # fmt: skip
RATER_LABELS = {
    "angry": "angry", "sad": "sad", "happy": "happy", "surprise": "surprised", "fear": "fearful",
    "disgust": "disgust", "contempt": "contempt", "neutral": "neutral",
}  # fmt: skip
"""The words that raters could choose; their own words ("Other-Curious") count as other."""
DIMENSIONS = {"activation": "EmoAct", "valence": "EmoVal", "dominance": "EmoDom"}
GENDERS = {"Female": "female", "Male": "male", "Unknown": "unknown", "": "unknown"}
PARTITIONS = {
    "train": "train", "validation": "development", "development": "development",
    "test1": "test1", "test2": "test2", "test3": "test3",
}  # fmt: skip


def _files(root: Path, pattern: str) -> list[Path]:
    """List the files of this release, shallowest first."""
    found = [path for path in root.rglob(pattern) if not path.name.startswith(".")]
    own = [path for path in found if EARLIER.isdisjoint(path.relative_to(root).as_posix().lower().split("/"))]
    return sorted(own, key=lambda path: (len(path.parts), path))


def consensus(root: Path) -> tuple[Path, dict[str, dict[str, str]]]:
    """Read the table of consensus labels; return its path, and clip -> row.

    Raises:
        UserError: no such table, or one without its columns.
    """
    found = [path for name in CONSENSUS for path in _files(root, name)]
    if not found:
        raise UserError(f"{root}: expected Labels/{CONSENSUS[0]}, not found; add the labels of the release")
    return found[0], {Path(row["FileName"]).stem: row for row in read_csv(found[0], COLUMNS)}


def partitions(root: Path) -> dict[str, str]:
    """Read clip -> partition from Partitions.txt, if the release has one."""
    parts: dict[str, str] = {}
    for path in _files(root, "Partitions.txt")[:1]:
        for line in read_text(path).splitlines():
            part, _, file = line.partition(";")
            if file.strip():
                parts[Path(file.strip()).stem] = decode(PARTITIONS, part.strip().lower(), "partition", path)
    return parts


def list_clips(root: Path) -> dict[str, str]:
    """List every clip of the release -> its speaker, empty if hidden."""
    speakers = {name: row["SpkrID"] for name, row in consensus(root)[1].items()}
    return dict.fromkeys(partitions(root), "") | speakers


SOURCE = Local(
    "MSP-Podcast is distributed by agreement only and may not be redistributed: an institution requests it "
    "at https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Podcast.html.",
    tables=(
        "labels_*.csv", "labels_*.json", "Partitions.txt", "Speaker_ids.txt", "MSP-PODCAST_*.txt",
        "*.TextGrid",
    ),
    list_clips=list_clips,
)  # fmt: skip


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`."""
    table, rows = consensus(root)
    parts = partitions(root)
    texts = {path.stem: path for path in reversed(_files(root, "MSP-PODCAST_*.txt"))}
    grids = {path.stem: path for path in reversed(_files(root, "*.TextGrid"))}
    current = set(_files(root, "*"))
    for path in (path for path in recordings(root) if path in current):
        name = path.stem
        if name not in rows and name not in parts:
            raise UserError(f"{path}: not in {table} nor in Partitions.txt; is it a file of another release?")
        words = textgrid.words(grids[name]) if name in grids else ()
        # without a transcript, the aligned words are used; they lack punctuation
        spoken = read_text(texts[name]).split() if name in texts else [word.text for word in words]
        yield Clip(
            path=path,
            name=name,
            transcript=" ".join(spoken),
            shipped_words=words,
            intensity="unspecified",
            label_source="perceived",
            **_labels(rows.get(name), parts.get(name), table),
        )


def _labels(row: Mapping[str, str] | None, part: str | None, table: Path) -> dict[str, Any]:
    """Return the consensus labels of a clip; placeholders if its labels are hidden."""
    if row is None:
        return {"speaker": UNKNOWN_SPEAKER, "gender": "unknown", "corpus_label": "", "emotion_intended": None,
                "corpus_split": part}  # fmt: skip
    file = row["FileName"]
    emotion = decode(EMOTIONS, row["EmoClass"].strip(), f"EmoClass of {file}", table)
    speaker = row["SpkrID"].strip()
    return {
        "speaker": UNKNOWN_SPEAKER if speaker.lower() in ("", "unknown") else speaker,
        "gender": decode(GENDERS, row["Gender"].strip(), f"Gender of {file}", table),
        "corpus_label": row["EmoClass"].strip(),
        "emotion_intended": emotion,
        "emotion_perceived": emotion,
        "corpus_split": decode(PARTITIONS, row["Split_Set"].strip().lower(), f"Split_Set of {file}", table),
        **{name: _number(row, column, table) for name, column in DIMENSIONS.items()},
    }


def _number(row: Mapping[str, str], column: str, table: Path) -> float | None:
    try:
        return float(row[column]) if row[column].strip() else None
    except ValueError:
        raise UserError(
            f"{table}: {row['FileName']}: {column}: expected a number from 1 to 7, found {row[column]!r}"
        ) from None


def votes(root: Path) -> Iterator[Vote]:
    """Return the vote of each rater; none if the release has no detailed labels."""
    readers = {"labels_detailed.csv": _csv_votes, "labels_detailed.json": _json_votes}
    found = [(path, read) for name, read in readers.items() for path in _files(root, name)]
    for path, read in found[:1]:
        for file, rater, word in read(path):
            emotion = RATER_LABELS.get(word.strip().casefold(), "other")
            yield Vote(Path(file).stem, "voice", rater.strip(), word.strip(), emotion, 1)


def _csv_votes(path: Path) -> Iterator[tuple[str, str, str]]:
    """Read file, rater, word. Releases 1.7 to 1.12 have one field: "WORKER1; Happy; Amused; A:5; ..."."""
    header = next(csv.reader(io.StringIO(read_text(path))), [])
    rater = next((name for name in ("WorkerID", "Workers") if name in header), None)
    for row in read_csv(path, ["FileName", *([rater, "EmoClass_Major"] if rater else ["EmoDetail"])]):
        if rater:
            yield row["FileName"], row[rater], row["EmoClass_Major"]
            continue
        fields = row["EmoDetail"].split(";")
        if len(fields) < 2 or " " in fields[0].strip() or ":" in fields[1]:
            raise UserError(
                f"{path}: {row['FileName']}: expected 'rater; emotion; ...', found {row['EmoDetail']!r}"
            )
        yield row["FileName"], fields[0], fields[1]


def _json_votes(path: Path) -> Iterator[tuple[str, str, str]]:
    """Read file, rater, word from {file: {rater: {"EmoClass_Major": word, ...}}}."""
    try:
        content = json.loads(path.read_bytes())
        for file, raters in content.items():
            for rater, answer in raters.items():
                yield file, rater, answer["EmoClass_Major"]
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise UserError(f"{path}: expected raters with EmoClass_Major per file, found: {error!r}") from None
