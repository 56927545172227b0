"""ESD: release shapes, encodings, Chinese labels, malformed lines, odd sentences."""

from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.corpora import esd
from stages.corpora.base import Clip
from tests.trees import CHINESE, ESD_TEXTS, FOLDERS, MANDARIN, esd_emotion, esd_tree, put, riff

FIVE = [7, 357, 707, 1057, 1407]


def by_name(root: Path) -> dict[str, Clip]:
    return {clip.name: clip for clip in esd.clips(root)}


def only_clip(root: Path, name: str, transcript: bytes, folder: str = "Neutral") -> Clip:
    put(root / name[:4] / folder / f"{name}.wav", riff(16000))
    put(root / name[:4] / f"{name[:4]}.txt", transcript)
    (clip,) = esd.clips(root)
    return clip


@pytest.mark.parametrize("split", [True, False])
def test_releases_with_and_without_split_folders(tmp_path: Path, split: bool) -> None:
    clips = by_name(esd_tree(tmp_path, FIVE, split, ["0016"]))
    assert [clips[f"0016_{n:06d}"].emotion_intended for n in FIVE] == list(FOLDERS)
    folder = tmp_path / "Emotion Speech Dataset/0016/Surprise" / ("evaluation" if split else ".")
    assert clips["0016_001407"] == Clip(
        folder / "0016_001407.wav", "0016_001407", "0016", "female", "Sentence 7 it is.", "Surprise",
        "surprised", "unspecified", language="en", corpus_split="evaluation" if split else None,
    )  # fmt: skip


def test_transcripts_of_all_speakers_are_read(tmp_path: Path) -> None:
    clips = by_name(esd_tree(tmp_path, [99, 1399]))
    assert len(clips) == 40
    for clip in clips.values():
        mandarin = int(clip.speaker) <= 10
        sentence = 99 if clip.name.endswith("_000099") else 349
        assert clip.transcript == (MANDARIN if mandarin else f"Sentence {sentence} it is."), clip.name
        assert clip.language == ("zh" if mandarin else "en")
        assert clip.label_conflict is None


@pytest.mark.parametrize(("name", "transcript", "text"), [
    # what Windows writes for an apostrophe is, with the s after it, one Chinese character in GB 18030
    ("0011_000001", b"0011_000001\tIt\x92s a caf\xe9.\tNeutral", "It’s a café."),
    ("0011_000001", b"0011_000001\tA\xa0na\xefve boy.\tNeutral", "A naïve boy."),
    ("0011_000001", b"0011_000001\tIt\xe2\x80\x99s utf-8.\tNeutral", "It’s utf-8."),
    # English in GB 18030, because of its label
    ("0011_000001", "0011_000001\tIt is.\t中立".encode("gb18030"), "It is."),
    ("0011_000001", b"0011_000001\tTwo  blanks. \tNeutral\r\n", "Two blanks."),
    ("0001_000001", f"0001_000001\t{MANDARIN}\t中立".encode("utf-8-sig"), MANDARIN),
    ("0001_000001", f"0001_000001\t{MANDARIN}\t中立".encode("utf-16"), MANDARIN),
    # UTF-16 without a byte order mark
    ("0003_000001", f"0003_000001\t{MANDARIN}\t中立\r\n".encode("utf-16-le"), MANDARIN),
    ("0003_000001", f"0003_000001\t{MANDARIN}\t中立\r\n".encode("utf-16-be"), MANDARIN),
    ("0012_000001", "0012_000001\tIt is.\t中立\r\n".encode("utf-16-le"), "It is."),
    ("0012_000001", "0012_000001\tIt is.\t中立\r\n".encode("utf-16-be"), "It is."),
])  # fmt: skip
def test_encodings_are_distinguished(tmp_path: Path, name: str, transcript: bytes, text: str) -> None:
    clip = only_clip(tmp_path, name, transcript)
    assert (clip.transcript, clip.label_conflict) == (text, None)
    assert clip.language == ("zh" if text == MANDARIN else "en")


CHINESE_LABELS = [(number, CHINESE[esd_emotion(number)], None) for number in (1, 351, 701, 1051, 1401)]


@pytest.mark.parametrize(("number", "label", "conflict"), [
    *CHINESE_LABELS, *((1, word, "label_differs") for word in ("Happy", "开心", "Neutrl")),
])  # fmt: skip
def test_a_label_that_differs_from_the_folder_is_flagged(
    tmp_path: Path, number: int, label: str, conflict: str | None
) -> None:
    name, emotion = f"0011_{number:06d}", esd_emotion(number)
    clip = only_clip(tmp_path, name, f"{name}\tIt is.\t{label}".encode(), FOLDERS[emotion])
    assert (clip.label_conflict, clip.emotion_intended) == (conflict, emotion)


