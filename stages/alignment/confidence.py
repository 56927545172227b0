"""Confidence that a clip's words are its transcript, from its score and from the scores of other sentences.

A low score may come from a strained voice or a wrong word. Below `CLEAR_SCORE`, the clip is also aligned with
competing transcripts: other sentences of about the same length. With any voice, the right transcript has a
higher score than those; a wrong one does not (a likelihood-ratio test, as in utterance verification).

The constants were chosen on all speakers of RAVDESS, TIMIT and the demo corpus. `python -m
benchmarks.mismatch` prints their error rates, and those of thresholds chosen on half of the speakers and
tested on the other half.
"""

import hashlib
import math
from collections.abc import Iterable
from functools import cache

from stages.text.language import language_of

COMPETING_TRANSCRIPTS = 2
CLEAR_SCORE = -2.5
"""No wrong transcript has this score (maximum: -3.1), so none is compared with competing transcripts."""
EVEN_SCORE, EVEN_MARGIN = -5.0, 0.0
"""Score, and margin over the best competing transcript, for a confidence of one half."""
SPREAD = 0.5
"""A change of score or margin by this much changes the odds by a factor of e."""
RESERVE = (
    "We left early.",
    "The train was late again.",
    "My brother found an old map.",
    "Put seven green cups beside the window.",
    "Her uncle sold fresh fruit at the corner.",
    "Please show them how the heavy wheel turns around.",
    "Every morning a small grey bird sang above our roof.",
)
"""English sentences for corpora with fewer than `COMPETING_TRANSCRIPTS` others."""


def competing_transcripts(transcript: str, language: str, others: Iterable[str]) -> list[str]:
    """Choose other sentences of about the same length, preferably of the corpus; digests break ties.

    Clips that are added to a corpus change the choice for few other clips.

    Args:
        transcript: of the clip.
        language: BCP 47 tag of the clip.
        others: transcripts of the corpus in this language; may include that of the clip.
    """
    length = len(transcript.split())

    def rank(text: str) -> tuple[int, str]:
        digest = hashlib.sha256(f"{transcript}\0{text}".encode()).hexdigest()
        return abs(len(text.split()) - length), digest

    distinct = {_plain(other): other for other in sorted(others)}
    own = {"", _plain(transcript)}
    found = sorted((text for plain, text in distinct.items() if plain not in own), key=rank)
    reserve = RESERVE if language_of(language) == "en" else ()
    spare = sorted((text for text in reserve if _plain(text) not in own.union(distinct)), key=rank)
    return [*found[:COMPETING_TRANSCRIPTS], *spare][:COMPETING_TRANSCRIPTS]


@cache
def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def score_margin(score: float | None, competing: Iterable[float | None]) -> float | None:
    """Return the score less the best competing score.

    Args:
        score: of the transcript; None if it was not aligned.
        competing: scores of the competing transcripts; read only if the score is below `CLEAR_SCORE`.

    Returns:
        None if the score is clear, or no competing transcript was aligned.
    """
    if score is None or score >= CLEAR_SCORE:
        return None
    known = [other for other in competing if other is not None]
    return score - max(known) if known else None


def confidence(score: float, margin: float | None) -> float:
    """Compute the confidence in 0..1; one half if a right and a wrong transcript are equally likely.

    Args:
        score: see `base.Alignment`.
        margin: see `score_margin`.
    """
    evidence = [score - EVEN_SCORE] + ([] if margin is None else [margin - EVEN_MARGIN])
    return 1 / (1 + math.exp(-max(min(evidence) / SPREAD, -50.0)))
