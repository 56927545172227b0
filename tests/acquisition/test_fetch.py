"""Fetching a corpus: from servers, and from what a user has on disk."""

import hashlib
import io
import shutil
import stat
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stages import fetch
from stages.acquisition.download import RETRIES, Client
from stages.core.errors import UserError
from stages.core.params import Section
from stages.corpora.base import Archive, Clip, FileList, Generated, recordings
from tests import servers
from tests.servers import PAGE, POINTER, Request, Server

WAVS = {f"wav/{name}.wav": b"RIFF" + name.encode() * 40 for name in ("1_1", "1_2", "2_1", "2_2")}
TABLE = {"labels.csv": b"name,label\n"}
FILES = WAVS | TABLE
RAW = Path("data/raw/tiny")
DOWNLOADS = Path("data/downloads/tiny")
HELP = (
    "\nTo use a copy that you have, set its path in params.yaml (a folder or a zip); nothing is downloaded "
    "then:\n  fetch.tiny.source: /path/to/tiny"
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
        before = tree(RAW)
        with pytest.raises(UserError) as caught:
            self.fetch(source, clips)
        assert tree(RAW) == before
        return str(caught.value)

    def requested(self) -> list[str]:
        """Return the paths of all requests since the last call."""
        paths = sorted(request.path for request in self.server.log)
        self.server.log.clear()
        return paths


@pytest.fixture
def tiny(server: Server, project: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    made = Tiny(server, project.with_name("mine"))
    monkeypatch.setitem(sys.modules, "stages.corpora.tiny", made.facts)  # type: ignore[arg-type]
    return made


class TestFileList:
    @pytest.fixture(autouse=True)
    def _source(self, tiny: Tiny) -> None:
        tiny.file_list()

    def test_each_file_is_requested_once(self, tiny: Tiny, capsys: pytest.CaptureFixture[str]) -> None:
        tiny.fetch()
        assert tree(RAW) == FILES
        assert tiny.requested() == sorted(f"/{path}" for path in FILES)
        assert not (DOWNLOADS / "tree").exists()
        assert "fetch@tiny: 4 clips in, 4 kept, 0 dropped" in capsys.readouterr().out

    def test_genuine_files_of_the_last_run_are_reused(self, tiny: Tiny) -> None:
        tiny.fetch()
        tiny.requested()
        (RAW / "wav/1_1.wav").unlink()
        (RAW / "wav/1_2.wav").write_bytes(b"RIFF spoiled")
        (RAW / "wav/2_1.wav").chmod(0o444)  # as DVC leaves files that its cache holds
        tiny.fetch()
        assert tree(RAW) == FILES
        assert tiny.requested() == ["/wav/1_1.wav", "/wav/1_2.wav"]

    def test_a_failure_keeps_the_old_tree_and_the_new_files(self, tiny: Tiny) -> None:
        plant(RAW, {"old.txt": b"old"})
        del tiny.server.files["wav/2_2.wav"]
        url = f"{tiny.server.url}wav/2_2.wav"
        expected = f"tiny: wav/2_2.wav could not be downloaded:\n{url}: HTTP 404 Not Found{HELP}"
        assert tiny.error() == expected
        done = {*tiny.requested()} - {"/wav/2_2.wav"}
        tiny.server.files |= WAVS
        tiny.fetch()
        assert tree(RAW) == FILES
        assert not done & {*tiny.requested()}

    def test_a_mirror_of_the_facts_is_used_if_the_first_address_fails(self, tiny: Tiny) -> None:
        with Server() as mirror:
            tiny.file_list(mirror.url)
            mirror.files = dict(tiny.server.files)
            tiny.server.script = {f"/{path}": [servers.body(POINTER)] for path in WAVS}
            tiny.fetch()
            assert sorted(request.path for request in mirror.log) == sorted(f"/{path}" for path in WAVS)
        assert tree(RAW) == FILES

    def test_the_users_own_mirror_replaces_the_official_address(self, tiny: Tiny) -> None:
        with Server() as mirror:
            mirror.files = {f"base/{path}": content for path, content in FILES.items()}
            tiny.fetch(f"{mirror.url}base")
        assert tree(RAW) == FILES
        assert tiny.requested() == []

    def test_an_incomplete_mirror_needs_its_number_of_clips_and_the_tables(self, tiny: Tiny) -> None:
        del tiny.server.files["wav/2_2.wav"]
        assert tiny.error(tiny.server.url, clips=2) == (
            "tiny: expected 2 clips (the complete corpus has 4), found 3. Missing: 1 of other speakers (2_2)."
            + COUNT.format(3)
        )
        table = DOWNLOADS / "tree/labels.csv"
        table.unlink()
        del tiny.server.files["labels.csv"]
        assert "labels.csv could not be downloaded" in tiny.error(tiny.server.url, clips=3)
        tiny.server.files |= TABLE
        tiny.fetch(tiny.server.url, clips=3)
        assert sorted(tree(RAW)) == ["labels.csv", "wav/1_1.wav", "wav/1_2.wav", "wav/2_1.wav"]

    def test_a_broken_mirror_is_not_an_incomplete_one(self, tiny: Tiny) -> None:
        tiny.server.script["/wav/2_2.wav"] = [servers.status(500)] * (1 + RETRIES)
        assert "HTTP 500" in tiny.error(tiny.server.url, clips=3)

    def test_other_files_of_a_killed_run_do_not_reach_the_result(self, tiny: Tiny) -> None:
        plant(RAW.with_name(".tiny.old"), {"old.txt": b"old"})  # it was killed while trees were exchanged
        plant(DOWNLOADS / "tree", FILES | {"wav/9_9.wav.part": b"", ".wav/x": b""})
        tiny.fetch()
        assert tree(Path("data/raw")) == {f"tiny/{path}": data for path, data in FILES.items()}
        assert tiny.requested() == []

    def test_a_zip_with_a_folder_around_the_files(self, tiny: Tiny) -> None:
        content = {f"mirror-main/{path}": data for path, data in FILES.items()}
        tiny.mine.write_bytes(zipped(content))
        tiny.fetch(tiny.mine)
        assert tree(RAW) == FILES
        assert tiny.requested() == []
        assert not list(DOWNLOADS.iterdir())


LINK = zipfile.ZipInfo("wav/link.wav")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16
ZIP = zipped(WAVS)


class TestArchive:
    def test_a_zip_is_downloaded_once_and_resumed(self, tiny: Tiny) -> None:
        tiny.archive(ZIP)
        plant(DOWNLOADS, {"tiny.zip.part": ZIP[:100]})
        for _ in range(2):
            tiny.fetch()
            assert tree(RAW) == WAVS
        assert tiny.server.log == [Request("/tiny.zip", "bytes=100-", len(ZIP) - 100)]

    def test_an_absent_zip(self, tiny: Tiny) -> None:
        tiny.archive(ZIP)
        tiny.server.files.clear()
        url = f"{tiny.server.url}tiny.zip"
        assert tiny.error() == f"tiny: tiny.zip could not be downloaded:\n{url}: HTTP 404 Not Found{HELP}"

    def test_a_local_zip_is_used_unchanged_and_only_if_it_is_the_published_one(self, tiny: Tiny) -> None:
        tiny.archive(ZIP)
        tiny.mine.write_bytes(PAGE)
        error = tiny.error(tiny.mine)
        assert f"expected md5:{hashlib.md5(ZIP).hexdigest()}" in error
        assert "found an HTML page in place of the file" in error
        tiny.mine.write_bytes(ZIP)
        tiny.fetch(tiny.mine)
        assert tree(RAW) == WAVS
        assert tiny.requested() == []
        assert tiny.mine.read_bytes() == ZIP

    @pytest.mark.parametrize(("member", "reason"), [
        *((name, "would leave the folder") for name in (
            "../evil.wav", "a/../../evil.wav", "/evil.wav", "..\\evil.wav", "C:\\evil.wav", "C:evil.wav",
        )),
        (LINK, "is a symbolic link"),
    ])  # fmt: skip
    def test_an_unsafe_zip_is_not_unpacked(
        self, tiny: Tiny, tmp_path: Path, member: str | zipfile.ZipInfo, reason: str
    ) -> None:
        tiny.archive(zipped({**WAVS, member: b"/etc/passwd"}))
        name = member if isinstance(member, str) else member.filename
        assert f"refused: member '{name}' {reason}" in tiny.error()
        assert not list(tmp_path.rglob("*evil*"))
        assert tree(DOWNLOADS / "tree") == {}

    def test_a_zip_larger_than_the_disk(self, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
        size = sum(map(len, WAVS.values()))
        tiny.archive(ZIP)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=size - 1))
        assert f"needs {size} bytes unpacked, {DOWNLOADS}/tree has {size - 1} free" in tiny.error()
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=size))
        tiny.fetch()

    @pytest.mark.parametrize(("content", "cause"), [
        (ZIP[:60] + b"\xff" + ZIP[61:], "Bad CRC-32"), (b"PK no zip", "File is not a zip file"),
    ], ids=["damaged", "other"])  # fmt: skip
    def test_a_damaged_zip(self, tiny: Tiny, content: bytes, cause: str) -> None:
        tiny.archive(content)
        assert f"expected a complete zip, found: {cause}" in tiny.error()


