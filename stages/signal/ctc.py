"""Forced alignment on the output of a CTC network: the best path of known tokens through its frames.

Graves et al., "Connectionist Temporal Classification", ICML 2006; the search is Viterbi's over the tokens
with blanks between them (Kürzinger et al., "CTC-Segmentation of Large Corpora", 2020, without its free ends).
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LOW = -1e30


class Path(NamedTuple):
    """Where each token stands.

    Attributes:
        first: frame of each token, shape (n,).
        last: likewise, inclusive.
        scores: mean log-probability of each token over its frames, shape (n,); at most 0.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    scores: NDArray[np.float64]


def needed(tokens: list[int]) -> int:
    """Fewest frames that hold the tokens: one each, and a blank between two that are equal."""
    return len(tokens) + sum(a == b for a, b in pairwise(tokens))


def best_path(log_probs: NDArray[np.floating], tokens: list[int], blank: int) -> Path:
    """The most probable way to say the tokens, in order and with nothing left out.

    Args:
        log_probs: natural logarithms, shape (frames, vocabulary).
        tokens: ids, at least one.
        blank: id of the blank.

    Raises:
        ValueError: fewer frames than `needed`.
    """
    frames = len(log_probs)
    if not tokens or frames < needed(tokens):
        raise ValueError(f"{len(tokens)} tokens need {needed(tokens)} frames, found {frames}")
    states = np.full(2 * len(tokens) + 1, blank)
    states[1::2] = tokens
    # a token may follow the one before it without a blank, unless they are equal
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    emitted = log_probs[:, states].astype(np.float64)
    steps = np.zeros((frames, len(states)), np.int8)
    best = np.full(len(states), LOW)
    best[:2] = emitted[0, :2]
    for t in range(1, frames):
        ways = np.stack(
            [best, np.append(LOW, best[:-1]), np.where(skips, np.append([LOW, LOW], best[:-2]), LOW)]
        )
        steps[t] = ways.argmax(axis=0)
        best = ways.max(axis=0) + emitted[t]
    last = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    return _spans(_traced(steps, last), emitted)


def _traced(steps: NDArray[np.int8], state: int) -> NDArray[np.int64]:
    """The state of each frame, from the last one back."""
    path = np.empty(len(steps), np.int64)
    for t in range(len(steps) - 1, -1, -1):
        path[t] = state
        state -= steps[t, state]
    return path


def _spans(path: NDArray[np.int64], emitted: NDArray[np.float64]) -> Path:
    spans = [np.flatnonzero(path == state) for state in range(1, emitted.shape[1], 2)]
    scores = [float(emitted[span, 2 * i + 1].mean()) for i, span in enumerate(spans)]
    ends = np.array([[span[0], span[-1]] for span in spans])
    return Path(ends[:, 0], ends[:, 1], np.array(scores))
