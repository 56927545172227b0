"""Speakers on one side only, decided by nothing but the seed and their own name."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages import split
from stages.core.errors import UserError

NAMES = st.lists(st.text("abcdefgh123", min_size=1, max_size=6), unique=True, min_size=1, max_size=40)


def clips_of(
    speakers: list[str], per_speaker: int = 4, emotions: tuple[str, ...] = ("happy", "sad")
) -> pd.DataFrame:
    rows = [
        {
            "speaker": s,
            "corpus": "x",
            "kept": True,
            "seconds": 2.0,
            "emotion_intended": emotions[i % len(emotions)],
        }
        for s in speakers
        for i in range(per_speaker)
    ]
    return pd.DataFrame(rows)


def settings(seed: int = 1, share: float = 0.15) -> split.Split:
    return split.Split(seed=seed, validation_share=share)


@given(old=NAMES, new=NAMES, seed=st.integers(0, 10**6))
def test_added_speakers_move_nobody(old: list[str], new: list[str], seed: int) -> None:
    before = split.assign(clips_of(old), settings(seed)).set_index("speaker").split
    after = split.assign(clips_of(sorted({*old, *new})), settings(seed)).set_index("speaker").split
    assert after[before.index].tolist() == before.tolist()


@given(speakers=NAMES, seed=st.integers(0, 10**6))
def test_order_of_clips_does_not_matter(speakers: list[str], seed: int) -> None:
    clips = clips_of(speakers)
    shuffled = clips.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(split.assign(clips, settings(seed)), split.assign(shuffled, settings(seed)))


def test_share_of_many_speakers_is_the_asked_one() -> None:
    # 10,000 draws of p = 0.15: three standard deviations are 0.0107
    made = split.assign(clips_of([f"s{i}" for i in range(10_000)], 1), settings())
    assert (made.split == "validation").mean() == pytest.approx(0.15, abs=0.0107)


def test_position_is_the_digest_of_seed_and_name() -> None:
    import hashlib

    digest = hashlib.sha256(b"7:ravdess_01").hexdigest()
    assert split.position("ravdess_01", 7) == pytest.approx(int(digest[:8], 16) / 16**8, abs=1e-9)


def test_dropped_clips_do_not_count() -> None:
    clips = clips_of(["a", "b"]).assign(kept=[True] * 4 + [False] * 4)
    made = split.assign(clips, settings()).set_index("speaker")
    assert made.clips.to_dict() == {"a": 4, "b": 0}
    assert made.seconds.to_dict() == {"a": 8.0, "b": 0.0}


def test_bad_shares_name_a_seed_that_works() -> None:
    clips = clips_of([f"s{i}" for i in range(30)], per_speaker=8)
    bad = next(seed for seed in range(100) if split.faults(clips, split.assign(clips, settings(seed))))
    with pytest.raises(UserError) as caught:
        split.check(clips, split.assign(clips, settings(bad)), settings(bad))
    text = str(caught.value)
    assert "expected 10% to 20%" in text
    named = int(text.partition("set split.seed: ")[2].partition(" ")[0])
    split.check(clips, split.assign(clips, settings(named)), settings(named))


def test_one_speaker_cannot_be_split() -> None:
    clips = clips_of(["only"], 100)
    with pytest.raises(UserError, match="no seed of the next 1,000 does: 1 speakers are too few"):
        split.check(clips, split.assign(clips, settings()), settings())


def test_every_emotion_must_be_on_both_sides() -> None:
    clips = clips_of([f"s{i}" for i in range(20)], 8)
    made = split.assign(clips, settings()).assign(split=["validation"] * 3 + ["train"] * 17)
    held = made[made.split == "validation"].speaker
    odd = clips.assign(emotion_intended=clips.emotion_intended.mask(clips.speaker.isin(held), "happy"))
    assert split.faults(odd, made) == ["no clip of sad in validation"]


def test_fewer_than_one_batch_of_validation_clips_is_refused() -> None:
    clips = clips_of([f"s{i}" for i in range(10)], 10)
    made = split.assign(clips, settings()).assign(split=["validation"] + ["train"] * 9)
    assert split.faults(clips, made) == ["10 validation clips, expected at least 16"]


def test_nothing_kept_points_to_the_screen() -> None:
    clips = clips_of(["a"]).assign(kept=False)
    with pytest.raises(UserError, match=r"screen dropped all 4 clips; see metrics/screen.json"):
        split.check(clips, split.assign(clips, settings()), settings())


def test_leakage_by_sentence_is_counted_by_words_not_by_spelling() -> None:
    rows = [
        ("x", "Kids are talking by the door", "train"), ("y", "Don\u2019t go!", "train"),
        ("x", "kids are talking, by the door.", "validation"),
        ("x", "KIDS are talking by the door", "validation"),
        ("x", "Dogs are sitting by the door", "validation"), ("y", "Don't go", "validation"),
        ("y", "", "validation"),
    ]  # fmt: skip
    found = split.sentences(pd.DataFrame(rows, columns=["corpus", "transcript", "split"]))
    assert found["all"] == {
        "validation_sentences": 3, "in_training": 2, "share_of_sentences": 0.6667, "share_of_clips": 0.75,
    }  # fmt: skip
    assert found["by_corpus"]["x"]["share_of_sentences"] == 0.5
    assert found["by_corpus"]["x"]["share_of_clips"] == 0.6667
    assert found["by_corpus"]["y"]["validation_sentences"] == 1


def test_a_sentence_trained_in_another_corpus_leaks_too() -> None:
    rows = [("x", "a b", "train"), ("y", "A, b.", "validation"), ("y", "\u4f60\u597d\u3002", "validation")]
    found = split.sentences(pd.DataFrame(rows, columns=["corpus", "transcript", "split"]))
    assert found["by_corpus"]["y"]["share_of_sentences"] == 0.5
