"""Folders that users supply, such as those of models: names and digests of their files."""

from collections.abc import Iterable
from pathlib import Path

from stages.core import files
from stages.core.errors import UserError


def fault(folder: Path, parameter: str) -> str:
    """Describe the fault of a folder that a parameter names; empty if the folder exists."""
    return "" if folder.is_dir() else f"{parameter}: folder {folder} not found; create it (may be empty)"


def names(folder: Path, parameter: str) -> set[str]:
    """List the files in the folder that a parameter names, without hidden files.

    Raises:
        UserError: the folder does not exist.
    """
    if missing := fault(folder, parameter):
        raise UserError(missing)
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def digests(folder: Path, parts: Iterable[str]) -> list[str]:
    """Compute the digest of each file, for cache keys; slow, because models are large."""
    return [files.sha256(folder / part) for part in parts]
