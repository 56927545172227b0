"""The traps of ESD: release shapes, encodings, Chinese labels, malformed lines, odd sentences."""

from pathlib import Path

import pytest

from stages.core.errors import UserError
from stages.corpora import esd
from stages.corpora.base import Clip
from tests.trees import CHINESE, ESD_TEXTS, FOLDERS, MANDARIN, esd_lines, esd_tree, put, riff

FIVE = [7, 357, 707, 1057, 1407]


def by_name(root: Path) -> dict[str, Clip]:
    return {clip.name: clip for clip in esd.clips(root)}


def one(root: Path, line: bytes, name: str = "0011_000001", folder: str = "Neutral") -> Clip:
    """The clip of a tree with one recording, whose transcript holds a sound line and this one."""
    put(root / name[:4] / folder / f"{name}.wav", riff(16000))
    sound = f"{name[:4]}_001750\tIt is.\tSurprise\n".encode()
    put(root / name[:4] / f"{name[:4]}.txt", sound + line)
    (clip,) = esd.clips(root)
    return clip


@pytest.mark.parametrize("split", [True, False])
def test_both_release_shapes(tmp_path: Path, split: bool) -> None:
    clips = by_name(esd_tree(tmp_path, FIVE, split, ["0011"]))
    assert [clips[f"0011_{n:06d}"].emotion_intended for n in FIVE] == [
        "neutral", "angry", "happy", "sad", "surprised",
    ]  # fmt: skip
    assert {clip.corpus_split for clip in clips.values()} == ({"evaluation"} if split else {None})


def test_a_clip(tmp_path: Path) -> None:
    clip = by_name(esd_tree(tmp_path, [1401], True, ["0016"]))["0016_001401"]
    assert clip == Clip(
        path=tmp_path / "Emotion Speech Dataset/0016/Surprise/evaluation/0016_001401.wav",
        name="0016_001401",
        speaker="0016",
        gender="female",
        transcript="Sentence 1 it is.",
        corpus_label="Surprise",
        emotion_intended="surprised",
        intensity="unspecified",
        language="en",
        corpus_split="evaluation",
    )


def test_every_encoding_is_read_and_every_clip_has_its_words(tmp_path: Path) -> None:
    clips = by_name(esd_tree(tmp_path, [99, 1399]))
    assert len(clips) == 40
    for clip in clips.values():
        number = 99 if clip.name.endswith("99") and clip.name[-4:] == "0099" else 349
        mandarin = int(clip.speaker) <= 10
        assert clip.transcript == (MANDARIN if mandarin else f"Sentence {number} it is."), clip.name
        assert clip.language == ("zh" if mandarin else "en")
        assert clip.label_conflict is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        # what Windows writes for an apostrophe is, with the s after it, one Chinese character in GB 18030
        (b"0011_000001\tIt\x92s a caf\xe9.\tNeutral", "It’s a café."),
        (b"0011_000001\tA\xa0na\xefve boy.\tNeutral", "A naïve boy."),
        (b"0011_000001\tIt\xe2\x80\x99s utf-8.\tNeutral", "It’s utf-8."),
        # English in GB 18030, for the sake of its label
        ("0011_000001\tIt is.\t中立".encode("gb18030"), "It is."),
        (b"0011_000001\tTwo  blanks. \tNeutral\r\n", "Two blanks."),
    ],
)
def test_english_in_bytes_that_might_be_chinese(tmp_path: Path, raw: bytes, text: str) -> None:
    clip = one(tmp_path, raw)
    assert clip.transcript == text
    assert clip.label_conflict is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_no_text(tmp_path: Path, encoding: str) -> None:
    put(tmp_path / "0001" / "Sad" / "0001_001051.wav", riff(16000))
    put(tmp_path / "0001" / "0001.txt", f"0001_001051\t{MANDARIN}\t伤心".encode(encoding))
    (clip,) = esd.clips(tmp_path)
    assert (clip.transcript, clip.language, clip.gender) == (MANDARIN, "zh", "female")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("name", "text"), [("0003_000001", MANDARIN), ("0012_000001", "It is.")])
def test_utf16_without_a_byte_order_mark(tmp_path: Path, encoding: str, name: str, text: str) -> None:
    put(tmp_path / name[:4] / "Neutral" / f"{name}.wav", riff(16000))
    put(tmp_path / name[:4] / f"{name[:4]}.txt", f"{name}\t{text}\t中立\r\n".encode(encoding))
    (clip,) = esd.clips(tmp_path)
    assert (clip.transcript, clip.label_conflict) == (text, None)


def test_chinese_labels_are_labels(tmp_path: Path) -> None:
    for number, (emotion, label) in zip((1, 351, 701, 1051, 1401), CHINESE.items(), strict=True):
        clip = one(tmp_path / label, f"0011_{number:06d}\tIt is.\t{label}".encode(), f"0011_{number:06d}",
                   FOLDERS[emotion])  # fmt: skip
        assert clip.label_conflict is None


@pytest.mark.parametrize("label", ["Happy", "开心", "Neutrl"])
def test_a_label_that_is_not_the_folders_makes_a_suspect(tmp_path: Path, label: str) -> None:
    clip = one(tmp_path, f"0011_000001\tIt is.\t{label}".encode())
    assert (clip.label_conflict, clip.emotion_intended) == ("label_differs", "neutral")


