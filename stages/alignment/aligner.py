"""When is each word of a known transcript said? Forced alignment behind one small interface.

The engine here is pocketsphinx (BSD), whose wheel brings an acoustic model and a dictionary of American
English. Another engine needs the same one method, `Aligner.align`.
"""

import re
import warnings
from functools import cache
from importlib.metadata import version
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder, get_model_path

from stages.alignment import boundary_correction
from stages.signal.resample import resample
from stages.signal.types import Samples
from stages.text import g2p

RATE = 16000  # Hz, of the acoustic model
FRAMES_PER_S = 100
PEAK = 0.1  # every recording is brought to this peak, so that its level cannot matter
WINDOW = 410  # samples of one analysis frame: anything shorter has none
SCORE_UNIT = 1024  # pocketsphinx counts acoustic scores in steps of 2**10 of its logarithm (SENSCR_SHIFT)
FILLERS = ("<", "[", "++")
BRITISH = ("en-gb", "en-ie", "en-au", "en-nz", "en-za")


class Alignment(NamedTuple):
    """How it went, and the words.

    Attributes:
        status: "aligned", "failed", "no_transcript" or "no_aligner_for_language"; see `tables.Align`.
        score: log-likelihood of the whole clip against the best of the sounds that the search considered at
            each frame, in nats, divided by the frames of the words; at most 0. A wrong transcript forces
            speech into pauses and words onto other words, which both lower it. None unless aligned.
        oov_words: displayed words that are not in the dictionary.
        words: as the transcript spells them.
        starts: first sample of each word, in samples of the clip.
        ends: one past the last sample of each word.
        confidence: of an engine that has its own; otherwise it follows from the score.
        warp: of the frequency axis, at which the words were found; see `decoder`.
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
    """What an engine offers. Equal arguments give an equal alignment, whatever was aligned before."""

    @property
    def engine(self) -> str:
        """Name and version."""

    def align(self, samples: Samples, sample_rate: int, transcript: str, language: str) -> Alignment:
        """Find the words of `transcript` in a recording.

        Args:
            samples: mono, shape (n,), full scale 1.0.
            sample_rate: in Hz.
            transcript: what is said.
            language: BCP 47 tag.
        """


class Segment(NamedTuple):
    """A word or a pause in the decoder's answer; frames of 10 ms, both ends inclusive."""

    word: str
    first: int
    last: int
    log_ratio: float
    sounds: tuple[str, ...] = ()
    """ARPABET of the pronunciation that was found; none for a pause."""


@cache
def decoder(beam: float, silence_probability: float, warp: float = 1.0) -> Decoder:
    """A decoder that keeps hypotheses within `beam` of the best; some 0.3 s to build, so one per process.

    `warp` above 1 is for voices with higher formants than the model's (vocal tract length normalisation).
    """
    model = get_model_path("en-us")
    return Decoder(
        hmm=f"{model}/en-us",
        dict=f"{model}/cmudict-en-us.dict",
        lm=None,
        loglevel="FATAL",
        bestpath=False,  # word lattices are for recognition; here they lose words
        silprob=silence_probability,
        beam=beam,
        pbeam=beam,
        wbeam=beam,
        **({} if warp == 1 else {"warp_type": "inverse_linear", "warp_params": str(warp)}),
    )


