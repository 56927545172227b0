"""Readers that corpus modules share; errors have the file, the code and the expected values."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from stages.core.errors import UserError
from stages.corpora.base.clips import Correction

V = TypeVar("V")
MANY = 24  # maximum number of codes in an error


def checksums(name: str) -> dict[str, str]:
    """Read `stages/corpora/checksums/<name>`, as `sha256sum` writes it: path -> digest."""
    lines = (Path(__file__).parents[1] / "checksums" / name).read_text("utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def recordings(root: Path) -> list[Path]:
    """List all WAV files below a folder, sorted by path.

    Hidden files and folders are not recordings: `.git`, and the `._name.wav` that macOS adds to zips.
    """
    return sorted(
        path
        for path in root.rglob("*")
        if path.suffix.lower() == ".wav"
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and path.is_file()
    )


def name_parts(
    path: Path, pattern: str, example: str, corrections: Mapping[str, Correction] | None = None
) -> tuple[str, ...]:
    """Split the name of a recording, without its suffix, into the groups of a regular expression.

    Args:
        path: of the file.
        pattern: of the complete name.
        example: a correct name, for the error.
        corrections: of names that the corpus itself misspells.

    Raises:
        UserError: the name does not match.
    """
    correction = (corrections or {}).get(path.stem)
    found = re.fullmatch(pattern, correction.replacement if correction else path.stem)
    if not found:
        raise UserError(
            f"{path}: expected a name such as {example}; "
            "if the file is not part of the corpus, move it out of the folder"
        )
    return found.groups()


def decode(codes: Mapping[str, V], code: str, what: str, path: Path) -> V:
    """Look up the meaning of a code in a file's name or table.

    Raises:
        UserError: the codebook has no such code.
    """
    if code not in codes:
        expected = ", ".join(list(codes)[:MANY]) + (", ..." if len(codes) > MANY else "")
        raise UserError(
            f"{path}: unknown {what} '{code}'; expected one of {expected}.\n"
            "If the file is not part of the corpus, move it out of the folder."
        )
    return codes[code]


def read_text(path: Path) -> str:
    """Read a UTF-8 text, without a byte order mark.

    Raises:
        UserError: not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x} at position {error.start}"
        raise UserError(
            f"{path}: expected UTF-8, found {found}; use the original file, or save it as UTF-8"
        ) from None


def read_csv(path: Path, columns: Iterable[str]) -> Iterator[dict[str, str]]:
    """Read the rows of a UTF-8 table with a header line, as text.

    Raises:
        UserError: not found, not UTF-8, not CSV, or without one of `columns`.
    """
    return (row for _, row in read_lines(path, columns))


def read_lines(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read rows as `read_csv` does, each with the number of its last line; empty lines are skipped."""
    if not path.exists():
        raise UserError(f"{path}: not found; put the corpus's label tables beside its recordings")
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    try:
        missing = sorted(set(columns) - set(reader.fieldnames or ()))
        if missing:
            raise UserError(f"{path}: expected columns {missing}, found only {list(reader.fieldnames or ())}")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise UserError(f"{path}: line {reader.line_num}: expected CSV, found: {error}") from None
