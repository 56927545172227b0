"""Map a function over clips: processes or a Dask cluster, one progress bar, and reuse of what is known.

The number of workers and the cluster do not change the data, so they stand in the environment:
`EXPRESSIVE_WORKERS` (default: all cores) and `EXPRESSIVE_DASK` (a scheduler's address).
"""

import hashlib
import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages.core import code_digest, progress, store
from stages.core.contract import Table
from stages.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
BATCH = 16  # tasks per message: a Dask task costs some 7 ms, a clip some 10-100 ms
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
           "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One piece of work.

    Attributes:
        identity: columns that name the row, e.g. `{"clip_id": ...}`; not part of the key.
        arguments: keyword arguments of the function, as JSON knows them.
        source: digest of the file that the function reads.
    """

    identity: Row
    arguments: Row
    source: str = ""


def code(function: Callable[..., Row], model: type[Table]) -> str:
    """Digest of what all rows of a stage depend on: the code, the pinned libraries, the columns."""
    stated = [
        code_digest.digest(function.__module__),
        function.__qualname__,
        sorted(model.COLUMNS),
        store.decimals(model),
    ]
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()


def key(task: Task, code: str) -> str:
    """Digest of everything that a row depends on: `code`, the arguments and the source."""
    stated = json.dumps([code, task.arguments, task.source], sort_keys=True)
    return hashlib.sha256(stated.encode()).hexdigest()[:32]


def compute(
    name: str,
    function: Callable[..., Row],
    tasks: Sequence[Task],
    model: type[Table],
    row_cache: Path,
    valid: Callable[[Row], bool] = lambda row: True,
) -> "pd.DataFrame":
    """One row per task: from row_cache where nothing that it depends on has changed, else computed.

    The row_cache is the stage's previous table and, after a kill, the journal of rows that were finished since.
    The result is the same, byte for byte, as with no row_cache at all.

    Args:
        name: shown beside the progress bar.
        function: importable; called with a task's arguments, returns the row without identity and key.
        tasks: all of them; their order does not matter.
        model: contract of the rows; must have a column `key`.
        row_cache: the table that the stage wrote last time, and will write.
        valid: whether a remembered row still holds (e.g. its file is still there).

    Returns:
        Rounded to the contract's decimals; columns of `model` as far as the rows have them.
    """
    journal = row_cache.with_name(f".{row_cache.name}.journal")
    known = {
        row["cache_key"]: row for row in [*_previous(row_cache, model), *_journal(journal)] if valid(row)
    }
    version = code(function, model)
    keys = [key(task, version) for task in tasks]
    missing = {k: task for k, task in zip(keys, tasks, strict=True) if k not in known}
    journal.parent.mkdir(parents=True, exist_ok=True)
    done = len(tasks) - len(missing)
    with journal.open("a", encoding="utf-8") as log, progress.bar(name, len(tasks), done) as bar:
        for rows in _run(function, list(missing.items())):
            log.write("".join(json.dumps(row) + "\n" for row in rows))
            log.flush()
            known |= {row["cache_key"]: row for row in rows}
            bar.update(len(rows))
    rows = [{**known[k], **task.identity} for k, task in zip(keys, tasks, strict=True)]
    return store.rounded(store.frame(rows, model), model)


def forget(row_cache: Path) -> None:
    """Delete the journal, once the table itself is written."""
    row_cache.with_name(f".{row_cache.name}.journal").unlink(missing_ok=True)


def save(table: "pd.DataFrame", model: type[Table], row_cache: Path) -> None:
    """Write the table that `compute` will find next time, and delete the journal."""
    store.write(table, model, row_cache)
    forget(row_cache)


def _previous(row_cache: Path, model: type[Table]) -> list[Row]:
    """Rows of the last table; none if it was written under an older contract."""
    if not row_cache.exists():
        return []
    try:
        return store.rows(row_cache, model)
    except UserError:
        return []


def _journal(journal: Path) -> Iterator[Row]:
    if journal.exists():
        for line in journal.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:  # the line that was being written at the kill
                return


def _run(function: Callable[..., Row], missing: list[tuple[str, Task]]) -> Iterator[list[Row]]:
    """Rows in batches, as they are finished."""
    if not missing:
        return
    batches = [missing[i : i + BATCH] for i in range(0, len(missing), BATCH)]
    alone = workers() == 1 and not os.environ.get("EXPRESSIVE_DASK")
    if len(batches) == 1 or alone:  # not worth the start of a pool
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            yield from (_batch(function, batch) for batch in batches)
        return
    with _executor(function.__module__) as (executor, count):
        running = set()
        for batch in batches:
            running.add(executor.submit(_batch, function, batch))
            if len(running) >= 4 * count:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


def _batch(function: Callable[..., Row], batch: list[tuple[str, Task]]) -> list[Row]:
    return [{**function(**task.arguments), "cache_key": k} for k, task in batch]


def workers() -> int:
    """How many processes to use.

    Raises:
        UserError: `EXPRESSIVE_WORKERS` is no positive number.
    """
    stated = os.environ.get("EXPRESSIVE_WORKERS", "")
    if not stated:
        return os.cpu_count() or 1
    if not stated.isdigit() or int(stated) < 1:
        raise UserError(f"EXPRESSIVE_WORKERS: expected a number of processes such as 2, found {stated!r}")
    return int(stated)


@contextmanager
def _executor(module: str) -> Iterator[tuple[Executor, int]]:
    address = os.environ.get("EXPRESSIVE_DASK", "")
    if address:
        with _dask(address) as client:
            client.run(one_thread)
            with client.get_executor(pure=False) as executor:
                yield executor, max(1, sum(client.nthreads().values()))
        return
    # the new processes read these when they import their numeric libraries
    os.environ.update(dict.fromkeys(THREADS, "1"))
    # no plain forks, which would inherit threads; where there is a server of forks, it imports once for all,
    # but for the stage itself: Python runs that anew in each worker, and warns if it is there already
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forks else "spawn")
    if forks:
        context.set_forkserver_preload([*code_digest.imports(module), "scipy.signal"])  # see `stages.signal`
    count = workers()
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_die_with_parent)
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


def _die_with_parent() -> None:
    """A killed stage must not leave workers behind, which would hold files and cores."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
