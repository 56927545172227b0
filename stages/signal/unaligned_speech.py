"""Speech that an alignment assigns to no word."""

from collections.abc import Sequence

from stages.signal.frames import FRAME_S, frames, runs
from stages.signal.quality import active_frames
from stages.signal.types import Recording


def unaligned_speech_s(recording: Recording, starts: Sequence[int], ends: Sequence[int]) -> float:
    """Return the maximum length of speech between two words that belongs to neither, in seconds.

    An aligner may mark words as pauses after a cry, a laugh or a wrong transcript, often without a low score.
    Sound before the first word and after the last may be breath: not counted. Words, one or more, start at
    `starts` and end before `ends`, in samples.
    """
    energy = frames(recording.samples, recording.sample_rate)
    speech = active_frames(energy, recording.bit_depth).copy()
    for start, end in zip(starts, ends, strict=True):
        speech[start // energy.length : -(-end // energy.length)] = False
    speech[: starts[0] // energy.length] = False
    speech[ends[-1] // energy.length :] = False
    return max((int(end - start) for start, end in runs(speech)), default=0) * FRAME_S
