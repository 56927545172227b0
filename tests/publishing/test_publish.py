"""Push to public remotes, which are folders here: only clips that may be redistributed are pushed."""

import configparser
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dvc.repo import Repo

from stages.core import store, tables
from stages.core.errors import UserError
from stages.publishing import publish, remote_repair
from tests import makers, warm, whole

ROOT = Path(__file__).parents[2]
DVC_YAML = """
stages:
  compose:
    cmd: mkdir -p data/tables && cp made.parquet data/tables/timeline.parquet
    deps: [made.parquet]
    outs: [data/tables/timeline.parquet]
  render:
    cmd: mkdir -p data/data_stereo && for n in data_stereo/a.wav expressive_dataset.jsonl
      expressive_train.jsonl expressive_valid.jsonl; do
      (echo $n; cat data/tables/timeline.parquet) > data/$n; done
    deps: [data/tables/timeline.parquet]
    outs: [data/data_stereo, data/expressive_dataset.jsonl, data/expressive_train.jsonl,
           data/expressive_valid.jsonl]
  attribution:
    cmd: (echo credits; cat data/tables/timeline.parquet) > data/ATTRIBUTION.md
    deps: [data/tables/timeline.parquet]
    outs: [data/ATTRIBUTION.md]
"""


def dvc(*arguments: str) -> None:
    code, printed = warm.run(("dvc", *arguments), Path.cwd(), dict(os.environ))
    assert code == 0, printed


def build(*licenses: str) -> None:
    """Build a dataset of clips with these licenses."""
    rows = [{"corpus": "esd" if "ESD" in license else "demo", "license": license} for license in licenses]
    store.write(makers.timeline(*rows), tables.Timeline, Path("made.parquet"))
    dvc("repro", "--quiet")


