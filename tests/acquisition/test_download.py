"""Download of one file, from one server or several that misbehave."""

import hashlib
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from stages.acquisition.download import RETRIES, Client, Unavailable, has_checksum
from tests import servers
from tests.servers import PAGE, POINTER, Request, Server

BIG = bytes(range(256)) * 4096  # 1 MiB
SHA256 = f"sha256:{hashlib.sha256(BIG).hexdigest()}"


class Download:
    """A file of 1 MiB at a server, and the folder to which it is downloaded."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.target, self.part = folder / "a.bin", folder / "a.bin.part"
        self.url = server.url + "a.bin"
        server.files = {"a.bin": BIG}

    def answers(self, *steps: servers.Step) -> None:
        """Set the first answers of the server."""
        self.server.script["/a.bin"] = [*steps]

    def get(self, *urls: str, backoff: float = 0.001, **options: Any) -> None:
        """Download the file and compare it."""
        arguments = {"checksum": SHA256, **options}
        Client(backoff).get(urls or [self.url], self.target, **arguments)
        assert self.target.read_bytes() == BIG

    def error(self, *urls: str) -> Unavailable:
        """Return the error of a download."""
        with pytest.raises(Unavailable) as caught:
            self.get(*urls)
        return caught.value


@pytest.fixture
def download(server: Server, tmp_path: Path) -> Download:
    return Download(server, tmp_path / "sub")


def test_a_file_is_downloaded_once(download: Download) -> None:
    for _ in range(2):
        download.get()
    assert download.server.log == [Request("/a.bin", None, len(BIG))]
    assert [path.name for path in download.folder.iterdir()] == ["a.bin"]


def test_checksums(download: Download) -> None:
    download.get(checksum=f"md5:{hashlib.md5(BIG).hexdigest()}")
    download.target.write_bytes(b"hello\n")
    # git hash-object a.bin
    assert has_checksum(download.target, "git:ce013625030ba8dba906f756967f9e9ca394464a")


def test_only_the_rest_is_sent_after_a_break(download: Download) -> None:
    download.answers(servers.drop(len(BIG) // 2))
    download.get()
    first, second = download.server.log
    assert first == Request("/a.bin", None, len(BIG) // 2)
    assert second.range is not None
    have = int(second.range.removeprefix("bytes=").rstrip("-"))
    assert len(BIG) // 4 < have <= len(BIG) // 2
    assert second.sent == len(BIG) - have


def test_progress_adds_up_to_the_size_after_any_faults(download: Download) -> None:
    download.answers(servers.body(PAGE), servers.drop(len(BIG) // 2), servers.ignore_range)
    received: list[int] = []
    download.get(download.url, download.url, received=received.append)
    assert sum(received) == len(BIG)


def test_a_server_that_always_drops_is_an_error_and_the_part_is_kept(download: Download) -> None:
    download.answers(*[servers.drop(len(BIG) // 2)] * 99)
    error = download.error()
    assert "no connection, or connection lost" in str(error)
    assert not error.absent
    assert len(download.server.log) == 1 + 1 + RETRIES  # the first sent new bytes, and so does not count
    assert [path.name for path in download.folder.iterdir()] == ["a.bin.part"]
    assert download.part.stat().st_size > len(BIG) // 4


def test_the_part_of_a_killed_process_is_resumed(download: Download) -> None:
    let_go = threading.Event()
    download.answers(servers.stall(len(BIG) // 2, let_go))
    code = (
        "from pathlib import Path; from stages.acquisition.download import Client; "
        f"Client().get(['{download.url}'], Path('{download.target}'), '{SHA256}')"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    part, deadline = download.part, time.monotonic() + 30
    while not (part.exists() and part.stat().st_size > len(BIG) // 4) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    let_go.set()
    have = part.stat().st_size
    download.get()
    assert Request("/a.bin", f"bytes={have}-", len(BIG) - have) in download.server.log


def other_range(handler: servers.Handler, content: bytes | None) -> None:
    """Answer with the complete file as a range that was not requested."""
    handler.answer(206, BIG, Content_Range=f"bytes 0-{len(BIG) - 1}/{len(BIG)}")


@pytest.mark.parametrize(("part", "answer", "requests"), [
    (BIG[:1000], servers.ignore_range, [("bytes=1000-", len(BIG))]),
    (BIG[:1000], other_range, [("bytes=1000-", len(BIG))]),
    (b"junk", servers.serve, [("bytes=4-", len(BIG) - 4), (None, len(BIG))]),
    (BIG, servers.serve, [(f"bytes={len(BIG)}-", 0)]),
], ids=["ranges are ignored", "another range", "part of another file", "complete"])  # fmt: skip
def test_a_part_of_the_last_run(
    download: Download, part: bytes, answer: servers.Step, requests: list[tuple[str | None, int]]
) -> None:
    download.folder.mkdir()
    download.part.write_bytes(part)
    download.answers(answer)
    download.get()
    assert [(request.range, request.sent) for request in download.server.log] == requests


@pytest.mark.parametrize(("content", "found"), [
    (POINTER, "a Git LFS pointer in place of the file"),
    (PAGE, "an HTML page in place of the file"),
    (b"", "an empty file"),
    # printf other | sha256sum
    (b"other", "sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa (5 bytes)"),
], ids=["pointer", "page", "empty", "other"])  # fmt: skip
def test_wrong_bytes_with_status_200(download: Download, content: bytes, found: str) -> None:
    download.server.files["a.bin"] = content
    error = download.error()
    assert str(error) == f"{download.url}: expected {SHA256}, found {found}"
    assert not error.absent
    assert not list(download.folder.iterdir())


@pytest.mark.parametrize(
    "first", [servers.status(404), servers.body(POINTER), servers.drop(10)], ids=["absent", "wrong", "drops"]
)
def test_the_next_address_is_tried(download: Download, first: servers.Step) -> None:
    download.server.script["/bad.bin"] = [first] * (2 + RETRIES)
    download.server.files["bad.bin"] = BIG
    download.get(download.server.url + "bad.bin", download.url)
    assert download.server.log[-1].path == "/a.bin"


def test_no_server_listens(download: Download) -> None:
    text = r"http://127\.0\.0\.1:9/a\.bin: no connection, or connection lost: [^\n]*Connection refused"
    assert re.fullmatch(text, str(download.error("http://127.0.0.1:9/a.bin")))


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_server_is_asked_again(download: Download, code: int) -> None:
    download.answers(*[servers.status(code)] * 2)
    download.get()
    assert len(download.server.log) == 3


def test_the_wait_between_retries_grows(download: Download) -> None:
    download.answers(*[servers.status(500)] * 4)
    started = time.monotonic()
    download.get(backoff=0.05)
    # at once, then 0.1 + 0.2 + 0.4 s
    assert 0.7 <= time.monotonic() - started < 3


@pytest.mark.parametrize(("code", "text", "requests"), [
    (404, "Not Found", 1), (500, "Internal Server Error", 1 + RETRIES),
])  # fmt: skip
def test_a_server_that_stays_broken(download: Download, code: int, text: str, requests: int) -> None:
    download.answers(*[servers.status(code)] * 99)
    error = download.error()
    assert str(error) == f"{download.url}: HTTP {code} {text}"
    assert error.absent == (code == 404)
    assert len(download.server.log) == requests
