"""DailyTalkContiguous from the Hub: a fake of it on loopback, with the shapes of its API, that misbehaves."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from stages import fetch
from stages.acquisition import hub
from stages.acquisition.download import Client
from stages.core.errors import UserError
from tests import dialogues, servers
from tests.servers import Handler, Server

REPO = "kyutai/DailyTalkContiguous"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RESOLVE = f"/datasets/{REPO}/resolve/{COMMIT}/"
TREE = f"/api/datasets/{REPO}/tree/{COMMIT}?recursive=true&expand=false"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dialogues.contiguous(tmp_path_factory.mktemp("hub"), with_metadata=False)


def entry(path: str, content: bytes) -> dict[str, object]:
    """As the Hub lists a file: recordings lie in LFS, with the content's sha256, others are blobs of git."""
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    made: dict[str, object] = {"type": "file", "oid": blob, "size": len(content), "path": path}
    if path.endswith(".wav"):
        oid = hashlib.sha256(content).hexdigest()
        made |= {"oid": "0" * 40, "lfs": {"oid": oid, "size": len(content), "pointerSize": 132}}
    return made


@pytest.fixture
def server(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The Hub, in two pages; the project beside it wants two dialogues."""
    monkeypatch.chdir(tmp_path)
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    content = {path.relative_to(tree).as_posix(): path.read_bytes() for path in paths}
    rows = [entry(path, data) for path, data in content.items()]
    rows.append({"type": "directory", "oid": "1" * 40, "size": 0, "path": "data_stereo"})
    with servers.running() as it:
        it.files = {RESOLVE[1:] + path: data for path, data in content.items()}
        commit = {"id": REPO, "sha": COMMIT, "siblings": []}
        it.files[f"api/datasets/{REPO}/revision/main"] = json.dumps(commit).encode()
        following = f"{it.url}{TREE[1:]}&cursor=2"
        it.files[f"{TREE[1:]}&cursor=2"] = json.dumps(rows[3:]).encode()

        def first(handler: Handler, _: bytes | None) -> None:
            handler.answer(200, json.dumps(rows[:3]).encode(), Link=f'<{following}>; rel="next"')

        it.script[TREE] = [first] * 9
        (tmp_path / "metadata.json").write_text(json.dumps(dialogues.metadata()))
        ask(it)
        yield it


def ask(server: Server, **change: object) -> None:
    source = {
        "source": server.url,
        "revision": "main",
        "max_dialogues": 2,
        "metadata": "metadata.json",
        **change,
    }
    Path("params.yaml").write_text(yaml.safe_dump({"fetch": {"dailytalk_contiguous": source}}))


def run() -> dict[str, bytes]:
    fetch.run("dailytalk_contiguous", Client(backoff=0.001))
    raw = Path("data/raw/dailytalk_contiguous")
    return {path.relative_to(raw).as_posix(): path.read_bytes() for path in raw.rglob("*") if path.is_file()}


def test_the_first_dialogues_and_nothing_else(server: Server, tree: Path) -> None:
    found = run()
    wanted = ["dailytalk.jsonl", *(f"data_stereo/{n}.{suffix}" for n in (0, 1) for suffix in ("wav", "json"))]
    assert set(found) == {*wanted, "metadata.json", "address.txt"}
    assert (
        found["address.txt"].decode() == f"{server.url.rstrip('/')}{RESOLVE}\n"
    )  # not the branch that was asked for
    assert all(found[path] == (tree / path).read_bytes() for path in wanted)


def test_what_is_there_is_not_sent_again(server: Server) -> None:
    run()
    server.log.clear()
    run()
    assert [request.path for request in server.log if "resolve" in request.path] == []


def test_dropped_half_way_only_the_rest_is_sent(server: Server, tree: Path) -> None:
    path = RESOLVE + "data_stereo/1.wav"
    whole = (tree / "data_stereo/1.wav").read_bytes()
    server.script[path] = [servers.drop(len(whole) // 2)]
    assert run()["data_stereo/1.wav"] == whole
    first, second = (request for request in server.log if request.path == path)
    assert first.range is None
    assert second.range is not None
    assert 0 < second.sent < len(whole)


@pytest.mark.parametrize("name", ["data_stereo/1.wav", "data_stereo/1.json"])
def test_wrong_bytes_of_the_right_size_are_refused(server: Server, tree: Path, name: str) -> None:
    size = (tree / name).stat().st_size
    server.script[RESOLVE + name] = [servers.body(b"x" * size)] * 9
    with pytest.raises(UserError, match=rf"{name} could not be downloaded") as caught:
        run()
    assert f"({size:,} bytes)" in str(caught.value)
    assert not Path("data/raw/dailytalk_contiguous").exists()


def test_a_file_that_is_gone(server: Server) -> None:
    server.script[RESOLVE + "data_stereo/0.wav"] = [servers.status(404)] * 9
    with pytest.raises(UserError, match=r"data_stereo/0.wav could not be downloaded:\n.*HTTP 404"):
        run()


def test_no_such_revision(server: Server) -> None:
    ask(server, revision="v9")
    with pytest.raises(UserError, match="expected the dataset kyutai/DailyTalkContiguous at revision 'v9'"):
        run()


def test_more_dialogues_than_there_are(server: Server) -> None:
    ask(server, max_dialogues=6)
    with pytest.raises(UserError, match=r"expected at least 6 dialogues, found 5"):
        run()


def test_all_dialogues_where_the_hub_holds_a_part(server: Server) -> None:
    ask(server, max_dialogues=None)
    with pytest.raises(UserError, match=r"expected 5,082 clips, found 10"):
        run()


@pytest.mark.parametrize("path", ["../evil.wav", "data_stereo/../../evil.wav", "/evil.wav", "C:\\evil.wav"])
def test_a_manifest_that_leaves_the_folder(server: Server, tree: Path, tmp_path: Path, path: str) -> None:
    for name in ("evil.wav", "evil.json"):
        (tmp_path / name).write_bytes(b"RIFF")
    home = tmp_path / "copy"
    home.mkdir()
    (home / "dailytalk.jsonl").write_text(json.dumps({"path": path}))
    ask(server, source=str(home), max_dialogues=1)
    with pytest.raises(UserError, match=r"dailytalk\.jsonl:1: refused: '.*evil\.wav' would leave the folder"):
        run()
    assert {path.name for path in tmp_path.rglob("*evil*")} == {"evil.wav", "evil.json"}
    assert len(list(tmp_path.rglob("*evil*"))) == 2


def test_a_clone_without_its_large_files_is_refused(server: Server, tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "copy")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:c6f94b25\nsize 5700000\n"
    (tmp_path / "copy/data_stereo/1.wav").write_text(pointer)
    ask(server, source=str(tmp_path / "copy"))
    with pytest.raises(UserError, match=r"1 of 5 files are Git LFS pointers .*: data_stereo/1\.wav"):
        run()
    assert not Path("data/raw/dailytalk_contiguous").exists()


def test_a_manifest_that_is_not_utf8(server: Server, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/dailytalk.jsonl").write_bytes(b'{"path": "\xe9.wav"}')
    ask(server, source=str(tmp_path / "copy"))
    with pytest.raises(UserError, match=r"dailytalk\.jsonl: expected UTF-8"):
        run()


def test_from_a_folder(server: Server, tree: Path) -> None:
    ask(server, source=str(tree), max_dialogues=1)
    assert set(run()) == {"dailytalk.jsonl", "data_stereo/0.wav", "data_stereo/0.json", "metadata.json"}
    assert server.log == []


def test_without_metadata_nothing_is_guessed(server: Server) -> None:
    ask(server, metadata="nowhere")
    with pytest.raises(
        UserError, match=r"expected metadata.json .* found 'nowhere'.*; it is in dailytalk.zip"
    ):
        run()


def test_metadata_from_an_address(server: Server) -> None:
    server.files["texts.json"] = json.dumps(dialogues.metadata()).encode()
    ask(server, metadata=f"{server.url}texts.json")
    assert json.loads(run()["metadata.json"]) == dialogues.metadata()


def test_a_blob_of_git_has_the_digest_that_git_gives_it(tmp_path: Path) -> None:
    from stages.acquisition.download import genuine

    (tmp_path / "a").write_bytes(b"hello\n")
    # git hash-object a
    assert genuine(tmp_path / "a", "git:ce013625030ba8dba906f756967f9e9ca394464a")
    assert hub.with_sidecars(["data_stereo/7.wav"]) == ["data_stereo/7.wav", "data_stereo/7.json"]
