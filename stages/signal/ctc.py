"""Forced alignment on the output of a CTC network.

Graves et al., "Connectionist Temporal Classification", ICML 2006. The best path of known tokens through the
frames is found by Viterbi search, with blanks between the tokens (Kürzinger et al., "CTC-Segmentation of
Large Corpora", 2020, without its free ends).
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LOW = -1e30  # log-probability of an impossible path


class Path(NamedTuple):
    """Frames of each token.

    Attributes:
        first: frame of each token, shape (n,).
        last: likewise, inclusive.
        scores: mean log-probability of each token over its frames, shape (n,); maximum 0.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    scores: NDArray[np.float64]


def min_frames(tokens: list[int]) -> int:
    """Return the minimum number of frames for the tokens: one each, and a blank between two equal ones."""
    return len(tokens) + sum(a == b for a, b in pairwise(tokens))


def best_path(log_probs: NDArray[np.floating], tokens: list[int], blank: int) -> Path:
    """Find the most probable path through all tokens, in order.

    Args:
        log_probs: natural logarithms, shape (frames, vocabulary).
        tokens: ids, one or more.
        blank: id of the blank.

    Raises:
        ValueError: fewer frames than `min_frames`.
    """
    frames = len(log_probs)
    if not tokens or frames < min_frames(tokens):
        raise ValueError(f"{len(tokens)} tokens need {min_frames(tokens)} frames, found {frames}")
    states = np.full(2 * len(tokens) + 1, blank)
    states[1::2] = tokens
    # a token may follow the one before it without a blank, unless the two are equal
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    emitted = log_probs[:, states].astype(np.float64)
    steps = np.zeros((frames, len(states)), np.int8)
    best = np.full(len(states), LOW)
    best[:2] = emitted[0, :2]
    for t in range(1, frames):
        sources = np.stack(
            [best, np.append(LOW, best[:-1]), np.where(skips, np.append([LOW, LOW], best[:-2]), LOW)]
        )
        steps[t] = sources.argmax(axis=0)
        best = sources.max(axis=0) + emitted[t]
    last = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    path = _traced(steps, last)
    spans = [np.flatnonzero(path == state) for state in range(1, len(states), 2)]
    scores = [emitted[span, 2 * i + 1].mean() for i, span in enumerate(spans)]
    first, end = np.array([[span[0], span[-1]] for span in spans]).T
    return Path(first, end, np.array(scores))


def _traced(steps: NDArray[np.int8], state: int) -> NDArray[np.int64]:
    """Trace the state of each frame, from the last one back."""
    path = np.empty(len(steps), np.int64)
    for t in range(len(steps) - 1, -1, -1):
        path[t] = state
        state -= steps[t, state]
    return path


def extend(spans: NDArray[np.int64], speech: NDArray[np.bool_], db: NDArray[np.float64]) -> NDArray[np.int64]:
    """Extend words to the pauses around them, or to the frame of minimum energy between two words.

    A CTC network emits spikes, one or two frames of a sound that lasts ten (Graves et al. 2006, figure 1),
    which do not show where the sound starts and stops.

    Args:
        spans: half-open spans of frames, one per word, in order and not overlapping, shape (n, 2).
        speech: which frames are speech, shape (k,).
        db: energy of each frame, shape (k,).

    Returns:
        Half-open spans, shape (n, 2), each around its input.
    """
    wide = spans.copy()
    wide[0, 0] = _silence(speech, 0, int(spans[0, 0]), last=True)
    wide[-1, 1] = _silence(speech, int(spans[-1, 1]), len(speech), last=False)
    for i, (end, start) in enumerate(zip(spans[:-1, 1].tolist(), spans[1:, 0].tolist(), strict=True)):
        if speech[end:start].all():
            wide[i, 1] = wide[i + 1, 0] = end + (np.argmin(db[end:start]) if start > end else 0)
        else:
            wide[i, 1] = _silence(speech, end, start, last=False)
            wide[i + 1, 0] = _silence(speech, end, start, last=True)
    return wide


def _silence(speech: NDArray[np.bool_], start: int, end: int, last: bool) -> int:
    """Find the end of the last silence in [start, end), or the start of the first; else `start` or `end`."""
    silent = start + np.flatnonzero(~speech[start:end])
    if not len(silent):
        return start if last else end
    return int(silent[-1]) + 1 if last else int(silent[0])
