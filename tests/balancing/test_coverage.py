"""Minutes per emotion against the minimum, and the corpora that would add more."""

from typing import Any

import pandas as pd

from stages.balancing import coverage
from stages.core import tables


def covered(min_minutes: float, corpora: tuple[str, ...] = ("demo",), **change: object) -> dict[str, Any]:
    """Cover ten minutes of happy and ten of sad, half perceived as intended and half as the other emotion."""
    made = pd.DataFrame(
        {
            "emotion": ["happy"] * 20 + ["sad"] * 20, "perceived": (["happy"] * 10 + ["sad"] * 10) * 2,
            "seconds": 30.0, "chosen": True, "copies": 0, "split": "train",
        }
    )  # fmt: skip
    return coverage.coverage(made.assign(**change), min_minutes, list(corpora))


def test_minutes_by_hand() -> None:
    found = covered(12, ("crema_d",), copies=[1] * 20 + [0] * 20)
    assert not found["met"]
    assert found["minutes_by_emotion"]["happy"] == {
        "kept": 10, "recorded": 10, "augmented": 10, "total": 20, "missing": 0, "verified": 5,
        "contradicted": 5, "unverified": 0,
    }  # fmt: skip
    assert found["minutes_by_emotion"]["sad"]["missing"] == 2
    assert found["messages"]["sad"] == (
        "sad: 10 of 12 minutes (10 recorded, 0 augmented; 5 confirmed by listeners), 2 missing; 10 are in "
        "the kept clips; add esd (174 minutes) or ravdess (11.8 minutes) or msp_podcast"
    )
    assert found["messages"]["happy"] == (
        "happy: 20 of 12 minutes, but 5 confirmed by listeners; add esd (157 minutes) or ravdess "
        "(11.6 minutes) or msp_podcast, or accept intended labels"
    )


def test_enough_confirmed_audio_has_no_message() -> None:
    found = covered(5)
    assert found["met"]
    assert found["messages"] == {"happy": "", "sad": ""}


def test_validation_does_not_count_and_excluded_clips_are_mentioned() -> None:
    found = covered(5, split=["train"] * 20 + ["validation"] * 20)
    assert found["minutes_by_emotion"]["sad"]["total"] == 0
    message = covered(8, chosen=[True, False] * 20)["messages"]["happy"]
    assert "10 are in the kept clips; equal minutes or a cap exclude" in message


def test_labels_without_votes_are_neither_confirmed_nor_contradicted() -> None:
    facts = covered(5, perceived=None)["minutes_by_emotion"]["happy"]
    assert (facts["verified"], facts["contradicted"], facts["unverified"]) == (0, 0, 10)


def test_own_recordings_are_proposed_if_no_corpus_has_more() -> None:
    assert coverage.proposals("calm", ["ravdess"]) == "no known corpus has more: add recordings of your own"


def test_known_corpora_have_canonical_emotions() -> None:
    found = {emotion for minutes in coverage.MINUTES.values() for emotion in minutes}
    assert found <= set(tables.EMOTIONS)
