"""Which source files a stage rests on: for `deps` in dvc.yaml, and for the digest that keys reused rows."""

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
"""Modules of stages/core on which the rows of a clip depend; the others only read, check and write."""


def file_of(module: str) -> Path | None:
    """The file of a local module, relative to the repository; None for a library."""
    if module.partition(".")[0] not in LOCAL:
        return None
    path = Path(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if (ROOT / candidate).exists():
            return candidate
    return None


@cache
def imported(path: Path) -> frozenset[Path]:
    """Find the local modules that a file names in its import statements.

    A pattern reads them, which takes a tenth of the time of a parser; a stage reads some forty files.
    """
    found: set[Path | None] = set()
    for package, names, module in STATEMENT.findall((ROOT / path).read_text(encoding="utf-8")):
        listed = [name.split()[0] for name in re.sub(r"#.*|[()]", "", names).split(",") if name.strip()]
        inner = {file_of(f"{package}.{name}") for name in listed}
        found |= inner - {None} or {file_of(package or module)}
    return frozenset(file for file in found if file)


def imports(module: str) -> list[str]:
    """The names of the local modules that a local module imports directly, sorted."""
    path = file_of(module)
    found = imported(path) if path else frozenset()
    return sorted(".".join(file.with_suffix("").parts) for file in found if file.name != "__init__.py")


def closure(path: Path) -> set[Path]:
    """A file and all local modules that it imports, directly or not; package markers are left out."""
    done: set[Path] = set()
    todo = {path}
    while todo:
        done |= todo
        todo = {more for file in todo for more in imported(file)} - done
    return {file for file in done if file.name != "__init__.py"}


@cache
def digest(module: str) -> str:
    """Digest of the code behind a module's per-clip functions: its closure, and the pinned libraries."""
    path = file_of(module)
    if path is None:
        raise ValueError(f"{module} is no module of this repository")
    state = hashlib.sha256()
    core = {
        file for file in closure(path) if file.parts[:2] == ("stages", "core") and file.name not in COMPUTING
    }
    for file in sorted([*(closure(path) - core), Path(PINS)]):
        state.update(file.as_posix().encode() + b"\0" + (ROOT / file).read_bytes() + b"\0")
    return state.hexdigest()
