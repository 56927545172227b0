"""Parallel computation of rows, in processes or on a Dask cluster, with a cache of finished rows.

The number of workers and the cluster do not change the data, so they are set by environment variables:
`EXPRESSIVE_WORKERS` (default: all cores) and `EXPRESSIVE_DASK` (a scheduler's address).
"""

import hashlib
import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages.core import code_digest, progress, store
from stages.core.contract import Table
from stages.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
BATCH = 16  # tasks per message: a Dask task takes about 7 ms, a clip 10 to 100 ms
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
           "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")  # fmt: skip


@dataclass(frozen=True)
class Task:
    """Arguments and identity of one row to compute.

    Attributes:
        identity: columns of the primary key, e.g. `{"clip_id": ...}`; not part of the cache key.
        arguments: keyword arguments of the function, of JSON types.
        source: digest of the file that the function reads, for the cache key.
    """

    identity: Row
    arguments: Row
    source: str = ""


def code(function: Callable[..., Row], model: type[Table]) -> str:
    """Compute the digest of the inputs that all rows share: code, pinned libraries and columns."""
    libraries = code_digest.digest(function.__module__)
    return _digest([libraries, function.__qualname__, sorted(model.COLUMNS), store.decimals(model)])


def key(task: Task, code: str) -> str:
    """Compute the digest of all inputs of a row: `code`, the arguments and the source."""
    return _digest([code, task.arguments, task.source])[:32]


def _digest(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class RowCache:
    """Rows that a stage has computed: its last table and, after an interruption, a journal.

    Attributes:
        path: path of the table.
        model: contract of the table, with a column `cache_key`.
        valid: predicate: whether a row can be reused (e.g. its file still exists).
    """

    path: Path
    model: type[Table]
    valid: Callable[[Row], bool] = lambda _: True

    @property
    def journal(self) -> Path:
        """Path of the file with rows finished since the table was written, one JSON object per line."""
        return self.path.with_name(f".{self.path.name}.journal")

    @cached_property
    def rows(self) -> list[Row]:
        """Rows of the last table; empty if there is no table or its contract was different."""
        try:
            return store.rows(self.path, self.model)
        except UserError:
            return []

    def save(self, rows: list[Row]) -> None:
        """Write the table if its rows have changed, and delete the journal."""
        if not self.path.exists() or rows != self.rows:
            store.write(store.frame(rows, self.model), self.model, self.path)
        self.journal.unlink(missing_ok=True)

    def save_frame(self, table: "pd.DataFrame") -> None:
        """Write the table and delete the journal, for a stage that adds columns to the computed rows."""
        store.write(table, self.model, self.path)
        self.journal.unlink(missing_ok=True)


def compute(name: str, function: Callable[..., Row], tasks: Sequence[Task], cache: RowCache) -> list[Row]:
    """Return one row per task: from the cache if no input of the row has changed, else computed.

    The table has the same bytes as with an empty cache.

    Args:
        name: label of the progress bar.
        function: a top-level one; takes a task's arguments, returns the row without identity and cache key.
        tasks: all tasks, in any order.
        cache: cache of the stage.

    Returns:
        Rows sorted by primary key, with all columns of the contract, rounded.
    """
    stored = [*cache.rows, *_journal(cache.journal)]
    known = {row["cache_key"]: row for row in stored if cache.valid(row)}
    version = code(function, cache.model)
    keys = [key(task, version) for task in tasks]
    missing = {k: task for k, task in zip(keys, tasks, strict=True) if k not in known}
    if missing:
        cache.journal.parent.mkdir(parents=True, exist_ok=True)
        done = len(tasks) - len(missing)
        with cache.journal.open("a", encoding="utf-8") as log, progress.bar(name, len(tasks), done) as bar:
            if log.tell():
                log.write("\n")  # ends a line that an interruption left incomplete
            for rows in _run(function, list(missing.items())):
                log.write("".join(json.dumps(row) + "\n" for row in rows))
                log.flush()
                known |= {row["cache_key"]: row for row in rows}
                bar.update(len(rows))
    rows = [{**known[k], **task.identity} for k, task in zip(keys, tasks, strict=True)]
    return store.rounded_rows(rows, cache.model)


def _journal(journal: Path) -> Iterator[Row]:
    """Read the rows of a journal; skip an incomplete line, left by an interruption."""
    if journal.exists():
        for line in journal.read_text(encoding="utf-8").splitlines():
            with suppress(json.JSONDecodeError):
                yield json.loads(line)


def _run(function: Callable[..., Row], missing: list[tuple[str, Task]]) -> Iterator[list[Row]]:
    """Compute rows in batches; yield each batch as it is finished."""
    batches = [missing[i : i + BATCH] for i in range(0, len(missing), BATCH)]
    single = workers() == 1 and not os.environ.get("EXPRESSIVE_DASK")
    if len(batches) == 1 or single:  # too little for a pool of processes
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            yield from (_batch(function, batch) for batch in batches)
        return
    with _executor(function.__module__) as (executor, count):
        left, running = iter(batches), set[Future[list[Row]]]()
        while True:
            free = 4 * count - len(running)
            running |= {executor.submit(_batch, function, batch) for batch in islice(left, free)}
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


def _batch(function: Callable[..., Row], batch: list[tuple[str, Task]]) -> list[Row]:
    return [{**function(**task.arguments), "cache_key": k} for k, task in batch]


def workers() -> int:
    """Return the number of processes to use.

    Raises:
        UserError: `EXPRESSIVE_WORKERS` is not a positive integer.
    """
    value = os.environ.get("EXPRESSIVE_WORKERS", "")
    if not value:
        return os.cpu_count() or 1
    if not value.isdigit() or int(value) < 1:
        raise UserError(f"EXPRESSIVE_WORKERS: expected a number of processes such as 2, found {value!r}")
    return int(value)


@contextmanager
def _executor(module: str) -> Iterator[tuple[Executor, int]]:
    if address := os.environ.get("EXPRESSIVE_DASK", ""):
        with _dask(address) as client:
            client.run(one_thread)
            with client.get_executor(pure=False) as executor:
                yield executor, max(1, sum(client.nthreads().values()))
        return
    # the new processes read these variables when they import numeric libraries
    os.environ.update(dict.fromkeys(THREADS, "1"))
    # a plain fork would inherit threads; a fork server imports modules once for all workers; the stage is not
    # preloaded, because Python runs that module again in each worker, and warns if it is already imported
    has_forkserver = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if has_forkserver else "spawn")
    if has_forkserver:
        context.set_forkserver_preload([*code_digest.imports(module), "scipy.signal"])  # see `stages.signal`
    count = workers()
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_exit_with_parent)
    try:
        yield executor, count
    finally:
        executor.shutdown(cancel_futures=True)


def _dask(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise UserError(
            "EXPRESSIVE_DASK is set, but Dask is not installed: "
            "pip install --require-hashes -r requirements-dask.txt"
        ) from None
    try:
        return Client(address, timeout="10s", set_as_default=False)
    except OSError as error:
        raise UserError(f"EXPRESSIVE_DASK: no scheduler answers at {address}: {error}") from None


def one_thread() -> None:
    """Limit the numeric libraries that this process has already loaded to one thread each."""
    from threadpoolctl import threadpool_limits

    os.environ.update(dict.fromkeys(THREADS, "1"))
    threadpool_limits(1)


def _exit_with_parent() -> None:
    """Exit when the stage ends: a killed stage must not leave processes with open files."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
