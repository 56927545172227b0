"""Stages of the demo build that were killed: they go on, and end in the committed build."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from stages.lib import store, tables
from tests.pipeline import Clone, committed


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return committed(tmp_path_factory.mktemp("kills") / "clone")


def some_forgotten(folder: Path) -> None:
    """As when 100 clips were new; all of them would take a minute."""
    table = folder / "data/tables/align/demo.parquet"
    store.write(store.read(table, tables.Align)[100:], tables.Align, table)


def nothing_there(folder: Path) -> None:
    (folder / "data/tables/render.parquet").unlink()
    shutil.rmtree(folder / "data/data_stereo")


def visible(clone: Clone) -> set[str]:
    """What a build has made, without what is half made."""
    return {name for name in clone.bytes() if "/." not in name}


@pytest.mark.parametrize(
    ("stage", "table", "prepare", "new"),
    [("align@demo", "align/demo", some_forgotten, 100), ("render", "render", nothing_there, None)],
)
def test_killed_halfway_it_goes_on_and_ends_in_the_committed_build(
    clone: Clone, stage: str, table: str, prepare: Callable[[Path], None], new: int | None
) -> None:
    before = clone.bytes()
    memory = clone.folder / f"data/tables/{table}.parquet"
    journal = memory.with_name(f".{memory.name}.journal")
    prepare(clone.folder)
    there = visible(clone)
    clone.kill(stage, journal)
    assert visible(clone) <= there  # DVC takes the old manifests away
    rows = journal.read_text().count("\n")
    ran, opened = clone.repro("--force", "--single-item", stage)
    assert ran == [stage]
    # each recording is opened twice: for its digest, and for its samples
    assert 0 < opened[stage] <= 2 * ((new or len(pd.read_parquet(memory))) - rows)
    assert clone.bytes() == before
    assert clone.run("git", "status", "--porcelain") == ""
