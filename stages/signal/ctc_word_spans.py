"""From the moments at which a network recognises words to the words.

A CTC network answers in spikes, one or two frames of a sound that lasts ten (Graves et al. 2006, figure 1),
and says little of where it starts and stops.
"""

import numpy as np
from numpy.typing import NDArray


def spread(spans: NDArray[np.int64], speech: NDArray[np.bool_], db: NDArray[np.float64]) -> NDArray[np.int64]:
    """Words that reach to the pauses around them, or to the quietest frame between them and their neighbours.

    Args:
        spans: half-open spans of frames, one per word, in order and not overlapping, shape (n, 2).
        speech: which frames are speech, shape (k,).
        db: energy of each frame, shape (k,).

    Returns:
        Half-open spans, shape (n, 2), each around the one it was given.
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
    """Where the last silence of a stretch stops, or the first begins; without one, its other end."""
    silent = start + np.flatnonzero(~speech[start:end])
    if not len(silent):
        return start if last else end
    return int(silent[-1]) + 1 if last else int(silent[0])
