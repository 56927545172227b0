"""Source files that a stage depends on, for `deps` in dvc.yaml and for the cache keys of rows."""

import hashlib
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCAL = ("stages", "tests")
PINS = "requirements.txt"
STATEMENT = re.compile(
    r"^[ \t]*(?:from ((?:stages|tests)[\w.]*) import (\([^)]*\)|[^\n]+)|import ((?:stages|tests)[\w.]*))",
    re.M,
)
COMPUTING = {"audio.py"}
"""Modules of stages/core on which the values in a row depend; the others only read, check and write."""


def file_of(module: str) -> Path | None:
    """Find the file of a local module, relative to the repository; None for a library."""
    if module.partition(".")[0] not in LOCAL:
        return None
    path = Path(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if (ROOT / candidate).exists():
            return candidate
    return None


@cache
def imported(path: Path) -> frozenset[Path]:
    """Find the local modules in the import statements of a file.

    A regular expression takes a tenth of the time of a parser; a stage reads about 40 files.
    """
    found: set[Path | None] = set()
    for package, names, module in STATEMENT.findall((ROOT / path).read_text(encoding="utf-8")):
        listed = [name.split()[0] for name in re.sub(r"#.*|[()]", "", names).split(",") if name.strip()]
        inner = {file_of(f"{package}.{name}") for name in listed}
        found |= inner - {None} or {file_of(package or module)}
    return frozenset(file for file in found if file)


def imports(module: str) -> list[str]:
    """List the local modules that a local module imports directly, sorted by name."""
    path = file_of(module)
    found = imported(path) if path else frozenset()
    return sorted(".".join(file.with_suffix("").parts) for file in found if file.name != "__init__.py")


def closure(path: Path) -> set[Path]:
    """Find a file and all local modules that it imports, directly or indirectly, without `__init__.py`."""
    done: set[Path] = set()
    pending = {path}
    while pending:
        done |= pending
        pending = {more for file in pending for more in imported(file)} - done
    return {file for file in done if file.name != "__init__.py"}


@cache
def digest(module: str) -> str:
    """Compute the digest of the code that the functions of a module run, and of the pinned libraries.

    Raises:
        ValueError: the module is not one of this repository.
    """
    path = file_of(module)
    if path is None:
        raise ValueError(f"{module} is not a module of this repository")
    state = hashlib.sha256()
    core = Path("stages", "core")
    computing = {file for file in closure(path) if core not in file.parents or file.name in COMPUTING}
    for file in sorted([*computing, Path(PINS)]):
        state.update(file.as_posix().encode() + b"\0" + (ROOT / file).read_bytes() + b"\0")
    return state.hexdigest()
