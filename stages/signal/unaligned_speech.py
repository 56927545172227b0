"""Do the words of an alignment account for the speech that is there?"""

from collections.abc import Sequence

from stages.signal.frames import FRAME_S, frames, runs
from stages.signal.quality import active
from stages.signal.types import Samples


def unaligned_speech_s(
    samples: Samples, rate: int, bit_depth: int, starts: Sequence[int], ends: Sequence[int]
) -> float:
    """Longest stretch of speech between two words that belongs to neither, in seconds.

    An aligner that is led astray by a cry, a laugh or a wrong transcript takes real words for pauses; its own
    score often does not show it. Sound before the first word and after the last is not counted: it may be
    breath.

    Args:
        samples: mono, shape (n,), full scale 1.0.
        rate: in Hz.
        bit_depth: per sample of the file.
        starts: first sample of each word; `ends`: one past its last.
    """
    energy = frames(samples, rate)
    speech = active(energy, bit_depth).copy()
    for start, end in zip(starts, ends, strict=True):
        speech[start // energy.length : -(-end // energy.length)] = False
    speech[: starts[0] // energy.length] = False
    speech[ends[-1] // energy.length :] = False
    return max((int(end - start) for start, end in runs(speech)), default=0) * FRAME_S
