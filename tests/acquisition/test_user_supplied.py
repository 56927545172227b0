"""Corpora that users supply: imported, recorded on first use, and compared with that record later."""

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from stages import fetch
from stages.acquisition import user_supplied
from stages.core.errors import UserError
from tests.servers import PAGE
from tests.trees import esd_tree, msp_tree, put, riff

LOCK = Path("sources.lock")
RAW = Path("data/raw/esd")
pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Four clips and two transcripts of ESD."""
    return esd(tmp_path / "mine")


def esd(folder: Path, split: bool = True) -> Path:
    return esd_tree(folder, [1, 351], split, ["0001", "0011"])


def run(name: str, source: Path | str, clips: int | None = None) -> None:
    settings = f"{{source: '{source}', expected_clips: {clips or 'null'}}}"
    Path("params.yaml").write_text(f"fetch: {{{name}: {settings}}}\n")
    fetch.run(name)


def error(name: str, source: Path | str, clips: int | None = None) -> str:
    """Fetch, and return the text of the error, which must leave the record as it was."""
    before = LOCK.read_bytes() if LOCK.exists() else None
    with pytest.raises(UserError) as caught:
        run(name, source, clips)
    assert (LOCK.read_bytes() if LOCK.exists() else None) == before
    return str(caught.value)


def zipped(folder: Path) -> Path:
    target = folder.with_name("Emotional Speech Dataset (ESD).zip")
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
        archive.writestr("__MACOSX/._0011_000001.wav", b"\0\5\x16\7")
    return target


def test_a_folder_is_imported_and_recorded(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = [path for path in home.rglob("*") if path.is_file()]
    put(home / "thesis.docx", b"none of our business")
    run("esd", home, 4)
    assert {path.relative_to(RAW).as_posix() for path in RAW.rglob("*.*")} == {
        f"Emotion Speech Dataset/{speaker}/{path}"
        for speaker in ("0001", "0011")
        for path in (
            f"{speaker}.txt",
            f"Neutral/evaluation/{speaker}_000001.wav",
            f"Angry/evaluation/{speaker}_000351.wav",
        )
    }
    assert "recorded the digest of this copy in sources.lock; commit it" in capsys.readouterr().out
    lines = {f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in kept}
    expected = hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
    assert LOCK.read_text() == f"{expected}  esd/4\n"


def test_a_zip_and_rearranged_folders_have_the_same_digest(home: Path, tmp_path: Path) -> None:
    run("esd", home, 4)
    lock = LOCK.read_bytes()
    for source in (zipped(home), home / "Emotion Speech Dataset", esd(tmp_path / "other", split=False)):
        run("esd", source, 4)
    assert LOCK.read_bytes() == lock
    assert not Path("data/downloads/esd/unpacked").exists()


@pytest.mark.parametrize(("name", "old", "new"), [
    ("0011_000001.wav", riff(16000), riff(16000, b"\5\0")), ("0011.txt", b"it is", b"it was"),
], ids=["audio", "transcript"])  # fmt: skip
def test_other_bytes_are_refused_and_the_installed_copy_stays(
    home: Path, name: str, old: bytes, new: bytes
) -> None:
    run("esd", home, 4)
    lock = LOCK.read_bytes()
    (path,) = home.rglob(name)
    put(path, path.read_bytes().replace(old, new))
    text = error("esd", home, 4)
    assert "esd: expected the copy that was used first (sha256 " in text
    assert "remove the line 'esd/4' from sources.lock" in text
    assert new not in (RAW / path.relative_to(home)).read_bytes()
    LOCK.unlink()
    run("esd", home, 4)
    assert LOCK.read_bytes() != lock


def test_each_corpus_and_each_number_of_clips_has_its_own_line(home: Path, tmp_path: Path) -> None:
    run("esd", esd_tree(tmp_path / "part", [1], True, ["0011"]), 1)
    run("esd", home, 4)
    run("msp_podcast", msp_tree(tmp_path / "msp"))
    assert [line.split("  ")[1] for line in LOCK.read_text().splitlines()] == [
        "esd/1", "esd/4", "msp_podcast/12",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), [
    ("esd", "sign the license agreement at https://github.com/HLTSingapore/Emotional-Speech-Data"),
    ("msp_podcast", "distributed by agreement only"),
    ("tess", "https://doi.org/10.5683/SP2/E8H2MF"),
])  # fmt: skip
def test_the_error_for_official_has_instructions(name: str, expected: str) -> None:
    text = error(name, "official")
    assert expected in text
    assert f"fetch.{name}.source: /path/to/{name}" in text


def test_an_absent_or_empty_source_is_an_error(tmp_path: Path) -> None:
    assert "fetch.esd.source: expected a folder or a zip, found no '/nowhere'" in error("esd", "/nowhere")
    (tmp_path / "empty").mkdir()
    expected = "expected the recordings of esd, found none below this folder"
    assert expected in error("esd", tmp_path / "empty")


def test_an_incomplete_copy_needs_its_number_of_clips(home: Path) -> None:
    text = error("esd", home)
    assert "esd: expected 35,000 clips, found 4. Missing: all clips of speakers 0002, 0003," in text
    assert "set `fetch.esd.expected_clips: 4` in params.yaml" in text


def test_html_pages_and_links_to_outside_are_refused(home: Path) -> None:
    put(next(home.rglob("0011_000001.wav")), PAGE)
    assert "1 of 6 files are HTML pages saved under the names of files" in error("esd", home, 4)
    (home / "0011.txt").symlink_to("/etc/hostname")
    assert "a symbolic link to /etc/hostname, outside of" in error("esd", home, 4)
    assert not RAW.exists()


def test_missing_clips_are_found_by_the_list_of_the_release(tmp_path: Path) -> None:
    home = msp_tree(tmp_path / "msp")
    next(home.rglob("MSP-PODCAST_0002_0003.wav")).unlink()
    expected = "expected 12 clips, found 11. Missing: 1 of other speakers (MSP-PODCAST_0002_0003)."
    assert expected in error("msp_podcast", home)
    run("msp_podcast", home, 11)
    assert len(list(Path("data/raw/msp_podcast").rglob("*.wav"))) == 11


def test_duplicates_count_once(home: Path) -> None:
    once = user_supplied.digest(home)
    shutil.copytree(home / "Emotion Speech Dataset", home / "copy")
    assert user_supplied.digest(home) == once
