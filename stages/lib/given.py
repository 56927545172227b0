"""Word times that a corpus ships with its recordings: checked, then used in place of the aligner's."""

from collections.abc import Sequence
from typing import Any

from stages.lib import pronounce
from stages.lib.aligner import Alignment

ENGINE = "corpus"
"""Stands in the column `engine` of clips whose word times come from the corpus."""

Words = tuple[list[str], list[float], list[float]]
"""Words, starts and ends, in seconds of the clip."""


def argument(shipped: Sequence[Any]) -> dict[str, Any]:
    """`given_words`, `given_starts` and `given_ends` of a clip as an argument; none if they are null."""
    return {} if shipped[0] is None else {"shipped": [list(column) for column in shipped]}


def alignment(shipped: Words | None, transcript: str, length: int, sample_rate: int) -> Alignment | None:
    """The shipped times as an alignment, or None where they cannot be believed.

    They must be the words of the transcript (but for case and punctuation), in order, without overlap and
    inside the clip.

    Args:
        shipped: see `Words`; None if the corpus ships none.
        transcript: what is said.
        length: of the clip, in samples.
        sample_rate: in Hz.
    """
    words = pronounce.tokens(transcript)
    if shipped is None or not words:
        return None
    spoken, starts_s, ends_s = shipped
    if [plain(word) for word in spoken] != [plain(word) for word in words]:
        return None
    starts = tuple(round(time * sample_rate) for time in starts_s)
    ends = tuple(round(time * sample_rate) for time in ends_s)
    ordered = all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    if not ordered or starts[0] < 0 or ends[-1] > length or any(map(int.__ge__, starts, ends)):
        return None
    return Alignment("aligned", words=tuple(words), starts=starts, ends=ends)


def plain(word: str) -> str:
    """A word without case and punctuation: "It's," -> its."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())
