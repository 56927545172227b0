"""Each speaker is in one split, and nothing but the seed and the speaker's group decides on it."""

import hashlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.balancing import speaker_split
from stages.balancing.speaker_split import SplitParams
from stages.core.errors import UserError

NAMES = st.lists(st.text("abcdefgh123", min_size=1, max_size=6), unique=True, min_size=1, max_size=40)


def clips_of(speakers: list[str], per_speaker: int = 4) -> pd.DataFrame:
    """Clips of two seconds, in turn happy and sad."""
    rows = [(name, ("happy", "sad")[i % 2]) for name in speakers for i in range(per_speaker)]
    clips = pd.DataFrame(rows, columns=["speaker", "emotion_intended"])
    return clips.assign(split_group=clips.speaker, corpus="x", kept=True, seconds=2.0)


def settings(seed: int = 1) -> SplitParams:
    return SplitParams(seed=seed, validation_share=0.15)


def check(clips: pd.DataFrame, seed: int = 1) -> None:
    speaker_split.check(clips, speaker_split.assign(clips, settings(seed)), settings(seed))


@given(old=NAMES, new=NAMES, seed=st.integers(0, 10**6))
def test_added_speakers_do_not_move_others(old: list[str], new: list[str], seed: int) -> None:
    before, after = (
        speaker_split.assign(clips_of(names), settings(seed)).set_index("speaker").split
        for names in (old, sorted({*old, *new}))
    )
    assert after[before.index].tolist() == before.tolist()


@given(speakers=NAMES, seed=st.integers(0, 10**6))
def test_order_of_clips_does_not_matter(speakers: list[str], seed: int) -> None:
    clips = clips_of(speakers)
    made, mixed = (
        speaker_split.assign(rows, settings(seed)) for rows in (clips, clips.sample(frac=1, random_state=0))
    )
    pd.testing.assert_frame_equal(made, mixed)


def test_share_of_many_speakers_is_the_configured_one() -> None:
    # 10,000 draws of p = 0.15: three standard deviations are 0.0107
    made = speaker_split.assign(clips_of([f"s{i}" for i in range(10_000)], 1), settings())
    assert (made.split == "validation").mean() == pytest.approx(0.15, abs=0.0107)


def test_position_is_the_digest_of_seed_and_name() -> None:
    digest = hashlib.sha256(b"7:ravdess_01").hexdigest()
    assert speaker_split.position("ravdess_01", 7) == pytest.approx(int(digest[:8], 16) / 16**8, abs=1e-9)


def test_dropped_clips_do_not_count() -> None:
    clips = clips_of(["a", "b"]).assign(kept=[True] * 4 + [False] * 4)
    made = speaker_split.assign(clips, settings()).set_index("speaker")
    assert made.clips.to_dict() == {"a": 4, "b": 0}
    assert made.seconds.to_dict() == {"a": 8.0, "b": 0.0}


def test_the_error_of_a_bad_share_names_a_seed_that_works() -> None:
    clips = clips_of([f"s{i}" for i in range(30)], per_speaker=8)
    made = (speaker_split.assign(clips, settings(seed)) for seed in range(100))
    bad = next(seed for seed, speakers in enumerate(made) if speaker_split.faults(clips, speakers))
    with pytest.raises(UserError, match=r"expected 10% to 20%") as caught:
        check(clips, bad)
    check(clips, int(str(caught.value).partition("Set split.seed: ")[2].partition(" ")[0]))


@pytest.mark.parametrize(
    ("speakers", "groups", "message"),
    [
        (["only"], ["only"], "None of the next 1,000 seeds gives .*: 1 speakers are too few"),
        (["a", "b"], ["x", "x"], "2 speakers in 1 groups that cannot be separated are too few"),
    ],
)
def test_one_group_cannot_be_split(speakers: list[str], groups: list[str], message: str) -> None:
    clips = clips_of(speakers, 100)
    with pytest.raises(UserError, match=message):
        check(clips.assign(split_group=clips.speaker.map(dict(zip(speakers, groups, strict=True)))))


def test_every_emotion_must_be_in_both_splits() -> None:
    clips = clips_of([f"s{i:02}" for i in range(20)], 8)
    made = speaker_split.assign(clips, settings()).assign(split=["validation"] * 3 + ["train"] * 17)
    clips.loc[clips.speaker <= "s02", "emotion_intended"] = "happy"
    assert speaker_split.faults(clips, made) == ["no clip of sad in validation"]


def test_fewer_than_one_batch_of_validation_clips_is_refused() -> None:
    clips = clips_of([f"s{i}" for i in range(10)], 10)
    made = speaker_split.assign(clips, settings()).assign(split=["validation"] + ["train"] * 9)
    assert speaker_split.faults(clips, made) == ["10 validation clips, expected at least 16"]


def test_a_split_without_kept_clips_is_an_error() -> None:
    with pytest.raises(UserError, match=r"screen dropped all 4 clips; see metrics/screen.json"):
        check(clips_of(["a"]).assign(kept=False))


def test_sentences_are_compared_by_words_and_with_training_of_all_corpora() -> None:
    rows = [
        ("x", "Kids are talking by the door", "train"), ("y", "Don\u2019t go!", "train"),
        ("x", "kids are talking, by the door.", "validation"),
        ("x", "KIDS are talking by the door", "validation"),
        ("x", "Dogs are sitting by the door", "validation"), ("y", "Don't go", "validation"),
        ("y", "", "validation"), ("z", "don't go", "validation"), ("z", "\u4f60\u597d\u3002", "validation"),
    ]  # fmt: skip
    found = speaker_split.sentence_overlap(pd.DataFrame(rows, columns=["corpus", "transcript", "split"]))
    table = pd.DataFrame({"all": found["all"], **found["by_corpus"]}).T
    assert table.columns.tolist() == [
        "validation_sentences", "in_training", "share_of_sentences", "share_of_clips",
    ]  # fmt: skip
    assert table.to_numpy().tolist() == [
        [4, 2, 0.5, 0.6667], [2, 1, 0.5, 0.6667], [1, 1, 1, 1], [2, 1, 0.5, 0.5],
    ]  # fmt: skip
