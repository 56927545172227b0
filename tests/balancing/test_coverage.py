"""Minutes per emotion against the minimum, and the corpora that would add more."""

import pandas as pd

from stages.balancing import coverage
from stages.core import tables


def clips(**change: object) -> pd.DataFrame:
    """Ten minutes of happy and ten of sad, half heard as intended and half as another emotion."""
    made = pd.DataFrame(
        {
            "emotion": ["happy"] * 20 + ["sad"] * 20, "perceived": (["happy"] * 10 + ["sad"] * 10) * 2,
            "seconds": 30.0, "chosen": True, "copies": 0, "split": "train",
        }
    )  # fmt: skip
    return made.assign(**change)


def test_minutes_by_hand() -> None:
    found = coverage.coverage(clips(copies=[1] * 20 + [0] * 20), 12, ["crema_d"])
    assert not found["met"]
    happy, sad = found["minutes_by_emotion"]["happy"], found["minutes_by_emotion"]["sad"]
    assert happy == {
        "kept": 10, "recorded": 10, "augmented": 10, "total": 20, "missing": 0, "verified": 5,
        "contradicted": 5, "unverified": 0,
    }  # fmt: skip
    assert sad["missing"] == 2
    assert found["messages"]["sad"] == (
        "sad: 10 of 12 minutes (10 recorded, 0 augmented; 5 confirmed by listeners), 2 missing; 10 are in "
        "the kept clips; add esd (174 minutes) or ravdess (11.8 minutes) or msp_podcast"
    )
    assert found["messages"]["happy"].startswith(
        "happy: 20 of 12 minutes, but 5 confirmed by listeners; add esd"
    )
    assert found["messages"]["happy"].endswith("or accept intended labels")


def test_enough_confirmed_audio_says_nothing() -> None:
    found = coverage.coverage(clips(), 5, ["demo"])
    assert found["met"]
    assert found["messages"] == {"happy": "", "sad": ""}


def test_validation_does_not_count_and_cut_clips_are_mentioned() -> None:
    found = coverage.coverage(clips(split=["train"] * 20 + ["validation"] * 20), 5, ["demo"])
    assert found["minutes_by_emotion"]["sad"]["total"] == 0
    held = coverage.coverage(clips(chosen=[True, False] * 20), 8, ["demo"])["messages"]["happy"]
    assert "10 are in the kept clips; equal minutes or a cap exclude" in held


def test_unasked_labels_are_neither_confirmed_nor_contradicted() -> None:
    facts = coverage.coverage(clips(perceived=None), 5, ["demo"])["minutes_by_emotion"]["happy"]
    assert (facts["verified"], facts["contradicted"], facts["unverified"]) == (0, 0, 10)


def test_last_resort_is_named() -> None:
    assert coverage.proposals("calm", ["ravdess"]) == ("no known corpus has more: add recordings of your own")


def test_known_minutes_speak_of_known_emotions() -> None:
    assert {emotion for minutes in coverage.BRINGS.values() for emotion in minutes} <= set(tables.EMOTIONS)
