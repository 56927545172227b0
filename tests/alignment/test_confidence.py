"""Confidence rises with score and margin; competing transcripts are other sentences of similar length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.alignment import confidence
from stages.alignment.confidence import competing_transcripts, score_margin

SCORES = st.floats(-100, 0)
MARGINS = st.floats(-100, 100)


EVEN_SCORE, EVEN_MARGIN = confidence.EVEN_SCORE, confidence.EVEN_MARGIN


@pytest.mark.parametrize(
    ("score", "margin", "expected"),
    [
        (EVEN_SCORE, None, 0.5),
        (-1.0, EVEN_MARGIN, 0.5),  # a high score, but another sentence fits as well
        (EVEN_SCORE, 5.0, 0.5),  # a low score, but other sentences fit worse
        (EVEN_SCORE + 0.5, None, 0.7311),  # logistic function of 1
        (confidence.CLEAR_SCORE, None, 0.9933),  # of 5
        (-1.0, -0.5, 0.2689),
        (-1000.0, None, 0.0),
    ],
)
def test_the_weaker_evidence_counts(score: float, margin: float | None, expected: float) -> None:
    assert confidence.confidence(score, margin) == pytest.approx(expected, abs=1e-4)


@given(SCORES, SCORES, MARGINS, MARGINS)
def test_never_falls_as_score_or_margin_rise(a: float, b: float, c: float, d: float) -> None:
    low, high = confidence.confidence(min(a, b), min(c, d)), confidence.confidence(max(a, b), max(c, d))
    assert 0 <= low <= high <= 1
    assert confidence.confidence(a, c) <= confidence.confidence(a, None)


def test_competing_transcripts_are_of_the_corpus_and_similar_in_length() -> None:
    others = ["One two three.", "one, TWO three", "a b c d", "a b c", "a b c d e f g h"]
    assert sorted(competing_transcripts("One two three!", "en", others)) == ["a b c", "a b c d"]


def test_reserve_sentences_are_for_english_only() -> None:
    reserve = confidence.RESERVE
    found = competing_transcripts("Hello.", "en", ["hello"])
    assert found == competing_transcripts("Hello.", "en-GB", ["Hello."])
    assert found == competing_transcripts("Hello.", "en", [])
    assert set(found) <= set(reserve)
    assert competing_transcripts("Hallo.", "de", ["Hallo."]) == []
    assert reserve[0] not in competing_transcripts(reserve[0].upper(), "en", [])


@given(st.lists(st.text("ab ", min_size=1, max_size=9), max_size=9), st.text("ab ", max_size=9))
def test_order_and_repetition_of_the_corpus_do_not_matter(others: list[str], own: str) -> None:
    found = competing_transcripts(own, "en", others)
    assert found == competing_transcripts(own, "en", [*reversed(others), *others])
    assert len(found) == confidence.COMPETING_TRANSCRIPTS == len(set(found))
    assert all(text.split() != own.split() for text in found)


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
def test_competing_transcripts_are_aligned_only_if_the_score_is_not_clear(
    score: float | None, competing: list[float | None], margin: float | None, read: int
) -> None:
    rest = iter(competing)
    assert score_margin(score, rest) == margin
    assert len(list(rest)) == len(competing) - read
