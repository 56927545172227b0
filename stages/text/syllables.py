"""Syllables of a transcript: the vowels in the pronunciations of its words."""

from functools import cache

from pocketsphinx import get_model_path

from stages.text import g2p
from stages.text.language import HAN, language_of

VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
"""Vowels of ARPABET."""


@cache
def dictionary() -> dict[str, str]:
    """Read the first pronunciation of each word of CMUdict, which pocketsphinx contains (BSD)."""
    with open(f"{get_model_path('en-us')}/cmudict-en-us.dict", encoding="utf-8") as lines:  # noqa: PTH123
        entries = (line.split(" ", 1) for line in lines)
        return {word: phones for word, phones in entries if "(" not in word}


def count(transcript: str, language: str) -> int | None:
    """Count the syllables of a transcript.

    English words are looked up in CMUdict; espeak-ng pronounces others; a Chinese character is a syllable.

    Returns:
        None if there are no words, a word has no sounds, or the language is neither English nor Mandarin.
    """
    family = language_of(language)
    if family not in ("en", "zh"):
        return None
    han = len(HAN.findall(transcript)) if family == "zh" else 0
    known = dictionary()
    words = g2p.tokens(HAN.sub(" ", transcript))
    parts = [part for word in words for part in g2p.look_up(word, known.__contains__)]
    try:
        sounds = " ".join(known.get(part) or g2p.sounds(part, "en-us") for part in parts)
    except g2p.Unpronounceable:
        return None
    return han + sum(sound in VOWELS for sound in sounds.split()) or None
