"""Two published versions of a small dataset with known differences, in this project's own layout.

The outs are made by hand and given to `dvc commit`, so push, pull and gc run on the project's own dvc.yaml
and .dvc/config without a build.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from stages.core import files, store, tables
from tests import whole
from tests.pipeline import Clone

FIRST, SECOND = "dataset@v1.0.0", "dataset@v2.0.0"
IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@localhost")

CLIP: dict[str, Any] = {
    "corpus": "demo", "speaker": "demo_ada", "license": "CC0-1.0", "corpus_label": "angry",
    "intensity": "normal", "emotion": "angry", "style": "normal", "split": "train", "reason": None,
    "samples": 1, "seconds": 60.0, "wav_digest": "a" * 12, "sidecar_digest": "a" * 12,
}  # fmt: skip
OUT: dict[str, Any] = {
    "samples": 0, "seconds": 0.0, "style": None, "split": None, "wav_digest": None, "sidecar_digest": None,
}  # fmt: skip
V1: list[dict[str, Any]] = [
    {"clip_id": "demo_same"},
    {"clip_id": "demo_same2"},
    {"clip_id": "demo_noisy"},
    {"clip_id": "demo_short", "reason": "too_short", **OUT},
    {"clip_id": "demo_gone", "emotion": "sad", "corpus_label": "sad"},
    {"clip_id": "demo_happy", "emotion": "happy", "corpus_label": "happy"},
    {"clip_id": "demo_loud"},
    {"clip_id": "demo_words"},
    {"clip_id": "demo_bea_1", "speaker": "demo_bea", "split": "validation", "seconds": 30.0},
]
V2: list[dict[str, Any]] = [
    {"clip_id": "demo_same"},
    {"clip_id": "demo_same2"},
    {"clip_id": "demo_noisy", "reason": "low_snr", **OUT},
    {"clip_id": "demo_short"},
    {"clip_id": "demo_happy", "emotion": "surprised", "corpus_label": "happy", "sidecar_digest": "b" * 12},
    {"clip_id": "demo_loud", "wav_digest": "b" * 12, "sidecar_digest": "b" * 12},
    {"clip_id": "demo_words", "sidecar_digest": "b" * 12},
    {"clip_id": "demo_bea_1", "speaker": "demo_bea", "split": "train", "seconds": 30.0},
    {"clip_id": "demo_new", "emotion": "calm", "corpus_label": "calm", "license": "CC-BY-4.0",
     "split": "validation"},
]  # fmt: skip


def inventory(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Make the table of clips that differ from `CLIP` as the rows say."""
    made = store.frame(({**CLIP, **row} for row in rows), tables.Inventory)
    return store.check(made, tables.Inventory, "inventory")


def content(rows: list[dict[str, Any]]) -> dict[str, bytes]:
    """Make the dataset as a consumer has it: file below `data` -> bytes."""
    made = {}
    for row in inventory(rows).query("samples > 0").itertuples():
        made[f"data_stereo/{row.clip_id}.wav"] = f"RIFF {row.clip_id} {row.wav_digest}".encode()
        made[f"data_stereo/{row.clip_id}.json"] = f"{row.clip_id} {row.sidecar_digest}".encode()
    for name in ("dataset", "train", "valid"):
        made[f"expressive_{name}.jsonl"] = f"{name} {len(made)}\n".encode()
    return made


class Team(Clone):
    """The repository in which the dataset is built, with a bare one from which others clone."""

    def __init__(self, folder: Path, url: str, environment: dict[str, str]) -> None:
        super().__init__(folder / "team")
        self.environment |= environment
        self.origin = folder / "origin.git"
        # as the README says
        self.run("dvc", "remote", "add", "--default", "storage", url)
        self.run("dvc", "remote", "modify", "storage", "verify", "true")
        self.run("git", "init", "--quiet", "--bare", "--initial-branch", "main", str(self.origin))
        self.run("git", "remote", "add", "origin", str(self.origin))

    def build(self, rows: list[dict[str, Any]], tag: str, metrics: dict[str, Any]) -> None:
        """Make the outs of every stage by hand, commit, and tag as a new version."""
        dataset = {f"data/{name}": made for name, made in content(rows).items()}
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        self.run("git", "checkout", "--quiet", "--", "data")  # what git keeps there
        for path in outs(self.folder):
            if not any(name.startswith(path) for name in dataset):
                dataset[f"{path}/clip.wav" if "/raw/" in path else path] = f"{tag} {path}".encode()
        for name, made in dataset.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(made)
        store.write(inventory(rows), tables.Inventory, self.folder / "data/tables/inventory.parquet")
        files.write_json(self.folder / "metrics/validate.json", metrics)
        for path in outs(self.folder, "plots"):
            files.write_text(self.folder / path, "emotion,minutes\nangry,1.0\n")
        self.run("dvc", "commit", "--force", "--quiet")
        self.run("git", "add", "--all")
        self.run("git", *IDENTITY, "commit", "--quiet", "--message", tag)
        self.run("git", *IDENTITY, "tag", "--annotate", tag, "--message", tag)
        self.run("git", "push", "--quiet", "origin", "HEAD:main", tag)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command and do not wait for its end."""
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def outs(folder: Path, kind: str = "outs") -> list[str]:
    """List every out (or metric, or plot) of dvc.yaml, for the corpora of params.yaml."""
    corpora = yaml.safe_load((folder / "params.yaml").read_text())["corpora"]
    stages = whole.described(folder).values()
    paths = [path for stage in stages for corpus in corpora for path in whole.paths(stage, (kind,), corpus)]
    return sorted({path.as_posix() for path in paths})


class Consumer(Clone):
    """A machine that has git, this project's environment, and nothing else of the project."""

    def __init__(self, folder: Path, team: Team, tag: str | None = None) -> None:
        self.folder, self.environment = folder, dict(team.environment)
        source = [] if tag is None else ["--branch", tag]
        command = ["git", "clone", "--quiet", *source, str(team.origin), str(folder)]
        subprocess.run(command, check=True, env=self.environment, capture_output=True)

    def pulled(self) -> dict[str, bytes]:
        """Read the files below `data` that are not in git."""
        data = self.folder / "data"
        tracked = (".gitkeep", "README.md")
        paths = [path for path in data.rglob("*") if path.is_file() and path.name not in tracked]
        return {path.relative_to(data).as_posix(): path.read_bytes() for path in paths}

    def cached(self) -> int:
        """Count the objects in the local cache."""
        return sum(path.is_file() for path in (self.folder / ".dvc/cache/files").rglob("*"))
