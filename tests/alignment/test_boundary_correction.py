"""The correction of boundaries: arithmetic of the trees, shared boundaries, and order of the words."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.alignment import boundary_correction
from stages.alignment.boundary_correction import CLASS_OF, PAUSE, Correction, Trees
from stages.text import syllables
from tests import makers

RATE = boundary_correction.RATE


def flat(**arrays: Any) -> Trees:
    floats = ("threshold", "value")
    return Trees(1.0, **{k: np.array(v, np.float32 if k in floats else int) for k, v in arrays.items()})


def test_the_leaves_of_all_trees_are_summed() -> None:
    # x0 <= 0.5 ? (x1 <= 2 ? 10 : 20) : 30, and a tree that is one leaf of 100
    trees = flat(
        roots=[0, 5], feature=[0, 1, -1, -1, -1, -1], threshold=[0.5, 2, 0, 0, 0, 0],
        left=[1, 2, 0, 0, 0, 0], right=[4, 3, 0, 0, 0, 0], value=[0, 0, 10, 20, 30, 100],
    )  # fmt: skip
    features = np.array([[0.5, 2], [0.5, 3], [0.6, 2]], np.float32)
    assert trees.predict(features).tolist() == [111, 121, 131]


def test_a_tone_is_in_its_band_and_its_level_has_no_effect() -> None:
    tone = makers.tone(0.5, RATE, hz=1000.0)
    db = boundary_correction.bands(tone)
    assert db.shape == (len(tone) // 80 + 1, boundary_correction.BANDS)
    mel = np.linspace(90.9, 2787.8, 21)  # 60 to 7600 Hz on O'Shaughnessy's scale
    edges = 700 * (10 ** (mel / 2595) - 1)
    assert edges[db[50].argmax()] < 1000 < edges[db[50].argmax() + 1]
    assert boundary_correction.bands(tone * np.float32(0.01)) == pytest.approx(db, abs=0.01)


SPANS = np.array([[100.0, 300.0], [300.0, 500.0], [600.0, 800.0]])
SOUNDS = [("K", "IY"), ("S", "T"), ("M", "AA")]


def test_boundaries_of_words_that_touch_have_the_sounds_of_both() -> None:
    k, iy, s, t, m, aa = (CLASS_OF[phone] for phone in ("K", "IY", "S", "T", "M", "AA"))
    starts, ends = boundary_correction.edges(SPANS, SOUNDS)
    assert starts.tolist() == [[100, PAUSE, k], [300, iy, s], [600, PAUSE, m]]
    assert ends.tolist() == [[300, iy, s], [500, t, PAUSE], [800, aa, PAUSE]]


@pytest.mark.parametrize(
    ("starts_ms", "ends_ms", "expected"),
    [
        # a correction is the sum of two rounds
        (5, -4, [[110, 301], [301, 492], [610, 792]]),
        (5, -5, [[110, 290], [310, 490], [610, 790]]),
        (-5, 5, [[90, 300], [300, 510], [590, 810]]),
    ],
    ids=["gap of 18 ms", "gap of 20 ms", "overlap"],
)
def test_words_that_touch_share_one_boundary_or_have_a_gap(
    starts_ms: float, ends_ms: float, expected: list[list[float]]
) -> None:
    leaf = {"roots": [0], "feature": [-1], "threshold": [0], "left": [0], "right": [0]}
    learnt = Correction(flat(**leaf, value=[starts_ms - 1]), flat(**leaf, value=[ends_ms - 1]))
    noise = np.random.default_rng(0).normal(0, 1000, RATE).astype(np.float32)
    assert boundary_correction.correct(noise, SPANS, SOUNDS, learnt) == pytest.approx(np.array(expected))


@given(st.lists(st.floats(-100, 1100), min_size=2, max_size=40), st.floats(30, 1000))
def test_words_stay_in_order_and_inside_the_clip(edges: list[float], length_ms: float) -> None:
    spans = np.array(edges[: len(edges) // 2 * 2]).reshape(-1, 2)
    found = boundary_correction.enforce_order(spans, length_ms)
    minimum = min(boundary_correction.MIN_WORD_MS, length_ms / len(spans) / 2)
    assert (found[:, 1] - found[:, 0] >= minimum - 1e-6).all()
    assert (found[1:, 0] >= found[:-1, 1]).all()
    assert found.min() >= 0
    assert found.max() <= length_ms + 1e-6
    assert boundary_correction.enforce_order(found, length_ms) == pytest.approx(found)


def test_spans_in_order_do_not_change() -> None:
    spans = np.array([[10.0, 90.0], [90.0, 110.0]])
    assert boundary_correction.enforce_order(spans, 120.0).tolist() == spans.tolist()


def test_every_sound_of_the_dictionary_has_a_class() -> None:
    phones = {phone for entry in syllables.dictionary().values() for phone in entry.split()}
    assert all(CLASS_OF[phone] > PAUSE for phone in phones)


@pytest.mark.parametrize("trees", boundary_correction.load_correction(), ids=Correction._fields)
def test_the_shipped_trees_are_valid(trees: Trees) -> None:
    inner = trees.feature >= 0
    levels = np.zeros((9, boundary_correction.BANDS))
    features = boundary_correction.features(levels, np.zeros((1, 3)), np.zeros(1))
    assert trees.feature.max() < features.shape[1]
    # children are after their parents, so every path ends
    assert (trees.left[inner] > np.flatnonzero(inner)).all()
    assert (trees.right[inner] > np.flatnonzero(inner)).all()


@pytest.mark.parametrize(
    ("spans", "expected", "tolerance_ms"),
    [
        ([[100.0, 400.0], [400.0, 600.0], [600.0, 990.0]], [[250, 400], [400, 600], [600, 750]], 10),
        ([[300.0, 700.0]], [[300, 700]], 0),
        ([[100.0, 150.0], [150.0, 700.0]], [[130, 150], [150, 700]], 0),
    ],
    ids=["shortened to speech", "not extended", "20 ms remain of a word in silence"],
)
def test_the_first_and_the_last_word_do_not_reach_into_silence(
    spans: list[list[float]], expected: list[list[float]], tolerance_ms: float
) -> None:
    draw = np.random.default_rng(0)
    samples = draw.normal(0, 10, RATE)
    samples[4000:12000] += draw.normal(0, 1000, 8000)  # 250 to 750 ms
    found = boundary_correction.limit_to_speech(samples.astype(np.float32), np.array(spans))
    assert found == pytest.approx(np.array(expected), abs=tolerance_ms)


def test_silence_has_finite_levels_and_does_not_change_words() -> None:
    silence = np.zeros(RATE, np.float32)
    assert np.isfinite(boundary_correction.bands(silence)).all()
    assert (boundary_correction.limit_to_speech(silence, SPANS) == SPANS).all()
