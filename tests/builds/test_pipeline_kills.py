"""Stages of the demo build that were killed: they go on, and end in the committed build."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.core import store, tables
from tests.pipeline import Clone, committed

MANIFESTS = {f"data/expressive_{name}.jsonl" for name in ("dataset", "train", "valid")}
"""DVC takes the old ones away before it starts `render`."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return committed(tmp_path_factory.mktemp("kills") / "clone")


def some_forgotten(folder: Path) -> int:
    """As when 50 clips were new, for all would take a minute; how many are to be done."""
    table = folder / "data/tables/align/demo.parquet"
    store.write(store.read(table, tables.Align)[50:], tables.Align, table)
    return 50


def nothing_there(folder: Path) -> int:
    """As when nothing was ever rendered; how many samples are to be done."""
    table = folder / "data/tables/render.parquet"
    samples = len(store.read(table, tables.Render))
    table.unlink()
    shutil.rmtree(folder / "data/data_stereo")
    return samples


def visible(clone: Clone) -> set[str]:
    """What a build has made, without what is half made."""
    return {name for name in clone.bytes() if "/." not in name}


@pytest.mark.parametrize(
    ("stage", "table", "prepare"),
    [("align@demo", "align/demo", some_forgotten), ("render", "render", nothing_there)],
)
def test_killed_halfway_it_goes_on_and_ends_in_the_committed_build(
    clone: Clone, stage: str, table: str, prepare: Callable[[Path], int]
) -> None:
    before = clone.bytes()
    memory = clone.folder / f"data/tables/{table}.parquet"
    journal = memory.with_name(f".{memory.name}.journal")
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
