"""Atomic writes: a file is written beside its place, then renamed."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write(path: Path, save: Callable[[Path], object]) -> None:
    """Let `save` write a file beside `path`, then rename the file.

    A kill leaves either the old file or the new one; a failure leaves the old one and nothing else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        save(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Atomically write bytes."""
    write(path, lambda beside: beside.write_bytes(content))


def write_text(path: Path, text: str) -> None:
    """Atomically write UTF-8 text with Unix line ends on every system."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Atomically write indented JSON; NaN is refused, because JSON has none."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def sha256(path: Path) -> str:
    """Return the hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
