"""The traps of MSP-Podcast, in the shapes of releases 1.8, 1.11 and 2.0."""

from collections import Counter
from pathlib import Path

import pytest

from stages import catalog, quality, screen
from stages.core import store, tables
from stages.core.errors import UserError
from stages.corpora import msp_podcast
from stages.corpora.base import Clip, Word
from tests.makers import decided
from tests.screening.test_screen import LIMITS
from tests.trees import msp_tree, put, riff

RELEASES = ("1.8", "1.11", "2.0")
NAME = "MSP-PODCAST_0001_0008"
HIDDEN = "MSP-PODCAST_3000_0001"


def by_name(root: Path) -> dict[str, Clip]:
    return {clip.name: clip for clip in msp_podcast.clips(root)}


def edited(root: Path, pattern: str, old: str, new: str) -> Path:
    path = next(path for path in sorted(root.rglob(pattern)) if "Previous" not in str(path))
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return root


@pytest.mark.parametrize("release", RELEASES)
def test_a_clip_in_every_release(tmp_path: Path, release: str) -> None:
    root = msp_tree(tmp_path, release)
    folder = {"1.8": "Audio", "1.11": "Audios/Audios", "2.0": "Audios"}[release]
    assert by_name(root)[NAME] == Clip(
        path=root / folder / f"{NAME}.wav",
        name=NAME,
        speaker="30",
        gender="male",
        transcript="Oh, no.",
        corpus_label="N",
        emotion_intended="neutral",
        intensity="unspecified",
        emotion_perceived="neutral",
        label_source="perceived",
        corpus_split="test1",
        activation=2.2,
        valence=4.0,
        dominance=2.6,
        shipped_words=(Word("oh", 0.1, 0.3), Word("no", 0.3, 0.6)),
    )


def test_columns_are_activation_valence_dominance_in_this_order(tmp_path: Path) -> None:
    clip = by_name(msp_tree(tmp_path))["MSP-PODCAST_0001_0009"]  # angry: active, negative, dominant
    assert (clip.activation, clip.valence, clip.dominance) == (5.777778, 2.5, 5.777778)


@pytest.mark.parametrize("release", RELEASES)
def test_validation_and_development_are_one_partition(tmp_path: Path, release: str) -> None:
    sides = Counter(clip.corpus_split for clip in msp_podcast.clips(msp_tree(tmp_path, release)))
    expected = {"train": 8, "development": 1, "test1": 1, "test2": 1}
    assert sides == (expected if release == "1.8" else expected | {"test3": 1})


def test_the_labels_of_test3_are_hidden(tmp_path: Path) -> None:
    clip = by_name(msp_tree(tmp_path))[HIDDEN]
    assert (clip.corpus_split, clip.corpus_label, clip.emotion_intended) == ("test3", "", None)
    assert clip.speaker == tables.UNKNOWN_SPEAKER


def test_earlier_releases_are_no_part_of_this_one(tmp_path: Path) -> None:
    root = msp_tree(tmp_path)
    assert "MSP-PODCAST_9999_0001" not in by_name(root)
    assert "MSP-PODCAST_9999_0001" not in msp_podcast.listed(root)


def test_every_class_has_its_emotion() -> None:
    # the corpus's own legend; X is no agreement
    assert {msp_podcast.EMOTIONS[code] for code in "ASHUFDCNO"} == set(tables.EMOTIONS) - {"calm"}
    assert msp_podcast.EMOTIONS["X"] is None
    assert msp_podcast.UNKNOWN_SPEAKER == tables.UNKNOWN_SPEAKER


