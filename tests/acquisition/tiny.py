"""A corpus of four small clips, to fetch from a server or from what a user has on disk."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stages import fetch
from stages.acquisition.download import Client
from stages.core.errors import UserError
from stages.corpora.base import Archive, Clip, FileList, recordings
from tests.servers import Server

WAVS = {f"wav/{name}.wav": b"RIFF" + name.encode() * 40 for name in ("1_1", "1_2", "2_1", "2_2")}
TABLE = {"labels.csv": b"name,label\n"}
FILES = WAVS | TABLE
RAW = Path("data/raw/tiny")
DOWNLOADS = Path("data/downloads/tiny")
HELP = (
    "\nTo use your own copy (a folder or a zip), set its path in params.yaml; nothing will be downloaded."
    "\n  fetch.tiny.source: /path/to/tiny"
)
COUNT = "\nIf this copy is meant to have {0}, set `fetch.tiny.expected_clips: {0}` in params.yaml."


def tiny_clips(root: Path) -> Iterator[Clip]:
    for path in recordings(root):
        yield Clip(path, path.stem, path.stem[0], "female", "hello", "joy", "happy", "normal")


def zipped(members: Mapping[Any, bytes]) -> bytes:
    """Make a zip of members: name or `ZipInfo` -> content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def tree(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def plant(folder: Path, content: dict[str, bytes]) -> Path:
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


class Tiny:
    """A corpus of four clips by two speakers: at a server, and in a folder or zip of the user (`mine`)."""

    def __init__(self, server: Server, mine: Path) -> None:
        self.server, self.mine = server, mine
        names = {Path(path).stem: Path(path).stem[0] for path in WAVS}
        self.facts = SimpleNamespace(SOURCE=None, N_CLIPS=4, NAMES=names, clips=tiny_clips)

    def file_list(self, *more: str) -> None:
        self.server.files |= FILES
        digests = {path: hashlib.sha256(content).hexdigest() for path, content in FILES.items()}
        tables = {path: digests.pop(path) for path in TABLE}
        self.facts.SOURCE = FileList((self.server.url, *more), digests, tables)

    def archive(self, content: bytes) -> None:
        self.server.files["tiny.zip"] = content
        checksum = f"md5:{hashlib.md5(content).hexdigest()}"
        self.facts.SOURCE = Archive((self.server.url + "tiny.zip",), "tiny.zip", len(content), checksum)

    def run(self, settings: str) -> None:
        Path("params.yaml").write_text(f"fetch: {{tiny: {{{settings}}}}}\n")
        fetch.run("tiny", Client(backoff=0.001))

    def fetch(self, source: object = "official", clips: int | None = None) -> None:
        self.run(f"source: '{source}', expected_clips: {clips or 'null'}")

    def error(self, source: object = "official", clips: int | None = None) -> str:
        """Fetch, and return the text of the error, which must leave the installed tree as it was."""
        before = RAW.exists(), tree(RAW)
        with pytest.raises(UserError) as caught:
            self.fetch(source, clips)
        assert (RAW.exists(), tree(RAW)) == before
        return str(caught.value)

    def requested(self) -> list[str]:
        """Return the paths of all requests since the last call."""
        paths = sorted(request.path for request in self.server.log)
        self.server.log.clear()
        return paths
