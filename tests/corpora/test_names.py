"""RAVDESS, CREMA-D and TESS, whose labels are in the names of the files, and the faults of these corpora."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages import catalog
from stages.core import store, tables
from stages.core.errors import UserError
from stages.corpora import crema_d, ravdess, tess
from stages.corpora.base import Clip, load
from tests.trees import TESS_HEADER, crema_d_tables, put, ravdess_tree, riff, tess_tree

VOTES_HEADER = '"","A","D","F","H","N","S","fileName"'
VOICE_VOTES = {"1040_ITH_SAD_XX": "2,0,0,0,0,2", "1040_TIE_SAD_XX": "3,0,0,0,0,2"} | {
    f"1040_IEO_FEA_{level}": "0,0,1,0,0,0" for level in ("LO", "MD", "HI", "XX")
}
"""Counts of A, D, F, H, N, S. Raters who saw the face chose sadness."""
DOCTOR, CLOCK = "I think I have a doctor's appointment.", "It's eleven o'clock."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with CREMA-D's tables for one actor."""
    votes = [VOTES_HEADER]
    for name, counts in VOICE_VOTES.items():
        votes += [f'"103000",{counts},"{name}"', *(f'"{k}03000",0,0,0,0,0,3,"{name}"' for k in (2, 3))]
    crema_d_tables(tmp_path, ['1040,25,"Female","x","y"'], votes)
    return tmp_path


def only_clip(corpus: str, root: Path, file: str) -> Clip:
    put(root / f"{file}.wav", riff())
    (clip,) = load(corpus).clips(root)
    return clip


@pytest.mark.parametrize(("corpus", "file", "facts"), [
    # the example of Zenodo's record 1188976: fearful, normal, "dogs", 1st repetition, actor 12, female
    ("ravdess", "03-01-06-01-02-01-12",
     ("12", "female", "Dogs are sitting by the door", "fearful", "fearful", "normal")),
    ("ravdess", "03-01-08-02-01-02-07",
     ("07", "male", "Kids are talking by the door", "surprised", "surprised", "strong")),
    ("crema_d", "AudioWAV/1040_ITH_SAD_XX", ("1040", "female", DOCTOR, "SAD", "sad", "unspecified", None)),
    ("crema_d", "1040_TIE_SAD_XX",
     ("1040", "female", "That is exactly what happened.", "SAD", "sad", "unspecified", "angry")),
    ("crema_d", "1040_IEO_FEA_LO", ("1040", "female", CLOCK, "FEA", "fearful", "low", "fearful")),
    ("crema_d", "1040_IEO_FEA_MD", ("1040", "female", CLOCK, "FEA", "fearful", "normal", "fearful")),
    ("crema_d", "1040_IEO_FEA_HI", ("1040", "female", CLOCK, "FEA", "fearful", "strong", "fearful")),
    ("crema_d", "1040_IEO_FEA_XX", ("1040", "female", CLOCK, "FEA", "fearful", "unspecified", "fearful")),
    ("tess", "OAF_back_angry", ("OAF", "female", "Say the word back.", "angry", "angry", "unspecified")),
    ("tess", "YAF_youth_ps", ("YAF", "female", "Say the word youth.", "ps", "surprised", "unspecified")),
    ("tess", "OAF_Pleasant_surprise/YAF_youth_ps",
     ("YAF", "female", "Say the word youth.", "ps", "surprised", "unspecified")),
    ("tess", "x/YAF_pleasant_surprised/YAF_youth_ps",
     ("YAF", "female", "Say the word youth.", "ps", "surprised", "unspecified")),
])  # fmt: skip
def test_a_name_is_read_in_any_folder(root: Path, corpus: str, file: str, facts: tuple[Any, ...]) -> None:
    assert only_clip(corpus, root, file) == Clip(root / f"{file}.wav", Path(file).name, *facts)


@pytest.mark.parametrize(("corpus", "file", "name"), [
    ("crema_d", "1040_ITH_SAD_X", "1040_ITH_SAD_XX"),  # in older clones
    ("tess", "OA_bite_neutral", "OAF_bite_neutral"),
])  # fmt: skip
def test_a_misspelt_name_is_corrected(root: Path, corpus: str, file: str, name: str) -> None:
    clip = only_clip(corpus, root, file)
    assert (clip.name, clip.speaker, clip.path.stem) == (name, name.split("_")[0], file)


