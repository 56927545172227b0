"""Tables keep their contract: every kind of violation is found, named and reported with the others."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.core import store, tables
from stages.core.contract import Table, column, rule
from stages.core.errors import UserError

INF = float("inf")


class Sample(Table, key=("name", "part")):
    """A table with a column of each type and a rule of each kind."""

    name: str = column("name", str_matches=r"^[a-z]+$")
    part: int = column("part of it", ge=0, lt=10)
    mood: str | None = column("mood", isin=("glad", "sad"))
    share: float | None = column("share", "", 2, gt=0, le=1)
    level: float = column("level", "dB", 1)
    turn: int | None = column("turn", ge=0)
    main: bool = column("first part")
    sure: bool | None = column("sure")
    words: list[str] = column("words")
    counts: list[int] = column("counts")
    times: list[float] = column("times", "s")

    @rule("as many times as words")
    @staticmethod
    def timed(words: list[str], times: list[float]) -> bool:
        return len(words) == len(times)

    @rule("one main part of each name", by="name")
    @staticmethod
    def one_main(main: list[bool]) -> bool:
        return sum(main) == 1


PLAIN: dict[str, Any] = {"name": "a", "part": 0, "level": 0.0, "main": True,
                         "words": [], "counts": [], "times": []}  # fmt: skip
FULL: dict[str, Any] = {"part": 3, "mood": "sad", "share": 1.0, "level": -INF, "turn": 2**60, "main": False,
                        "sure": True, "words": ["x", "y"], "counts": [7], "times": [0.5, 1.0]}  # fmt: skip


def made(*rows: dict[str, Any]) -> pd.DataFrame:
    """Make rows that differ from a plain one as stated."""
    return store.frame([PLAIN | row for row in rows], Sample)


def refused(table: pd.DataFrame) -> list[str]:
    """Return the lines of the error, without the place."""
    with pytest.raises(UserError) as caught:
        store.check(table, Sample, "t")
    assert str(caught.value).startswith("t: ")
    return str(caught.value).removeprefix("t: ").split("\n")


@pytest.mark.parametrize(
    ("change", "rule", "found"),
    [
        ({"name": "A"}, "str_matches('^[a-z]+$')", "'A' in A/0"),
        ({"name": "a\n"}, "str_matches('^[a-z]+$')", r"'a\n' in a" + "\n/0"),
        ({"mood": "hapy"}, "isin(('glad', 'sad'))", "'hapy' in a/0"),
        ({"part": -1}, "greater_than_or_equal_to(0)", "-1 in a/-1"),
        ({"part": 10}, "less_than(10)", "10 in a/10"),
        ({"share": 0.0}, "greater_than(0)", "0.0 in a/0"),
        ({"share": 1.5}, "less_than_or_equal_to(1)", "1.5 in a/0"),
        ({"share": INF}, "less_than_or_equal_to(1)", "inf in a/0"),
        ({"share": -INF}, "greater_than(0)", "-inf in a/0"),
        ({"turn": -1}, "greater_than_or_equal_to(0)", "-1 in a/0"),
        ({"level": None}, "not_nullable", "null in a/0"),
        ({"level": float("nan")}, "not_nullable", "null in a/0"),
        ({"words": None}, "not_nullable", "null in a/0"),
        ({"counts": [1, None]}, "not_nullable", "null in a/0"),
    ],
)
def test_values_that_break_a_rule_are_named(change: dict[str, Any], rule: str, found: str) -> None:
    expected = f"column '{next(iter(change))}' breaks the rule {rule}: found {found}"
    assert "\n".join(refused(made(change))) == expected


@pytest.mark.parametrize(
    ("name", "values", "wanted", "found"),
    [
        ("part", pd.Series([0.0]), "int64", "double"),
        ("part", pd.Series([True]), "int64", "bool"),
        ("part", pd.Series(["0"]), "int64", "large_string"),
        ("level", pd.Series([1]), "double", "int64"),
        ("level", pd.Series([1.0], dtype="float32"), "double", "float"),
        ("main", pd.Series([1]), "bool", "int64"),
        ("mood", pd.Series([1]), "large_string", "int64"),
        ("words", pd.Series(["ab"]), "list<item: large_string>", "large_string"),
        ("words", pd.Series([[1]]), "list<item: large_string>", "list<item: int64>"),
        ("counts", pd.Series([[1.5]]), "list<item: int64>", "list<item: double>"),
        ("counts", pd.Series([[True]]), "list<item: int64>", "list<item: bool>"),
        ("times", pd.Series([["1"]]), "list<item: double>", "list<item: string>"),
    ],
)
def test_other_types_are_refused(name: str, values: pd.Series, wanted: str, found: str) -> None:
    table = made({}).assign(**{name: values})
    assert refused(table) == [f"column '{name}' breaks the rule dtype({wanted}): found {found}"]


def test_a_list_of_several_types_is_refused() -> None:
    with pytest.raises(UserError, match=r"t: values of several types: .*column words with type object"):
        store.check(made({"words": ["a", 1], "times": [0.0, 1.0]}), Sample, "t")


def test_one_error_names_all_faults_and_up_to_five_rows_of_each() -> None:
    rows: list[dict[str, Any]] = [{"name": name, "mood": "x", "words": ["w"]} for name in "abcdef"]
    table = made(*rows, {"name": "f", "main": False, "level": None})
    assert refused(table.drop(columns="sure").assign(extra=1, other="x")) == [
        "column 'sure' is missing",
        "column 'extra' is undeclared",
        "column 'other' is undeclared",
        "column 'mood' breaks the rule isin(('glad', 'sad')): found 'x' in a/0, b/0, c/0, d/0, e/0, ...",
        "column 'level' breaks the rule not_nullable: found null in f/0",
        "table breaks the rule unique(name, part) in f/0, f/0",
        "table breaks the rule as many times as words in a/0, b/0, c/0, d/0, e/0, ...",
    ]


def test_a_rule_holds_for_each_group() -> None:
    table = made({"name": "a"}, {"name": "b"}, {"name": "b", "part": 1}, {"name": "c", "main": False})
    assert refused(table) == ["table breaks the rule one main part of each name in b/0, b/1, c/0"]


def test_rows_without_a_key_column_are_not_named() -> None:
    missing, broken = refused(made({"mood": "x"}).drop(columns="name"))
    assert missing == "column 'name' is missing"
    assert broken == "column 'mood' breaks the rule isin(('glad', 'sad')): found 'x'"


def test_null_values_of_a_key_are_equal_and_come_last() -> None:
    class Vote(Table, key=("clip", "rater")):
        """A key that may be null."""

        clip: str = column("clip")
        rater: str | None = column("rater")

    table = store.frame([{"clip": "b"}, {"clip": "a"}, {"clip": "a", "rater": "r"}], Vote)
    assert store.check(table, Vote, "t").index.tolist() == [0, 1, 2]
    assert store.check(table, Vote, "t").rater.fillna("-").tolist() == ["r", "-", "-"]
    with pytest.raises(UserError, match=r"unique\(clip, rater\) in b/None, b/None"):
        store.check(pd.concat([table, table[:1]]), Vote, "t")


def test_rows_and_read_give_what_was_written(tmp_path: Path) -> None:
    table = made(FULL, {})
    store.write(table, Sample, tmp_path / "t.parquet")
    read = store.read(tmp_path / "t.parquet", Sample)
    pd.testing.assert_frame_equal(read, store.check(table, Sample, "t"))
    assert dict(read.dtypes.astype(str)) == {name: c.dtype for name, c in Sample.COLUMNS.items()}
    expected = [dict.fromkeys(Sample.COLUMNS) | PLAIN, PLAIN | FULL]
    assert store.rows(tmp_path / "t.parquet", Sample) == expected
    assert read.astype(object).where(read.notna(), None).to_dict("records") == expected
    read.loc[0, "level"] = 1.0  # may be written to


def test_rows_are_read_without_pandas(tmp_path: Path) -> None:
    row = {"clip_id": "a", "cache_key": "k", "engine": "e", "status": "aligned", "score": -1.0,
           "oov_words": 0, "words": ["x"], "starts": [0], "ends": [1]}  # fmt: skip
    store.write(store.frame([row], tables.Align), tables.Align, tmp_path / "t.parquet")
    program = f"""
