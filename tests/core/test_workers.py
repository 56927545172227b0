"""Reuse of rows: an incremental build equals one from scratch, after changes and kills."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.core import store, tables, workers
from stages.core.errors import UserError

ROOT = Path(__file__).parents[2]


def square(n: int, log: str) -> workers.Row:
    """A per-clip function that leaves a trace of each call."""
    with Path(log).open("a") as file:
        file.write(f"{n}\n")
    return {"speech_start": n, "speech_end": n * n + 1, "start": 0, "end": n * n + 2}


def at_once(function, missing):  # type: ignore[no-untyped-def]
    """Compute in this process instead of a pool, for the many small runs of the property test."""
    for task in missing:
        yield workers._batch(function, [task])


def work(numbers: list[int], log: Path) -> list[workers.Task]:
    return [workers.Task({"clip_id": f"clip_{i}"}, {"n": n, "log": str(log)}) for i, n in enumerate(numbers)]


def build(numbers: list[int], log: Path, table: Path) -> tuple[bytes, list[int]]:
    """Run once; return the table's bytes and the arguments that were computed. Other logs are other tasks."""
    log.write_text("")
    cache = workers.RowCache(table, tables.Trim)
    cache.save(workers.compute("test", square, work(numbers, log), cache))
    return table.read_bytes(), sorted(map(int, log.read_text().split()))


ARGUMENTS = st.lists(st.integers(1, 30), unique=True, max_size=12)


@settings(max_examples=60)
@given(before=ARGUMENTS, after=ARGUMENTS)
def test_incremental_equals_from_scratch(
    before: list[int], after: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("built")
    log, table = folder / "log", folder / "table.parquet"
    with mock.patch.object(workers, "_run", at_once):
        build(before, log, table)
        incremental, computed = build(after, log, table)
        assert computed == sorted(set(after) - set(before))
        assert build(after, log, folder / "fresh.parquet") == (incremental, sorted(after))


def test_worker_count_does_not_change_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for count in ("1", "3"):
        monkeypatch.setenv("EXPRESSIVE_WORKERS", count)
        made.append(build(list(range(1, 60)), tmp_path / "log", tmp_path / f"{count}.parquet"))
    assert made[0] == made[1]
    assert made[0][1] == list(range(1, 60))


def test_changed_argument_source_and_code_are_new_keys() -> None:
    task = workers.Task({"clip_id": "a"}, {"n": 1}, "source")
    version = workers.code(square, tables.Trim)
    others = [replace(task, arguments={"n": 2}), replace(task, source="other source")]
    assert len({workers.key(t, version) for t in [task, *others]}) == 3
    renamed = replace(task, identity={"clip_id": "b"})
    assert workers.key(renamed, version) == workers.key(task, version)
    assert len({version, workers.code(slow, tables.Trim), workers.code(square, tables.Align)}) == 3
    with mock.patch("stages.core.code_digest.digest", return_value="other code"):
        assert workers.code(square, tables.Trim) != version


def test_row_of_a_half_written_journal_line_is_computed_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    todo, version = work([3, 4], log), workers.code(square, tables.Trim)
    first, second = (
        json.dumps({**square(3, str(log)), "cache_key": workers.key(task, version)}) for task in todo
    )
    log.write_text("")
    cache = workers.RowCache(tmp_path / "t.parquet", tables.Trim)
    cache.journal.write_text(f"{first}\n{second[:-9]}")
    rows = workers.compute("t", square, todo, cache)
    assert log.read_text().split() == ["4"]
    assert [row["speech_end"] for row in rows] == [10, 17]
    # killed again before the table was written: the row after the half-written line is read
    log.write_text("")
    assert workers.compute("t", square, todo, cache) == rows
    assert log.read_text() == ""


def test_stored_row_that_is_not_valid_is_computed_again(tmp_path: Path) -> None:
    log, table = tmp_path / "log", tmp_path / "t.parquet"
    build([2, 5], log, table)
    log.write_text("")
    cache = workers.RowCache(table, tables.Trim, lambda row: row["speech_start"] != 5)
    workers.compute("t", square, work([2, 5], log), cache)
    assert log.read_text().split() == ["5"]


SLOW = """
import sys
from pathlib import Path
from tests.core import test_workers
from stages.core import tables, workers

cache = workers.RowCache(Path(sys.argv[1], "t.parquet"), tables.Trim)
tasks = test_workers.work(list(range(1, 129)), Path(sys.argv[1], "log"))
cache.save(workers.compute("t", test_workers.slow, tasks, cache))
"""


def slow(n: int, log: str) -> workers.Row:
    time.sleep(0.02)
    return square(n, log)


def test_killed_stage_computes_only_the_missing_rows(tmp_path: Path) -> None:
    log, journal = tmp_path / "log", tmp_path / ".t.parquet.journal"
    log.write_text("")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EXPRESSIVE_WORKERS": "2"}
    command = [sys.executable, "-c", SLOW, str(tmp_path)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 30
    while not (journal.exists() and journal.read_text().count("\n") >= 32):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (tmp_path / "t.parquet").exists()
    finished = journal.read_text().count("\n")
    time.sleep(1.0)
    calls = log.read_text().count("\n")
    time.sleep(0.3)
    assert log.read_text().count("\n") == calls, "workers went on after their stage was killed"
    log.write_text("")
    subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
    assert log.read_text().count("\n") == 128 - finished
    assert not journal.exists()
    table = store.read(tmp_path / "t.parquet", tables.Trim)
    assert dict(zip(table.clip_id, table.speech_end, strict=True)) == {
        f"clip_{n - 1}": n * n + 1 for n in range(1, 129)
    }


@pytest.mark.parametrize("stated", ["0", "-1", "two"])
def test_worker_count_must_be_a_number(stated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPRESSIVE_WORKERS", stated)
    with pytest.raises(UserError, match="EXPRESSIVE_WORKERS: expected a number of processes"):
        workers.workers()


def test_dask_cluster_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    local = build(list(range(1, 40)), tmp_path / "log", tmp_path / "local.parquet")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        monkeypatch.setenv("EXPRESSIVE_DASK", cluster.scheduler_address)
        remote = build(list(range(1, 40)), tmp_path / "log", tmp_path / "remote.parquet")
    assert remote[1] == list(range(1, 40))
    assert remote == local


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    client = distributed.Client  # which would wait for ten seconds
    monkeypatch.setattr(distributed, "Client", lambda *at, **how: client(*at, **{**how, "timeout": "0.5s"}))
    monkeypatch.setenv("EXPRESSIVE_DASK", "tcp://127.0.0.1:9")
    with pytest.raises(UserError, match=r"no scheduler answers at tcp://127.0.0.1:9"):
        build(list(range(40)), tmp_path / "log", tmp_path / "t.parquet")
