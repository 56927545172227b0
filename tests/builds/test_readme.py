"""The shell blocks of "Daily use" in the README run unchanged in fresh clones, with a real S3 server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import whole
from tests.pipeline import Clone, restore
from tests.s3 import BUCKET, running

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NAMES = ("edit", "see", "publish", "pull")
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "test"), ("EMAIL", "test@localhost"))
}


def blocks() -> dict[str, str]:
    """Read the shell blocks of the section."""
    section = README.split("## Daily use\n")[1].split("\n## ")[0]
    return dict(zip(NAMES, re.findall(r"```sh\n(.*?)```", section, re.DOTALL), strict=True))


def editor(**values: str) -> str:
    """Make an `$EDITOR` that changes values of params.yaml."""
    edits = [rf"-e s/^\x20\x20{key}:.*/\x20\x20{key}:\x20{value}/" for key, value in values.items()]
    return " ".join(["sed -i", *edits])


class Shell:
    """A user's shell: bash, which stops at the first failure."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def run(self, script: str, folder: Path, **variables: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env={**self.environment, **variables},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout


def dataset(clone: Path) -> dict[str, bytes]:
    paths = [*(clone / "data").glob("*.jsonl"), *(clone / "data/data_stereo").iterdir()]
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="OpenStack Swift runs on Linux only")
def test_daily_uses(tmp_path: Path) -> None:
    block = blocks()
    seed = Clone(tmp_path / "seed")
    with running(tmp_path) as s3:
        origin = {"REPOSITORY": str(tmp_path / "origin")}
        shell = Shell({**seed.environment, **s3.environment, **IDENTITY, **origin})
        seed.run("dvc", "remote", "add", "--default", "storage", f"s3://{BUCKET}/readme")
        seed.run("dvc", "remote", "modify", "storage", "verify", "true")
        shell.run("git commit --all --quiet --message remote", seed.folder)
        shell.run("git clone --quiet --bare seed origin; git clone --quiet origin team", tmp_path)
        team = tmp_path / "team"
        restore(lambda *command: shell.run(" ".join(command), team))
        # fewer files to push and to pull
        few = editor(max_copies="0", emotions="[neutral,happy,sad,angry]")
        stages = " ".join(sorted(whole.concerned(whole.described(team), "balance")))
        made = f"$EDITOR params.yaml; python -m tests.whole {stages}; dvc commit --quiet --force"
        shell.run(made, team, EDITOR=few)
        shell.run(block["publish"], team)
        first = dataset(team)
        shell.run(block["edit"], team, EDITOR=editor(min_snr_db="40.0"))
        printed = shell.run(block["see"], team)
        table = [line for line in printed.splitlines() if line.startswith("metrics/")]
        assert 0 < len(table) <= 60  # short enough to read
        assert max(map(len, table)) < 140
        assert re.search(r"screen\.min_snr_db +5\.0 +40\.0", printed)
        assert re.search(r"metrics/screen\.json +all\.reasons\.low_snr +0 +\d+ +\d+", printed)
        assert (team / "plots/index.html").stat().st_size > 0
        changes = (team / "changes.md").read_text()
        gone = (len(first) - len(dataset(team))) // 2
        assert gone > 5
        assert "Minimum version step: **minor**; clips: " in changes
        assert "| removed | low_snr | " in changes
        assert "screen.min_snr_db: 5 -> 40" in changes
        shell.run("git add --all metrics; git commit --all --quiet --message second", team)
        again = shell.run("python -m stages changes HEAD~1 HEAD", team)
        heading, _, rest = changes.partition("\n")
        assert (heading, again.partition("\n")[2]) == ("# HEAD -> workspace", rest)
        shell.run(block["pull"], tmp_path)
        assert dataset(tmp_path / "expressive") == first
        assert not (tmp_path / "expressive/data/raw").exists()
        pulled = (tmp_path / "expressive/data/tables").iterdir()
        assert [path.name for path in pulled] == ["render.parquet"]
