"""Syllables of a transcript: the vowels of its words' dictionary forms."""

from functools import cache

from pocketsphinx import get_model_path

from stages.text import g2p
from stages.text.language import HAN, language_of

VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
"""Of ARPABET."""


@cache
def dictionary() -> dict[str, str]:
    """Phones of each word of CMUdict, as pocketsphinx brings it (BSD); first pronunciations."""
    with open(f"{get_model_path('en-us')}/cmudict-en-us.dict", encoding="utf-8") as lines:  # noqa: PTH123
        entries = (line.split(" ", 1) for line in lines)
        return {word: phones for word, phones in entries if "(" not in word}


def vowels(phones: str) -> int:
    """Of phones in ARPABET: "D AO R" has one."""
    return sum(phone in VOWELS for phone in phones.split())


def count(transcript: str, language: str) -> int | None:
    """Syllables of a transcript.

    English words are looked up, others are said by espeak-ng's rules; a Chinese character is a syllable.

    Returns:
        None if nothing is said, a word has no sounds, or the language is neither English nor Mandarin.
    """
    family = language_of(language)
    if family not in ("en", "zh"):
        return None
    han = len(HAN.findall(transcript)) if family == "zh" else 0
    known = dictionary()
    parts = [
        part
        for word in g2p.tokens(HAN.sub(" ", transcript))
        for part in g2p.look_up(word, known.__contains__)
    ]
    try:
        latin = sum(vowels(known.get(part) or g2p.sounds(part, "en-us")) for part in parts)
    except g2p.Unpronounceable:
        return None
    return han + latin or None
