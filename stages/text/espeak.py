"""espeak-ng through ctypes: speech with exact word times, and phonemes of any word.

The library comes with the package `espeakng-loader`. It is licensed under the GPL-3; the project loads it at
run time and neither contains nor links it. The license does not cover the output.

The library keeps phases, filters and random numbers between utterances. Each call here loads the library
anew (5 ms) and seeds it, so that equal calls give equal samples.
"""

import _ctypes
import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from stages.core.errors import UserError

SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback, nothing is played
PHONEME_EVENTS, DONT_EXIT = 0x1, 0x8000
UTF8, CHARACTERS, IPA = 1, 1, 2
PARAMETERS = (1, 3, 4, 2)  # numbers of espeak_PARAMETER, in the order of `Prosody`
WORD, PHONEME = 1, 7  # numbers of espeak_EVENT_TYPE
SONORANTS = frozenset("lrmnN")
VOWELS = frozenset("aeiouAEIOUV@03Y")  # first letters of mnemonics


class Prosody(NamedTuple):
    """Manner of speaking, in units of espeak-ng.

    Attributes:
        rate: words per minute, 80-450.
        pitch: base pitch, 0-99; the voice's default is 50.
        pitch_range: 0-99; 0 is a monotone, the voice's default is 50.
        volume: 0-200; the voice's default is 100.
    """

    rate: int = 175
    pitch: int = 50
    pitch_range: int = 50
    volume: int = 100


PLAIN = Prosody()


class Word(NamedTuple):
    """A word as espeak-ng splits the text: "well-known", "o'clock" and "11" are one, "mail/phone" is three.

    Attributes:
        position: of its first character in the text, counted from 0.
        start: first sample.
        end: one past its last sample; a pause is not part of a word.
    """

    position: int
    start: int
    end: int


class Speech(NamedTuple):
    """One utterance: samples, shape (n,), at `sample_rate` Hz, and the times of its words."""

    samples: NDArray[np.int16]
    sample_rate: int
    words: list[Word]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("utterance", ctypes.c_uint), ("position", ctypes.c_int),
        ("length", ctypes.c_int), ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("phoneme", ctypes.c_char * 8),
    ]  # fmt: skip


class Mark(NamedTuple):
    """An event of the synthesiser; `phoneme` is its mnemonic without stress marks."""

    type: int
    position: int
    sample: int
    phoneme: str


_POINTER = ctypes.POINTER
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER(ctypes.c_short), ctypes.c_int, _POINTER(_Event))


@contextmanager
def _library(voice: str, seed: int) -> Iterator[tuple[Any, int]]:
    """Load the library, select `language` or `language+variant`; yield the library and its sample rate in Hz.

    Raises:
        UserError: the data cannot be read, or the language or the variant is unknown.
    """
    data = Path(espeakng_loader.get_data_path())
    if data.is_relative_to(Path.cwd()):  # the library truncates paths at 160 characters
        data = data.relative_to(Path.cwd())
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        rate = library.espeak_Initialize(SYNCHRONOUS, 0, str(data).encode(), PHONEME_EVENTS | DONT_EXIT)
        if rate <= 0:
            raise UserError(
                f"espeak-ng does not start with its data in {data}.\n"
                "Expected a path of at most 140 characters that contains `phontab`; move the environment, or "
                "install espeakng-loader again"
            )
        library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
        variant, variants = voice.partition("+")[2], data / "voices" / "!v"
        if variant and not (variants / variant).is_file():  # the library ignores unknown variants silently
            known = ", ".join(sorted(path.name for path in variants.iterdir()))
            raise UserError(f"espeak-ng: unknown voice variant '{variant}' in '{voice}'; known: {known}")
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise UserError(f"espeak-ng: unknown voice '{voice}'; expected a language, such as 'en-us'")
        yield library, rate
        library.espeak_Terminate()
    finally:
        unload = getattr(_ctypes, "FreeLibrary", None) or _ctypes.dlclose
        unload(library._handle)


def synthesise(text: str, voice: str, prosody: Prosody = PLAIN, seed: int = 0) -> Speech:
    """Synthesise a text; equal arguments give equal samples.

    Args:
        text: plain text.
        voice: language, and variant after a plus: "en-us+f2". British English is "en".
        prosody: see `Prosody`.
        seed: of the jitter that the synthesiser adds.

    Raises:
        UserError: unknown voice or variant.
    """
    chunks: list[NDArray[np.int16]] = []
    marks: list[Mark] = []

    def collect(samples: Any, count: int, events: Any) -> int:
        if samples and count:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        marks.extend(_marks(events))
        return 0

    callback = _Callback(collect)
    encoded = text.encode()
    with _library(voice, seed) as (library, rate):
        for number, value in zip(PARAMETERS, prosody, strict=True):
            library.espeak_SetParameter(number, value, 0)
        library.espeak_SetSynthCallback(callback)
        library.espeak_Synth(encoded, len(encoded) + 1, 0, CHARACTERS, 0, UTF8, None, None)
        library.espeak_Synchronize()
    samples = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
    return Speech(samples, rate, word_times(marks, len(samples)))


def _marks(events: Any) -> Iterator[Mark]:
    """Read the library's array of events up to its terminator."""
    for event in takewhile(lambda event: event.type, events):
        name = event.phoneme.decode("utf-8", "replace") if event.type == PHONEME else ""
        yield Mark(event.type, event.position, event.sample, name.lstrip("',%="))


def word_times(marks: Sequence[Mark], length: int) -> list[Word]:
    """Find start and end of each word: the sample at which the synthesiser switches to its next command.

    A word starts at its event, which is before the closure of a stop. One exception: espeak-ng synthesises a
    sonorant and the vowel after it as one unit ("known elephants"), with the event before the unit; the word
    starts at the vowel. A word ends at the first pause after it, or at the start of the next word.

    Args:
        marks: events in the order of the synthesiser.
        length: of the utterance, in samples.
    """
    groups: list[list[Mark]] = []  # the event of each word, then those of its phonemes
    for mark in marks:
        if mark.type == WORD:
            groups.append([mark])
        elif mark.type == PHONEME and groups:
            groups[-1].append(mark)
    starts = [_start(group, before) for before, group in pairwise([[], *groups])]
    following = [*starts[1:], length]
    ends = [_end(group, start) for group, start in zip(groups, following, strict=True)]
    positions = [group[0].position - 1 for group in groups]
    return list(map(Word, positions, starts, ends))


def _start(group: list[Mark], before: list[Mark]) -> int:
    sonorant = any(mark.phoneme[:1] in SONORANTS for mark in before[-1:])
    vowel = any(mark.phoneme[:1] in VOWELS for mark in group[1:2])
    return group[1].sample if sonorant and vowel else group[0].sample


def _end(group: list[Mark], following: int) -> int:
    """Return the start of the silence after a word; without silence, that of the following word."""
    pauses = list(takewhile(lambda mark: mark.phoneme.startswith("_"), reversed(group)))
    return pauses[-1].sample if pauses else following


def phonemes(text: str, language: str) -> str:
    """Transcribe a text as espeak-ng pronounces it, in IPA; phonemes are separated by spaces.

    Args:
        text: any text; numbers and symbols are read out.
        language: espeak-ng's name of it: "en-us", or "en" for British English.

    Raises:
        UserError: unknown language.
    """
    with _library(language, 0) as (library, _):
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        rest = ctypes.c_char_p(text.encode())
        clauses = []
        while rest.value:
            ipa = library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA | ord("_") << 8)
            clauses.append((ipa or b"").decode())
    return " ".join(" ".join(clauses).replace("_", " ").split())
