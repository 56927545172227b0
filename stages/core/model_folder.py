"""Folders in which a user places a model of his own: what lies there, and the digests of it."""

from collections.abc import Iterable
from pathlib import Path

from stages.core import files
from stages.core.errors import UserError


def names(folder: Path, parameter: str) -> set[str]:
    """Names of the files in the folder that a parameter states, without hidden ones.

    Raises:
        UserError: no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{parameter}: expected a folder, found none at {folder}; an empty one will do")
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def digests(folder: Path, parts: Iterable[str]) -> list[str]:
    """Of each file, for the keys of the rows. Models are large: asked for only where one is used."""
    return [files.sha256(folder / part) for part in parts]
