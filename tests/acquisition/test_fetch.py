"""Fetching: from servers that misbehave, and from what a user has on disk."""

import hashlib
import io
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stages import fetch
from stages.acquisition.download import RETRIES, Client, Unavailable
from stages.core.errors import UserError
from stages.core.params import Section
from stages.corpora.base import Archive, Clip, FileList, Generated, recordings
from tests import servers
from tests.servers import Request, Server

BIG = bytes(range(256)) * 4096  # 1 MiB
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:c6f94b25\nsize 72862\n"
PAGE = b"<!DOCTYPE html>\n<html><body>This repository is over its data quota.</body></html>"
WAVS = {
    f"wav/{speaker}_{take}.wav": b"RIFF" + bytes([speaker, take]) * 40
    for speaker in (1, 2)
    for take in (1, 2)
}
TABLE = {"labels.csv": b"name,label\n"}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.running() as it:
        yield it


@pytest.fixture
def client() -> Client:
    return Client(backoff=0.001)


def other_range(handler: servers.Handler, content: bytes | None) -> None:
    """Answer with the complete file as a range that was not requested."""
    handler.answer(206, BIG, Content_Range=f"bytes 0-{len(BIG) - 1}/{len(BIG)}")


class TestClient:
    """One file from one server or several."""

    def get(self, client: Client, folder: Path, *urls: str) -> None:
        """Download a.bin and compare it."""
        client.get(urls, folder / "a.bin", f"sha256:{sha(BIG)}")
        assert (folder / "a.bin").read_bytes() == BIG

    @pytest.fixture(autouse=True)
    def _serve(self, server: Server) -> None:
        server.files = {"a.bin": BIG}

    def test_a_good_server_is_asked_once_and_then_never_again(
        self, server: Server, client: Client, tmp_path: Path
    ) -> None:
        for _ in range(2):
            self.get(client, tmp_path / "sub", server.url + "a.bin")
        assert server.log == [Request("/a.bin", None, len(BIG))]
        assert [path.name for path in (tmp_path / "sub").iterdir()] == ["a.bin"]

    def test_md5(self, server: Server, client: Client, tmp_path: Path) -> None:
        checksum = f"md5:{hashlib.md5(BIG).hexdigest()}"
        client.get([server.url + "a.bin"], tmp_path / "a.bin", checksum)
        assert (tmp_path / "a.bin").read_bytes() == BIG

    def test_dropped_half_way_only_the_rest_is_sent(
        self, server: Server, client: Client, tmp_path: Path
    ) -> None:
        server.script["/a.bin"] = [servers.drop(len(BIG) // 2)]
        self.get(client, tmp_path, server.url + "a.bin")
        first, second = server.log
        assert first == Request("/a.bin", None, len(BIG) // 2)
        assert second.range is not None
        have = int(second.range.removeprefix("bytes=").rstrip("-"))
        assert len(BIG) // 4 < have <= len(BIG) // 2
        assert second.sent == len(BIG) - have

    def test_progress_adds_up_to_the_size_whatever_happens(
        self, server: Server, client: Client, tmp_path: Path
    ) -> None:
        server.script["/a.bin"] = [
            servers.body(PAGE),
            servers.drop(len(BIG) // 2),
            servers.ignore_range,
        ]
        received: list[int] = []
        urls = [server.url + "a.bin"] * 2
        client.get(urls, tmp_path / "a.bin", f"sha256:{sha(BIG)}", received.append)
        assert sum(received) == len(BIG)

    def test_a_server_that_always_drops_is_given_up_but_the_part_is_kept(
        self, server: Server, client: Client, tmp_path: Path
    ) -> None:
        server.script["/a.bin"] = [servers.drop(len(BIG) // 2)] * 99
        with pytest.raises(Unavailable, match="no connection, or it broke off") as caught:
            self.get(client, tmp_path, server.url + "a.bin")
        assert not caught.value.absent
        assert len(server.log) == 1 + 1 + RETRIES  # the first brought bytes, and so does not count
        assert [path.name for path in tmp_path.iterdir()] == ["a.bin.part"]
        assert (tmp_path / "a.bin.part").stat().st_size > len(BIG) // 4

    def test_a_killed_process_leaves_a_part_that_the_next_one_resumes(
        self, server: Server, client: Client, tmp_path: Path
    ) -> None:
        let_go = threading.Event()
        server.script["/a.bin"] = [servers.stall(len(BIG) // 2, let_go)]
        code = (
            "from pathlib import Path; from stages.acquisition.download import Client; "
            f"Client().get(['{server.url}a.bin'], Path('{tmp_path}/a.bin'), 'sha256:{sha(BIG)}')"
        )
        process = subprocess.Popen([sys.executable, "-c", code])
        part = tmp_path / "a.bin.part"
        deadline = time.monotonic() + 30
        while not (part.exists() and part.stat().st_size > len(BIG) // 4) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        let_go.set()
        have = part.stat().st_size
        self.get(client, tmp_path, server.url + "a.bin")
        assert Request("/a.bin", f"bytes={have}-", len(BIG) - have) in server.log

    @pytest.mark.parametrize(("part", "answer", "requests"), [
        (BIG[:1000], servers.ignore_range, [("bytes=1000-", len(BIG))]),
        (BIG[:1000], other_range, [("bytes=1000-", len(BIG))]),
        (b"junk", servers.serve, [("bytes=4-", len(BIG) - 4), (None, len(BIG))]),
        (BIG, servers.serve, [(f"bytes={len(BIG)}-", 0)]),
    ], ids=["ranges are ignored", "another range", "part of another file", "complete"])  # fmt: skip
    def test_a_part_from_last_time(
        self,
        server: Server,
        client: Client,
        tmp_path: Path,
        part: bytes,
        answer: servers.Step,
        requests: list[tuple[str | None, int]],
    ) -> None:
        (tmp_path / "a.bin.part").write_bytes(part)
        server.script["/a.bin"] = [answer]
        self.get(client, tmp_path, server.url + "a.bin")
        assert [(request.range, request.sent) for request in server.log] == requests

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (POINTER, "a Git LFS pointer in place of the file"),
            (PAGE, "an HTML page in place of the file"),
            (b"", "an empty file"),
            # printf other | sha256sum
            (
                b"other",
                "sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa (5 bytes)",
            ),
        ],
    )
    def test_wrong_bytes_with_status_200(
        self, server: Server, client: Client, tmp_path: Path, content: bytes, found: str
    ) -> None:
        server.files["a.bin"] = content
        with pytest.raises(Unavailable) as caught:
            self.get(client, tmp_path, server.url + "a.bin")
        assert str(caught.value) == f"{server.url}a.bin: expected sha256:{sha(BIG)}, found {found}"
        assert not caught.value.absent
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("first", [servers.status(404), servers.body(POINTER), servers.drop(10)])
    def test_the_mirror_steps_in(
        self, server: Server, client: Client, tmp_path: Path, first: servers.Step
    ) -> None:
        server.script["/bad.bin"] = [first] * (2 + RETRIES)
        server.files["bad.bin"] = BIG
        self.get(client, tmp_path, server.url + "bad.bin", server.url + "a.bin")
        assert server.log[-1].path == "/a.bin"

    def test_nobody_listens(self, client: Client, tmp_path: Path) -> None:
        with pytest.raises(Unavailable) as caught:
            self.get(client, tmp_path, "http://127.0.0.1:9/a.bin")
        text = r"http://127\.0\.0\.1:9/a\.bin: no connection, or it broke off: [^\n]*Connection refused"
        assert re.fullmatch(text, str(caught.value))

    @pytest.mark.parametrize("code", [429, 500, 503])
    def test_a_busy_server_is_asked_again(
        self, server: Server, client: Client, tmp_path: Path, code: int
    ) -> None:
        server.script["/a.bin"] = [servers.status(code)] * 2
        self.get(client, tmp_path, server.url + "a.bin")
        assert len(server.log) == 3

    def test_the_wait_between_retries_grows(self, server: Server, tmp_path: Path) -> None:
        server.script["/a.bin"] = [servers.status(500)] * 4
        started = time.monotonic()
        self.get(Client(backoff=0.05), tmp_path, server.url + "a.bin")
        # at once, then 0.1 + 0.2 + 0.4 s
        assert 0.7 <= time.monotonic() - started < 3

    @pytest.mark.parametrize(("code", "text", "requests"), [
        (404, "Not Found", 1), (500, "Internal Server Error", 1 + RETRIES),
    ])  # fmt: skip
    def test_a_server_that_stays_broken(
        self, server: Server, client: Client, tmp_path: Path, code: int, text: str, requests: int
    ) -> None:
        server.script["/a.bin"] = [servers.status(code)] * 99
        with pytest.raises(Unavailable) as caught:
            self.get(client, tmp_path, server.url + "a.bin")
        assert str(caught.value) == f"{server.url}a.bin: HTTP {code} {text}"
        assert caught.value.absent == (code == 404)
        assert len(server.log) == requests


def tiny_clips(root: Path) -> Iterator[Clip]:
    for path in recordings(root):
        yield Clip(path, path.stem, path.stem[0], "female", "hello", "joy", "happy", "normal")


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project as working directory."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


class Tiny:
    """A corpus of four clips by two speakers, at a server, and the user's project."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.facts = SimpleNamespace(
            SOURCE=None,
            N_CLIPS=4,
            NAMES={Path(path).stem: Path(path).stem[0] for path in WAVS},
            clips=tiny_clips,
        )
        monkeypatch.setitem(sys.modules, "stages.corpora.tiny", self.facts)  # type: ignore[arg-type]

    def file_list(self, *more: str) -> None:
        self.server.files |= WAVS | TABLE
        files = {path: sha(content) for path, content in WAVS.items()}
        tables = {path: sha(content) for path, content in TABLE.items()}
        self.facts.SOURCE = FileList((self.server.url, *more), files, tables)

    def archive(self, content: bytes) -> None:
        self.server.files["tiny.zip"] = content
        checksum = f"md5:{hashlib.md5(content).hexdigest()}"
        self.facts.SOURCE = Archive((self.server.url + "tiny.zip",), "tiny.zip", len(content), checksum)

    def fetch(self, source: object = "official", clips: int | None = None) -> None:
        expected = "null" if clips is None else clips
        Path("params.yaml").write_text(
            f"fetch: {{tiny: {{source: '{source}', expected_clips: {expected}}}}}\n"
        )
        fetch.run("tiny", Client(backoff=0.001))

    def paths(self) -> list[str]:
        return sorted(request.path for request in self.server.log)


@pytest.fixture
def tiny(server: Server, project: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    return Tiny(server, monkeypatch)


def tree(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def plant(folder: Path, content: dict[str, bytes]) -> Path:
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


RAW = Path("data/raw/tiny")
HELP = (
    "\nTo use a copy that you have, set its path in params.yaml (a folder or a zip); nothing is downloaded "
    "then:\n  fetch.tiny.source: /path/to/tiny"
)


class TestFileList:
    def test_complete_and_each_file_asked_for_once(
        self, tiny: Tiny, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tiny.file_list()
        tiny.fetch()
        assert tree(RAW) == WAVS | TABLE
        assert tiny.paths() == sorted(f"/{path}" for path in WAVS | TABLE)
        assert not Path("data/downloads/tiny/tree").exists()
        assert "fetch@tiny: 4 clips in, 4 kept, 0 dropped" in capsys.readouterr().out

    def test_what_is_there_is_reused_if_it_is_genuine(self, tiny: Tiny) -> None:
        tiny.file_list()
        tiny.fetch()
        (RAW / "wav/1_1.wav").unlink()
        (RAW / "wav/1_2.wav").write_bytes(b"RIFF spoiled")
        (RAW / "wav/2_1.wav").chmod(0o444)  # as DVC leaves files that its cache holds
        tiny.server.log.clear()
        tiny.fetch()
        assert tree(RAW) == WAVS | TABLE
        assert tiny.paths() == ["/wav/1_1.wav", "/wav/1_2.wav"]

    def test_a_failure_keeps_the_old_tree_and_the_new_files(self, tiny: Tiny) -> None:
        tiny.file_list()
        plant(RAW, {"old.txt": b"old"})
        del tiny.server.files["wav/2_2.wav"]
        with pytest.raises(UserError) as caught:
            tiny.fetch()
        url = f"{tiny.server.url}wav/2_2.wav"
        expected = f"tiny: wav/2_2.wav could not be downloaded:\n{url}: HTTP 404 Not Found{HELP}"
        assert str(caught.value) == expected
        assert tree(RAW) == {"old.txt": b"old"}
        done = set(tiny.paths()) - {"/wav/2_2.wav"}
        tiny.server.log.clear()
        tiny.server.files |= WAVS
        tiny.fetch()
        assert tree(RAW) == WAVS | TABLE
        assert not done & set(tiny.paths())

    def test_the_mirror_of_the_facts_steps_in(self, tiny: Tiny) -> None:
        with servers.running() as mirror:
            tiny.file_list(mirror.url)
            mirror.files = dict(tiny.server.files)
            tiny.server.script = {f"/{path}": [servers.body(POINTER)] for path in WAVS}
            tiny.fetch()
            assert sorted(request.path for request in mirror.log) == sorted(f"/{path}" for path in WAVS)
        assert tree(RAW) == WAVS | TABLE

    def test_the_users_own_mirror_replaces_the_official_address(self, tiny: Tiny) -> None:
        tiny.file_list()
        with servers.running() as mirror:
            mirror.files = {f"base/{path}": content for path, content in (WAVS | TABLE).items()}
            tiny.fetch(f"{mirror.url}base")
        assert tree(RAW) == WAVS | TABLE
        assert tiny.paths() == []

    def test_a_mirror_of_a_part_is_accepted_if_its_size_is_stated(self, tiny: Tiny) -> None:
        tiny.file_list()
        del tiny.server.files["wav/2_2.wav"]
        tiny.fetch(tiny.server.url, clips=3)
        assert sorted(tree(RAW)) == ["labels.csv", "wav/1_1.wav", "wav/1_2.wav", "wav/2_1.wav"]

    def test_but_not_of_another_size_nor_without_tables(self, tiny: Tiny) -> None:
        tiny.file_list()
        del tiny.server.files["wav/2_2.wav"]
        with pytest.raises(UserError) as caught:
            tiny.fetch(tiny.server.url, clips=2)
        assert str(caught.value) == (
            "tiny: expected 2 clips (the complete corpus has 4), found 3. Missing: 1 of other "
            "speakers (2_2).\nIf this copy is meant to have 3, set `fetch.tiny.expected_clips: 3` in "
            "params.yaml."
        )
        assert not RAW.exists()
        del tiny.server.files["labels.csv"]
        Path("data/downloads/tiny/tree/labels.csv").unlink()
        with pytest.raises(UserError, match=r"labels\.csv could not be downloaded"):
            tiny.fetch(tiny.server.url, clips=3)

    def test_a_broken_mirror_is_no_smaller_one(self, tiny: Tiny) -> None:
        tiny.file_list()
        tiny.server.script["/wav/2_2.wav"] = [servers.status(500)] * (1 + RETRIES)
        with pytest.raises(UserError, match="HTTP 500"):
            tiny.fetch(tiny.server.url, clips=3)

    def test_a_run_that_was_killed_while_trees_were_exchanged(self, tiny: Tiny) -> None:
        tiny.file_list()
        plant(RAW.with_name(".tiny.old"), {"old.txt": b"old"})
        plant(Path("data/downloads/tiny/tree"), WAVS | TABLE)
        tiny.fetch()
        assert tree(Path("data/raw")) == {f"tiny/{path}": data for path, data in (WAVS | TABLE).items()}
        assert tiny.paths() == []

    def test_litter_of_a_killed_run_does_not_reach_the_result(self, tiny: Tiny) -> None:
        tiny.file_list()
        plant(Path("data/downloads/tiny/tree"), {"wav/9_9.wav.part": b"", ".wav/x": b""})
        tiny.fetch()
        assert tree(RAW) == WAVS | TABLE

    def test_from_a_zip_with_a_folder_around_it(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.file_list()
        content = {f"mirror-main/{path}": data for path, data in (WAVS | TABLE).items()}
        (tmp_path / "clone.zip").write_bytes(zipped(content))
        tiny.fetch(tmp_path / "clone.zip")
        assert tree(RAW) == WAVS | TABLE
        assert tiny.paths() == []
        assert not list(Path("data/downloads/tiny").iterdir())


class TestArchive:
    def test_download_unpack_and_not_again(self, tiny: Tiny) -> None:
        tiny.archive(zipped(WAVS))
        tiny.fetch()
        tiny.fetch()
        assert tree(RAW) == WAVS
        assert tiny.paths() == ["/tiny.zip"]

    def test_resumed_across_runs(self, tiny: Tiny) -> None:
        content = zipped(WAVS)
        tiny.archive(content)
        plant(Path("data/downloads/tiny"), {"tiny.zip.part": content[:100]})
        tiny.fetch()
        assert tree(RAW) == WAVS
        assert tiny.server.log == [Request("/tiny.zip", "bytes=100-", len(content) - 100)]

    def test_unreachable(self, tiny: Tiny) -> None:
        tiny.archive(zipped(WAVS))
        tiny.server.files.clear()
        with pytest.raises(UserError) as caught:
            tiny.fetch()
        url = f"{tiny.server.url}tiny.zip"
        assert (
            str(caught.value) == f"tiny: tiny.zip could not be downloaded:\n{url}: HTTP 404 Not Found{HELP}"
        )

    def test_from_a_local_zip_that_is_left_alone(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.archive(zipped(WAVS))
        (tmp_path / "mine.zip").write_bytes(zipped(WAVS))
        tiny.fetch(tmp_path / "mine.zip")
        assert tree(RAW) == WAVS
        assert tiny.paths() == []
        assert (tmp_path / "mine.zip").exists()

    def test_a_local_zip_of_other_bytes(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.archive(zipped(WAVS))
        (tmp_path / "mine.zip").write_bytes(PAGE)
        with pytest.raises(UserError) as caught:
            tiny.fetch(tmp_path / "mine.zip")
        checksum = hashlib.md5(zipped(WAVS)).hexdigest()
        assert f"expected md5:{checksum}" in str(caught.value)
        assert "found an HTML page in place of the file" in str(caught.value)
        assert not RAW.exists()

    @pytest.mark.parametrize(
        "name", ["../evil.wav", "a/../../evil.wav", "/evil.wav", "..\\evil.wav", "C:\\evil.wav", "C:evil.wav"]
    )
    def test_a_zip_that_tries_to_leave_its_folder(self, tiny: Tiny, tmp_path: Path, name: str) -> None:
        tiny.archive(zipped({**WAVS, name: b"RIFF"}))
        with pytest.raises(UserError, match=r"refused: member '.*' would leave the folder"):
            tiny.fetch()
        assert not RAW.exists()
        assert not list(tmp_path.rglob("*evil*"))
        assert tree(Path("data/downloads/tiny/tree")) == {}  # nothing is unpacked before all is checked

    def test_a_zip_with_a_symbolic_link(self, tiny: Tiny) -> None:
        link = zipfile.ZipInfo("wav/link.wav")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(link, "/etc/passwd")
        tiny.archive(content.getvalue())
        with pytest.raises(UserError, match=r"refused: member 'wav/link\.wav' is a symbolic link"):
            tiny.fetch()

    def test_a_zip_larger_than_the_disk(self, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
        tiny.archive(zipped(WAVS))
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=335))
        with pytest.raises(UserError, match=r"needs 336 bytes unpacked, .* has 335 free"):
            tiny.fetch()
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=336))
        tiny.fetch()

    def test_a_zip_that_is_damaged(self, tiny: Tiny) -> None:
        whole = zipped(WAVS)
        tiny.archive(whole[:60] + b"\xff" + whole[61:])
        with pytest.raises(UserError, match="expected a complete zip, found: Bad CRC-32"):
            tiny.fetch()
        tiny.archive(b"PK no zip")
        with pytest.raises(UserError, match="expected a complete zip, found: File is not a zip file"):
            tiny.fetch()


class TestFolder:
    def test_copied_never_linked_and_nothing_else_taken(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.file_list()
        mine = plant(tmp_path / "mine", WAVS | TABLE | {"notes.txt": b"mine", ".git/x.wav": b"RIFF"})
        (mine / "wav/1_1.wav").chmod(0o400)
        tiny.fetch(mine)
        assert tree(RAW) == WAVS | TABLE
        assert tiny.paths() == []
        for path in WAVS:
            assert (RAW / path).stat().st_nlink == 1
            assert not (RAW / path).is_symlink()
        assert (RAW / "wav/1_1.wav").stat().st_mode & stat.S_IWUSR
        assert (mine / "wav/1_1.wav").stat().st_mode & 0o777 == 0o400

    def test_a_link_that_leaves_the_folder_is_refused(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.file_list()
        mine = plant(tmp_path / "mine", WAVS | TABLE)
        (tmp_path / "secret").mkdir()
        (mine / "more").symlink_to(tmp_path / "secret")
        with pytest.raises(UserError, match=f"^{mine}/more: refused: a symbolic link to {tmp_path}/secret"):
            tiny.fetch(mine)
        assert not RAW.exists()

    def test_a_link_inside_is_copied_as_a_file(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.file_list()
        mine = plant(tmp_path / "mine", WAVS | TABLE)
        (mine / "wav/1_1.wav").rename(mine / "object")  # as git-annex keeps its files
        (mine / "wav/1_1.wav").symlink_to("../object")
        tiny.fetch(mine)
        assert tree(RAW) == WAVS | TABLE
        assert not (RAW / "wav/1_1.wav").is_symlink()

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            (
                POINTER,
                "Git LFS pointers of some 130 bytes instead of the files; run `git lfs pull` in the clone",
            ),
            (PAGE, "HTML pages saved under the names of files; delete them and download these files again"),
            (
                b"RIFFx",
                "not the published bytes: converted, or damaged; delete them and download these again",
            ),
        ],
    )
    def test_files_that_are_not_what_they_are_named(
        self, tiny: Tiny, tmp_path: Path, content: bytes, text: str
    ) -> None:
        tiny.file_list()
        mine = plant(tmp_path / "mine", WAVS | TABLE | {"wav/1_2.wav": content, "wav/2_1.wav": content})
        with pytest.raises(UserError) as caught:
            tiny.fetch(mine)
        assert str(caught.value) == f"{mine}: 2 of 5 files are {text}: wav/1_2.wav, wav/2_1.wav"
        assert not RAW.exists()

    def test_heads_are_looked_at_where_no_digest_is_published(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.archive(b"")
        spoiled = plant(tmp_path / "mine", WAVS | {"wav/1_2.wav": b"RIFF cut sho"})
        tiny.fetch(spoiled)  # the recording's faults are for `quality` to record
        assert tree(RAW)["wav/1_2.wav"] == b"RIFF cut sho"
        plant(spoiled, {"wav/1_2.wav": POINTER})
        with pytest.raises(UserError, match=r"1 of 4 files are Git LFS pointers .*: wav/1_2\.wav"):
            tiny.fetch(spoiled)

    def test_wrong_count(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.file_list()
        mine = plant(tmp_path / "mine", {"wav/1_1.wav": WAVS["wav/1_1.wav"]} | TABLE)
        with pytest.raises(UserError) as caught:
            tiny.fetch(mine)
        assert str(caught.value) == (
            "tiny: expected 4 clips, found 1. Missing: all clips of speakers 2; 1 of other "
            "speakers (1_2).\nIf this copy is meant to have 1, set `fetch.tiny.expected_clips: 1` in "
            "params.yaml."
        )
        tiny.fetch(mine, clips=1)
        assert len(tree(RAW)) == 2

    def test_recordings_of_something_else(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.archive(b"")
        with pytest.raises(UserError, match=r"expected 4 clips, found 5\. Not clips of the corpus: 3_1\."):
            tiny.fetch(plant(tmp_path / "mine", WAVS | {"wav/3_1.wav": b"RIFF"}))

    def test_a_doubled_tree_counts_once(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.archive(b"")
        tiny.fetch(plant(tmp_path / "mine", WAVS | {f"again/{path}": data for path, data in WAVS.items()}))
        assert len(tree(RAW)) == 8

    def test_no_tables_no_recordings_no_folder(self, tiny: Tiny, tmp_path: Path) -> None:
        tiny.file_list()
        with pytest.raises(UserError, match=r"expected the corpus's label tables, not found: labels\.csv"):
            tiny.fetch(plant(tmp_path / "mine", WAVS))
        with pytest.raises(UserError, match="expected the recordings of tiny"):
            tiny.fetch(plant(tmp_path / "other", TABLE))
        with pytest.raises(UserError, match="found 'offical', and no such file or folder exists"):
            tiny.fetch("offical")


def test_params_are_closed(tiny: Tiny) -> None:
    tiny.file_list()
    Path("params.yaml").write_text("fetch:\n  tiny: {sorce: official, expected_clips: 0}\n")
    with pytest.raises(UserError) as caught:
        fetch.run("tiny")
    assert "fetch.tiny.sorce: unknown key (did you mean 'source'?); known: expected_clips, source" in str(
        caught.value
    )
    assert "fetch.tiny.expected_clips: Input should be greater than 0, found 0" in str(caught.value)


def test_an_empty_source_is_not_the_project_itself(tiny: Tiny) -> None:
    tiny.archive(b"")
    plant(Path("elsewhere"), WAVS)
    with pytest.raises(UserError, match=r"fetch\.tiny\.source: String should have at least 1 character"):
        tiny.fetch("")


class Settings(Section):
    seed: int


def test_generated(tiny: Tiny) -> None:
    def make(folder: Path, settings: Any) -> None:
        plant(folder, {path: data + bytes([settings.seed]) for path, data in WAVS.items()})

    tiny.facts.SOURCE = Generated(make, Settings)
    Path("params.yaml").write_text("fetch:\n  tiny: {seed: 7}\n")
    fetch.run("tiny")
    assert tree(RAW) == {path: data + b"\7" for path, data in WAVS.items()}
    Path("params.yaml").write_text("fetch:\n  tiny: {source: official}\n")
    with pytest.raises(UserError, match=r"fetch\.tiny\.source: unknown key; known: seed"):
        fetch.run("tiny")
