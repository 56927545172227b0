"""Word times that ship with a corpus, behind the interface of an aligner: checked, then taken as they are."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from stages.lib.aligner import Alignment
from stages.lib.audio import Recording, Samples

SLACK_S = 0.25
"""How far the edges of given words may be off before speech beside them counts as unexplained: they mostly
come from speech recognisers, whose edges are loose."""


class Times(NamedTuple):
    """Words, and their starts and ends in seconds of the file."""

    words: list[str]
    starts_s: list[float]
    ends_s: list[float]


def times(words: Sequence[str], starts_s: Sequence[float], ends_s: Sequence[float]) -> Times | None:
    """What the catalog states of a clip; None if it states no words."""
    return Times(list(words), list(starts_s), list(ends_s)) if len(words) else None


class Given:
    """The aligner of a clip whose words have times already."""

    engine = "given by the corpus"

    def __init__(self, given: Times) -> None:
        self.given = Times(*given)

    def align(self, samples: Samples, sample_rate: int, transcript: str, language: str) -> Alignment:
        """See `stages.lib.aligner.Aligner.align`; "failed" if the times cannot be those of this recording.

        The words must be those of the transcript, each within the file, begin before it ends and not begin
        before the last one has. An end that reaches into the next word is set to where that one begins.
        """
        words, starts_s, ends_s = self.given
        starts = [round(time * sample_rate) for time in starts_s]
        ends = [round(time * sample_rate) for time in ends_s]
        ends = [min(end, after) for end, after in zip(ends, [*starts[1:], len(samples)], strict=False)]
        whole = len(words) == len(starts) == len(ends) > 0 and all(words)
        whole = whole and " ".join(words).split() == transcript.split()
        ordered = all(a < b for a, b in zip(starts, ends, strict=False))
        ordered = ordered and all(a < b for a, b in pairwise(starts))
        inside = whole and starts[0] >= 0 and ends_s[-1] * sample_rate <= len(samples) + 1
        if not (whole and ordered and inside):
            return Alignment("failed")
        return Alignment("aligned", None, 0, tuple(words), tuple(starts), tuple(ends))


def widened(found: Alignment, recording: Recording) -> tuple[list[int], list[int]]:
    """Starts and ends of words, `SLACK_S` further apart, within the recording."""
    slack = round(SLACK_S * recording.sample_rate)
    starts = [max(0, start - slack) for start in found.starts]
    return starts, [min(len(recording.samples), end + slack) for end in found.ends]
