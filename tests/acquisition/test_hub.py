"""DailyTalkContiguous from a loopback server with the API of the Hugging Face Hub, which misbehaves."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from stages import fetch
from stages.acquisition.download import Client
from stages.core.errors import UserError
from tests import dialogues, servers
from tests.acquisition import tiny
from tests.servers import POINTER, Handler, Server

REPO = "kyutai/DailyTalkContiguous"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RESOLVE = f"/datasets/{REPO}/resolve/{COMMIT}/"
TREE = f"/api/datasets/{REPO}/tree/{COMMIT}?recursive=true&expand=false"
RAW = Path("data/raw/dailytalk_contiguous")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dialogues.contiguous(tmp_path_factory.mktemp("hub"), with_metadata=False)


def entry(path: str, content: bytes) -> dict[str, object]:
    """List a file as the Hub does: recordings are in LFS, with a sha256, others are blobs of git."""
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    made: dict[str, object] = {"type": "file", "oid": blob, "size": len(content), "path": path}
    if path.endswith(".wav"):
        oid = hashlib.sha256(content).hexdigest()
        made |= {"oid": "0" * 40, "lfs": {"oid": oid, "size": len(content), "pointerSize": 132}}
    return made


@pytest.fixture
def server(server: Server, tree: Path, project: Path) -> Server:
    """The Hub, whose list has two pages; the project uses two dialogues."""
    found = tiny.tree(tree)
    rows = [entry(path, data) for path, data in found.items()]
    rows.append({"type": "directory", "oid": "1" * 40, "size": 0, "path": "data_stereo"})
    server.files = {RESOLVE[1:] + path: data for path, data in found.items()}
    commit = {"id": REPO, "sha": COMMIT, "siblings": []}
    server.files[f"api/datasets/{REPO}/revision/main"] = json.dumps(commit).encode()
    server.files[f"{TREE[1:]}&cursor=2"] = json.dumps(rows[3:]).encode()

    def first(handler: Handler, _: bytes | None) -> None:
        following = f'<{server.url}{TREE[1:]}&cursor=2>; rel="next"'
        handler.answer(200, json.dumps(rows[:3]).encode(), Link=following)

    server.script[TREE] = [first] * 9
    Path("metadata.json").write_text(json.dumps(dialogues.metadata()))
    return server


def run(server: Server, **changes: object) -> dict[str, bytes]:
    """Fetch with changed settings, and return the installed tree."""
    settings = {
        "source": server.url, "revision": "main", "max_dialogues": 2, "metadata": "metadata.json", **changes,
    }  # fmt: skip
    Path("params.yaml").write_text(yaml.safe_dump({"fetch": {"dailytalk_contiguous": settings}}))
    fetch.run("dailytalk_contiguous", Client(backoff=0.001))
    return tiny.tree(RAW)


def test_only_the_first_dialogues_are_fetched(server: Server, tree: Path) -> None:
    found = run(server)
    wanted = ["dailytalk.jsonl", *(f"data_stereo/{n}.{suffix}" for n in (0, 1) for suffix in ("wav", "json"))]
    assert set(found) == {*wanted, "metadata.json", "address.txt"}
    # with the commit, not the branch
    assert found["address.txt"].decode() == f"{server.url.rstrip('/')}{RESOLVE}\n"
    assert all(found[path] == (tree / path).read_bytes() for path in wanted)
    server.log.clear()
    run(server)
    assert [request.path for request in server.log if "resolve" in request.path] == []


@pytest.mark.parametrize("name", ["data_stereo/1.wav", "data_stereo/1.json"])
def test_absent_files_and_wrong_bytes_of_the_right_size(server: Server, tree: Path, name: str) -> None:
    size = (tree / name).stat().st_size
    answers = (servers.body(b"x" * size), rf"\({size:,} bytes\)"), (servers.status(404), "HTTP 404")
    for answer, found in answers:
        server.script[RESOLVE + name] = [answer] * 9
        with pytest.raises(UserError, match=rf"{name} could not be downloaded:\n.*{found}"):
            run(server)
    assert not RAW.exists()


@pytest.mark.parametrize(("change", "expected"), [
    ({"revision": "v9"}, "expected the dataset kyutai/DailyTalkContiguous at revision 'v9'"),
    ({"max_dialogues": 6}, "expected 6 dialogues or more, found 5"),
    ({"max_dialogues": None}, "expected 5,082 clips, found 10"),  # this server has a part
    ({"metadata": "nowhere"}, "expected metadata.json .* found 'nowhere'.*; it is in dailytalk.zip"),
])  # fmt: skip
def test_wrong_settings_are_an_error(server: Server, change: dict[str, object], expected: str) -> None:
    with pytest.raises(UserError, match=expected):
        run(server, **change)


@pytest.mark.parametrize("path", ["../evil.wav", "data_stereo/../../evil.wav", "/evil.wav", "C:\\evil.wav"])
def test_a_manifest_with_a_path_to_outside_is_refused(server: Server, tmp_path: Path, path: str) -> None:
    outside = {tmp_path / "project" / name for name in ("evil.wav", "evil.json")}
    for file in outside:
        file.write_bytes(b"RIFF")
    home = tmp_path / "project/copy"
    home.mkdir()
    (home / "dailytalk.jsonl").write_text(json.dumps({"path": path}))
    with pytest.raises(UserError, match=r"dailytalk\.jsonl:1: refused: '.*evil\.wav' would leave the folder"):
        run(server, source=str(home), max_dialogues=1)
    assert sorted(tmp_path.rglob("*evil*")) == sorted(outside)


@pytest.mark.parametrize(("name", "data", "expected"), [
    ("data_stereo/1.wav", POINTER, r"1 of 5 files are Git LFS pointers .*: data_stereo/1\.wav"),
    ("dailytalk.jsonl", b'{"path": "\xe9.wav"}', r"dailytalk\.jsonl: expected UTF-8"),
])  # fmt: skip
def test_a_faulty_clone_is_refused(server: Server, tree: Path, name: str, data: bytes, expected: str) -> None:
    shutil.copytree(tree, "copy")
    Path("copy", name).write_bytes(data)
    with pytest.raises(UserError, match=expected):
        run(server, source="copy")
    assert not RAW.exists()


def test_a_local_folder_is_copied(server: Server, tree: Path) -> None:
    found = run(server, source=str(tree), max_dialogues=1)
    assert set(found) == {"dailytalk.jsonl", "data_stereo/0.wav", "data_stereo/0.json", "metadata.json"}
    assert server.log == []


def test_metadata_is_downloaded_from_an_address(server: Server) -> None:
    server.files["texts.json"] = json.dumps(dialogues.metadata()).encode()
    found = run(server, metadata=f"{server.url}texts.json")
    assert json.loads(found["metadata.json"]) == dialogues.metadata()
