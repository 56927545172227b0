"""The catalog: ids, doubled trees and errors; and the readers that corpora share."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from stages import catalog
from stages.core import store, tables
from stages.core.errors import UserError
from stages.corpora.base import Clip, read_csv, recordings
from tests.trees import put

# printf a | sha256sum
SHA_OF_A = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
RAW = Path("data/raw/tiny")


def clips(root: Path) -> Iterator[Clip]:
    for path in recordings(root):
        emotion = "sad" if "sad" in path.parts else "happy"
        yield Clip(path, path.stem, "7", "male", "Hello.", "x", emotion, "strong", "other", "whispering")


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = SimpleNamespace(
        LICENSE="CC0-1.0", CITATION="Me (2020)", LANGUAGE="en-GB", SAMPLE_RATE=44100, clips=clips
    )
    monkeypatch.setitem(sys.modules, "stages.corpora.tiny", facts)  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)


def put_recordings(**content: str) -> None:
    for name, text in content.items():
        put(RAW / f"{name.replace('__', '/')}.wav", text.encode())


def test_a_row_has_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    put_recordings(one="a")
    catalog.run("tiny")
    assert store.rows(Path("data/tables/catalog/tiny.parquet"), tables.Catalog) == [{
        "clip_id": "tiny_one", "corpus": "tiny", "path": "data/raw/tiny/one.wav", "sha256": SHA_OF_A,
        "file_count": 1, "speaker": "tiny_7", "gender": "male", "language": "en-GB", "transcript": "Hello.",
        "corpus_label": "x", "label_source": "acted", "emotion_intended": "happy",
        "emotion_perceived": "other", "intensity": "strong", "style": "whispering",
        "expected_sample_rate": 44100, "license": "CC0-1.0", "citation": "Me (2020)", "consent": None,
        "corpus_split": None, "activation": None, "valence": None, "dominance": None, "label_conflict": None,
        "source_channel": None, "dialogue": None, "turn": None, "role": "main", "split_group": "tiny_7",
        "rejection_reason": None, "shipped_words": [], "shipped_starts_s": [], "shipped_ends_s": [],
    }]  # fmt: skip
    assert "catalog@tiny: 1 clips in, 1 kept, 0 dropped" in capsys.readouterr().out


def test_a_doubled_tree_is_one_row_per_clip(capsys: pytest.CaptureFixture[str]) -> None:
    put_recordings(x__one="a", x__two="b", again__x__one="a")
    catalog.run("tiny")
    table = store.read(Path("data/tables/catalog/tiny.parquet"), tables.Catalog)
    assert table[["clip_id", "file_count", "path"]].to_numpy().tolist() == [
        ["tiny_one", 2, "data/raw/tiny/again/x/one.wav"],
        ["tiny_two", 1, "data/raw/tiny/x/two.wav"],
    ]
    assert "3 clips in, 2 kept, 1 dropped (duplicate_file 1)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "differ"),
    [({"a__one": "a", "b__one": "b"}, "bytes"), ({"happy__one": "a", "sad__one": "a"}, "labels")],
)
def test_different_files_of_one_name_are_an_error(content: dict[str, str], differ: str) -> None:
    put_recordings(**content)
    first, second = (f"{RAW}/{name.replace('__', '/')}.wav" for name in content)
    with pytest.raises(UserError) as caught:
        catalog.run("tiny")
    assert str(caught.value) == (
        f"{first} and {second}: expected equal copies, found two files of one name with different {differ}; "
        "find out which is genuine, and remove the other from the source"
    )
    assert not Path("data/tables/catalog/tiny.parquet").exists()


def test_a_corpus_without_recordings_is_an_error() -> None:
    with pytest.raises(UserError, match="data/raw/tiny: expected the recordings of tiny, found none"):
        catalog.run("tiny")


def test_order_of_files_does_not_matter() -> None:
    some = Clip(Path("p"), "b", "s", "male", "", "", "sad", "low")
    other = replace(some, name="a")
    assert catalog.grouped([some, other]) == catalog.grouped([other, some]) == [[other], [some]]


def test_hidden_files_are_not_recordings() -> None:
    put_recordings(one="a", __MACOSX__x="")
    (RAW / "._one.wav").write_bytes(b"\0\5\x16\7")  # what macOS puts beside each file in a zip
    (RAW / "Two.WAV").write_bytes(b"")
    found = {path.name for path in recordings(RAW)}
    assert "._one.wav" not in found
    assert {"one.wav", "Two.WAV"} <= found


def test_read_csv_drops_a_byte_order_mark(tmp_path: Path) -> None:
    path = put(tmp_path / "t.csv", b'\xef\xbb\xbfid,text\r\n1,"a, \xc3\xa9"\r\n')
    assert list(read_csv(path, ["id"])) == [{"id": "1", "text": "a, é"}]


@pytest.mark.parametrize(("content", "text"), [
    (b"id,text\n1,caf\xe9\n",
     "expected UTF-8, found byte 0xe9 at position 13; use the original file, or save it as UTF-8"),
    (b"id;text\n", "expected columns ['id'], found only ['id;text']"),
    (None, "not found; put the corpus's label tables beside its recordings"),
], ids=["encoding", "columns", "missing"])  # fmt: skip
def test_read_csv_names_the_fault(tmp_path: Path, content: bytes | None, text: str) -> None:
    path = tmp_path / "t.csv"
    if content is not None:
        put(path, content)
    with pytest.raises(UserError) as caught:
        list(read_csv(path, ["id"]))
    assert str(caught.value) == f"{path}: {text}"
