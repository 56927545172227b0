"""MSP-Podcast in the shapes of releases 1.8, 1.11 and 2.0, and its faults."""

from collections import Counter
from pathlib import Path

import pytest

from stages import catalog, quality, screen
from stages.core import store, tables
from stages.core.errors import UserError
from stages.corpora import msp_podcast
from stages.corpora.base import Clip, Vote, Word
from tests.makers import decided
from tests.screening.test_screen import LIMITS
from tests.trees import msp_tree, put, riff

NAME = "MSP-PODCAST_0001_0008"
HIDDEN = "MSP-PODCAST_3000_0001"
AUDIO = {"1.8": "Audio", "1.11": "Audios/Audios", "2.0": "Audios"}
"""Release -> folder of the recordings."""


def by_name(root: Path) -> dict[str, Clip]:
    return {clip.name: clip for clip in msp_podcast.clips(root)}


def read_all(root: Path) -> tuple[list[Clip], list[Vote]]:
    return list(msp_podcast.clips(root)), list(msp_podcast.votes(root))


def edited(root: Path, pattern: str, old: str, new: str) -> Path:
    path = next(path for path in sorted(root.rglob(pattern)) if "Previous" not in str(path))
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return root


@pytest.mark.parametrize("release", AUDIO)
def test_every_release_is_read(tmp_path: Path, release: str) -> None:
    root = msp_tree(tmp_path, release)
    assert by_name(root)[NAME] == Clip(
        root / AUDIO[release] / f"{NAME}.wav", NAME, "30", "male", "Oh, no.", "N", "neutral", "unspecified",
        emotion_perceived="neutral", label_source="perceived", corpus_split="test1",
        activation=2.2, valence=4.0, dominance=2.6,
        shipped_words=(Word("oh", 0.1, 0.3), Word("no", 0.3, 0.6)),
    )  # fmt: skip
    splits = Counter(clip.corpus_split for clip in msp_podcast.clips(root))
    expected = {"train": 8, "development": 1, "test1": 1, "test2": 1}
    assert splits == (expected if release == "1.8" else expected | {"test3": 1})
    votes = [vote for vote in msp_podcast.votes(root) if vote.clip.startswith(NAME[:16])]
    assert len(votes) == 4 * 2
    assert {(vote.modality, vote.count) for vote in votes} == {("voice", 1)}
    assert {vote.rater for vote in votes} == {"WORKER00000001", "WORKER00000002"}
    assert [vote.emotion for vote in votes[::2]] == ["neutral", "angry", "sad", "happy"]


def test_labels_of_test3_are_hidden_and_earlier_releases_are_left_out(tmp_path: Path) -> None:
    clips = by_name(msp_tree(tmp_path))
    clip = clips[HIDDEN]
    assert (clip.corpus_split, clip.corpus_label, clip.emotion_intended) == ("test3", "", None)
    assert clip.speaker == tables.UNKNOWN_SPEAKER
    assert "MSP-PODCAST_9999_0001" not in clips
    assert msp_podcast.list_clips(tmp_path).keys() == clips.keys()


def test_every_class_has_its_emotion() -> None:
    # the corpus's own legend; X is no agreement
    assert {msp_podcast.EMOTIONS[code] for code in "ASHUFDCNO"} == set(tables.EMOTIONS) - {"calm"}
    assert msp_podcast.EMOTIONS["X"] is None
    assert msp_podcast.UNKNOWN_SPEAKER == tables.UNKNOWN_SPEAKER


def test_clips_without_label_agreement_or_speaker_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    msp_tree(Path("data/raw/msp_podcast"), "2.0")
    catalog.run("msp_podcast")
    good = {"sample_rate": 16000, "speech_start": 8000, "speech_end": 40000, "bandwidth_hz": 8000.0}
    rows = [row | good for row in store.rows(store.path("catalog", "msp_podcast"), tables.Catalog)]
    made = screen.verdicts(decided(*rows), LIMITS).set_index("clip_id")
    assert made.reason.dropna().to_dict() == {
        f"msp_podcast_{HIDDEN}": "no_label",
        "msp_podcast_MSP-PODCAST_0002_0006": "no_agreement",
        "msp_podcast_MSP-PODCAST_1023_0235": "unknown_speaker",
    }


def test_the_stereo_file_of_release_1_8_is_dropped(tmp_path: Path) -> None:
    clip = by_name(msp_tree(tmp_path, "1.8"))["MSP-PODCAST_1023_0235"]
    measured = quality.measure(str(clip.path), dnsmos=False)
    assert (measured["channels"], measured["sample_rate"], clip.sample_rate) == (2, 44100, None)
    one = {"sample_rate": measured["sample_rate"], "expected_sample_rate": msp_podcast.SAMPLE_RATE}
    assert screen.verdicts(decided(one), LIMITS).reason.tolist() == ["unexpected_sample_rate"]


