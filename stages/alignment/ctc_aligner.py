"""Forced alignment with a CTC network that the user supplies, for languages that pocketsphinx lacks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.alignment import ctc_model
from stages.alignment.base import Alignment
from stages.alignment.ctc_model import RATE
from stages.signal import ctc
from stages.signal.frames import FRAME_S, frames
from stages.signal.quality import active_frames
from stages.signal.resample import resample
from stages.signal.types import Samples
from stages.text import g2p
from stages.text.language import HAN

BIT_DEPTH = 16
"""Bits per sample, for the noise floor of the gate that separates speech from pauses."""
DELIMITERS = ("|", "<space>")
WORD = re.compile(rf"[^\w\s]*{HAN.pattern}(?:\s*[^\w\s]+)*|(?:(?!{HAN.pattern})\S)+")


def words(transcript: str) -> list[str]:
    """Split into displayed words; each Chinese character is one, with the punctuation around it."""
    parts = (WORD.findall(token) if HAN.search(token) else [token] for token in g2p.tokens(transcript))
    return list(chain.from_iterable(parts))


def spell(word: str, known: dict[str, int], unknown: int) -> list[int]:
    """Return the ids of a word's characters; one `unknown` if the network knows none of them."""
    cases = [[c for c in (letter, letter.lower(), letter.upper()) if c in known] for letter in word]
    return [known[found[0]] for found in cases if found] or [unknown]


@dataclass(frozen=True)
class CtcAligner:
    """Forced alignment with a network, for any language whose characters it knows.

    `folder` is described in `ctc_model`; `digests` are those of its files.
    """

    folder: Path
    digests: Sequence[str]

    @property
    def engine(self) -> str:
        """Name, version and digest of the network."""
        return f"ctc onnxruntime {version('onnxruntime')} {self.digests[0][:12]}"

    def align(self, samples: Samples, sample_rate: int, transcript: str, language: str) -> Alignment:
        """See `Aligner.align`.

        The score is the mean log-probability of the tokens. The confidence is the mean of their
        probabilities, roughly the share of characters that the network recognises at their times; a word
        without known characters counts as not recognised.
        """
        displayed, known = words(transcript), ctc_model.vocabulary(self.folder)
        if not displayed:
            return Alignment("no_transcript")
        at_rate = resample(samples, sample_rate, RATE)
        if len(at_rate) < RATE // 40:  # one frame of the network
            return Alignment("failed")
        logs = ctc_model.log_probs(self.folder, at_rate)
        # a word without known characters matches any sound: the most probable token except the blank
        unknown = logs.shape[1]
        logs = np.hstack([logs, np.delete(logs, ctc_model.blank(known), axis=1).max(axis=1, keepdims=True)])
        spellings = [spell(word, known, unknown) for word in displayed]
        oov_words = sum(ids == [unknown] for ids in spellings)
        tokens, ranges = concatenate(spellings, known)
        if len(logs) < ctc.min_frames(tokens):
            return Alignment("failed", oov_words=oov_words)
        path = ctc.best_path(logs, tokens, ctc_model.blank(known))
        letters = [i for first, last in ranges for i in range(first, last)]
        probabilities = [0.0 if tokens[i] == unknown else float(np.exp(path.scores[i])) for i in letters]
        spikes = np.array([[path.first[first], path.last[last - 1] + 1] for first, last in ranges])
        # each frame is the centre of the samples that it depends on
        offset = (len(at_rate) - len(logs) * ctc_model.hop(self.folder)) / 2
        spans = extend_words(at_rate, (spikes * ctc_model.hop(self.folder) + offset) / RATE) * sample_rate
        edges = np.minimum(np.rint(spans).astype(np.int64), len(samples))
        starts, ends = map(tuple, edges.T.tolist())
        score, confidence = float(path.scores[letters].mean()), min(float(np.mean(probabilities)), 1.0)
        return Alignment("aligned", score, oov_words, tuple(displayed), starts, ends, confidence)


def concatenate(spellings: list[list[int]], known: dict[str, int]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return all tokens, with the vocabulary's delimiter between words, and each word's range in them."""
    delimiter = [known[name] for name in DELIMITERS if name in known][:1]
    tokens: list[int] = []
    ranges = []
    for ids in spellings:
        tokens += delimiter if tokens else []
        ranges.append((len(tokens), len(tokens) + len(ids)))
        tokens += ids
    return tokens, ranges


def extend_words(samples: Samples, spikes_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Extend words to their starts and ends in seconds, shape (words, 2).

    Args:
        samples: the clip at 16 kHz.
        spikes_s: starts and ends in seconds at which the network recognises the words, shape (words, 2).
    """
    energy = frames(samples, RATE)
    found = np.clip(np.rint(spikes_s / FRAME_S), 0, [len(energy.db) - 1, len(energy.db)]).astype(np.int64)
    return np.asarray(ctc.extend(found, active_frames(energy, BIT_DEPTH), energy.db) * FRAME_S)