@pytest.mark.parametrize(("corpus", "name", "text"), [
    ("ravdess", "03-01-09-01-01-01-01", "unknown emotion '09'; expected one of 01, 02, 03, 04, 05, 06, 07,"),
    ("ravdess", "03-01-06-03-01-01-01", "unknown intensity '03'; expected one of 01, 02."),
    ("ravdess", "03-01-06-01-03-01-01", "unknown statement '03'; expected one of 01, 02."),
    ("ravdess", "03-01-06-01-01-03-01", "unknown repetition '03'; expected one of 01, 02."),
    ("ravdess", "03-01-06-01-01-01-25", "unknown actor '25'; expected one of 01, 02, 03,"),
    ("ravdess", "01-01-06-01-01-01-01", "unknown modality '01'; expected one of 03."),
    ("ravdess", "03-03-06-01-01-01-01", "unknown vocal channel '03'; expected one of 01."),
    ("ravdess", "03-02-06-01-01-01-01", "expected speech only, found a song; move the folders of songs"),
    ("ravdess", "03-01-06-01-01-01", "expected a name such as 03-01-06-01-02-01-12.wav;"),
    ("ravdess", "notes", "expected a name such as 03-01-06-01-02-01-12.wav;"),
    ("crema_d", "1040_ITH_JOY_XX", "unknown emotion 'JOY'; expected one of ANG, DIS, FEA, HAP, NEU, SAD."),
    ("crema_d", "1040_ABC_SAD_XX", "unknown sentence 'ABC'; expected one of IEO, TIE, "),
    ("crema_d", "1040_ITH_SAD_ZZ", "unknown level 'ZZ'; expected one of LO, MD, HI, XX."),
    ("crema_d", "1099_ITH_SAD_XX", "unknown actor '1099'; expected one of 1040."),
    ("crema_d", "1040_ITH_ANG_XX", "unknown clip in tabulatedVotes.csv '1040_ITH_ANG_XX'; expected one of"),
    ("crema_d", "1041_ITH_SAD_X", "expected a name such as 1001_IEO_ANG_HI.wav;"),
    ("tess", "OAF_back_joy", "unknown emotion 'joy'; expected one of angry, disgust, fear, happy,"),
    ("tess", "XAF_back_sad", "unknown speaker 'XAF'; expected one of OAF, YAF."),
    ("tess", "OA_back_sad", "unknown speaker 'OA'; expected one of OAF, YAF."),
    ("tess", "back_sad", "expected a name such as OAF_back_angry.wav;"),
    ("tess", "03-01-06-01-01-01-01", "expected a name such as OAF_back_angry.wav;"),
])  # fmt: skip
def test_a_wrong_name_is_an_error(root: Path, corpus: str, name: str, text: str) -> None:
    with pytest.raises(UserError) as caught:
        only_clip(corpus, root, name)
    assert str(caught.value).startswith(f"{root}/{name}.wav: {text}")


@pytest.mark.parametrize(("table", "content", "text"), [
    ("VideoDemographics.csv", b"ActorID,Sex\n1040,F\xe9male\n",
     r"VideoDemographics\.csv: expected UTF-8, found byte 0xe9 at position 18"),
    ("VideoDemographics.csv", b"ActorID,Sex\n1040,Femal\n",
     "unknown sex of the actor 'Femal'; expected one of Male, Female"),
    ("processedResults/tabulatedVotes.csv", f"{VOTES_HEADER}\nx\n".encode(),
     r"tabulatedVotes\.csv: expected counts of votes"),
])  # fmt: skip
def test_a_wrong_table_of_crema_d_is_an_error(root: Path, table: str, content: bytes, text: str) -> None:
    put(root / table, content)
    with pytest.raises(UserError, match=text):
        only_clip("crema_d", root, "1040_ITH_SAD_XX")


@pytest.mark.parametrize(("corpus", "tree", "inner", "columns", "count"), [
    ("ravdess", ravdess_tree, "audio_speech_actors_01-24", ["speaker"], 60),
    ("tess", tess_tree, "tess toronto emotional speech set data", ["speaker", "corpus_label"], 200),
])  # fmt: skip
def test_a_doubled_tree_gives_each_clip_once(
    corpus: str, tree: Callable[[Path], Path], inner: str, columns: list[str], count: int,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    tree(tree(Path("data/raw") / corpus) / inner)
    catalog.run(corpus)
    table = store.read(store.path("catalog", corpus), tables.Catalog)
    assert len(table) == load(corpus).N_CLIPS
    assert (table.file_count == 2).all()
    assert table.groupby(columns).size().eq(count).all()


def test_published_numbers() -> None:
    # Livingstone & Russo 2018: 60 trials per actor
    assert set(Counter(ravdess.NAMES.values()).values()) == {60}
    emotions = Counter(name.split("-")[2] for name in ravdess.NAMES)
    assert emotions == {"01": 96, **{f"{code:02d}": 192 for code in range(2, 9)}}
    assert all(name.split("-")[3] == "01" for name in ravdess.NAMES if name.split("-")[2] == "01")
    # Cao et al. 2014: 7,442 clips from 91 actors
    assert (len(crema_d.NAMES), len(set(crema_d.NAMES.values()))) == (7442, 91)
    assert set(crema_d.SOURCE.tables) == {
        "SentenceFilenames.csv", "VideoDemographics.csv", "processedResults/summaryTable.csv",
        "processedResults/tabulatedVotes.csv",
    }  # fmt: skip
    # TESS: 75,204 and 110,424 bytes are published for 1.539035 and 2.260342 s: 48,828 bytes/s, and 56 more
    assert TESS_HEADER.index(b"data") + 8 == 56
    for size, seconds in ((75_204, 1.539035), (110_424, 2.260342), (90_912, 1.860736)):
        assert size - 56 == round(seconds * tess.SAMPLE_RATE) * 2
