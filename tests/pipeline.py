"""A clone of the repository with a user's actions, for the tests that run the complete pipeline."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests import warm

ROOT = Path(__file__).parents[1]
USERS = ROOT / ".venv" / "bin"
"""Commands that `make dataset` installs; the tests themselves need more packages."""
RECORDINGS = Path(os.environ.get("EXPRESSIVE_CORPORA", ROOT / ".." / "shared" / "corpora")).resolve()

TRACE = """
import os, sys

def note(event, arguments):
    if event == "open" and not isinstance(arguments[0], int):
        path = os.fsdecode(arguments[0])
        if "data/raw/" in path and path.endswith(".wav") and arguments[1] in ("r", "rb"):
            stage = os.environ.get("DVC_STAGE")
            if stage:  # DVC itself reads them too, for their digests
                os.write(log, f"{stage} {path}\\n".encode())

log = os.open(os.environ["TRACE_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
sys.addaudithook(note)
"""
"""Code that every Python process of a build runs: it logs which stage opens which recording."""


def restore(run: Callable[..., str]) -> None:
    """Pull the committed build from this repository's own cache, as far as it is there.

    After `make dataset` nothing is left to compute; without it, `dvc repro` computes the complete build.

    Args:
        run: runs a command in the clone.
    """
    run("dvc", "remote", "add", "--local", "built", str(ROOT / ".dvc" / "cache"))
    run("dvc", "pull", "--remote", "built", "--allow-missing")


class Clone:
    """A working copy as `git clone` makes it, with the uncommitted changes."""

    def __init__(self, folder: Path, workers: int = 1) -> None:
        self.folder = folder
        self.log = folder.with_name(f"{folder.name}.trace")
        hooks = folder.with_name(f"{folder.name}.hooks")
        hooks.mkdir(parents=True)
        (hooks / "sitecustomize.py").write_text(TRACE)
        tools = USERS if USERS.exists() else Path(sys.executable).parent
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        self.environment = {
            **os.environ, "PATH": path, "EXPRESSIVE_WORKERS": str(workers), "PYTHONPATH": str(hooks),
            "TRACE_LOG": str(self.log), "GIT_CONFIG_GLOBAL": os.devnull,
        }  # fmt: skip
        # DVC starts Python for each stage: its byte code is kept
        for name in ("EXPRESSIVE_DASK", "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"):
            self.environment.pop(name, None)
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        self.run("git", "init", "--quiet")
        self.run("git", "add", "--all")
        identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
        self.run("git", *identity, "commit", "--quiet", "--message", "clone")

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command; return its output of both streams."""
        if warm.understands(command):
            code, printed = warm.run(command, self.folder, self.environment)
            assert not check or code == 0, printed
            return printed
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def repro(self, *options: str) -> tuple[list[str], dict[str, int]]:
        """Run `dvc repro`; return the stages that ran, and how many recordings each opened."""
        self.log.write_text("")
        printed = self.run("dvc", "repro", *options)
        ran = [line.split("'")[1] for line in printed.splitlines() if line.startswith("Running stage")]
        return ran, self._opened()

    def pending(self) -> set[str]:
        """Return the stages that `dvc status` names."""
        return set(json.loads(self.run("dvc", "status", "--json").splitlines()[-1]))

    def whole(self, *stages: str) -> dict[str, int]:
        """Run stages, or all, by `tests.whole`; return how many recordings each opened."""
        self.log.write_text("")
        self.run("python", "-m", "tests.whole", *stages)
        return self._opened()

    def _opened(self) -> dict[str, int]:
        return dict(Counter(line.partition(" ")[0] for line in self.log.read_text().splitlines()))

    def kill(self, stage: str, journal: Path) -> None:
        """Start one stage with DVC, and SIGKILL it after 20 lines of its journal."""
        process = subprocess.Popen(
            ["dvc", "repro", "--force", "--single-item", stage], cwd=self.folder, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 300
        while not (journal.exists() and journal.read_text().count("\n") >= 20):
            assert process.poll() is None, f"ended before {stage} could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.kill()
        process.wait()
        time.sleep(1.5)  # the stage and its workers notice, and end

    def edit(self, **sections: Any) -> None:
        """Change values in params.yaml: `edit(split={"seed": 3})`."""
        path = self.folder / "params.yaml"
        values = yaml.safe_load(path.read_text())
        for name, change in sections.items():
            values[name] = {**values[name], **change} if isinstance(change, dict) else change
        path.write_text(yaml.safe_dump(values, sort_keys=False))

    def bytes(self) -> dict[str, bytes]:
        """Read all files that a build makes, by path; not the raw corpora."""
        inputs = ("data/raw", "data/downloads", ".gitkeep")
        made = [*(self.folder / "data").rglob("*"), *(self.folder / "metrics").rglob("*")]
        names = {path.relative_to(self.folder).as_posix(): path for path in made if path.is_file()}
        return {name: path.read_bytes() for name, path in names.items() if not any(i in name for i in inputs)}

    def json(self, path: str) -> Any:
        """The content of a JSON file."""
        return json.loads((self.folder / path).read_text(encoding="utf-8"))

    def sidecar(self, sample: str) -> dict[str, Any]:
        """The JSON file of a sample."""
        return dict(self.json(f"data/data_stereo/{sample}.json"))

    def inodes(self) -> dict[str, int]:
        """Return the inode of each rendered file."""
        return {path.name: path.stat().st_ino for path in (self.folder / "data/data_stereo").iterdir()}


def committed(folder: Path) -> Clone:
    """Make a clone with the committed build: from the cache of this repository, or computed."""
    clone = Clone(folder)
    restore(clone.run)
    clone.repro()
    return clone
