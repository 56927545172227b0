"""Publishing, pinning and pulling versions, on a real object store on loopback."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.core import store, tables
from tests import whole
from tests.pipeline import ROOT
from tests.s3 import BUCKET, S3, running
from tests.versions import FIRST, SECOND, V1, V2, Consumer, Team, content, inventory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="OpenStack Swift runs on Linux only")
DIGESTS = "tables/render.parquet"
"""Output of `render` besides samples and manifests."""


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with running(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def team(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """Both versions, built and pushed."""
    team = Team(tmp_path_factory.mktemp("team"), f"s3://{BUCKET}/shared", s3.environment)
    team.build(V1, FIRST, {"all": {"minutes": 6.5}})
    team.run("dvc", "push")
    team.build(V2, SECOND, {"all": {"minutes": 7.5}})
    team.run("dvc", "push")
    return team


def remote_paths(s3: S3, prefix: str) -> list[str]:
    return [path for path in s3.client().find(f"{BUCKET}/{prefix}") if "/files/md5/" in path]


def pull(consumer: Consumer, rows: list[dict[str, Any]]) -> None:
    """Pull the dataset and compare it byte for byte."""
    consumer.run("dvc", "pull", "render")
    found = consumer.pulled()
    found.pop(DIGESTS)
    assert found == content(rows)


@pytest.fixture
def consumer(team: Team, tmp_path: Path) -> Consumer:
    """A clone of the first version."""
    return Consumer(tmp_path / "clone", team, FIRST)


def test_a_pinned_version_is_pulled_and_then_the_next(consumer: Consumer) -> None:
    pull(consumer, V1)
    consumer.run("git", "checkout", "--quiet", SECOND)
    pull(consumer, V2)


def test_raw_corpora_and_intermediate_tables_are_not_published(s3: S3, team: Team) -> None:
    private = b"data/raw", b"data/tables/catalog", b"data/tables/screen", b"data/tables/timeline"
    client = s3.client()
    contents = [client.cat(path) for path in remote_paths(s3, "shared")]
    assert len(contents) > 20
    assert not any(name in text for text in contents for name in private)


def test_get_import_and_open_in_other_repositories(team: Team, tmp_path: Path) -> None:
    other = Consumer(tmp_path / "other", team)
    shutil.rmtree(other.folder)
    other.folder.mkdir()
    other.run("git", "init", "--quiet")
    other.run("dvc", "init", "--quiet")
    origin, wav = str(team.origin), "data_stereo/demo_loud.wav"
    other.run("dvc", "get", origin, "data/data_stereo", "--rev", FIRST, "--out", "got")
    assert {p.name: p.read_bytes() for p in (other.folder / "got").iterdir()} == {
        Path(name).name: made for name, made in content(V1).items() if "data_stereo/" in name
    }
    other.run("dvc", "import", origin, "data/data_stereo", "--rev", FIRST, "--out", "speech")
    assert (other.folder / "speech/demo_loud.wav").read_bytes() == content(V1)[wav]
    other.run("dvc", "update", "speech.dvc", "--rev", SECOND)
    assert (other.folder / "speech/demo_loud.wav").read_bytes() == content(V2)[wav]
    code = f"import dvc.api; print(dvc.api.read('data/{wav}', repo='{origin}', rev='{FIRST}'))"
    assert other.run("python", "-c", code).splitlines()[-1] == content(V1)[wav].decode()


def test_wrong_credentials_are_an_error_and_nothing_is_stored(s3: S3, consumer: Consumer) -> None:
    consumer.environment["AWS_SECRET_ACCESS_KEY"] = "wrong"
    printed = consumer.run("dvc", "pull", "render", check=False)
    assert "failed to connect to s3" in printed
    assert "Forbidden" in printed
    assert consumer.pulled() == {}
    assert consumer.cached() == 0
    modify = "dvc", "remote", "modify", "--local", "storage"
    consumer.run(*modify, "secret_access_key", "testing")
    consumer.run(*modify, "access_key_id", "test:tester")
    pull(consumer, V1)
    assert consumer.run("git", "status", "--porcelain") == ""
    consumer.run(*modify, "secret_access_key", "wrong")
    consumer.run(*modify, "url", f"s3://{BUCKET}/denied")
    assert "Forbidden" in consumer.run("dvc", "push", "render", check=False)
    assert remote_paths(s3, "denied") == []


def test_a_fresh_clone_has_no_remote(consumer: Consumer) -> None:
    committed = (ROOT / ".dvc" / "config").read_text()
    assert "remote" not in committed
    assert not any(word in committed for word in ("access_key", "secret", "token", "endpoint"))
    (consumer.folder / ".dvc/config").write_text(committed)
    assert "no remote" in consumer.run("dvc", "push", "render", check=False)


def test_a_push_is_resumed_after_the_server_was_killed(s3: S3, tmp_path: Path) -> None:
    rows = [{"clip_id": f"demo_{i:03}"} for i in range(40)]
    team = Team(tmp_path, f"s3://{BUCKET}/cut", s3.environment)
    team.build(rows, FIRST, {})
    client = s3.client()
    push = team.start("dvc", "push", "--jobs", "2")
    while len(client.find(f"{BUCKET}/cut")) < 5:
        assert push.poll() is None
    s3.kill()
    assert push.wait(300) != 0
    s3.start()
    there = len(remote_paths(s3, "cut"))
    assert 5 <= there < 80
    printed = team.run("dvc", "push")
    total = len(remote_paths(s3, "cut"))
    assert f"{total - there} files pushed" in printed
    pull(Consumer(tmp_path / "clone", team, FIRST), rows)


def test_an_object_damaged_on_the_server_is_found_and_repaired(s3: S3, team: Team, tmp_path: Path) -> None:
    wav, client = b"RIFF demo_loud " + b"b" * 12, s3.client()
    path = next(path for path in remote_paths(s3, "shared") if client.cat(path) == wav)
    client.pipe(path, b"RIFF demo_l0ud " + b"b" * 12)
    consumer = Consumer(tmp_path / "clone", team, SECOND)
    assert "data/data_stereo" in consumer.run("dvc", "pull", "render", check=False)
    assert not (consumer.folder / "data/data_stereo").exists()
    missing = consumer.run("dvc", "status", "--cloud", "render")
    assert [line.split()[-1] for line in missing.splitlines() if "deleted:" in line] == [
        "data/data_stereo/demo_loud.wav"
    ]
    printed = consumer.run("python", "-m", "stages", "repair", check=False)
    assert "demo_loud.wav: damaged on the remote" in printed
    assert "cannot be replaced: in the cache it is missing" in printed
    assert "ERROR: the remote is incomplete" in printed
    printed = team.run("python", "-m", "stages", "repair")
    assert "demo_loud.wav: damaged on the remote" in printed
    assert "1 damaged or missing" in printed
    assert client.cat(path) == wav
    pull(consumer, V2)


def test_versions_are_compared_without_any_audio(consumer: Consumer) -> None:
    printed = consumer.run("python", "-m", "stages", "changes", FIRST, SECOND)
    assert "| **all** |  | 2 | 2 | 1 | 1 | 1 | 1 | 2 |" in printed
    cache = consumer.folder / ".dvc/cache"
    assert not any(b"RIFF" in path.read_bytes() for path in cache.rglob("*") if path.is_file())
    assert consumer.pulled() == {}


@pytest.mark.parametrize(("old", "secret", "expected"), [
    ("nonesuch", "testing", "'nonesuch': no such git revision"),
    (FIRST, "wrong", f"'{FIRST}': data/tables/inventory.parquet could not be read from the remote"),
], ids=["revision", "credentials"])  # fmt: skip
def test_a_comparison_names_what_is_missing(consumer: Consumer, old: str, secret: str, expected: str) -> None:
    consumer.environment["AWS_SECRET_ACCESS_KEY"] = secret
    printed = consumer.run("python", "-m", "stages", "changes", old, SECOND, check=False)
    assert f"ERROR: {expected}" in printed
    assert "Traceback" not in printed


def test_a_version_that_was_never_pushed_cannot_be_compared_elsewhere(s3: S3, tmp_path: Path) -> None:
    team = Team(tmp_path, f"s3://{BUCKET}/unpushed", s3.environment)
    team.build(V1, FIRST, {})
    consumer = Consumer(tmp_path / "clone", team)
    printed = consumer.run("python", "-m", "stages", "changes", FIRST, check=False)
    assert f"ERROR: '{FIRST}': data/tables/inventory.parquet: neither in git, in the cache" in printed
    assert "run `dvc push` where it was made" in printed
    assert "Nothing changed." in team.run("python", "-m", "stages", "changes", FIRST)
    team.run("bash", "-c", f"set -o pipefail; python -m stages changes {FIRST} | true")
    (team.folder / "data/tables/inventory.parquet").unlink()
    store.write(inventory(V2), tables.Inventory, team.folder / "data/tables/inventory.parquet")
    printed = team.run("python", "-m", "stages", "changes", FIRST, check=False)
    assert "inventory.parquet of 'workspace': expected md5" in printed


def test_a_plain_pull_gets_all_published_files_and_names_the_others(consumer: Consumer) -> None:
    printed = consumer.run("dvc", "pull", check=False)
    assert "failed to pull data from the cloud" in printed
    missing = printed.split("following targets:\n")[1].splitlines()
    assert "data/raw/demo" in missing
    found = consumer.pulled()
    assert found.items() >= content(V1).items()
    others = {DIGESTS, "tables/inventory.parquet", "ATTRIBUTION.md", "report.html"}
    assert set(found) - set(content(V1)) == others
    consumer.run("dvc", "pull", "--allow-missing")  # ends well
    assert consumer.run("git", "status", "--porcelain") == ""


def test_only_the_dataset_and_the_inventory_are_pushed() -> None:
    pushed = {
        path
        for stage in whole.described(ROOT).values()
        for out in stage.get("outs", [])
        for path, options in (out.items() if isinstance(out, dict) else [(out, {})])
        if options.get("push", True) and options.get("cache", True)
    }
    assert pushed == {
        "data/data_stereo", "data/tables/render.parquet", "data/tables/inventory.parquet",
        "data/ATTRIBUTION.md", "data/expressive_dataset.jsonl", "data/expressive_train.jsonl",
        "data/expressive_valid.jsonl", "data/report.html",
    }  # fmt: skip


def test_gc_with_the_options_of_the_readme_deletes_no_version(
    s3: S3, team: Team, consumer: Consumer, tmp_path: Path
) -> None:
    """The last test of the file, because the first version is lost at its end."""
    options = "--all-branches", "--all-tags", "--cloud"
    assert f"dvc gc {' '.join(options)}" in (ROOT / "README.md").read_text()
    before = set(remote_paths(s3, "shared"))
    s3.client().pipe(f"{BUCKET}/shared/files/md5/00/{'0' * 30}", b"of no version")
    team.run("dvc", "gc", "--force", *options)
    assert set(remote_paths(s3, "shared")) == before
    pull(consumer, V1)
    team.run("dvc", "gc", "--force", "--workspace", "--cloud")
    assert set(remote_paths(s3, "shared")) < before
    lost = Consumer(tmp_path / "lost", team, FIRST)
    assert "Missing cache files" in lost.run("dvc", "pull", "render", check=False)
    pull(Consumer(tmp_path / "kept", team, SECOND), V2)
