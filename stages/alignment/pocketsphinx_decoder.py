"""The decoder of pocketsphinx: one pass over one recording, in forced-alignment mode."""

import re
import warnings
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from stages.signal.resample import resample
from stages.signal.types import Samples

RATE = 16000  # Hz, of the acoustic model
FRAMES_PER_S = 100
PEAK = 0.1  # every recording is scaled to this peak, so that its level has no effect
WINDOW = 410  # samples of one analysis frame, the minimum length of a recording
SCORE_UNIT = 1024  # acoustic scores of pocketsphinx are in steps of 2**10 of its logarithm (SENSCR_SHIFT)
FILLERS = ("<", "[", "++")


class Segment(NamedTuple):
    """A word or a pause in the decoder's result; frames of 10 ms, both ends inclusive.

    `sounds` is the pronunciation in ARPABET; a pause has none.
    """

    word: str
    first: int
    last: int
    log_ratio: float
    sounds: tuple[str, ...] = ()

    @property
    def is_word(self) -> bool:
        """Whether the segment is a word; false for a pause."""
        return not self.word.startswith(FILLERS)


@cache
def decoder(beam: float, silence_probability: float, warp: float = 1.0) -> Any:
    """Build a decoder that keeps hypotheses within `beam` of the best; cached, because it takes 0.3 s.

    Args:
        beam: as a probability.
        silence_probability: prior of a pause between two words.
        warp: above 1 for voices with higher formants than the model's (vocal tract length normalisation).
    """
    from pocketsphinx import Decoder, get_model_path

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


def prepare_audio(samples: Samples, sample_rate: int) -> Samples:
    """Convert a recording to the decoder's input: 16 kHz, scaled to `PEAK`, rounded to 16 bits."""
    at_rate = resample(samples, sample_rate, RATE)
    peak = float(np.abs(at_rate).max(initial=0.0))
    scaled = at_rate * (32768 * PEAK / peak) if peak else at_rate
    return np.rint(scaled).astype(np.float32)


def decode(engine: Any, pcm: bytes, words: list[str], extra: dict[str, str]) -> list[Segment]:
    """Align one recording; alternative pronunciations lose their number: "the(2)" is "the".

    Args:
        engine: see `decoder`.
        pcm: 16-bit samples at 16 kHz.
        words: of the dictionary or of `extra`, in order.
        extra: words that the dictionary lacks -> ARPABET.

    Returns:
        Words and pauses; [] if the recording is shorter than a frame, or is digital silence.
    """
    for name, phones in extra.items():
        if engine.lookup_word(name) is None:
            engine.add_word(name, phones)
    if len(pcm) < 2 * WINDOW or not any(pcm):
        return []
    with warnings.catch_warnings():
        # deprecated as unnecessary, but without this call noise statistics of the last recording remain, and
        # results depend on the order of recordings
        warnings.simplefilter("ignore", DeprecationWarning)
        engine.start_stream()
    engine.set_align_text(" ".join(words))
    engine.start_utt()
    engine.process_raw(pcm, full_utt=True)
    engine.end_utt()
    segments = []
    for found in engine.seg() or ():
        word = re.sub(r"\(\d+\)$", "", found.word)
        log_ratio = SCORE_UNIT * float(np.log(max(found.ascore, np.finfo(float).tiny)))
        sounds = () if found.word.startswith(FILLERS) else tuple(engine.lookup_word(found.word).split())
        segments.append(Segment(word, found.start_frame, found.end_frame, log_ratio, sounds))
    return segments


def score(segments: list[Segment]) -> float:
    """Return the log-likelihood ratio of a clip in nats per frame of its words, maximum 0.

    The score compares the path with the best sound that the search considered at each frame. With a wrong
    transcript, speech is in pauses and words are on other words; both lower the score.
    """
    frames = sum(segment.last - segment.first + 1 for segment in segments if segment.is_word)
    return sum(segment.log_ratio for segment in segments) / frames
