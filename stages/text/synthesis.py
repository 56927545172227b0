"""Synthesis of the demo corpus: samples and word times of an utterance, and the folder of the corpus."""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from stages.core import files
from stages.text import espeak
from stages.text.espeak import Prosody, Word

NOISE = 12  # noise floor of the complete clip: uniform over -12..12 of 32768, -73 dBFS
SILENCE_S = (0.2, 0.3)  # minimum and maximum of noise floor alone, before and after the speech
WHISPER = 0.5  # of the volume, because whispers of espeak-ng are as loud as its voices
LABELS = ("file", "speaker", "voice", "gender", "emotion", "style", "kind", "transcript")
WORDS = ("clip", "word", "start", "end")


class Speaker(NamedTuple):
    """Gender, and the voices of espeak-ng for normal and whispered speech."""

    gender: str
    voice: str
    whisper: str


class Utterance(NamedTuple):
    """One clip to synthesise; `emotion` is the label, `prosody` its rendering by the synthesiser."""

    speaker_name: str
    speaker: Speaker
    emotion: str
    prosody: Prosody
    kind: str
    whispered: bool
    transcript: str

    @property
    def name(self) -> str:
        """Name of the clip."""
        return f"{self.speaker_name}_{self.emotion}_{self.kind}"

    @property
    def voice(self) -> str:
        """Voice of espeak-ng."""
        return self.speaker.whisper if self.whispered else self.speaker.voice


class Take(NamedTuple):
    """Samples, shape (n,), at `sample_rate` Hz, and the span of each blank-separated word in them."""

    samples: NDArray[np.int16]
    sample_rate: int
    spans: list[tuple[int, int]]


def spans(transcript: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Find the first sample and one past the last of each blank-separated token.

    Args:
        transcript: that was synthesised.
        words: as the synthesiser splits the transcript.

    Raises:
        ValueError: the synthesiser has merged a token with another.
    """
    found = []
    position = 0
    for token in transcript.split():
        position = transcript.index(token, position)
        inside = [word for word in words if position <= word.position < position + len(token)]
        if not inside:
            raise ValueError(f"{token!r} has no separate time in {transcript!r}; reword the sentence")
        found.append((inside[0].start, inside[-1].end))
        position += len(token)
    return found


def speak(utterance: Utterance, seed: int) -> Take:
    """Synthesise one clip: silence, speech and silence, with a noise floor.

    All random numbers are integers that derive from a digest of the seed and the clip's name.
    """
    digest = hashlib.sha256(f"{seed}:{utterance.name}".encode()).digest()
    random = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big")))
    jitter = int.from_bytes(digest[8:11], "big")
    volume = utterance.prosody.volume * (WHISPER if utterance.whispered else 1)
    prosody = utterance.prosody._replace(volume=round(volume))
    speech = espeak.synthesise(utterance.transcript, utterance.voice, prosody, jitter)
    minimum, maximum = (round(seconds * speech.sample_rate) for seconds in SILENCE_S)
    before, after = random.integers(minimum, maximum + 1, size=2).tolist()
    padded = np.pad(speech.samples.astype(np.int32), (before, after))
    noisy = padded + random.integers(-NOISE, NOISE + 1, size=len(padded))
    times = [(before + start, before + end) for start, end in spans(utterance.transcript, speech.words)]
    return Take(noisy.clip(-32768, 32767).astype(np.int16), speech.sample_rate, times)


def write(utterances: Sequence[Utterance], folder: Path, seed: int) -> None:
    """Write all clips, `labels.csv` and `words.csv`: equal bytes for an equal seed.

    Args:
        utterances: the corpus.
        folder: existing and empty.
        seed: of noise and jitter.
    """
    (folder / "wav").mkdir()
    words = []
    for utterance in utterances:
        take = speak(utterance, seed)
        soundfile.write(folder / _file(utterance), take.samples, take.sample_rate, subtype="PCM_16")
        tokens = utterance.transcript.split()
        words += [(utterance.name, token, *span) for token, span in zip(tokens, take.spans, strict=True)]
    files.write_text(folder / "labels.csv", _csv(LABELS, map(_labels, utterances)))
    files.write_text(folder / "words.csv", _csv(WORDS, words))


def _file(utterance: Utterance) -> str:
    return f"wav/{utterance.name}.wav"


def _labels(utterance: Utterance) -> tuple[str, ...]:
    style = "whispering" if utterance.whispered else "normal"
    speaker = (utterance.speaker_name, utterance.voice, utterance.speaker.gender)
    return (_file(utterance), *speaker, utterance.emotion, style, utterance.kind, utterance.transcript)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
