"""Commands of a clone without the second or more that Python needs to load DVC, for tests with many commands.

One process loads the libraries and forks for each command. The builds of `make dataset`, of the README's
session and of the kills start each command as users do.
"""

import atexit
import json
import os
import runpy
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

LIBRARIES = ("dvc.cli", "dvc.repo.commit", "dvc.repo.pull", "dvc.repo.push", "dvc.repo.status", "dvc_s3",
             "pandas", "pyarrow.compute", "pyarrow.parquet", "pydantic")  # fmt: skip


@cache
def server(python: str) -> "subprocess.Popen[str]":
    """Start the process that forks, one command at a time; it ends with the tests."""
    process = subprocess.Popen(
        [python, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # forks have no threads
    )  # fmt: skip
    atexit.register(process.kill)
    return process


def run(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run `dvc ...` or `python -m ...`; return the exit code and the output of both streams."""
    python = shutil.which("python", path=environment["PATH"])
    assert python is not None
    process = server(python)
    assert process.stdout is not None
    with NamedTemporaryFile() as output:
        request = command, str(folder), environment, output.name
        print(json.dumps(request), file=process.stdin, flush=True)
        return int(process.stdout.readline()), Path(output.name).read_text(encoding="utf-8")


def understands(command: tuple[str, ...]) -> bool:
    """Tell whether `run` can run a command."""
    return command[0] == "dvc" or command[:2] == ("python", "-m")


def _become(command: list[str], folder: str, environment: dict[str, str], output: str) -> None:
    """Prepare the process as a fresh interpreter does, then run the command."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for path, flags, ends in ((os.devnull, os.O_RDONLY, (0,)), (output, os.O_WRONLY | os.O_CREAT, (1, 2))):
        opened = os.open(path, flags)
        for end in ends:
            os.dup2(opened, end)
    for hooks in environment.get("PYTHONPATH", "").split(os.pathsep):
        custom = Path(hooks, "sitecustomize.py")
        if hooks and custom.exists():
            exec(compile(custom.read_text(), custom, "exec"), {})  # as the interpreter does at its start
    module, arguments = (command[2], command[3:]) if command[0] == "python" else ("dvc", command[1:])
    sys.argv, sys.path[:0] = [module, *arguments], [folder]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _forked(request: list[Any]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        _become(*request)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Answer each line, the arguments of `_become`, with an exit code."""
    for name in LIBRARIES:
        __import__(name)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        print(_forked(json.loads(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
