"""Confidence grows with score and margin; competing transcripts are other sentences of like length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.alignment.confidence import (
    CLEAR_SCORE,
    COMPETING_TRANSCRIPTS,
    EVEN_MARGIN,
    EVEN_SCORE,
    RESERVE,
    competing_transcripts,
    confidence,
    score_margin,
)

SCORES = st.floats(-100, 0)
MARGINS = st.floats(-100, 100)


@pytest.mark.parametrize(
    ("score", "margin", "expected"),
    [
        (EVEN_SCORE, None, 0.5),
        (-1.0, EVEN_MARGIN, 0.5),  # a fine score, but another sentence fits as well
        (EVEN_SCORE, 5.0, 0.5),  # the best of bad ones
        (EVEN_SCORE + 0.5, None, 0.7311),  # logistic function of 1
        (-1.0, -0.5, 0.2689),
        (-1000.0, None, 0.0),
    ],
)
def test_the_weaker_evidence_counts(score: float, margin: float | None, expected: float) -> None:
    assert confidence(score, margin) == pytest.approx(expected, abs=1e-4)


@given(SCORES, SCORES, MARGINS, MARGINS)
def test_never_falls_as_score_or_margin_rise(a: float, b: float, c: float, d: float) -> None:
    assert 0 <= confidence(min(a, b), min(c, d)) <= confidence(max(a, b), max(c, d)) <= 1
    assert confidence(a, c) <= confidence(a, None)


def test_a_clear_score_is_confident_without_competing_transcripts() -> None:
    assert confidence(CLEAR_SCORE, None) > 0.98


def test_competing_transcripts_are_of_the_corpus_and_near_in_length() -> None:
    others = ["One two three.", "one, TWO three", "a b c d", "a b c", "a b c d e f g h"]
    assert sorted(competing_transcripts("One two three!", "en", others)) == ["a b c", "a b c d"]


def test_reserve_fills_up_in_english_only() -> None:
    assert competing_transcripts("Hello.", "en-GB", ["Hello."]) == sorted(
        competing_transcripts("Hello.", "en", []), key=competing_transcripts("Hello.", "en", []).index
    )
    assert set(competing_transcripts("Hello.", "en", ["hello"])) <= set(RESERVE)
    assert competing_transcripts("Hallo.", "de", ["Hallo."]) == []
    assert RESERVE[0] not in competing_transcripts(RESERVE[0].upper(), "en", [])


@given(st.lists(st.text("ab ", min_size=1, max_size=9), max_size=9), st.text("ab ", max_size=9))
def test_order_and_repetition_of_the_corpus_do_not_matter(others: list[str], said: str) -> None:
    found = competing_transcripts(said, "en", others)
    assert found == competing_transcripts(said, "en", [*reversed(others), *others])
    assert len(found) == COMPETING_TRANSCRIPTS == len(set(found))
    assert all(text.split() != said.split() for text in found)


@pytest.mark.parametrize(
    ("score", "competing", "margin", "read"),
    [
        (-2.5, [-4.0], None, 0),
        (-3.0, [-4.0, -6.0], 1.0, 2),
        (-5.0, [-6.0, None], 1.0, 2),
        (-3.0, [None], None, 1),
        (None, [-4.0], None, 0),
    ],
)
def test_competing_transcripts_are_aligned_only_if_the_score_leaves_doubt(
    score: float | None, competing: list[float | None], margin: float | None, read: int
) -> None:
    rest = iter(competing)
    assert score_margin(score, rest) == margin
    assert len(list(rest)) == len(competing) - read