def test_malformed_lines_are_corrected(tmp_path: Path) -> None:
    numbers = sorted({int(name[5:]) for name in esd.CORRECTIONS})
    clips = by_name(esd_tree(tmp_path, numbers, True, sorted({name[:4] for name in esd.CORRECTIONS})))
    for name, correction in esd.CORRECTIONS.items():
        assert clips[name].transcript == correction.replacement


@pytest.mark.parametrize(("name", "label", "text", "conflict"), [
    ("0014_001590", "Surprise", "And they were sandy yellow brownish all over.", None),
    ("0012_001355", "Sad", "The fisherman and his wife see George every day.", None),
    ("0012_001355", "Happy", "The fisherman and his wife see George every day.", "label_differs"),
])  # fmt: skip
def test_a_wrong_line_is_corrected_except_its_label(
    tmp_path: Path, name: str, label: str, text: str, conflict: str | None
) -> None:
    folder = FOLDERS[esd_emotion(int(name[5:]))]
    clip = only_clip(tmp_path, name, f"{name}\tGeorge.\t{label}".encode(), folder)
    assert (clip.transcript, clip.label_conflict) == (text, conflict)


def test_every_known_bad_line_has_a_correction() -> None:
    known = {"0012": [1355], "0013": [431, 914], "0014": [1590],
             "0015": [137, 138, 175, 187, 217, 668, 690, 875, 1015, 1531, 1578]}  # fmt: skip
    names = {f"{speaker}_{number:06d}" for speaker, numbers in known.items() for number in numbers}
    assert esd.CORRECTIONS.keys() == names


@pytest.mark.parametrize("line", [b"0011_000001 It is.\tNeutral", b"0011_000001\t\tNeutral", b""])
def test_other_malformed_lines_give_an_empty_transcript(tmp_path: Path, line: bytes) -> None:
    clip = only_clip(tmp_path, "0011_000001", b"0011_001750\tIt is.\tSurprise\n" + line)
    assert clip.transcript == ""


def test_an_odd_wording_is_flagged_and_kept(tmp_path: Path) -> None:
    root = esd_tree(tmp_path, FIVE, True, ["0020"])
    text = root / "Emotion Speech Dataset/0020/0020.txt"
    line = b"0020_000707\tSentence 7 it"
    text.write_bytes(text.read_bytes().replace(line, line + b" surely"))
    clips = by_name(root)
    assert clips["0020_000707"].transcript == "Sentence 7 it surely is."
    conflicts = {name: clip.label_conflict for name, clip in clips.items() if clip.label_conflict}
    assert conflicts == {"0020_000707": "wording_differs"}


@pytest.mark.parametrize(("texts", "odd"), [
    (["a", "a", "b", "b"], {1, 351, 701, 1051}),
    (["Oh, no", "oh no!", "OH NO"], set()),
    (["a", "a", "a", "b", "c"], {1051, 1401}),
])  # fmt: skip
def test_odd_wordings_differ_from_the_majority_in_words(texts: list[str], odd: set[int]) -> None:
    lines = {f"0011_{1 + 350 * i:06d}": esd.Line(text, "") for i, text in enumerate(texts)}
    assert esd.unusual_wordings(lines) == {f"0011_{number:06d}" for number in odd}


@pytest.mark.parametrize(("name", "folder", "text"), [
    ("0011_000351", "Neutral", "expected angry by its number, found the folder Neutral"),
    ("0011_000001", "neutrals", "unknown folder of an emotion ''; expected one of Neutral, Angry,"),
    ("0011_001751", "Surprise", "unknown clip '0011_001751'"),
    ("0021_000001", "Neutral", "unknown clip '0021_000001'"),
])  # fmt: skip
def test_a_file_in_the_wrong_place_is_an_error(tmp_path: Path, name: str, folder: str, text: str) -> None:
    with pytest.raises(UserError) as caught:
        only_clip(tmp_path, name, b"0011_001750\tIt is.\tSurprise", folder)
    assert str(caught.value).startswith(f"{tmp_path}/{name[:4]}/{folder}/{name}.wav: {text}")


def test_a_transcript_without_lines_is_an_error(tmp_path: Path) -> None:
    put(tmp_path / "0011/Neutral/0011_000001.wav", riff(16000))
    with pytest.raises(UserError, match=r"expected the transcript 0011\.txt, not found"):
        list(esd.clips(tmp_path))
    text = "expected lines of id, text and emotion, separated by tabs; found none"
    with pytest.raises(UserError, match=text):
        only_clip(tmp_path, "0011_000001", b"0011_000001 It is. Neutral")


def test_published_numbers() -> None:
    # Zhou et al. 2022: 350 utterances in five emotions by ten Mandarin and ten English speakers
    assert len(esd.NAMES) == esd.N_CLIPS == 35_000
    assert [esd.language(speaker) for speaker in esd.SPEAKERS] == ["zh"] * 10 + ["en"] * 10
    assert sum(gender == "female" for gender in esd.SPEAKERS.values()) == 10
    assert esd.SPEAKERS["0001"] == "female"
    assert set(ESD_TEXTS) == set(esd.SPEAKERS)
