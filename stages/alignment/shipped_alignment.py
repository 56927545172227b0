"""Word times that a corpus ships with its recordings: if they pass the checks, they replace an aligner's."""

from stages.alignment.base import Alignment
from stages.core.audio import Recording
from stages.core.workers import Row
from stages.text import g2p

SLACK_S = 0.25
"""Time beside a shipped word in which speech does not count as unaligned: most shipped times come from speech
recognisers, whose word edges are imprecise."""
ENGINE = "corpus"
"""Value of the column `engine` if the word times come from the corpus."""

Words = tuple[list[str], list[float], list[float]]
"""Words, and their starts and ends in seconds of the clip."""


def shipped_words(row: Row) -> Words | None:
    """Return the shipped words of a row of the catalog; None if the corpus ships none."""
    words, starts_s, ends_s = (list(row[f"shipped_{name}"]) for name in ("words", "starts_s", "ends_s"))
    return (words, starts_s, ends_s) if words else None


def check_times(shipped: Words | None, transcript: str, length: int, sample_rate: int) -> Alignment | None:
    """Check shipped times: words of the transcript (except case and punctuation), in order, inside the clip.

    An end after the start of the next word is set to that start.

    Args:
        shipped: see `Words`; None if the corpus ships none.
        transcript: of the clip.
        length: of the clip, in samples.
        sample_rate: in Hz.

    Returns:
        None if the corpus ships no words, or if a check fails.
    """
    words = g2p.tokens(transcript)
    if shipped is None or not words:
        return None
    texts, starts_s, ends_s = shipped
    if list(map(plain, texts)) != list(map(plain, words)):
        return None
    starts = tuple(round(time * sample_rate) for time in starts_s)
    nexts = (*starts[1:], length + 1)
    ends = tuple(min(round(t * sample_rate), n) for t, n in zip(ends_s, nexts, strict=False))
    if len(ends) < len(words) or starts[0] < 0 or ends[-1] > length or any(map(int.__ge__, starts, ends)):
        return None
    return Alignment("aligned", words=tuple(words), starts=starts, ends=ends)


def plain(word: str) -> str:
    """Remove case and punctuation: "It's," -> its."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def widen_words(found: Alignment, recording: Recording) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return starts and ends of words, each moved outwards by `SLACK_S` within the recording."""
    slack = round(SLACK_S * recording.sample_rate)
    starts = tuple(max(0, start - slack) for start in found.starts)
    return starts, tuple(min(len(recording.samples), end + slack) for end in found.ends)
