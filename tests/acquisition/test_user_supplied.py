"""Corpora that the user places: taken over, recorded on first use, and held to that after."""

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from stages import fetch
from stages.acquisition import user_supplied
from stages.core.errors import UserError
from tests.trees import esd_tree, msp_tree, put, riff

LOCK = Path("sources.lock")


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")


def esd(folder: Path, split: bool = True) -> Path:
    return esd_tree(folder, [1, 351], split, ["0001", "0011"])


def run(name: str, source: Path | str, clips: int | None = None) -> None:
    stated = "null" if clips is None else clips
    Path("params.yaml").write_text(f"fetch: {{{name}: {{source: '{source}', expected_clips: {stated}}}}}\n")
    fetch.run(name)


def zipped(folder: Path) -> Path:
    target = folder.with_name("Emotional Speech Dataset (ESD).zip")
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
        archive.writestr("__MACOSX/._0011_000001.wav", b"\0\5\x16\7")
    return target


def test_a_folder_is_taken_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = esd(tmp_path / "mine")
    put(home / "thesis.docx", b"none of our business")
    run("esd", home, 4)
    taken = {path.relative_to("data/raw/esd").as_posix() for path in Path("data/raw/esd").rglob("*.*")}
    assert taken == {
        f"Emotion Speech Dataset/{speaker}/{path}"
        for speaker in ("0001", "0011")
        for path in (
            f"{speaker}.txt",
            f"Neutral/evaluation/{speaker}_000001.wav",
            f"Angry/evaluation/{speaker}_000351.wav",
        )
    }
    assert "recorded the digest of this copy in sources.lock; commit it" in capsys.readouterr().out
    kept = [path for path in home.rglob("*") if path.suffix in (".wav", ".txt")]
    lines = {f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in kept}
    expected = hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
    assert LOCK.read_text() == f"{expected}  esd/4\n"


def test_a_zip_an_unpacked_and_a_rearranged_copy_are_the_same(tmp_path: Path) -> None:
    home = esd(tmp_path / "mine")
    run("esd", home, 4)
    lock = LOCK.read_bytes()
    run("esd", zipped(home), 4)
    run("esd", home / "Emotion Speech Dataset", 4)
    run("esd", esd(tmp_path / "other", split=False), 4)
    assert LOCK.read_bytes() == lock
    assert not Path("data/downloads/esd/unpacked").exists()


@pytest.mark.parametrize("change", ["sound", "transcript"])
def test_other_bytes_are_refused_and_what_is_there_stays(tmp_path: Path, change: str) -> None:
    home = esd(tmp_path / "mine")
    run("esd", home, 4)
    lock = LOCK.read_bytes()
    if change == "sound":
        put(next(home.rglob("0011_000001.wav")), riff(16000, b"\5\0"))
    else:
        text = next(home.rglob("0011.txt"))
        text.write_bytes(text.read_bytes().replace(b"it is", b"it was"))
    with pytest.raises(UserError) as caught:
        run("esd", home, 4)
    assert "esd: expected the copy that was used first (sha256 " in str(caught.value)
    assert "remove the line 'esd/4' from sources.lock" in str(caught.value)
    assert LOCK.read_bytes() == lock
    assert (
        b"\5\0"
        not in Path(
            "data/raw/esd/Emotion Speech Dataset/0011/Neutral/evaluation/0011_000001.wav"
        ).read_bytes()
    )
    LOCK.unlink()
    run("esd", home, 4)
    assert LOCK.read_bytes() != lock


def test_each_corpus_and_each_part_has_a_line_of_its_own(tmp_path: Path) -> None:
    run("esd", esd_tree(tmp_path / "part", [1], True, ["0011"]), 1)
    run("esd", esd(tmp_path / "mine"), 4)
    run("msp_podcast", msp_tree(tmp_path / "msp"))
    assert [line.split("  ")[1] for line in LOCK.read_text().splitlines()] == [
        "esd/1",
        "esd/4",
        "msp_podcast/12",
    ]


@pytest.mark.parametrize(("name", "text"), [
    ("esd", "sign the license agreement at https://github.com/HLTSingapore/Emotional-Speech-Data"),
    ("msp_podcast", "given out by agreement only"),
    ("tess", "https://doi.org/10.5683/SP2/E8H2MF"),
])  # fmt: skip
def test_official_says_how_to_get_it(name: str, text: str) -> None:
    with pytest.raises(UserError) as caught:
        run(name, "official")
    assert text in str(caught.value)
    assert f"fetch.{name}.source: /path/to/{name}" in str(caught.value)
    assert not LOCK.exists()


def test_nothing_there_and_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"fetch\.esd\.source: expected a folder or a zip, found no '/nowhere'"
    ):
        run("esd", "/nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="expected the recordings of esd, found none below this folder"):
        run("esd", tmp_path / "empty")


def test_a_part_needs_its_number(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        run("esd", esd(tmp_path / "mine"))
    assert "esd: expected 35,000 clips, found 4. Missing: all clips of speakers 0002, 0003," in str(
        caught.value
    )
    assert "set `fetch.esd.expected_clips: 4` in params.yaml" in str(caught.value)
    assert not LOCK.exists()


def test_pages_in_place_of_recordings(tmp_path: Path) -> None:
    home = esd(tmp_path / "mine")
    put(next(home.rglob("0011_000001.wav")), b"<!DOCTYPE html><html>sign in</html>")
    with pytest.raises(UserError, match="1 of 6 files are HTML pages saved under the names of files"):
        run("esd", home, 4)
    assert not Path("data/raw/esd").exists()


def test_a_link_that_leaves_the_folder(tmp_path: Path) -> None:
    home = esd(tmp_path / "mine")
    (home / "0011.txt").symlink_to("/etc/hostname")
    with pytest.raises(UserError, match="a symbolic link to /etc/hostname, outside of"):
        run("esd", home, 4)


def test_the_release_itself_says_what_is_missing(tmp_path: Path) -> None:
    home = msp_tree(tmp_path / "msp")
    next(home.rglob("MSP-PODCAST_0002_0003.wav")).unlink()
    with pytest.raises(UserError) as caught:
        run("msp_podcast", home)
    assert "expected 12 clips, found 11. Missing: 1 of other speakers (MSP-PODCAST_0002_0003)." in str(
        caught.value
    )
    run("msp_podcast", home, 11)
    assert len(list(Path("data/raw/msp_podcast").rglob("*.wav"))) == 11


def test_what_is_there_twice_counts_once(tmp_path: Path) -> None:
    home = esd(tmp_path / "mine")
    once = user_supplied.digest(home)
    shutil.copytree(home / "Emotion Speech Dataset", home / "copy")
    assert user_supplied.digest(home) == once
