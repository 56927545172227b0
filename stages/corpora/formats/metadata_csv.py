"""The metadata.csv of custom recordings: one row per clip, with one error for all its faults."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from stages.core import files
from stages.core.errors import UserError
from stages.core.params import near
from stages.corpora.base.reading import read_lines, read_text

REQUIRED = ("file", "transcript", "emotion", "speaker", "consent", "license")
OPTIONAL = ("gender", "style", "intensity", "language", "start", "end")
NAME = re.compile(r"[A-Za-z0-9_-]+")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
OWN_LICENSE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
SHOWN = 20  # maximum number of faults in an error


class Row(NamedTuple):
    """One row; `line` is its line in the file. Empty optional cells are None.

    `start_s` and `end_s` bound the clip in the file, in seconds; None for the file's own start or end.
    """

    line: int
    file: str
    transcript: str
    emotion: str
    speaker: str
    consent: str
    license: str
    gender: str | None
    style: str | None
    intensity: str | None
    language: str | None
    start_s: float | None
    end_s: float | None


def read(path: Path, known: Mapping[str, Iterable[str]]) -> list[Row]:
    """Read and check all rows.

    Args:
        path: a UTF-8 CSV with a header line, in any order of columns.
        known: column -> the values that it may have.

    Raises:
        UserError: every fault, with its line and column, and the closest known value.
    """
    rows = list(read_lines(path, REQUIRED))
    header = set(next(csv.reader(io.StringIO(read_text(path)))))
    columns = {*REQUIRED, *OPTIONAL}
    faults = [f"column '{name}' is not known{near(name, columns)}" for name in sorted(header - columns)]
    read_rows = []
    for line, cells in rows:
        found = {name: (cells.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
        wrong = [f"line {line}, column '{name}': {why}" for name, why in _faults(found, known)]
        if None in cells:  # the reader's key for surplus cells
            wrong = [f"line {line}: more cells than columns; put a text with a comma into quotation marks"]
        faults += wrong
        if not wrong:
            read_rows.append(_row(line, found))
    raise_faults(path, [*faults, *_contradictions(read_rows)])
    return read_rows


def raise_faults(path: Path, faults: list[str]) -> None:
    """Raise one error for all faults of a metadata file, if there are any."""
    if faults:
        more = f"\n... and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise UserError(f"{path}: {len(faults)} faults:\n" + "\n".join(faults[:SHOWN]) + more)


def _faults(cells: Mapping[str, str], known: Mapping[str, Iterable[str]]) -> Iterable[tuple[str, str]]:
    for name in REQUIRED:
        if not cells[name] and name != "transcript":  # `screen` drops such a clip as `no_transcript`
            yield name, "empty, but required"
    for name, words in known.items():
        allowed = set(words)
        custom = name == "license" and OWN_LICENSE.fullmatch(cells[name])
        if cells[name] and cells[name] not in allowed and not custom:
            hint = near(cells[name], allowed) or near(cells[name].lower(), allowed)
            yield name, f"expected one of {', '.join(sorted(allowed))}, found '{cells[name]}'{hint}"
    if cells["speaker"] and not NAME.fullmatch(cells["speaker"]):
        yield "speaker", f"expected letters, digits, - and _ only, found '{cells['speaker']}'"
    if cells["language"] and not LANGUAGE.fullmatch(cells["language"]):
        yield "language", f"expected a tag such as en or en-GB, found '{cells['language']}'"
    if cells["file"] and (Path(cells["file"]).is_absolute() or ".." in Path(cells["file"]).parts):
        yield "file", f"expected a path inside the folder of recordings, found '{cells['file']}'"
    times = {name: _time(cells[name]) for name in ("start", "end")}
    yield from ((name, f"expected seconds, found '{cells[name]}'") for name in times if times[name] == -1)
    start, end = times["start"] or 0, times["end"]
    if end is not None and start != -1 and -1 < end <= start:
        yield "end", f"expected more than the start of {start} s, found {end} s"


def _time(cell: str) -> float | None:
    """Parse seconds; None for an empty cell, -1 for text that is not a time."""
    if not cell:
        return None
    try:
        seconds = float(cell)
    except ValueError:
        return -1
    return seconds if seconds >= 0 and math.isfinite(seconds) else -1


def _row(line: int, cells: Mapping[str, str]) -> Row:
    optional = {name: cells[name] or None for name in ("gender", "style", "intensity", "language")}
    times = {f"{name}_s": _time(cells[name]) for name in ("start", "end")}
    return Row(line=line, **{name: cells[name] for name in REQUIRED}, **optional, **times)  # type: ignore[arg-type]


def _contradictions(rows: list[Row]) -> list[str]:
    """Find rows that repeat a clip, and speakers with two genders."""
    faults: list[str] = []
    first: dict[tuple[str, float | None, float | None], int] = {}
    genders: dict[str, tuple[str, int]] = {}
    for row in rows:
        line = first.setdefault((row.file, row.start_s, row.end_s), row.line)
        if line != row.line:
            faults.append(f"line {row.line}, column 'file': the same clip as in line {line}")
        stated = row.gender or "unknown"
        gender, line = genders.setdefault(row.speaker, (stated, row.line))
        if gender != stated:
            where = f"line {row.line}, column 'gender'"
            faults.append(f"{where}: speaker {row.speaker} is {stated} here, {gender} in line {line}")
    return faults


def write(rows: list[dict[str, str]], columns: tuple[str, ...], path: Path) -> None:
    """Write rows as CSV, atomically."""
    content = io.StringIO()
    writer = csv.DictWriter(content, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(path, content.getvalue())