def test_aligned_words_replace_a_missing_transcript(tmp_path: Path) -> None:
    (msp_tree(tmp_path) / f"Transcripts/{NAME}.txt").unlink()
    clips = by_name(tmp_path)
    clip, not_aligned = clips[NAME], clips["MSP-PODCAST_0001_0009"]
    assert (clip.transcript, [word.text for word in clip.shipped_words]) == ("oh no", ["oh", "no"])
    assert (not_aligned.transcript, not_aligned.shipped_words) == ("", ())


def test_a_raters_own_word_counts_as_other(tmp_path: Path) -> None:
    votes = list(msp_podcast.votes(msp_tree(tmp_path)))
    own = {(vote.label, vote.emotion) for vote in votes if vote.clip.endswith(("0002_0005", "0002_0006"))}
    assert own == {("Other-Curious", "other"), ("Amused", "other")}
    (tmp_path / "Labels/labels_detailed.csv").unlink()
    assert list(msp_podcast.votes(tmp_path)) == []


def test_votes_reach_their_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = msp_tree(Path("data/raw/msp_podcast"))
    # one rater judged a clip twice, and one judged a clip that is missing here
    edited(root, "labels_detailed.csv", "WORKER00000002,Happy", "WORKER00000001,Happy")
    next(root.rglob("MSP-PODCAST_0002_0003.wav")).unlink()
    catalog.run("msp_podcast")
    table = store.read(store.path("votes", "msp_podcast"), tables.Votes)
    happy = table[table.clip_id == "msp_podcast_MSP-PODCAST_0001_0011"]
    found = happy[["rater", "label", "count"]].to_numpy().tolist()
    assert found == [["msp_podcast_WORKER00000001", "Happy", 2]]
    assert "msp_podcast_MSP-PODCAST_0002_0003" not in set(table.clip_id)
    assert table["count"].sum() == 2 * 10


@pytest.mark.parametrize(("release", "pattern", "old", "new", "text"), [
    ("2.0", "labels_cons*", ",N,2.2", ",Q,2.2", f"unknown EmoClass of {NAME}.wav 'Q'; expected one of A, S,"),
    ("2.0", "labels_cons*", ",Male,Test1", ",Mal,Test1", f"unknown Gender of {NAME}.wav 'Mal'"),
    ("2.0", "labels_cons*", "Male,Test1", "Male,Test9", f"unknown Split_Set of {NAME}.wav 'test9'"),
    ("2.0", "labels_cons*", "N,2.2", "N,x", f"{NAME}.wav: EmoAct: expected a number from 1 to 7, found 'x'"),
    ("2.0", "labels_cons*", "EmoVal", "Valence", "expected columns ['EmoVal'], found only"),
    ("2.0", "Partitions.txt", "Test3", "Test4", "unknown partition 'test4'"),
    ("2.0", "*0008.TextGrid", '"words"', '"word"', "interval tier 'words', found tiers: word, phones"),
    ("2.0", "labels_detailed.csv", "EmoClass_Major", "Major", "expected columns ['EmoClass_Major']"),
    ("1.11", "labels_detailed.csv", "WORKER00000001; Neutral; ", "WORKER00000001 Neutral ",
     "expected 'rater; emotion; ...'"),
    ("1.8", "labels_detailed.json", '"EmoClass_Major": "Neutral", ', "",
     "expected raters with EmoClass_Major per file"),
    ("1.8", "labels_detailed.json", '{"MSP', '["MSP', "expected raters with EmoClass_Major per file"),
])  # fmt: skip
def test_a_wrong_table_is_an_error(
    tmp_path: Path, release: str, pattern: str, old: str, new: str, text: str
) -> None:
    edited(msp_tree(tmp_path, release), pattern, old, new)
    with pytest.raises(UserError) as caught:
        read_all(tmp_path)
    assert text in str(caught.value)


@pytest.mark.parametrize(("release", "name", "text"), [
    ("2.0", f"{NAME}.txt", "expected UTF-8, found byte 0xe9 at position 12"),
    ("2.0", "Partitions.txt", "expected UTF-8, found byte 0xe9 at position 12"),
    ("2.0", "labels_detailed.csv", "expected UTF-8, found byte 0xe9 at position 12"),
    ("1.8", "labels_detailed.json", "expected raters with EmoClass_Major"),
])  # fmt: skip
def test_a_text_that_is_not_utf8_is_an_error(tmp_path: Path, release: str, name: str, text: str) -> None:
    next(msp_tree(tmp_path, release).rglob(name)).write_bytes(b"FileName,caf\xe9\n")
    with pytest.raises(UserError, match=f"{name}: {text}"):
        read_all(tmp_path)


def test_a_recording_without_labels_is_an_error(tmp_path: Path) -> None:
    put(tmp_path / "Audios/MSP-PODCAST_4444_0001.wav", riff(16000))
    with pytest.raises(UserError, match=r"expected Labels/labels_consensus\.csv, not found"):
        by_name(tmp_path)
    msp_tree(tmp_path)
    text = r"4444_0001\.wav: not in .*labels_consensus\.csv nor in Partitions\.txt"
    with pytest.raises(UserError, match=text):
        by_name(tmp_path)