def test_what_cannot_be_used_is_dropped_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    msp_tree(Path("data/raw/msp_podcast"), "2.0")
    catalog.run("msp_podcast")
    table = store.read(store.path("catalog", "msp_podcast"), tables.Catalog)
    plain = table.astype(object).where(table.notna(), None).to_dict("records")
    sound = {"sample_rate": 16000, "speech_start": 8000, "speech_end": 40000, "bandwidth_hz": 8000.0}
    rows = [{**row, **sound} for row in plain]
    made = screen.verdicts(decided(*rows), LIMITS).set_index("clip_id")
    assert made.reason.dropna().to_dict() == {
        f"msp_podcast_{HIDDEN}": "no_label",
        "msp_podcast_MSP-PODCAST_0002_0006": "no_agreement",
        "msp_podcast_MSP-PODCAST_1023_0235": "unknown_speaker",
    }


def test_the_stereo_file_of_release_1_8(tmp_path: Path) -> None:
    clip = by_name(msp_tree(tmp_path, "1.8"))["MSP-PODCAST_1023_0235"]
    measured = quality.measure(str(clip.path), dnsmos=False)
    assert (measured["channels"], measured["sample_rate"], clip.sample_rate) == (2, 44100, None)
    one = {"sample_rate": measured["sample_rate"], "expected_sample_rate": msp_podcast.SAMPLE_RATE}
    assert screen.verdicts(decided(one), LIMITS).reason.tolist() == ["unexpected_sample_rate"]


def test_a_missing_transcript_is_no_error(tmp_path: Path) -> None:
    clip = by_name(msp_tree(tmp_path))["MSP-PODCAST_0001_0009"]
    assert (clip.transcript, clip.shipped_words) == ("", ())


def test_words_of_the_alignment_stand_in_for_a_missing_transcript(tmp_path: Path) -> None:
    root = msp_tree(tmp_path)
    (root / "Transcripts" / "MSP-PODCAST_0001_0008.txt").unlink()
    clip = by_name(root)["MSP-PODCAST_0001_0008"]
    assert (clip.transcript, [word.text for word in clip.shipped_words]) == ("oh no", ["oh", "no"])


@pytest.mark.parametrize("release", RELEASES)
def test_votes_in_all_three_shapes(tmp_path: Path, release: str) -> None:
    votes = [
        vote for vote in msp_podcast.votes(msp_tree(tmp_path, release)) if vote.clip.startswith(NAME[:16])
    ]
    assert len(votes) == 4 * 2
    assert {(vote.modality, vote.count) for vote in votes} == {("voice", 1)}
    assert {vote.rater for vote in votes} == {"WORKER00000001", "WORKER00000002"}
    assert [vote.emotion for vote in votes[::2]] == ["neutral", "angry", "sad", "happy"]


def test_a_word_of_a_raters_own_counts_as_other(tmp_path: Path) -> None:
    votes = list(msp_podcast.votes(msp_tree(tmp_path)))
    own = {(vote.label, vote.emotion) for vote in votes if vote.clip.endswith(("0002_0005", "0002_0006"))}
    assert own == {("Other-Curious", "other"), ("Amused", "other")}


def test_no_detailed_labels_no_votes(tmp_path: Path) -> None:
    root = msp_tree(tmp_path)
    (root / "Labels/labels_detailed.csv").unlink()
    assert list(msp_podcast.votes(root)) == []


def test_votes_reach_their_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = msp_tree(Path("data/raw/msp_podcast"))
    # one rater judged a clip twice, and one judged a clip that this copy has not
    edited(root, "labels_detailed.csv", "WORKER00000002,Happy", "WORKER00000001,Happy")
    next(root.rglob("MSP-PODCAST_0002_0003.wav")).unlink()
    catalog.run("msp_podcast")
    table = store.read(store.path("votes", "msp_podcast"), tables.Votes)
    happy = table[table.clip_id == "msp_podcast_MSP-PODCAST_0001_0011"]
    assert happy[["rater", "label", "count"]].to_numpy().tolist() == [
        ["msp_podcast_WORKER00000001", "Happy", 2]
    ]
    assert "msp_podcast_MSP-PODCAST_0002_0003" not in set(table.clip_id)
    assert table["count"].sum() == 2 * 10


