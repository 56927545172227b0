"""The correction of boundaries: arithmetic of the trees, order of the words, and what they gain."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.alignment import boundary_correction
from stages.alignment.boundary_correction import PAUSE, Boundary, Correction, Trees
from tests import makers

RATE = boundary_correction.RATE
PHONES = sorted(set(boundary_correction.CLASS_OF) - {PAUSE})


def flat(**arrays: Any) -> Trees:
    floats = ("threshold", "value")
    made = {k: np.array(v, np.float32 if k in floats else int) for k, v in arrays.items()}
    return Trees(base=1.0, **made)


def test_trees_are_walked_to_their_leaves_and_summed() -> None:
    # x0 <= 0.5 ? (x1 <= 2 ? 10 : 20) : 30, and a tree that is one leaf of 100
    trees = flat(
        roots=[0, 5], feature=[0, 1, -1, -1, -1, -1], threshold=[0.5, 2, 0, 0, 0, 0],
        left=[1, 2, 0, 0, 0, 0], right=[4, 3, 0, 0, 0, 0], value=[0, 0, 10, 20, 30, 100],
    )  # fmt: skip
    asked = np.array([[0.5, 2], [0.5, 3], [0.6, 2]], np.float32)
    assert trees.predict(asked).tolist() == [111, 121, 131]


def test_a_tone_stands_in_its_band_and_its_level_does_not_matter() -> None:
    tone = makers.tone(0.5, RATE, hz=1000.0)
    db = boundary_correction.bands(tone)
    assert db.shape == (len(tone) // 80 + 1, boundary_correction.BANDS)
    edges = 700 * (
        10 ** (np.linspace(90.9, 2787.8, 21) / 2595) - 1
    )  # 60 to 7600 Hz, O'Shaughnessy's mel scale
    assert edges[db[50].argmax()] < 1000 < edges[db[50].argmax() + 1]
    assert boundary_correction.bands(tone * np.float32(0.01)) == pytest.approx(db, abs=0.01)


def test_silence_has_finite_features() -> None:
    assert np.isfinite(boundary_correction.bands(np.zeros(RATE, np.float32))).all()


SPANS = np.array([[100.0, 300.0], [300.0, 500.0], [600.0, 800.0]])
SOUNDS = [("K", "IY"), ("S", "T"), ("M", "AA")]


def test_words_that_touch_see_each_others_sounds() -> None:
    starts, ends = boundary_correction.edges(SPANS, SOUNDS)
    assert starts == [Boundary(100.0, PAUSE, "K"), Boundary(300.0, "IY", "S"), Boundary(600.0, PAUSE, "M")]
    assert ends == [Boundary(300.0, "IY", "S"), Boundary(500.0, "T", PAUSE), Boundary(800.0, "AA", PAUSE)]


@pytest.mark.parametrize(
    ("starts_ms", "ends_ms", "expected"),
    [
        # the trees are asked in two rounds
        (5, -4, [[110, 301], [301, 492], [610, 792]]),  # 18 ms between the answers: one boundary
        (5, -5, [[110, 290], [310, 490], [610, 790]]),  # 20 ms: two
        (-5, 5, [[90, 300], [300, 510], [590, 810]]),  # they overlap: one
    ],
)
def test_words_that_touch_share_one_boundary_or_have_a_gap(
    starts_ms: float, ends_ms: float, expected: list[list[float]]
) -> None:
    leaf = {"roots": [0], "feature": [-1], "threshold": [0], "left": [0], "right": [0]}
    learnt = Correction(flat(**leaf, value=[starts_ms - 1]), flat(**leaf, value=[ends_ms - 1]))
    noise = np.random.default_rng(0).normal(0, 1000, RATE).astype(np.float32)
    assert boundary_correction.refined(noise, SPANS, SOUNDS, learnt) == pytest.approx(np.array(expected))


@given(st.lists(st.floats(-100, 1100), min_size=2, max_size=40), st.floats(30, 1000))
def test_words_stay_in_order_and_inside(edges: list[float], length_ms: float) -> None:
    spans = np.array(edges[: len(edges) // 2 * 2]).reshape(-1, 2)
    found = boundary_correction.in_order(spans, length_ms)
    shortest = min(boundary_correction.SHORTEST_MS, length_ms / len(spans) / 2)
    assert (found[:, 1] - found[:, 0] >= shortest - 1e-6).all()
    assert (found[1:, 0] >= found[:-1, 1]).all()
    assert found.min() >= 0
    assert found.max() <= length_ms + 1e-6
    assert boundary_correction.in_order(found, length_ms) == pytest.approx(found)


def test_good_spans_are_left_alone() -> None:
    spans = np.array([[10.0, 90.0], [90.0, 110.0]])
    assert boundary_correction.in_order(spans, 120.0).tolist() == spans.tolist()


@pytest.mark.parametrize("phone", PHONES)
def test_every_sound_of_the_dictionary_has_a_class(phone: str) -> None:
    assert boundary_correction.CLASS_OF[phone] > 0


@pytest.mark.parametrize("side", Correction._fields)
def test_the_shipped_trees_are_sound(side: str) -> None:
    trees: Trees = getattr(boundary_correction.learnt(), side)
    inner = trees.feature >= 0
    size = boundary_correction.features(
        np.zeros((9, boundary_correction.BANDS)), [Boundary(0, PAUSE, "K")], np.zeros(1)
    )
    assert trees.feature.max() < size.shape[1]
    # children stand after their parents: a walk ends
    assert (trees.left[inner] > np.flatnonzero(inner)).all()
    assert (trees.right[inner] > np.flatnonzero(inner)).all()


def test_the_first_and_the_last_word_do_not_reach_into_silence() -> None:
    draw = np.random.default_rng(0)
    samples = draw.normal(0, 10, RATE)
    samples[4000:12000] += draw.normal(0, 1000, 8000)  # 250 to 750 ms
    spans = np.array([[100.0, 400.0], [400.0, 600.0], [600.0, 990.0]])
    inside = boundary_correction.inside_speech(samples.astype(np.float32), spans)
    assert inside == pytest.approx(np.array([[250.0, 400.0], [400.0, 600.0], [600.0, 750.0]]), abs=10)
    narrow = np.array([[300.0, 700.0]])  # never widened
    assert boundary_correction.inside_speech(samples.astype(np.float32), narrow).tolist() == narrow.tolist()
    early = np.array([[100.0, 150.0], [150.0, 700.0]])  # all of it in the silence: 20 ms are left
    assert boundary_correction.inside_speech(samples.astype(np.float32), early)[0].tolist() == [130.0, 150.0]
    assert boundary_correction.inside_speech(np.zeros(RATE, np.float32), spans).tolist() == spans.tolist()
