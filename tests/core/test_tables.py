"""The column contract holds at both ends, names what breaks it, and makes equal content equal bytes."""

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


def test_round_trip_keeps_values_dtypes_and_nulls(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "clip_id": "b",
            "cache_key": "k",
            "speech_start": 2**40,
            "speech_end": 2**40 + 1,
            "start": 0,
            "end": 2**41,
        },
        {"clip_id": "a", "cache_key": "k"},
    ]
    store.write(store.frame(rows, tables.Trim), tables.Trim, tmp_path / "t.parquet")
    table = store.read(tmp_path / "t.parquet", tables.Trim)
    assert table.clip_id.tolist() == ["a", "b"]
    assert table.speech_start.isna().tolist() == [True, False]
    assert table.speech_start[1] == 2**40  # beyond float32, and exact


def test_measures_are_rounded_to_their_resolution(tmp_path: Path) -> None:
    table = store.frame(
        [{"clip_id": "a", "cache_key": "k", "snr_db": 12.34567, "dc_offset": 1e-9}], tables.Quality
    )
    store.write(table, tables.Quality, tmp_path / "q.parquet")
    read = store.read(tmp_path / "q.parquet", tables.Quality)
    assert read.snr_db[0] == 12.35
    assert read.dc_offset[0] == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"emotion_intended": "hapy"}, r"column 'emotion_intended' breaks the rule isin.*'hapy' in demo_1"),
        ({"clip_id": "a,b"}, r"column 'clip_id' breaks the rule str_matches.*'a,b'"),
        (
            {"file_count": 0},
            r"column 'file_count' breaks the rule greater_than_or_equal_to\(1\): found 0 in demo_1",
        ),
        ({"speaker": None}, "column 'speaker' breaks the rule not_nullable"),
    ],
)
def test_breach_names_file_rule_and_clip(tmp_path: Path, change: dict[str, object], message: str) -> None:
    table = makers.catalog({}, {})
    for name, value in change.items():
        table.loc[1, name] = value
    with pytest.raises(UserError, match=message) as caught:
        store.write(table, tables.Catalog, tmp_path / "c.parquet")
    assert str(caught.value).startswith(str(tmp_path / "c.parquet"))
    assert not list(tmp_path.iterdir())


def test_same_key_twice_and_undeclared_columns_are_refused(tmp_path: Path) -> None:
    table = makers.catalog({}, {})
    with pytest.raises(UserError, match="clip_id"):
        store.write(pd.concat([table, table]), tables.Catalog, tmp_path / "c.parquet")
    with pytest.raises(UserError, match="mood"):
        store.write(table.assign(mood="x"), tables.Catalog, tmp_path / "c.parquet")
    with pytest.raises(UserError, match=r"undeclared columns \['mood'\]"):
        store.frame([{"mood": 1}], tables.Trim)


WORDS = {"clip_id": "a", "cache_key": "k", "engine": "e", "status": "aligned", "score": -1.0, "oov_words": 0}


@pytest.mark.parametrize(
    ("starts", "ends"),
    [([5, 3], [6, 4]), ([1, 4], [5, 6]), ([1, 4], [1, 6]), ([1], [2]), ([-1, 4], [2, 6]), ([], [])],
    ids=["order", "overlap", "empty word", "length", "before the file", "no words"],
)
def test_word_times_that_cannot_be_are_refused(tmp_path: Path, starts: list[int], ends: list[int]) -> None:
    row = {**WORDS, "words": ["x", "y"], "starts": starts, "ends": ends}
    with pytest.raises(UserError, match="words in order"):
        store.write(store.frame([row], tables.Align), tables.Align, tmp_path / "a.parquet")


def test_failed_alignment_has_no_invented_times(tmp_path: Path) -> None:
    row = {**WORDS, "status": "failed", "words": ["x"], "starts": [1], "ends": [2]}
    with pytest.raises(UserError, match="empty unless aligned"):
        store.write(store.frame([row], tables.Align), tables.Align, tmp_path / "a.parquet")


def test_verdict_and_reason_go_together(tmp_path: Path) -> None:
    rows = [{"clip_id": "a", "corpus": "demo", "verdict": "drop"}]
    with pytest.raises(UserError, match="a reason exactly where the verdict is drop"):
        store.write(store.frame(rows, tables.Screen), tables.Screen, tmp_path / "s.parquet")


def test_missing_table_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not found; run `dvc repro`"):
        store.read(tmp_path / "none.parquet", tables.Trim)


def test_tables_of_different_clips_are_not_joined() -> None:
    with pytest.raises(
        UserError, match=r"table 'trim': 1 clips are not in both it and the catalog, e.g. demo_2"
    ):
        store.same_clips(makers.catalog({}, {}), makers.catalog({}, {}, {}), "trim")


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "t.txt"
    files.write_text(target, "old")

    def fail(beside: Path) -> None:
        beside.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.write(target, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["t.txt"]
    assert target.read_text() == "old"
