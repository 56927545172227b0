"""How sure is it that a clip says its transcript? From its score, and from how well other sentences fit it.

A score alone does not tell a strained voice from a wrong word. So where it leaves doubt, the clip is aligned
with competing_transcripts too, other sentences of about the same length: the right transcript wins against them, whatever
the voice; a wrong one does not (a likelihood-ratio test, as in utterance verification).

The constants were settled with all speakers of RAVDESS, TIMIT and the demo corpus in view; `python -m
benchmarks.mismatch` prints what they do, and what thresholds chosen on half of the speakers do for others.
"""

import hashlib
import math
from collections.abc import Iterable

COMPETING_TRANSCRIPTS = 2
CLEAR_SCORE = -2.5
"""From here on no wrong transcript has been seen (the best of them: -3.1), and competing_transcripts are not asked."""
EVEN_SCORE, EVEN_MARGIN = -5.0, 0.0
"""Score, and lead over the best competing transcript, at which confidence is one half."""
SPREAD = 0.5
"""Either of them, more or less by this, changes the odds by a factor of e."""
RESERVE = (
    "We left early.",
    "The train was late again.",
    "My brother found an old map.",
    "Put seven green cups beside the window.",
    "Her uncle sold fresh fruit at the corner.",
    "Please show them how the heavy wheel turns around.",
    "Every morning a small grey bird sang above our roof.",
)
"""English sentences for corpora that have too few of their own."""


def competing_transcripts(transcript: str, language: str, others: Iterable[str]) -> list[str]:
    """Sentences that are not said in the clip: of the corpus, near in length, in an order given by digests.

    What is added to a corpus changes the competing_transcripts of few clips.

    Args:
        transcript: of the clip.
        language: BCP 47 tag of the clip.
        others: transcripts of the corpus in this language; may hold this one.
    """
    said = _plain(transcript)
    distinct = {_plain(other): other for other in sorted(others)}
    own = sorted((text for plain, text in distinct.items() if plain not in (said, "")), key=_rank(transcript))
    reserve = RESERVE if language.lower().split("-")[0] == "en" else ()
    spare = sorted((text for text in reserve if _plain(text) not in {said, *distinct}), key=_rank(transcript))
    return [*own[:COMPETING_TRANSCRIPTS], *spare][:COMPETING_TRANSCRIPTS]


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _rank(transcript: str):  # type: ignore[no-untyped-def]
    length = len(transcript.split())

    def rank(text: str) -> tuple[int, str]:
        digest = hashlib.sha256(f"{transcript}\0{text}".encode()).hexdigest()
        return abs(len(text.split()) - length), digest

    return rank


def confidence(score: float, margin: float | None) -> float:
    """Between 0 and 1; one half where a right and a wrong transcript are equally likely.

    Args:
        score: see `aligner.Alignment`.
        margin: score less that of the best competing transcript; None if none was asked, or none could be aligned.
    """
    leads = [score - EVEN_SCORE] + ([] if margin is None else [margin - EVEN_MARGIN])
    return 1 / (1 + math.exp(-max(min(leads) / SPREAD, -50.0)))
