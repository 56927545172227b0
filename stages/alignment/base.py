"""Forced alignment, the word times of a known transcript: interface of all engines."""

from typing import NamedTuple, Protocol

from stages.signal.types import Samples


class Alignment(NamedTuple):
    """Result for one clip.

    Attributes:
        status: one of `tables.ALIGNMENT_STATUSES`.
        score: of the engine, in nats per frame or token, maximum 0; None unless aligned.
        oov_words: displayed words that are not in the engine's dictionary.
        words: as the transcript spells them.
        starts: first sample of each word, in samples of the clip.
        ends: one past the last sample of each word.
        confidence: in 0..1, if the engine computes one; otherwise it follows from the score.
        warp: factor of the frequency axis at which the words were found; see `pocketsphinx_decoder.decoder`.
    """

    status: str
    score: float | None = None
    oov_words: int = 0
    words: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    confidence: float | None = None
    warp: float = 1.0


class Aligner(Protocol):
    """An alignment engine. Equal arguments give equal results; earlier calls have no effect."""

    @property
    def engine(self) -> str:
        """Name and version."""

    def align(self, samples: Samples, sample_rate: int, transcript: str, language: str) -> Alignment:
        """Find the words of a transcript in a recording.

        Args:
            samples: mono, shape (n,), full scale 1.0.
            sample_rate: in Hz.
            transcript: of the recording.
            language: BCP 47 tag.
        """
