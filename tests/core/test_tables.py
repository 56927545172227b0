"""The tables: every column has a meaning, equal content is equal bytes, and each table keeps its rules."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages.core import files, store, tables
from stages.core.contract import Table
from stages.core.errors import UserError
from tests import makers

MODELS = [m for m in vars(tables).values() if isinstance(m, type) and issubclass(m, Table)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_has_a_meaning_and_the_table_a_key(model: type[Table]) -> None:
    assert model.KEY
    assert set(model.KEY) <= set(model.COLUMNS)
    assert all(column.meaning for column in model.COLUMNS.values())


def test_row_order_does_not_change_the_bytes(tmp_path: Path) -> None:
    table = makers.catalog({}, {}, {})
    store.write(table, tables.Catalog, tmp_path / "a.parquet")
    store.write(table.iloc[::-1], tables.Catalog, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_measures_are_rounded_to_their_resolution(tmp_path: Path) -> None:
    row = {"clip_id": "a", "cache_key": "k", "snr_db": 12.34567, "dc_offset": 1e-9, "lufs": float("nan")}
    store.write(store.frame([row], tables.Quality), tables.Quality, tmp_path / "q.parquet")
    read = store.rows(tmp_path / "q.parquet", tables.Quality)
    assert (read[0]["snr_db"], read[0]["dc_offset"], read[0]["lufs"]) == (12.35, 0.0, None)
    assert store.rounded_rows([row], tables.Quality) == read


def test_a_table_that_breaks_its_contract_is_not_written(tmp_path: Path) -> None:
    table = makers.catalog({}, {}).assign(clip_id=["demo_0", "a,b"])
    wrong = pd.concat([table, table.assign(emotion_intended="hapy", speaker=None, file_count=0)])
    target = tmp_path / "c.parquet"
    with pytest.raises(UserError) as caught:
        store.write(wrong.assign(mood="x"), tables.Catalog, target)
    assert str(caught.value) == (
        f"{target}: column 'mood' is undeclared\n"
        f"column 'clip_id' breaks the rule str_matches({tables.ID!r}): found 'a,b' in a,b, a,b\n"
        "column 'file_count' breaks the rule greater_than_or_equal_to(1): found 0 in demo_0, a,b\n"
        "column 'speaker' breaks the rule not_nullable: found null in demo_0, a,b\n"
        f"column 'emotion_intended' breaks the rule isin({tables.EMOTIONS}): found 'hapy' in demo_0, a,b\n"
        "table breaks the rule unique(clip_id) in demo_0, a,b, demo_0, a,b"
    )
    assert not list(tmp_path.iterdir())


def test_rows_with_undeclared_columns_are_refused() -> None:
    with pytest.raises(UserError, match=r"undeclared columns \['mood'\]"):
        store.frame([{"mood": 1}], tables.Trim)


ALIGNED = {"clip_id": "a", "cache_key": "k", "engine": "e", "status": "aligned", "oov_words": 0,
           "words": ["x", "y"], "starts": [1, 5], "ends": [4, 6]}  # fmt: skip
TIMED = "words in order, start < end, lists of equal length; empty unless aligned"


@pytest.mark.parametrize(
    ("model", "row", "message"),
    [
        (tables.Align, {**ALIGNED, "starts": [5, 3], "ends": [6, 4]}, TIMED),
        (tables.Align, {**ALIGNED, "starts": [1, 3]}, TIMED),
        (tables.Align, {**ALIGNED, "starts": [4, 5]}, TIMED),
        (tables.Align, {**ALIGNED, "starts": [1], "ends": [2]}, TIMED),
        (tables.Align, {**ALIGNED, "starts": [-1, 5]}, TIMED),
        (tables.Align, {**ALIGNED, "words": [], "starts": [], "ends": []}, TIMED),
        (tables.Align, {**ALIGNED, "status": "failed"}, TIMED),
        (tables.Screen, {"clip_id": "a", "corpus": "demo", "verdict": "drop"},
         "a reason if and only if the verdict is drop"),
    ],
    ids=["order", "overlap", "empty word", "length", "before the file", "no words", "failed", "no reason"],
)  # fmt: skip
def test_rows_that_contradict_themselves_are_refused(
    model: type[Table], row: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        store.check(store.frame([row], model), model, "t")
    assert str(caught.value) == f"t: table breaks the rule {message} in a"


def test_the_error_of_a_missing_table_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not found; run `dvc repro`"):
        store.read(tmp_path / "none.parquet", tables.Trim)


def test_tables_of_different_clips_are_not_joined() -> None:
    message = r"table 'trim': 1 clips are in only one of this table and the catalog, e.g. demo_2"
    with pytest.raises(UserError, match=message):
        store.same_clips(makers.catalog({}, {}), makers.catalog({}, {}, {}), "trim")


def test_after_a_failed_write_only_the_old_file_is_there(tmp_path: Path) -> None:
    target = tmp_path / "t.txt"
    files.write_text(target, "old")

    def fail(beside: Path) -> None:
        beside.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.write(target, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["t.txt"]
    assert target.read_text() == "old"
