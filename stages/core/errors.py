"""Failures that users can fix, and how stages and commands report them."""

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any


class UserError(Exception):
    """Bad input. The text says what was expected, what was found, where, and what to do."""


def disk_error(error: OSError) -> UserError:
    """Make the error that says what to do about a file that could not be read or written."""
    where = f" ({error.filename})" if error.filename else ""
    return UserError(
        f"the operating system refused: {error.strerror or error}{where}.\n"
        "Free space or correct the permissions, then run `dvc repro` again: "
        "finished work is kept and is not done twice."
    )


def reported(run: Callable[..., Any], *arguments: Any) -> None:
    """Call a function; an error that users can fix becomes a message and exit status 1, without a traceback.

    If the reader of a pipe stops early, as `| head` does, the program ends silently.
    """
    try:
        run(*arguments)
        sys.stdout.flush()
    except UserError as error:
        sys.exit(f"ERROR: {error}")
    except BrokenPipeError:
        # Python flushes again at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        sys.exit(f"ERROR: {disk_error(error)}")
    except KeyboardInterrupt:
        sys.exit("ERROR: interrupted; finished clips are kept, `dvc repro` continues from there")


def main(run: Callable[..., None], *arguments: str) -> None:
    """Run one stage from the command line.

    `python -m stages.x` runs the file as `__main__`. It is imported again under its own name, by which worker
    processes and cache keys find its functions.
    """
    if "DVC_STAGE" in os.environ:
        threading.Thread(target=_die_with_dvc, daemon=True).start()
    spec = sys.modules["__main__"].__spec__
    if run.__module__ == "__main__" and spec is not None:
        run = getattr(importlib.import_module(spec.name), run.__name__)
    found = sys.argv[1:]
    if len(found) != len(arguments):
        expected = " ".join(f"<{name}>" for name in arguments) or "no arguments"
        sys.exit(f"ERROR: {run.__module__}: expected {expected}, found {' '.join(found) or 'none'}")
    reported(run, *found)


def _die_with_dvc() -> None:
    """End this stage with its `dvc repro`: it would go on to write at the same time as the next."""
    import psutil

    ancestors = psutil.Process().parents()  # a shell may be between
    dvc = next((process for process in ancestors if any("dvc" in word for word in process.cmdline())), None)
    while dvc is not None:
        if not dvc.is_running() or dvc.status() == psutil.STATUS_ZOMBIE:
            os._exit(1)
        time.sleep(0.2)
