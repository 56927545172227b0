"""The command line: each command has help, faults are messages, and a closed pipe is silent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = ("check", "play", "template", "changes", "push", "pull", "repair")


def run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stages", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)


def test_all_commands_are_listed() -> None:
    listed = run("--help").stdout.partition("Commands:")[2].splitlines()
    assert [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "] == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"Usage: python -m stages {command}" in done.stdout


def test_a_fault_is_a_message_without_a_traceback(tmp_path: Path) -> None:
    done = run("check", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ERROR: params.yaml: not found; run from the root of the repository\n"


def test_a_closed_pipe_ends_silently() -> None:
    script = (
        "import sys; from stages.core.errors import reported; "
        "reported(lambda: [print('x' * 1000) for _ in range(1000)])"
    )
    command = f'{sys.executable} -c "{script}" | head -1'
    done = subprocess.run(command, cwd=ROOT, shell=True, text=True, capture_output=True, check=False)
    assert (done.stdout, done.stderr) == ("x" * 1000 + "\n", "")
