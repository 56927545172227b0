"""Two-channel dialogues: speaker, channel, turns and their times; and windows of them as samples."""

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from stages import catalog, dialogue
from stages.core import store, tables
from stages.core.errors import UserError
from stages.corpora import dailytalk, dailytalk_contiguous
from stages.corpora.base import Clip, turns
from stages.samples.segments import segment_frame
from stages.samples.windows import Limits, exchanges, utterance_rows, windows
from tests import dialogues
from tests.dialogues import ALIGNED, CHANNEL, RATE, SCRIPTS
from tests.makers import decided

RAW = Path("data/raw/dailytalk_contiguous")


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trees")
    dialogues.contiguous(folder / "contiguous")
    dialogues.separate(folder / "separate")
    return folder


@pytest.fixture
def raw(trees: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a copy of DailyTalkContiguous, to break."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    shutil.copytree(trees / "contiguous", RAW)
    return RAW


def rejected(root: Path) -> dict[str, str | None]:
    return {found.path.stem: found.rejection_reason for found in dailytalk_contiguous.dialogues(root)}


def clips_of(root: Path) -> dict[str, Clip]:
    return {clip.name: clip for clip in dailytalk_contiguous.clips(root)}


def said(*texts: tuple[str, str]) -> list[turns.Turn]:
    """Turns of (speaker, text)."""
    labels = ("no emotion", "neutral", "inform", "work")
    return [turns.Turn(number, *spoken, *labels) for number, spoken in enumerate(texts)]


class TestJoin:
    def test_distance_by_hand(self) -> None:
        # one word replaced, one inserted
        assert turns.match_words(["a", "b", "c"], ["a", "x", "c", "d"]) == (2, [0, 1, 2])
        assert turns.match_words([], ["a"]) == (1, [])

    @given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
    def test_distance_is_a_metric(self, a: list[str], b: list[str]) -> None:
        cost, places = turns.match_words(a, b)
        assert cost == turns.match_words(b, a)[0]
        assert (cost == 0) == (a == b)
        assert abs(len(a) - len(b)) <= cost <= max(len(a), len(b))
        known = [place for place in places if place is not None]
        assert known == sorted(set(known))

    def test_words_join_their_turns_in_spite_of_wrong_and_missing_words(self) -> None:
        script = said(
            ("0", "We should go home now."), ("1", "Why?"), ("0", "It's thirty-five degrees out there.")
        )
        words = ["We", "shall", "go", "home", "now.", "It's", "thirty-five", "degrees", "there."]
        found = turns.join(words, script)
        assert (found.speaker, found.turns) == ("0", (0, 0, 0, 0, 0, 2, 2, 2, 2))
        assert found.distance == pytest.approx(2 / 11)  # of 5 + 6 words: one replaced, one missing

    def test_the_words_of_both_speakers_have_no_speaker(self) -> None:
        script = said(("0", "one two three four five"), ("1", "six seven eight nine ten"))
        assert turns.join(" ".join(turn.text for turn in script).split(), script).speaker is None

    def test_one_wrong_turn_among_many_is_a_mismatch(self) -> None:
        texts = [("0", f"a{k} b{k} c{k} d{k}") for k in range(8)]
        words = " ".join(text for _, text in texts).split()
        assert turns.join(words, said(*texts)).speaker == "0"
        texts[5] = ("0", "entirely other words here")
        assert turns.join(words, said(*texts)).speaker is None

    def test_tokens(self) -> None:
        assert turns.tokens("It\u2019s O'Clock -- thirty-five!") == ["it's", "o'clock", "thirty", "five"]

    def test_spans_of_turns(self) -> None:
        assert turns.spans_of_turns((0, 0, 2), (1, 5, 9), (4, 7, 12)) == {0: (1, 7), 2: (9, 12)}


class TestContiguous:
    def test_speaker_and_channel_are_found(self, raw: Path) -> None:
        for found in dailytalk_contiguous.dialogues(raw):
            name = found.path.stem
            assert (found.join.speaker, found.channel) == (ALIGNED[name], CHANNEL[name])
            numbers = [k for k, (speaker, _, _) in enumerate(SCRIPTS[name]) if speaker == ALIGNED[name]]
            assert sorted(set(found.join.turns)) == numbers

    def test_two_clips_of_one_dialogue(self, raw: Path) -> None:
        clips = clips_of(raw)
        main, partner = clips["1_main"], clips["1_partner"]
        assert (main.source_channel, partner.source_channel) == (1, 0)
        assert (main.speaker, partner.speaker) == ("0", "1")
        # of the aligned speaker, one turn is sad and two lack emotion; of the partner, two are sad
        assert (main.corpus_label, partner.corpus_label) == ("sadness", "sadness")
        assert [clips[f"2_{role}"].emotion_intended for role in ("main", "partner")] == ["neutral", "angry"]
        assert main.transcript.startswith("Why are you sitting")
        assert (partner.transcript, partner.shipped_words, partner.role) == ("", (), "partner")
        assert {clip.split_group for clip in clips.values()} == {"dailytalk_actors"}
        assert {clip.label_source for clip in clips.values()} == {"text"}

    def test_dialogues_with_another_text_or_none_are_rejected(self, raw: Path) -> None:
        content = dialogues.metadata()
        content["0"], content["1"] = content["1"], content["0"]
        del content["3"]
        (raw / "metadata.json").write_text(json.dumps(content))
        mismatch = dict.fromkeys("013", "dialogue_text_mismatch")
        assert rejected(raw) == {**mismatch, "2": None, "4": None}
        clip = clips_of(raw)["3_main"]
        assert (clip.speaker, clip.emotion_intended) == ("unknown", "other")

    @pytest.mark.parametrize("mix", ["equal", "mono", "silent"])
    def test_an_unclear_channel_is_rejected(self, raw: Path, mix: str) -> None:
        path = raw / "data_stereo/2.wav"
        samples = soundfile.read(path)[0]
        both = samples.sum(axis=1)
        other = {"equal": np.stack([both, both], 1), "mono": both, "silent": samples * 0}[mix]
        soundfile.write(path, other, RATE, subtype="PCM_16")
        assert rejected(raw)["2"] == "ambiguous_channel"

    def test_words_of_both_speakers_show_no_channel(self, raw: Path) -> None:
        spans = [(a / RATE, b / RATE) for a, b in dialogues.record("2", "1", 1).turns]
        assert turns.main_channel(raw / "data_stereo/2.wav", spans) is None

    def test_a_damaged_file_is_not_rejected_before_quality(self, raw: Path) -> None:
        path = raw / "data_stereo/2.wav"
        path.write_bytes(path.read_bytes()[:1000])
        assert rejected(raw)["2"] is None

    @pytest.mark.parametrize(
        ("file", "text", "message"),
        [
            ("data_stereo/2.json", "{}", "KeyError"),
            ("data_stereo/2.json", '{"alignments": [["a", [0]]]}', "ValueError"),
            ("data_stereo/2.json", "<html>", "JSONDecodeError"),
            ("data_stereo/2.json", '{"alignments": [["a", [0, 1], "SPEAKER_01"]]}',
             "expected words of SPEAKER_MAIN only"),
            *(
                ("metadata.json", text, "expected JSON of dialogues of utterances")
                for text in ("[1]", "3", '{"0": 3}', '{"0": {"0": 3}}', '{"0": {"a": {}}}', "{", "\xe9")
            ),
            ("metadata.json", json.dumps(dialogues.metadata()).replace("happiness", "joy"),
             "unknown emotion of dialogue 0, utterance 3 'joy'"),
        ],
    )  # fmt: skip
    def test_bad_json_is_refused_and_named(self, raw: Path, file: str, text: str, message: str) -> None:
        (raw / file).write_bytes(text.encode("latin-1"))
        with pytest.raises(UserError, match=rf"{Path(file).name}: .*{message}"):
            clips_of(raw)


class TestSeparate:
    def test_each_utterance(self, trees: Path) -> None:
        clips = {clip.name: clip for clip in dailytalk.clips(trees / "separate")}
        assert len(clips) == sum(map(len, SCRIPTS.values()))
        clip = clips["1_03"]  # the second turn of speaker 0 in a row
        assert (clip.speaker, clip.role, clip.turn, clip.dialogue) == ("0", "main", 3, "1")
        assert clip.transcript == "Can I do anything for you now?"
        assert clips["1_04"].emotion_intended == "sad"

    def test_a_name_with_another_speaker_is_refused(self, trees: Path, tmp_path: Path) -> None:
        root = shutil.copytree(trees / "separate", tmp_path / "copy")
        home = root / "dailytalk/data/1"
        (home / "3_0_d1.wav").rename(home / "3_1_d1.wav")
        with pytest.raises(UserError, match=r"expected speaker 0, as in metadata\.json, found speaker 1"):
            list(dailytalk.clips(root))


def test_turns_are_found_in_the_audio(raw: Path) -> None:
    """Compare the spans with the synthesised ones: main by its words exactly, partner by energy to 0.2 s."""
    catalog.run("dailytalk_contiguous")
    dialogue.run("dailytalk_contiguous")
    table = store.read(store.path("dialogue", "dailytalk_contiguous"), tables.Dialogue).set_index("clip_id")
    assert table.not_found.sum() == 0
    for name in SCRIPTS:
        spoken = dialogues.record(name, ALIGNED[name], CHANNEL[name]).turns
        for role, tolerance in (("main", 1), ("partner", 0.2 * RATE)):
            row = table.loc[f"dailytalk_contiguous_{name}_{role}"]
            expected = np.array([spoken[number] for number in row.turns])
            assert np.stack([row.starts, row.ends], axis=1) == pytest.approx(expected, abs=tolerance)
    found = json.loads(Path("metrics/dialogue/dailytalk_contiguous.json").read_text())
    assert (found["dialogues"], found["text_matched"], found["text_matched_share"]) == (5, 5, 1.0)
    labels = [label for script in SCRIPTS.values() for _, _, label in script]
    assert found["by_emotion"]["neutral"]["turns"] == labels.count("no emotion")
    assert found["by_emotion"]["happy"]["turns"] == labels.count("happiness")
    # espeak's own silence after an utterance adds to the gap
    assert dialogues.GAP_S - 0.1 < found["pause_total_s"]["median"] < dialogues.GAP_S + 0.5
    assert found["overlapping_share"] == 0.0


def test_turns_in_one_gap_are_separated_at_the_longest_pause() -> None:
    # the other channel has turns 0 and 3; turns 1 and 2 are between, with a breath inside turn 1
    found = turns.locate_turns([1, 2, 4], {0: (0, 10), 3: (60, 70)}, [(12, 20), (22, 30), (45, 55), (72, 80)])
    assert found == {1: (12, 30), 2: (45, 55), 4: (72, 80)}
    assert turns.locate_turns([1, 2], {0: (0, 10)}, [(12, 20)]) == {}


def test_the_strongest_label() -> None:
    assert turns.main_label(["no emotion", "anger", "fear", "fear"], [9, 3, 2, 2], "no emotion") == "fear"
    assert turns.main_label(["no emotion"], [1], "no emotion") == "no emotion"


class TestWindows:
    MINE = {0: (100, 200), 2: (400, 500), 4: (700, 800)}
    THEIRS = {1: (250, 350), 3: (520, 600), 5: (850, 900)}

    def test_cuts_are_in_the_pause_before_a_turn_of_the_model(self) -> None:
        parts = exchanges(self.MINE, self.THEIRS, (50, 950))
        assert [tuple(part) for part in parts] == [(50, 375, 0), (375, 650, 2), (650, 950, 4)]

    def test_overlap_is_not_cut(self) -> None:
        parts = exchanges(self.MINE, {**self.THEIRS, 3: (520, 720)}, (50, 950))
        assert [part.first for part in parts] == [0, 2]

    def test_a_last_turn_without_answer_is_not_cut_off(self) -> None:
        theirs = {1: (250, 350), 3: (520, 600)}
        assert [part.first for part in exchanges(self.MINE, theirs, (50, 950))] == [0, 2]

    @pytest.mark.parametrize(
        ("turns", "seconds", "first"),
        [
            (None, None, [0]),
            (4, None, [0, 4]),
            (2, None, [0, 2, 4]),
            (None, 6.0, [0, 4]),
            (None, 1.0, [0, 2, 4]),  # every exchange is longer: none is cut
        ],
    )
    def test_limits(self, turns: int | None, seconds: float | None, first: list[int]) -> None:
        limits = Limits(turns, seconds, 0.4)
        found = windows(self.MINE, self.THEIRS, (50, 950), rate=100, limits=limits)
        assert (found[0].start, found[-1].end) == (50, 950)
        assert all(a.end == b.start for a, b in pairwise(found))
        assert [window.first for window in found] == first

    def test_utterances_one_after_the_other(self) -> None:
        base = {"start": 0, "end": 48000, "dialogue": "7"}
        roles = {0: "main", 1: "partner", 2: "main", 4: "partner"}
        clips = decided(*({**base, "turn": k, "role": role, "clip_id": f"c{k}"} for k, role in roles.items()))
        rows = utterance_rows(clips, Limits(None, None, 0.5))
        columns = ("clip_id", "sample_id", "channel", "offset", "is_primary")
        # one second each at 24 kHz and half a second between; turn 3 was dropped, and turn 4 is alone
        assert [tuple(row[name] for name in columns) for row in rows] == [
            ("c0", "demo_7_t00", "left", 0, True),
            ("c1", "demo_7_t00", "right", 36000, False),
            ("c2", "demo_7_t00", "left", 72000, False),
            ("c4", "demo_7_t04", "left", 0, True),
        ]


def test_both_channels_have_one_segment() -> None:
    clips = decided(
        {"clip_id": "a", "path": "1.wav", "source_channel": 0, "start": 10, "end": 90, "status": "partner"},
        {"clip_id": "b", "path": "1.wav", "source_channel": 1, "start": 5, "end": 70, "status": "partner"},
        {"clip_id": "c", "path": "2.wav", "start": 7, "end": 8, "status": "partner"},
    )
    made = segment_frame(clips, clips, clips)
    assert made.start.tolist() == [5, 5, 7]
    assert made.end.tolist() == [90, 90, 8]
    clips.loc[1, ["start", "end"]] = None
    assert segment_frame(clips, clips, clips).start.isna().tolist() == [True, True, False]
