"""Speech between words is measured; pauses, and sounds before the first word and after the last, are not."""

import numpy as np
import pytest

from stages.core.audio import Recording
from stages.signal.unaligned_speech import unaligned_speech_s
from tests import makers

RATE = 16000


def clip() -> np.ndarray:
    """Half a second each: hiss, tone, hiss, tone, hiss, tone, hiss, at -20 dBFS and -80 dBFS."""
    hiss = np.random.default_rng(0).normal(0, 1e-4, RATE // 2)
    tone = makers.tone(0.5, RATE) + hiss
    return np.concatenate([hiss, tone, hiss, tone, hiss, tone, hiss]).astype(np.float32)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([(0.5, 1), (1.5, 2), (2.5, 3)], 0.0),
        ([(0.5, 1), (2.5, 3)], 0.5),
        ([(1.5, 2), (2.5, 3)], 0.0),
        ([(0.5, 1), (1.75, 2)], 0.25),
    ],
    ids=["all in words", "middle tone in no word", "tone before the first word", "half a tone in no word"],
)
def test_maximum_length_between_words(words: list[tuple[float, float]], expected: float) -> None:
    starts, ends = (np.array(words) * RATE).astype(int).T.tolist()
    found = unaligned_speech_s(Recording(clip(), RATE, 1, 16), starts, ends)
    assert found == pytest.approx(expected, abs=0.02)