import sys
from pathlib import Path
from stages.core import store, tables, workers
assert not {{"numpy", "pandas", "pyarrow"}} & set(sys.modules)
assert store.rows(Path({str(tmp_path / "t.parquet")!r}), tables.Align)[0].items() >= {row}.items()
assert "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("rows", [[], [{}]], ids=["no rows", "empty lists"])
def test_columns_have_their_types_without_values(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    store.write(made(*rows), Sample, tmp_path / "t.parquet")
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert all(schema.field(name).type == column.arrow for name, column in Sample.COLUMNS.items())
    read = store.read(tmp_path / "t.parquet", Sample)
    assert dict(read.dtypes.astype(str)) == {name: c.dtype for name, c in Sample.COLUMNS.items()}
    store.write(read, Sample, tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "t.parquet").read_bytes()


def test_files_that_others_wrote_are_checked_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {name: [PLAIN.get(name)] * 2 for name in Sample.COLUMNS}
    columns |= {"name": ["b", "a"], "mood": [None, "sad"], "share": [float("nan"), 0.5], "turn": [1, None]}
    pq.write_table(pa.table(columns), path)
    found = [(row["name"], row["share"], row["sure"]) for row in store.rows(path, Sample)]
    assert found == [("a", 0.5, None), ("b", None, None)]
    pq.write_table(pa.table({**columns, "part": [0.0, 0.0], "turn": [-1, 1]}), path)
    for read in (store.read, store.rows):
        with pytest.raises(UserError, match=re.escape(f"{path}: column 'part'") + "(.|\n)*'turn'.*in b"):
            read(path, Sample)


def test_unknown_checks_are_refused() -> None:
    with pytest.raises(TypeError, match="unknown checks: min"):
        column("value", min=0)
