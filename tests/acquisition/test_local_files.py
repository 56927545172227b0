"""Archives from servers and users, and folders of users."""

import hashlib
import shutil
import stat
import zipfile
from types import SimpleNamespace

import pytest

from tests.acquisition.tiny import COUNT, DOWNLOADS, FILES, HELP, RAW, TABLE, WAVS, Tiny, plant, tree, zipped
from tests.servers import PAGE, POINTER, Request

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

    def test_an_absent_zip_is_an_error(self, tiny: Tiny) -> None:
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

    @pytest.mark.parametrize(("name", "reason"), [
        ("../evil.wav", "would leave the folder"), ("a/../../evil.wav", "would leave the folder"),
        ("/evil.wav", "would leave the folder"), ("..\\evil.wav", "would leave the folder"),
        ("C:\\evil.wav", "would leave the folder"), ("C:evil.wav", "would leave the folder"),
        ("wav/link.wav", "is a symbolic link"),
    ])  # fmt: skip
    def test_an_unsafe_zip_is_not_unpacked(self, tiny: Tiny, name: str, reason: str) -> None:
        member = LINK if name == LINK.filename else name
        tiny.archive(zipped({**WAVS, member: b"/etc/passwd"}))
        assert f"refused: member '{name}' {reason}" in tiny.error()
        assert not list(tiny.mine.parent.rglob("*evil*"))
        assert tree(DOWNLOADS / "tree") == {}

    def test_a_zip_larger_than_the_disk_is_refused(self, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
        size = sum(map(len, WAVS.values()))
        tiny.archive(ZIP)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=size - 1))
        assert f"needs {size} bytes unpacked, {DOWNLOADS}/tree has {size - 1} free" in tiny.error()
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=size))
        tiny.fetch()

    @pytest.mark.parametrize(("content", "cause"), [
        (ZIP[:60] + b"\xff" + ZIP[61:], "Bad CRC-32"), (b"PK no zip", "File is not a zip file"),
    ], ids=["damaged", "other"])  # fmt: skip
    def test_a_damaged_zip_is_an_error(self, tiny: Tiny, content: bytes, cause: str) -> None:
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
        (WAVS, "{mine}: expected the corpus's label tables, not found: labels.csv; set the source to the "
               "folder that contains tables and recordings, as published"),
        (TABLE, "{mine}: expected the recordings of tiny (.wav), found none below this folder"),
        ({"wav/1_1.wav": WAVS["wav/1_1.wav"]} | TABLE,
         "tiny: expected 4 clips, found 1. Missing: all clips of speakers 2; 1 of other speakers (1_2)."
         + COUNT.format(1)),
        (FILES | {"wav/3_1.wav": b"RIFF"},
         "tiny: expected 4 clips, found 5. Not clips of the corpus: 3_1." + COUNT.format(5)),
    ], ids=["no tables", "no recordings", "one clip", "other clip"])  # fmt: skip
    def test_a_folder_without_the_corpus(self, tiny: Tiny, content: dict[str, bytes], expected: str) -> None:
        mine = plant(tiny.mine, content)
        assert tiny.error(mine) == expected.format(mine=mine)

    @pytest.mark.parametrize(("content", "cure"), [
        (POINTER, "Git LFS pointers of some 130 bytes instead of the files; run `git lfs pull` in the clone"),
        (PAGE, "HTML pages saved under the names of files; delete them and download these files again"),
        (b"RIFFx", "not the published bytes: converted, or damaged; delete them and download these again"),
    ], ids=["pointers", "pages", "damaged"])  # fmt: skip
    def test_files_with_unexpected_content_are_an_error(self, tiny: Tiny, content: bytes, cure: str) -> None:
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
