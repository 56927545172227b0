"""Folders with models that users supply: their files and digests."""

from collections.abc import Iterable
from pathlib import Path

from stages.core import files
from stages.core.errors import UserError


def names(folder: Path, parameter: str) -> set[str]:
    """List the files in the folder of a parameter, without hidden ones.

    Raises:
        UserError: no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{parameter}: folder {folder} not found; create it (may be empty)")
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def digests(folder: Path, parts: Iterable[str]) -> list[str]:
    """Return the digest of each file, for cache keys. Slow, because models are large."""
    return [files.sha256(folder / part) for part in parts]
