"""Forced alignment of English with pocketsphinx (BSD), which contains the acoustic model and dictionary."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from stages.alignment import boundary_correction
from stages.alignment.base import Alignment
from stages.alignment.pocketsphinx_decoder import FRAMES_PER_S, Segment, decode, decoder, prepare_audio, score
from stages.core.params import Section
from stages.signal.types import Samples
from stages.text import g2p
from stages.text.language import language_of

BRITISH = ("en-gb", "en-ie", "en-au", "en-nz", "en-za")


class PocketSphinxParams(Section):
    """Parameters of the default engine.

    Attributes:
        engine: name of the aligner.
        beams: beam widths, tried in order until every word is found; narrow beams are fast and rarely wrong.
        silence_probability: prior of a pause between two words.
        vtln_warps: factors of the frequency axis (vocal tract length normalisation), tried if the score is
            below `vtln_below_score`; the result with the best score is used.
        vtln_below_score: maximum score at which other warps are tried; see `score`.
        refine_boundaries: whether to correct word boundaries; see `boundary_correction`.
    """

    engine: Literal["pocketsphinx"]
    beams: tuple[float, ...] = Field(min_length=1)
    silence_probability: float = Field(gt=0, lt=1)
    vtln_warps: tuple[Annotated[float, Field(ge=0.7, le=1.4)], ...]
    vtln_below_score: float = Field(le=0)
    refine_boundaries: bool

    @field_validator("beams")
    @classmethod
    def _widening(cls, beams: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < beam < 1 for beam in beams) or list(beams) != sorted(set(beams), reverse=True):
            raise ValueError("must be probabilities between 0 and 1, each smaller than the one before")
        return beams


class DecoderResult(NamedTuple):
    """The decoder's result, before any boundary correction.

    Attributes:
        segments: words and pauses in order; empty if the alignment failed.
        warp: see `PocketSphinxParams.vtln_warps`.
        parts: number of dictionary words of each displayed word.
        oov_words: number of displayed words that are not in the dictionary.
    """

    segments: list[Segment]
    warp: float
    parts: list[int]
    oov_words: int


@dataclass(frozen=True)
class PocketSphinx:
    """Forced alignment with pocketsphinx, for English; `warp` is tried before `params.vtln_warps`."""

    params: PocketSphinxParams
    warp: float = 1.0

    @property
    def engine(self) -> str:
        """Name and version."""
        return f"pocketsphinx {version('pocketsphinx')}"

    def fast(self, warp: float) -> "PocketSphinx":
        """Build a fast aligner (narrow beam) that only scores competing transcripts at the voice's warp."""
        narrow = {"beams": self.params.beams[:1], "vtln_warps": (), "refine_boundaries": False}
        return PocketSphinx(self.params.model_copy(update=narrow), warp)

    def align(self, samples: Samples, sample_rate: int, transcript: str, language: str) -> Alignment:
        """See `Aligner.align`."""
        if language_of(language) != "en":
            return Alignment("no_aligner_for_language")
        words = g2p.tokens(transcript)
        if not words:
            return Alignment("no_transcript")
        audio = prepare_audio(samples, sample_rate)
        segments, warp, parts, oov_words = self.locate(audio, words, language)
        if not segments:
            return Alignment("failed", oov_words=oov_words)
        spans, sounds = merge(segments, parts)
        if self.params.refine_boundaries:
            spans = boundary_correction.correct(audio, spans, sounds, boundary_correction.load_correction())
        edges = np.minimum(np.rint(spans * sample_rate / 1000).astype(int), len(samples))
        starts, ends = map(tuple, edges.T.tolist())
        return Alignment("aligned", score(segments), oov_words, tuple(words), starts, ends, warp=warp)

    def locate(self, audio: Samples, words: list[str], language: str) -> DecoderResult:
        """Decode, without any boundary correction.

        Args:
            audio: see `prepare_audio`.
            words: as displayed; not empty.
            language: BCP 47 tag; selects the pronunciation of unknown words.
        """
        groups = [g2p.look_up(word, self._in_dictionary) for word in words]
        parts = [len(group) for group in groups]
        unknown = {part for group in groups for part in group if not self._in_dictionary(part)}
        oov_words = sum(bool(unknown.intersection(group)) for group in groups)
        voice = "en" if language.lower() in BRITISH else "en-us"
        try:
            names = {part: (f"{voice}|{part}", g2p.sounds(part, voice)) for part in sorted(unknown)}
        except g2p.Unpronounceable:
            return DecoderResult([], self.warp, parts, oov_words)
        searched = [names[part][0] if part in names else part for group in groups for part in group]
        segments, warp = self._decode(audio.astype("<i2").tobytes(), searched, dict(names.values()))
        return DecoderResult(segments, warp, parts, oov_words)

    def _in_dictionary(self, word: str) -> bool:
        engine = decoder(self.params.beams[0], self.params.silence_probability)
        return engine.lookup_word(word) is not None

    def _decode(self, pcm: bytes, words: list[str], extra: dict[str, str]) -> tuple[list[Segment], float]:
        """Return segments at the first beam that finds all words (none if no beam does), and the warp."""

        def attempt(beam: float, warp: float) -> list[Segment]:
            engine = decoder(beam, self.params.silence_probability, warp)
            segments = decode(engine, pcm, words, extra)
            return segments if [segment.word for segment in segments if segment.is_word] == words else []

        for beam in self.params.beams:
            if found := attempt(beam, self.warp):
                candidates = [(found, self.warp)]
                if score(found) < self.params.vtln_below_score:
                    others = [(attempt(beam, warp), warp) for warp in self.params.vtln_warps]
                    candidates += [other for other in others if other[0]]
                return max(candidates, key=lambda candidate: score(candidate[0]))
        return [], self.warp


def merge(segments: list[Segment], parts: list[int]) -> tuple[NDArray[np.float64], list[tuple[str, str]]]:
    """Return start and end of each displayed word in ms, shape (words, 2), and its first and last sound.

    Args:
        segments: words and pauses, in order.
        parts: number of dictionary words of each displayed word.
    """
    words = [segment for segment in segments if segment.is_word]
    ends = np.cumsum(parts)
    pairs = [(words[end - count], words[end - 1]) for count, end in zip(parts, ends, strict=True)]
    frames = np.array([[first.first, last.last + 1] for first, last in pairs], dtype=np.float64)
    return frames * 1000 / FRAMES_PER_S, [(first.sounds[0], last.sounds[-1]) for first, last in pairs]
