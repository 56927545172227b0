"""The one mechanism of reuse: incremental equals from scratch, whatever was known, killed or changed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
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
    """In this process instead of a pool, for the many small runs of the property test."""
    for task in missing:
        yield workers._batch(function, [task])


def work(numbers: list[int], log: Path) -> list[workers.Task]:
    return [workers.Task({"clip_id": f"clip_{i}"}, {"n": n, "log": str(log)}) for i, n in enumerate(numbers)]


def build(numbers: list[int], folder: Path) -> tuple[bytes, list[int]]:
    """Run once; the table's bytes and the arguments that were really computed."""
    log, memory = folder / "log", folder / "table.parquet"
    log.write_text("")
    cache = workers.RowCache(memory, tables.Trim)
    cache.save(workers.compute("test", square, work(numbers, log), cache))
    return memory.read_bytes(), sorted(map(int, log.read_text().split()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.integers(1, 30), unique=True, max_size=12),
    after=st.lists(st.integers(1, 30), unique=True, max_size=12),
)
def test_incremental_equals_from_scratch(
    before: list[int], after: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, fresh = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("new")
    log = fresh / "log"
    with mock.patch.object(workers, "_run", at_once):
        build(before, folder)
        # the same tasks, logged elsewhere, are other tasks: so both folders log to the same file
        incremental, computed = build(after, folder)
        assert computed == sorted(set(after) - set(before))
        log.write_text("")
        memory = fresh / "table.parquet"
        cache = workers.RowCache(memory, tables.Trim)
        cache.save(workers.compute("t", square, work(after, folder / "log"), cache))
    assert memory.read_bytes() == incremental


def test_worker_count_does_not_change_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for count in ("1", "3"):
        monkeypatch.setenv("EXPRESSIVE_WORKERS", count)
        (tmp_path / count).mkdir()
        log = tmp_path / "log"
        log.write_text("")
        memory = tmp_path / count / "t.parquet"
        cache = workers.RowCache(memory, tables.Trim)
        cache.save(workers.compute("t", square, work(list(range(1, 60)), log), cache))
        made.append(memory.read_bytes())
        assert sorted(map(int, log.read_text().split())) == list(range(1, 60))
    assert made[0] == made[1]


def test_changed_argument_source_and_code_are_new_keys() -> None:
    task = workers.Task({"clip_id": "a"}, {"n": 1}, "source")
    version = workers.code(square, tables.Trim)
    others = [
        workers.Task({"clip_id": "a"}, {"n": 2}, "source"),
        workers.Task({"clip_id": "a"}, {"n": 1}, "other source"),
    ]
    assert len({workers.key(t, version) for t in [task, *others]}) == 3
    renamed = workers.Task({"clip_id": "b"}, {"n": 1}, "source")
    assert workers.key(renamed, version) == workers.key(task, version)
    assert len({version, workers.code(slow, tables.Trim), workers.code(square, tables.Align)}) == 3
    with mock.patch("stages.core.code_digest.digest", return_value="other code"):
        assert workers.code(square, tables.Trim) != version


def test_half_written_journal_line_is_computed_again(tmp_path: Path) -> None:
    log, memory = tmp_path / "log", tmp_path / "t.parquet"
    log.write_text("")
    todo = work([3, 4], log)
    row = {"speech_start": 3, "speech_end": 10, "start": 0, "end": 11}
    version = workers.code(square, tables.Trim)
    keys = [workers.key(task, version) for task in todo]
    whole = json.dumps({**row, "cache_key": keys[0]})
    memory.with_name(".t.parquet.journal").write_text(f"{whole}\n" + whole.replace(keys[0], keys[1])[:-9])
    cache = workers.RowCache(memory, tables.Trim)
    rows = workers.compute("t", square, todo, cache)
    assert log.read_text().split() == ["4"]
    assert [row["speech_end"] for row in rows] == [10, 17]
    # killed again before the table was written: the row behind the torn line is read
    log.write_text("")
    assert workers.compute("t", square, todo, cache) == rows
    assert log.read_text() == ""


def test_remembered_row_that_no_longer_holds_is_computed_again(tmp_path: Path) -> None:
    build([2, 5], tmp_path)
    log = tmp_path / "log"
    log.write_text("")
    cache = workers.RowCache(tmp_path / "table.parquet", tables.Trim, lambda row: row["speech_start"] != 5)
    workers.compute("t", square, work([2, 5], log), cache)
    assert log.read_text().split() == ["5"]


SLOW = """
import sys, time
from pathlib import Path
from tests.core import test_workers
from stages.core import tables, workers

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    tasks = test_workers.work(list(range(1, 129)), folder / "log")
    cache = workers.RowCache(folder / "t.parquet", tables.Trim)
    cache.save(workers.compute("t", test_workers.slow, tasks, cache))
"""


def slow(n: int, log: str) -> workers.Row:
    time.sleep(0.02)
    return square(n, log)


def test_killed_stage_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, log = tmp_path / "slow.py", tmp_path / "log"
    script.write_text(SLOW)
    log.write_text("")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EXPRESSIVE_WORKERS": "2"}
    command = [sys.executable, str(script), str(tmp_path)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    journal = tmp_path / ".t.parquet.journal"
    deadline = time.monotonic() + 30
    while not (journal.exists() and journal.read_text().count("\n") >= 32):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
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
    expected = pd.Series({f"clip_{i}": n * n + 1 for i, n in enumerate(range(1, 129))}).sort_index()
    assert table.speech_end.tolist() == expected.tolist()


@pytest.mark.parametrize("stated", ["0", "-1", "two"])
def test_worker_count_must_be_a_number(stated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPRESSIVE_WORKERS", stated)
    with pytest.raises(UserError, match="EXPRESSIVE_WORKERS: expected a number of processes"):
        workers.workers()


def test_dask_cluster_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    local, _ = build(list(range(1, 40)), tmp_path)
    (tmp_path / "table.parquet").unlink()
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        monkeypatch.setenv("EXPRESSIVE_DASK", cluster.scheduler_address)
        remote, computed = build(list(range(1, 40)), tmp_path)
    assert computed == list(range(1, 40))
    assert remote == local


def test_no_scheduler_is_one_clear_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    client = distributed.Client  # which would wait for ten seconds
    monkeypatch.setattr(distributed, "Client", lambda *at, **how: client(*at, **{**how, "timeout": "0.5s"}))
    monkeypatch.setenv("EXPRESSIVE_DASK", "tcp://127.0.0.1:9")
    cache = workers.RowCache(tmp_path / "t.parquet", tables.Trim)
    with pytest.raises(UserError, match=r"no scheduler answers at tcp://127.0.0.1:9"):
        workers.compute("t", square, work(list(range(40)), tmp_path / "log"), cache)