def test_malformed_lines_are_corrected_from_the_table(tmp_path: Path) -> None:
    numbers = sorted({int(name[5:]) for name in esd.CORRECTIONS})
    speakers = sorted({name[:4] for name in esd.CORRECTIONS})
    clips = by_name(esd_tree(tmp_path, numbers, True, speakers))
    for name, correction in esd.CORRECTIONS.items():
        assert clips[name].transcript == correction.instead
    assert not any(
        "\t" in line.partition(" ")[0] for line in esd_lines("0015") if line.startswith("0015_000137")
    )


@pytest.mark.parametrize(("label", "label_conflict"), [("Sad", None), ("Happy", "label_differs")])
def test_a_line_that_is_reported_as_wrong_is_corrected_but_for_its_label(
    tmp_path: Path, label: str, label_conflict: str | None
) -> None:
    clip = one(tmp_path, f"0014_001590\tGeorge.\t{label}".encode(), "0014_001590", FOLDERS["surprised"])
    assert clip.transcript == "And they were sandy yellow brownish all over."
    clip = one(tmp_path / "b", f"0012_001355\tGeorge.\t{label}".encode(), "0012_001355", "Sad")
    assert (clip.transcript, clip.label_conflict) == (
        "The fisherman and his wife see George every day.",
        label_conflict,
    )


def test_every_line_that_is_known_to_be_bad_has_a_correction_with_a_reason() -> None:
    known = {"0012": [1355], "0013": [431, 914], "0014": [1590],
             "0015": [137, 138, 175, 187, 217, 668, 690, 875, 1015, 1531, 1578]}  # fmt: skip
    names = {f"{speaker}_{number:06d}" for speaker, numbers in known.items() for number in numbers}
    assert esd.CORRECTIONS.keys() == names
    assert all(correction.reason for correction in esd.CORRECTIONS.values())


@pytest.mark.parametrize("line", [b"0011_000001 It is.\tNeutral", b"0011_000001\t\tNeutral", b""])
def test_a_line_that_nobody_has_corrected_leaves_no_words(tmp_path: Path, line: bytes) -> None:
    assert one(tmp_path, line).transcript == ""


def test_an_odd_wording_is_flagged_and_kept(tmp_path: Path) -> None:
    root = esd_tree(tmp_path, FIVE, True, ["0020"])
    text = root / "Emotion Speech Dataset/0020/0020.txt"
    line = "0020_000707\tSentence 7 it"
    text.write_bytes(text.read_bytes().replace(line.encode(), line.encode() + b" surely"))
    clips = by_name(root)
    assert clips["0020_000707"].transcript == "Sentence 7 it surely is."
    assert {name for name, clip in clips.items() if clip.label_conflict} == {"0020_000707"}
    assert clips["0020_000707"].label_conflict == "wording_differs"


def test_without_a_majority_all_are_suspect_but_case_and_commas_are_no_words() -> None:
    def lines(*texts: str) -> dict[str, esd.Line]:
        return {f"0011_{1 + 350 * i:06d}": esd.Line(text, "") for i, text in enumerate(texts)}

    assert esd.odd_wordings(lines("a", "a", "b", "b")) == lines(*"aabb").keys()
    assert esd.odd_wordings(lines("Oh, no", "oh no!", "OH NO")) == set()
    assert esd.odd_wordings(lines("a", "a", "a", "b", "c")) == {"0011_001051", "0011_001401"}


@pytest.mark.parametrize(
    ("name", "folder", "text"),
    [
        ("0011_000351", "Neutral", "expected angry by its number, found it in the folder Neutral"),
        ("0011_000001", "neutrals", "unknown folder of an emotion ''; expected one of Neutral, Angry,"),
        ("0011_001751", "Surprise", "unknown clip '0011_001751'"),
        ("0021_000001", "Neutral", "unknown clip '0021_000001'"),
    ],
)
def test_a_file_that_does_not_fit(tmp_path: Path, name: str, folder: str, text: str) -> None:
    with pytest.raises(UserError) as caught:
        one(tmp_path, b"", name, folder)
    assert str(caught.value).startswith(f"{tmp_path}/{name[:4]}/{folder}/{name}.wav: {text}")


def test_transcripts_that_cannot_be_used(tmp_path: Path) -> None:
    put(tmp_path / "0011/Neutral/0011_000001.wav", riff(16000))
    with pytest.raises(UserError, match=r"expected the transcript 0011\.txt, not found"):
        list(esd.clips(tmp_path))
    put(tmp_path / "0011/0011.txt", b"0011_000001 It is. Neutral")
    with pytest.raises(
        UserError, match="expected lines of id, text and emotion, separated by tabs; found none"
    ):
        list(esd.clips(tmp_path))


def test_published_numbers() -> None:
    # Zhou et al. 2022: 350 utterances in five emotions by ten Mandarin and ten English speakers
    assert len(esd.NAMES) == esd.N_CLIPS == 35_000
    assert [esd.language(speaker) for speaker in esd.SPEAKERS] == ["zh"] * 10 + ["en"] * 10
    assert sum(gender == "female" for gender in esd.SPEAKERS.values()) == 10
    assert set(ESD_TEXTS) == set(esd.SPEAKERS)
