"""Word times that a corpus ships with its recordings: checked, then used in place of the aligner's."""

from collections.abc import Sequence
from typing import Any

from stages.alignment.aligner import Alignment
from stages.core.audio import Recording
from stages.text import g2p

SLACK_S = 0.25
"""How far the edges of given words may be off before speech beside them counts as unexplained: they mostly
come from speech recognisers, whose edges are loose."""
ENGINE = "corpus"
"""Stands in the column `engine` of clips whose word times come from the corpus."""

Words = tuple[list[str], list[float], list[float]]
"""Words, starts and ends, in seconds of the clip."""


def argument(shipped: Sequence[Any]) -> dict[str, Any]:
    """`shipped_words`, `shipped_starts_s` and `shipped_ends_s` of a clip as an argument; none if there are none."""
    return {"shipped": [list(column) for column in shipped]} if len(shipped[0]) else {}


def alignment(shipped: Words | None, transcript: str, length: int, sample_rate: int) -> Alignment | None:
    """The shipped times as an alignment, or None where they cannot be believed.

    They must be the words of the transcript (but for case and punctuation), in order and inside the clip. An
    end that reaches into the next word is set to where that one begins.

    Args:
        shipped: see `Words`; None if the corpus ships none.
        transcript: what is said.
        length: of the clip, in samples.
        sample_rate: in Hz.
    """
    words = g2p.tokens(transcript)
    if shipped is None or not words:
        return None
    spoken, starts_s, ends_s = shipped
    if [plain(word) for word in spoken] != [plain(word) for word in words]:
        return None
    starts = tuple(round(time * sample_rate) for time in starts_s)
    nexts = (*starts[1:], length + 1)
    ends = tuple(min(round(t * sample_rate), n) for t, n in zip(ends_s, nexts, strict=False))
    if len(ends) < len(words) or starts[0] < 0 or ends[-1] > length or any(map(int.__ge__, starts, ends)):
        return None
    return Alignment("aligned", words=tuple(words), starts=starts, ends=ends)


def plain(word: str) -> str:
    """A word without case and punctuation: "It's," -> its."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def widened(found: Alignment, recording: Recording) -> tuple[list[int], list[int]]:
    """Starts and ends of words, `SLACK_S` further apart, within the recording."""
    slack = round(SLACK_S * recording.sample_rate)
    starts = [max(0, start - slack) for start in found.starts]
    return starts, [min(len(recording.samples), end + slack) for end in found.ends]