class TestFolder:
    @pytest.fixture(autouse=True)
    def _source(self, tiny: Tiny) -> None:
        tiny.file_list()

    def test_only_the_corpus_is_copied_and_never_linked(self, tiny: Tiny) -> None:
        mine = plant(tiny.mine, FILES | {"notes.txt": b"mine", ".git/x.wav": b"RIFF"})
        (mine / "wav/1_1.wav").chmod(0o400)
        (mine / "wav/1_2.wav").rename(mine / "object")  # as git-annex keeps its files
        (mine / "wav/1_2.wav").symlink_to("../object")
        tiny.fetch(mine)
        assert tree(RAW) == FILES
        assert tiny.requested() == []
        for path in WAVS:
            assert (RAW / path).stat().st_nlink == 1
            assert not (RAW / path).is_symlink()
        assert (RAW / "wav/1_1.wav").stat().st_mode & stat.S_IWUSR
        assert (mine / "wav/1_1.wav").stat().st_mode & 0o777 == 0o400

    def test_a_link_that_leaves_the_folder_is_refused(self, tiny: Tiny) -> None:
        mine = plant(tiny.mine, FILES)
        (mine / "more").symlink_to("/etc")
        assert f"{mine}/more: refused: a symbolic link to /etc, outside of {mine}" in tiny.error(mine)

    @pytest.mark.parametrize(("content", "expected"), [
        (WAVS, "{mine}: expected the corpus's label tables, not found: labels.csv; point the source at the "
               "folder that holds tables and recordings, as they are published"),
        (TABLE, "{mine}: expected the recordings of tiny (.wav), found none below this folder"),
        ({"wav/1_1.wav": WAVS["wav/1_1.wav"]} | TABLE,
         "tiny: expected 4 clips, found 1. Missing: all clips of speakers 2; 1 of other speakers (1_2)."
         + COUNT.format(1)),
        (FILES | {"wav/3_1.wav": b"RIFF"},
         "tiny: expected 4 clips, found 5. Not clips of the corpus: 3_1." + COUNT.format(5)),
    ], ids=["no tables", "no recordings", "one clip", "other clip"])  # fmt: skip
    def test_a_folder_of_something_else(self, tiny: Tiny, content: dict[str, bytes], expected: str) -> None:
        mine = plant(tiny.mine, content)
        assert tiny.error(mine) == expected.format(mine=mine)

    @pytest.mark.parametrize(("content", "cure"), [
        (POINTER, "Git LFS pointers of some 130 bytes instead of the files; run `git lfs pull` in the clone"),
        (PAGE, "HTML pages saved under the names of files; delete them and download these files again"),
        (b"RIFFx", "not the published bytes: converted, or damaged; delete them and download these again"),
    ], ids=["pointers", "pages", "damaged"])  # fmt: skip
    def test_files_that_are_not_what_their_names_say(self, tiny: Tiny, content: bytes, cure: str) -> None:
        mine = plant(tiny.mine, FILES | {"wav/1_2.wav": content, "wav/2_1.wav": content})
        assert tiny.error(mine) == f"{mine}: 2 of 5 files are {cure}: wav/1_2.wav, wav/2_1.wav"

    def test_an_incomplete_folder_needs_its_number_of_clips(self, tiny: Tiny) -> None:
        content = {"wav/1_1.wav": WAVS["wav/1_1.wav"]} | TABLE
        tiny.fetch(plant(tiny.mine, content), clips=1)
        assert tree(RAW) == content

    def test_the_first_bytes_are_checked_if_no_digest_is_published(self, tiny: Tiny) -> None:
        tiny.archive(b"")
        spoiled = plant(tiny.mine, WAVS | {"wav/1_2.wav": b"RIFF cut sho"})
        tiny.fetch(spoiled)  # `quality` records faults of a recording
        assert tree(RAW)["wav/1_2.wav"] == b"RIFF cut sho"
        plant(spoiled, {"wav/1_2.wav": POINTER})
        error = tiny.error(spoiled)
        assert "1 of 4 files are Git LFS pointers" in error
        assert error.endswith(": wav/1_2.wav")

    def test_duplicates_count_once(self, tiny: Tiny) -> None:
        tiny.archive(b"")
        tiny.fetch(plant(tiny.mine, WAVS | {f"again/{path}": data for path, data in WAVS.items()}))
        assert len(tree(RAW)) == 8


def test_generated(tiny: Tiny) -> None:
    class Settings(Section):
        seed: int

    def make(folder: Path, settings: Any) -> None:
        plant(folder, {path: data + bytes([settings.seed]) for path, data in WAVS.items()})

    tiny.facts.SOURCE = Generated(make, Settings)
    tiny.run("seed: 7")
    assert tree(RAW) == {path: data + b"\7" for path, data in WAVS.items()}
    with pytest.raises(UserError, match=r"fetch\.tiny\.source: unknown key; known: seed"):
        tiny.run("source: official")


def test_wrong_settings(tiny: Tiny) -> None:
    tiny.file_list()
    plant(Path("elsewhere"), FILES)
    assert "found 'offical', and no such file or folder exists" in tiny.error("offical")
    # not the project's own folder
    assert "fetch.tiny.source: String should have at least 1 character" in tiny.error("")
    with pytest.raises(UserError) as caught:
        tiny.run("sorce: official, expected_clips: 0")
    expected = "fetch.tiny.sorce: unknown key (did you mean 'source'?); known: expected_clips, source"
    assert expected in str(caught.value)
    assert "fetch.tiny.expected_clips: Input should be greater than 0, found 0" in str(caught.value)