def pushed(folder: Path) -> set[str]:
    """Return the digests of all objects of a remote; a folder's listing is one too."""
    return {path.parent.name + path.name for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository as working directory, and return the folder of its public remote."""
    folder, hub = tmp_path / "repository", tmp_path / "hub"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "nobody"))
    monkeypatch.delenv("DVC_SYSTEM_CONFIG_DIR", raising=False)
    subprocess.run(["git", "init", "--quiet"], check=True)
    dvc("init", "--quiet")
    (folder / "dvc.yaml").write_text(DVC_YAML)
    (folder / ".dvc/public").mkdir()
    (folder / ".dvc/public/config").write_text(f'[remote "hub"]\n    url = {hub}\n')
    dvc("remote", "add", "--quiet", "private", str(tmp_path / "private"))
    return hub


@pytest.mark.slow
def test_only_permitted_clips_are_pushed_and_only_by_the_checked_push(hub: Path, tmp_path: Path) -> None:
    build("CC0-1.0", "LicenseRef-ESD", "LicenseRef-ESD")
    with pytest.raises(UserError) as caught:
        publish.run("push", "hub")
    assert "esd: 2 clips under LicenseRef-ESD" in str(caught.value)
    assert "demo" not in str(caught.value)
    with pytest.raises(UserError, match="remote 'hub' doesn't exist"):
        publish.dvc("push", "-r", "hub")
    assert pushed(hub) == set()

    dvc("push", "-r", "private")
    assert len(pushed(tmp_path / "private")) == 7  # timeline, four files, a listing, the attribution
    with pytest.raises(UserError, match="use `dvc push -r private`"):
        publish.run("push", "private")

    build("CC0-1.0", "CC-BY-NC-SA-4.0")
    publish.run("push", "hub")
    stored = pushed(hub)
    assert len(stored) == 6
    assert hashlib.md5(Path(publish.TIMELINE).read_bytes()).hexdigest() not in stored

    wanted = Path("data/data_stereo/a.wav").read_bytes()
    shutil.rmtree("data/data_stereo")
    shutil.rmtree(".dvc/cache")
    Path("data/ATTRIBUTION.md").unlink()
    publish.run("pull", "hub")
    assert Path("data/data_stereo/a.wav").read_bytes() == wanted
    assert Path("data/ATTRIBUTION.md").exists()
    # the timeline from which the dataset was rendered is what is checked
    with pytest.raises(UserError, match="not in DVC's cache"):
        publish.run("push", "hub")


@pytest.mark.slow
def test_a_public_address_that_plain_dvc_reaches_is_refused(hub: Path) -> None:
    build("CC0-1.0")
    dvc("remote", "add", "--quiet", "--local", "also", str(hub / "below"))
    with pytest.raises(UserError, match=r"also that of also in .*dvc remote remove also"):
        publish.run("push", "hub")
    with pytest.raises(UserError, match=r"no remote 'hib'; found hub"):
        publish.run("push", "hib")
    assert pushed(hub) == set()


LOCK = {
    "stages": {
        stage: {
            "deps": [{"path": publish.TIMELINE, "md5": "a" * 32}],
            "outs": [{"path": target, "md5": "b" * 32} for target in targets],
        }
        for stage, targets in publish.DATASET.items()
    }
}


def test_dataset_and_attribution_must_be_of_one_build(tmp_path: Path) -> None:
    other = LOCK["stages"]["attribution"] | {"deps": [{"path": publish.TIMELINE, "md5": "c" * 32}]}
    with pytest.raises(UserError, match="are from different builds; run `dvc repro`"):
        publish.rendered({"stages": {**LOCK["stages"], "attribution": other}}, tmp_path)


@pytest.mark.parametrize("stage", publish.DATASET)
def test_a_dataset_that_was_not_built_is_not_pushed(stage: str, tmp_path: Path) -> None:
    stages = {name: entry for name, entry in LOCK["stages"].items() if name != stage}
    with pytest.raises(UserError, match=f"of stage '{stage}' not found; run `dvc repro`"):
        publish.rendered({"stages": stages}, tmp_path)


@pytest.mark.parametrize(("a", "b", "expected"), [
    ("s3://x/y", "s3://x/y/", True), ("s3://x", "s3://x/y", True), ("s3://x/y", "s3://x", True),
    ("s3://x/y", "s3://x/yz", False), ("/a", "s3://a", False),
])  # fmt: skip
def test_nested_addresses(a: str, b: str, expected: bool) -> None:
    assert publish.nested(a, b) == publish.nested(b, a) == expected


def test_no_derivatives_and_custom_consent_are_not_pushed() -> None:
    for license in ("CC-BY-SA-4.0", "ODbL-1.0", "LicenseRef-custom-redistributable"):
        publish.check_licenses([("a", license)])
    for license in ("CC-BY-NC-ND-4.0", "LicenseRef-custom-commercial", "LicenseRef-MSP-Podcast"):
        with pytest.raises(UserError, match=f"x: 1 clips under {license}"):
            publish.check_licenses([("a", "CC0-1.0"), ("x", license)])


def test_dvc_yaml_makes_all_files_of_a_public_remote() -> None:
    stages = whole.described(ROOT)
    for stage, targets in publish.DATASET.items():
        outs = {next(iter(out)) if isinstance(out, dict) else out for out in stages[stage]["outs"]}
        assert set(targets) <= outs
        assert publish.TIMELINE in stages[stage]["deps"]


def test_plain_dvc_reaches_no_public_remote_of_the_committed_configuration() -> None:
    found = []
    for path in (ROOT / ".dvc/config", ROOT / ".dvc/public/config"):
        parser = configparser.ConfigParser()
        parser.read_string("\n".join(line.strip() for line in path.read_text().splitlines()))
        found.append({parser[s]["url"] for s in parser.sections() if "remote" in s})
    assert not any(publish.nested(a, b) for a in found[0] for b in found[1])


def test_repair_without_a_default_remote_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Repo.init(no_scm=True)
    with pytest.raises(UserError, match="no default remote; run `dvc remote add --default storage ADDRESS`"):
        remote_repair.run()