@pytest.mark.parametrize(
    ("pattern", "old", "new", "text"),
    [
        ("labels_cons*", ",N,2.2", ",Q,2.2", f"unknown EmoClass of {NAME}.wav 'Q'; expected one of A, S, H,"),
        ("labels_cons*", ",Male,Test1", ",Mal,Test1", f"unknown Gender of {NAME}.wav 'Mal'"),
        ("labels_cons*", "Male,Test1", "Male,Test9", f"unknown Split_Set of {NAME}.wav 'test9'"),
        (
            "labels_cons*",
            "N,2.2",
            "N,high",
            f"{NAME}.wav: EmoAct: expected a number from 1 to 7, found 'high'",
        ),
        ("labels_cons*", "EmoVal", "Valence", r"expected columns ['EmoVal'], found only"),
        ("labels_cons*", f"{NAME}.wav", "gone.wav", "found no speaker"),
        ("Partitions.txt", "Test3", "Test4", "unknown partition 'test4'"),
        ("*0008.TextGrid", '"words"', '"word"', "interval tier 'words', found tiers: word, phones"),
    ],
)
def test_tables_that_do_not_fit(tmp_path: Path, pattern: str, old: str, new: str, text: str) -> None:
    root = edited(msp_tree(tmp_path), pattern, old, new)
    if new == "gone.wav":  # Partitions.txt still lists it: a clip without labels
        assert by_name(root)[NAME].corpus_label == ""
        return
    with pytest.raises(UserError) as caught:
        by_name(root)
    assert text in str(caught.value)


def test_votes_in_json_that_is_not_utf8(tmp_path: Path) -> None:
    root = msp_tree(tmp_path, "1.8")
    (root / "Labels/labels_detailed.json").write_bytes(b'{"caf\xe9": 1}')
    with pytest.raises(UserError, match=r"labels_detailed\.json: expected raters with EmoClass_Major"):
        list(msp_podcast.votes(root))


@pytest.mark.parametrize("name", [f"{NAME}.txt", "Partitions.txt", "labels_detailed.csv"])
def test_a_text_that_is_not_utf8(tmp_path: Path, name: str) -> None:
    root = msp_tree(tmp_path)
    path = next(root.rglob(name))
    path.write_bytes(b"FileName,caf\xe9\n")
    with pytest.raises(UserError, match=rf"{name}: expected UTF-8, found byte 0xe9 at position 12"):
        list(msp_podcast.votes(root) if "labels" in name else msp_podcast.clips(root))


def test_a_recording_of_no_release(tmp_path: Path) -> None:
    root = msp_tree(tmp_path)
    put(root / "Audios/MSP-PODCAST_4444_0001.wav", riff(16000))
    with pytest.raises(
        UserError, match=r"4444_0001\.wav: not in .*labels_consensus\.csv nor in Partitions\.txt"
    ):
        by_name(root)


def test_no_labels_at_all(tmp_path: Path) -> None:
    put(tmp_path / "Audios" / f"{NAME}.wav", riff(16000))
    with pytest.raises(UserError, match=r"expected Labels/labels_consensus\.csv, not found"):
        by_name(tmp_path)


@pytest.mark.parametrize(("release", "old", "new", "text"), [
    ("1.11", "WORKER00000001; Neutral; ", "WORKER00000001 Neutral ", "expected 'rater; emotion; ...'"),
    ("1.8", '"EmoClass_Major": "Neutral", ', "", "expected raters with EmoClass_Major per file"),
    ("1.8", '{"MSP', '["MSP', "expected raters with EmoClass_Major per file"),
    ("2.0", "EmoClass_Major", "Major", r"expected columns ['EmoClass_Major']"),
])  # fmt: skip
def test_votes_that_cannot_be_read(tmp_path: Path, release: str, old: str, new: str, text: str) -> None:
    root = edited(msp_tree(tmp_path, release), "labels_detailed.*", old, new)
    with pytest.raises(UserError) as caught:
        list(msp_podcast.votes(root))
    assert text in str(caught.value)
