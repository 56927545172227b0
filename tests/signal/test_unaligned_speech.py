"""Speech between words is measured; pauses, and breaths at the ends, are not."""

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


def at(*halves: int) -> list[int]:
    return [RATE // 2 * half for half in halves]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (at(1, 3, 5), at(2, 4, 6), 0.0),
        (at(1, 5), at(2, 6), 0.5),  # the middle tone is in no word
        (at(3, 5), at(4, 6), 0.0),  # a tone before the first word may be anything
        ([RATE // 2, RATE * 7 // 4], [RATE, RATE * 2], 0.25),  # half of the second tone is
    ],
)
def test_longest_stretch_between_words(starts: list[int], ends: list[int], expected: float) -> None:
    assert unaligned_speech_s(Recording(clip(), RATE, 1, 16), starts, ends) == pytest.approx(
        expected, abs=0.02
    )
