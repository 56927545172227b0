"""Errors that users can fix, and their report by stages and commands."""

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any


class UserError(Exception):
    """Faulty input. The message has what was expected, what was found, the place, and what to do."""


def disk_error(error: OSError) -> UserError:
    """Make the error for a file that could not be read or written."""
    place = f" ({error.filename})" if error.filename else ""
    return UserError(
        f"the operating system reports: {error.strerror or error}{place}.\n"
        "Free space or correct the permissions, then run `dvc repro` again: "
        "finished work is kept."
    )


def reported(run: Callable[..., Any], *arguments: Any) -> None:
    """Call a function; exit with a message and status 1, without a traceback, on errors that users can fix.

    The program ends silently if its output is a pipe that was closed, as by `| head`.
    """
    try:
        run(*arguments)
        sys.stdout.flush()
    except UserError as error:
        sys.exit(f"ERROR: {error}")
    except BrokenPipeError:
        # Python flushes stdout again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        sys.exit(f"ERROR: {disk_error(error)}")
    except KeyboardInterrupt:
        sys.exit("ERROR: interrupted; finished clips are kept, and `dvc repro` continues with the others")


def main(run: Callable[..., None], *arguments: str) -> None:
    """Run one stage from the command line.

    `python -m stages.x` runs the module as `__main__`. It is imported again under its own name, because
    worker processes and cache keys need that name.
    """
    if "DVC_STAGE" in os.environ:
        threading.Thread(target=_exit_with_dvc, daemon=True).start()
    spec = sys.modules["__main__"].__spec__
    if run.__module__ == "__main__" and spec is not None:
        run = getattr(importlib.import_module(spec.name), run.__name__)
    found = sys.argv[1:]
    if len(found) != len(arguments):
        expected = " ".join(f"<{name}>" for name in arguments) or "no arguments"
        sys.exit(f"ERROR: {run.__module__}: expected {expected}, found {' '.join(found) or 'none'}")
    reported(run, *found)


def _exit_with_dvc() -> None:
    """Exit when `dvc repro` ends: otherwise this stage could write at the same time as the next one."""
    import psutil

    ancestors = psutil.Process().parents()  # not only the parent, because DVC starts a shell
    dvc = next((process for process in ancestors if any("dvc" in word for word in process.cmdline())), None)
    while dvc is not None:
        if not dvc.is_running() or dvc.status() == psutil.STATUS_ZOMBIE:
            os._exit(1)
        time.sleep(0.2)