class PocketSphinx:
    """Forced alignment with pocketsphinx, for English.

    Args:
        beams: tried in turn until all words are found; narrow beams are fast and, where they succeed, right.
        silence_probability: prior of a pause between two words.
        vtln_warps: of the frequency axis, tried where the score is below `vtln_below_score`; the best score wins.
        vtln_below_score: see `Alignment.score`.
        refine_boundaries: correct each boundary by what the recording looks like around it; see `boundaries`.
        warp: that is tried first.
    """

    def __init__(
        self,
        beams: tuple[float, ...],
        silence_probability: float,
        vtln_warps: tuple[float, ...],
        vtln_below_score: float,
        refine_boundaries: bool,
        warp: float = 1.0,
    ) -> None:
        self.beams = beams
        self.silence_probability = silence_probability
        self.vtln_warps = vtln_warps
        self.vtln_below_score = vtln_below_score
        self.refine_boundaries = refine_boundaries
        self.warp = warp

    @property
    def engine(self) -> str:
        """Name and version."""
        return f"pocketsphinx {version('pocketsphinx')}"

    def align(self, samples: Samples, sample_rate: int, transcript: str, language: str) -> Alignment:
        """See `Aligner.align`."""
        if language.lower().split("-")[0] != "en":
            return Alignment("no_aligner_for_language")
        words = g2p.tokens(transcript)
        if not words:
            return Alignment("no_transcript")
        heard = levelled(samples, sample_rate)
        segments, warp, parts, oov_words = self.locate(heard, words, language)
        if not segments:
            return Alignment("failed", oov_words=oov_words)
        spans, sounds = displayed(segments, parts)
        if self.refine_boundaries:
            spans = boundary_correction.refined(heard, spans, sounds, boundary_correction.learnt())
        edges = np.minimum(np.rint(spans * sample_rate / 1000).astype(int), len(samples))
        starts, ends = edges.T.tolist()
        return Alignment(
            "aligned", score(segments), oov_words, tuple(words), tuple(starts), tuple(ends), warp=warp
        )

    def locate(
        self, heard: Samples, words: list[str], language: str
    ) -> tuple[list[Segment], float, list[int], int]:
        """The decoder's answer, before any refinement.

        Args:
            heard: see `levelled`.
            words: as displayed, at least one.
            language: BCP 47 tag; decides how unknown words are pronounced.

        Returns:
            Words and pauses in order (none if the alignment failed), the warp at which they were found, how
            many dictionary words each displayed word consists of, and how many displayed words are in no
            dictionary.
        """
        groups = [g2p.look_up(word, self._in_dictionary) for word in words]
        counts = [len(group) for group in groups]
        unknown = {part for group in groups for part in group if not self._in_dictionary(part)}
        oov_words = sum(bool(unknown.intersection(group)) for group in groups)
        try:
            voice = "en" if language.lower() in BRITISH else "en-us"
            names = {part: (f"{voice}|{part}", g2p.sounds(part, voice)) for part in sorted(unknown)}
        except g2p.Unpronounceable:
            return [], self.warp, counts, oov_words
        spoken = [names[part][0] if part in names else part for group in groups for part in group]
        pcm = heard.astype("<i2").tobytes()
        return *self._decode(pcm, spoken, dict(names.values())), counts, oov_words

    def _in_dictionary(self, word: str) -> bool:
        return decoder(self.beams[0], self.silence_probability).lookup_word(word) is not None

    def _decode(self, pcm: bytes, spoken: list[str], extra: dict[str, str]) -> tuple[list[Segment], float]:
        """The segments at the first beam that finds all words, in order, none if no beam does; the warp."""
        for beam in self.beams:
            found = self._attempt(pcm, spoken, extra, beam, self.warp)
            if not found:
                continue
            if score(found) >= self.vtln_below_score:
                return found, self.warp
            others = [(self._attempt(pcm, spoken, extra, beam, warp), warp) for warp in self.vtln_warps]
            ways = [(found, self.warp), *((other, warp) for other, warp in others if other)]
            return max(ways, key=lambda way: score(way[0]))
        return [], self.warp

    def _attempt(
        self, pcm: bytes, spoken: list[str], extra: dict[str, str], beam: float, warp: float
    ) -> list[Segment]:
        engine = decoder(beam, self.silence_probability, warp)
        for name, phones in extra.items():
            if engine.lookup_word(name) is None:
                engine.add_word(name, phones)
        segments = decode(engine, pcm, spoken)
        said = [segment.word for segment in segments if not segment.word.startswith(FILLERS)]
        return segments if said == spoken else []


def displayed(segments: list[Segment], parts: list[int]) -> tuple[NDArray[np.float64], list[tuple[str, str]]]:
    """Start and end in ms of each displayed word, shape (words, 2), and its first and last sound.

    Args:
        segments: words and pauses, in order.
        parts: how many dictionary words each displayed word consists of.
    """
    said = [segment for segment in segments if not segment.word.startswith(FILLERS)]
    ends = np.cumsum(parts)
    pairs = [(said[end - count], said[end - 1]) for count, end in zip(parts, ends, strict=True)]
    frames = np.array([[first.first, last.last + 1] for first, last in pairs], dtype=np.float64)
    return frames * 1000 / FRAMES_PER_S, [(first.sounds[0], last.sounds[-1]) for first, last in pairs]


def levelled(samples: Samples, sample_rate: int) -> Samples:
    """A recording as the decoder wants it: 16 kHz, at one level, whole steps of 16 bits."""
    at_rate = resample(samples, sample_rate, RATE)
    peak = float(np.abs(at_rate).max(initial=0.0))
    scaled = at_rate * (32768 * PEAK / peak) if peak else at_rate
    return np.rint(scaled).astype(np.float32)


def decode(engine: Decoder, pcm: bytes, spoken: list[str]) -> list[Segment]:
    """One pass over one recording; alternative pronunciations lose their number: "the(2)" is "the".

    Returns:
        No segments where there is nothing to decode: no frame, or digital silence.
    """
    if len(pcm) < 2 * WINDOW or not any(pcm):
        return []
    with warnings.catch_warnings():
        # called unnecessary by the library, but without it noise statistics live on from the last recording
        # and results depend on the order
        warnings.simplefilter("ignore", DeprecationWarning)
        engine.start_stream()
    engine.set_align_text(" ".join(spoken))
    engine.start_utt()
    engine.process_raw(pcm, full_utt=True)
    engine.end_utt()
    return [
        Segment(
            re.sub(r"\(\d+\)$", "", found.word),
            found.start_frame,
            found.end_frame,
            SCORE_UNIT * float(np.log(max(found.ascore, np.finfo(float).tiny))),
            () if found.word.startswith(FILLERS) else tuple(engine.lookup_word(found.word).split()),
        )
        for found in engine.seg() or ()
    ]


def score(segments: list[Segment]) -> float:
    """See `Alignment.score`."""
    spoken = [segment for segment in segments if not segment.word.startswith(FILLERS)]
    frames = sum(segment.last - segment.first + 1 for segment in spoken)
    return sum(segment.log_ratio for segment in segments) / frames
