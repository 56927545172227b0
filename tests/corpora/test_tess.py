"""The traps of TESS: folders of many spellings, a doubled tree, one misspelt file."""

from pathlib import Path

import pytest

from stages import catalog
from stages.core import store, tables
from stages.core.errors import UserError
from stages.corpora import tess
from stages.corpora.base import Clip
from tests.trees import TESS_HEADER, put, tess_tree


def clip(folder: Path, name: str, place: str = ".") -> Clip:
    put(folder / place / f"{name}.wav", TESS_HEADER)
    (found,) = tess.clips(folder)
    return found


def test_a_clip(tmp_path: Path) -> None:
    assert clip(tmp_path, "OAF_back_angry") == Clip(
        path=tmp_path / "OAF_back_angry.wav",
        name="OAF_back_angry",
        speaker="OAF",
        gender="female",
        transcript="Say the word back.",
        corpus_label="angry",
        emotion_intended="angry",
        intensity="unspecified",
    )


@pytest.mark.parametrize("place", [".", "OAF_Pleasant_surprise", "x/YAF_pleasant_surprised"])
def test_pleasant_surprise_whatever_the_folder_is_called(tmp_path: Path, place: str) -> None:
    found = clip(tmp_path, "YAF_youth_ps", place)
    assert (found.corpus_label, found.emotion_intended, found.speaker) == ("ps", "surprised", "YAF")


def test_the_misspelt_file(tmp_path: Path) -> None:
    found = clip(tmp_path, "OA_bite_neutral", "OAF_neutral")
    assert (found.name, found.speaker, found.path.name) == ("OAF_bite_neutral", "OAF", "OA_bite_neutral.wav")


def test_a_tree_that_is_there_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tess_tree(tess_tree(Path("data/raw/tess")) / "tess toronto emotional speech set data")
    catalog.run("tess")
    table = store.read(store.path("catalog", "tess"), tables.Catalog)
    assert len(table) == 2800
    assert (table.file_count == 2).all()
    assert table.groupby(["speaker", "corpus_label"]).size().eq(200).all()


def test_the_header_has_56_bytes() -> None:
    # 75,204 and 110,424 bytes are published for 1.539035 and 2.260342 s: 48,828 bytes/s, and 56 more
    assert TESS_HEADER.index(b"data") + 8 == 56
    for size, seconds in ((75_204, 1.539035), (110_424, 2.260342), (90_912, 1.860736)):
        assert size - 56 == round(seconds * tess.SAMPLE_RATE) * 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "OAF_back_joy",
            "unknown emotion 'joy'; expected one of angry, disgust, fear, happy, neutral, ps, sad.",
        ),
        ("XAF_back_sad", "unknown speaker 'XAF'; expected one of OAF, YAF."),
        ("OA_back_sad", "unknown speaker 'OA'; expected one of OAF, YAF."),
        ("back_sad", "expected a name such as OAF_back_angry.wav;"),
        ("03-01-06-01-01-01-01", "expected a name such as OAF_back_angry.wav;"),
    ],
)
def test_a_name_that_does_not_fit(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(UserError) as caught:
        clip(tmp_path, name)
    assert str(caught.value).startswith(f"{tmp_path}/{name}.wav: {text}")
