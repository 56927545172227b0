"""espeak-ng by ctypes: speech with exact word times, and phonemes of any word.

The library comes with the package `espeakng-loader`. It is licensed under the GPL-3; the project loads it at
run time and neither contains nor links it. Its output is not covered by its license.

Equal calls give equal samples only from equal states: the library keeps phases, filters and random numbers
between utterances, so each call here loads it anew (some 5 ms) and seeds it.
"""

import _ctypes
import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from stages.core.errors import UserError

SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback, nothing is played
PHONEME_EVENTS, DONT_EXIT = 0x1, 0x8000
UTF8, CHARACTERS = 1, 1
IPA = 0x02
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4  # numbers of espeak_PARAMETER
WORD, END, PHONEME = 1, 5, 7  # numbers of espeak_EVENT_TYPE that are used here
SONORANTS = frozenset("lrmnN")
VOWELS = frozenset("aeiouAEIOUV@03Y")  # first letters of mnemonics


class Prosody(NamedTuple):
    """How espeak-ng speaks, in its own units.

    Attributes:
        rate: words per minute, 80-450.
        pitch: base pitch, 0-99; 50 is the voice's own.
        pitch_range: 0-99; 0 is a monotone, 50 the voice's own.
        volume: 0-200; 100 is the voice's own.
    """

    rate: int = 175
    pitch: int = 50
    pitch_range: int = 50
    volume: int = 100


PLAIN = Prosody()


class Word(NamedTuple):
    """A word as espeak-ng cuts the text: "well-known", "o'clock" and "11" are one, "mail/phone" is three.

    Attributes:
        position: of its first character in the text, counted from 0.
        start: first sample.
        end: one past its last sample; pauses belong to no word.
    """

    position: int
    start: int
    end: int


class Speech(NamedTuple):
    """One utterance: samples, shape (n,), at `sample_rate` Hz, and when each word is said."""

    samples: NDArray[np.int16]
    sample_rate: int
    words: list[Word]


class _Name(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("utterance", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Name),
    ]


class Mark(NamedTuple):
    """An event of the synthesiser; `phoneme` is its mnemonic without stress marks."""

    type: int
    position: int
    sample: int
    phoneme: str


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def _data() -> Path:
    """Folder of voices, relative where possible: the library truncates paths at 160 characters."""
    folder = Path(espeakng_loader.get_data_path())
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


@contextmanager
def _library(seed: int) -> Iterator[tuple[Any, int]]:
    """The freshly loaded library and its sample rate in Hz."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        options = PHONEME_EVENTS | DONT_EXIT
        rate = library.espeak_Initialize(SYNCHRONOUS, 0, str(_data()).encode(), options)
        if rate <= 0:
            raise UserError(
                f"espeak-ng does not start with its data in {_data()}.\n"
                "Expected a path of at most 140 characters that holds `phontab`; move the environment, or "
                "install espeakng-loader again"
            )
        library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
        yield library, rate
        library.espeak_Terminate()
    finally:
        unload = getattr(_ctypes, "FreeLibrary", None) or _ctypes.dlclose
        unload(library._handle)


def _choose_voice(library: Any, voice: str) -> None:
    """Select `language` or `language+variant`.

    Raises:
        UserError: no such language, or no such variant, which the library itself accepts without a word.
    """
    variant = voice.partition("+")[2]
    variants = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    if variant and not (variants / variant).is_file():
        known = ", ".join(sorted(path.name for path in variants.iterdir()))
        raise UserError(f"espeak-ng: unknown voice variant '{variant}' in '{voice}'; known: {known}")
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise UserError(
            f"espeak-ng: unknown voice '{voice}'; expected a language such as 'en-us', 'en' (British) or 'de'"
        )


def synthesise(text: str, voice: str, prosody: Prosody = PLAIN, seed: int = 0) -> Speech:
    """Speak a text; equal arguments give equal samples.

    Args:
        text: plain text.
        voice: language, and variant after a plus: "en-us+f2". British English is "en".
        prosody: rate, pitch, range of pitch, and volume.
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
    spoken = text.encode()
    with _library(seed) as (library, rate):
        _choose_voice(library, voice)
        for number, value in zip((RATE, PITCH, RANGE, VOLUME), prosody, strict=True):
            library.espeak_SetParameter(number, value, 0)
        library.espeak_SetSynthCallback(callback)
        library.espeak_Synth(spoken, len(spoken) + 1, 0, CHARACTERS, 0, UTF8, None, None)
        library.espeak_Synchronize()
    samples = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
    return Speech(samples, rate, word_times(marks, len(samples)))


def _marks(events: Any) -> Iterator[Mark]:
    """The list that the library hands over, up to its terminator."""
    i = 0
    while events[i].type:
        event = events[i]
        name = event.id.string.decode("utf-8", "replace") if event.type == PHONEME else ""
        yield Mark(event.type, event.position, event.sample, name.lstrip("',%="))
        i += 1


def word_times(marks: Sequence[Mark], length: int) -> list[Word]:
    """Start and end of each word: the sample at which the synthesiser switches to its next command.

    A word starts at its event, which stands before the closure of a stop. One exception: a sonorant and the
    vowel after it are made in one piece ("known elephants"), the event stands before the piece, and the word
    starts where its vowel takes over. A word ends at the first pause after it, or where the next starts.

    Args:
        marks: events in the order of the synthesiser.
        length: of the utterance, in samples.
    """
    groups: list[tuple[Mark, list[Mark]]] = []
    for mark in marks:
        if mark.type == WORD:
            groups.append((mark, []))
        elif mark.type == PHONEME and groups:
            groups[-1][1].append(mark)
    starts = [_start(*group, groups[i - 1][1] if i else []) for i, group in enumerate(groups)]
    ends = [
        _pause(group[1], following) for group, following in zip(groups, [*starts[1:], length], strict=True)
    ]
    return [
        Word(word.position - 1, start, end)
        for (word, _), start, end in zip(groups, starts, ends, strict=True)
    ]


def _start(word: Mark, sounds: list[Mark], before: list[Mark]) -> int:
    joined = (
        bool(sounds and before) and before[-1].phoneme[:1] in SONORANTS and sounds[0].phoneme[:1] in VOWELS
    )
    return sounds[0].sample if joined else word.sample


def _pause(sounds: list[Mark], following: int) -> int:
    """Where the silence after a word begins; where the next word starts if there is none."""
    end = following
    for sound in reversed(sounds):
        if not sound.phoneme.startswith("_"):
            break
        end = sound.sample
    return end


def phonemes(text: str, language: str) -> str:
    """How espeak-ng pronounces a text, in IPA; phonemes are separated by blanks.

    Args:
        text: any text; numbers and symbols are read out.
        language: as espeak-ng calls it: "en-us", or "en" for British English.

    Raises:
        UserError: unknown language.
    """
    with _library(0) as (library, _):
        _choose_voice(library, language)
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        left = ctypes.c_char_p(text.encode())
        clauses = []
        while left.value:
            ipa = library.espeak_TextToPhonemes(ctypes.byref(left), UTF8, IPA | ord("_") << 8)
            clauses.append((ipa or b"").decode())
    return " ".join(" ".join(clauses).replace("_", " ").split())
