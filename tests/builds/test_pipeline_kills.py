"""Stages of the demo build that are killed continue where they stopped, and give the committed build."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.core import store, tables
from tests.pipeline import Clone, committed

MANIFESTS = {f"data/expressive_{name}.jsonl" for name in ("dataset", "train", "valid")}
"""DVC removes these before it starts `render`."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return committed(tmp_path_factory.mktemp("kills") / "clone")


def without_some_rows(folder: Path) -> int:
    """Remove 50 rows, because all clips would take a minute; return the number of clips to compute."""
    table = folder / "data/tables/align/demo.parquet"
    store.write(store.read(table, tables.Align)[50:], tables.Align, table)
    return 50


def without_samples(folder: Path) -> int:
    """Remove all samples; return their number."""
    table = folder / "data/tables/render.parquet"
    samples = len(store.read(table, tables.Render))
    table.unlink()
    shutil.rmtree(folder / "data/data_stereo")
    return samples


def visible(clone: Clone) -> set[str]:
    """List the complete files of a build."""
    return {name for name in clone.bytes() if "/." not in name}


@pytest.mark.parametrize(
    ("stage", "table", "prepare"),
    [("align@demo", "align/demo", without_some_rows), ("render", "render", without_samples)],
)
def test_a_killed_stage_continues_and_gives_the_committed_build(
    clone: Clone, stage: str, table: str, prepare: Callable[[Path], int]
) -> None:
    before = clone.bytes()
    row_cache = clone.folder / f"data/tables/{table}.parquet"
    journal = row_cache.with_name(f".{row_cache.name}.journal")
    new = prepare(clone.folder)
    there = visible(clone)
    clone.kill(stage, journal)
    assert visible(clone) <= there
    assert there - visible(clone) <= MANIFESTS
    rows = journal.read_text().count("\n")
    ran, opened = clone.repro("--force", "--single-item", stage)
    assert ran == [stage]
    # each recording is opened twice: for its digest, and for its samples
    assert 0 < opened[stage] <= 2 * (new - rows)
    assert clone.bytes() == before
    assert clone.run("git", "status", "--porcelain") == ""
