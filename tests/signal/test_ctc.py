"""The best path of a CTC network against all paths, and words from its spikes by hand."""

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.signal import ctc

BLANK = 0


def collapsed(path: tuple[int, ...]) -> list[int]:
    """The tokens of a path by the definition of CTC: repetitions merge, then blanks are removed."""
    return [token for token, _ in groupby(path) if token != BLANK]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 2), min_size=1, max_size=3), st.integers(0, 3))
def test_no_path_of_the_tokens_is_more_probable(seed: int, tokens: list[int], spare: int) -> None:
    frames = ctc.min_frames(tokens) + spare
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(3), frames)
    logs = np.log(probabilities)
    paths = [path for path in product(range(3), repeat=frames) if collapsed(path) == tokens]
    best = max(paths, key=lambda path: logs[np.arange(frames), path].sum())
    found = ctc.best_path(logs, tokens, BLANK)
    runs = [(token, list(run)) for token, run in groupby(enumerate(best), key=lambda pair: pair[1])]
    spans = [(run[0][0], run[-1][0]) for token, run in runs if token != BLANK]
    assert list(zip(found.first, found.last, strict=True)) == spans
    means = [logs[a : b + 1, token].mean() for (a, b), token in zip(spans, tokens, strict=True)]
    assert found.scores == pytest.approx(means)


def test_equal_neighbours_need_a_blank() -> None:
    assert ctc.min_frames([1, 1, 2]) == 4
    sure = np.log(np.array([[0.02, 0.96, 0.02]] * 3))
    assert ctc.best_path(sure, [1, 1], BLANK).last.tolist() == [0, 2]
    with pytest.raises(ValueError, match="2 tokens need 3 frames, found 2"):
        ctc.best_path(sure[:2], [1, 1], BLANK)


def test_words_extend_to_pauses_and_to_the_quietest_frame() -> None:
    #                  0    1    2    3    4    5    6    7    8    9   10   11
    db = np.array([-60, -20, -10, -10, -30, -12, -15, -60, -60, -18, -10, -60.0])
    spans = np.array([[2, 3], [5, 6], [10, 11]])
    assert ctc.extend(spans, db > -40, db).tolist() == [[1, 4], [4, 7], [9, 11]]
    db = np.full(4, -10.0)  # no frame between two words
    assert ctc.extend(np.array([[1, 2], [2, 3]]), db > -40, db).tolist() == [[0, 2], [2, 4]]


@given(st.integers(0, 10**6), st.integers(1, 5))
def test_extended_words_contain_their_spikes_in_order(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    edges = np.sort(generator.choice(np.arange(40), 2 * n, replace=False)).reshape(n, 2)
    db = generator.normal(-30, 10, 40)
    wide = ctc.extend(edges, db > -35, db)
    assert (wide[:, 0] <= edges[:, 0]).all()
    assert (wide[:, 1] >= edges[:, 1]).all()
    assert (np.diff([0, *wide.ravel(), 40]) >= 0).all()
