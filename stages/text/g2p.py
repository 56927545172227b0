"""Displayed words of a transcript, and the sounds of each (grapheme to phoneme).

Each blank-separated token is a displayed word, as the transcript spells it ("o'clock.", "It's"). A token
without sound ("-", "...") is displayed with the word before it, at the start with the word after it.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from stages.text import espeak

SYMBOLS = "&@%+=$€£#"
"""Signs that are read out, although they are neither letters nor digits."""
APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")
LATIN = "\u024f"  # last letter of the Latin alphabets
DASHES = re.compile(r"[-\u2010-\u2015/_]+")

# fmt: off
ARPABET = {
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "g": "G", "ɾ": "T", "ʔ": "T", "q": "K",
    "c": "K", "tʃ": "CH", "dʒ": "JH", "ts": "T S", "dz": "D Z", "tɕ": "CH", "dʑ": "JH", "pf": "P F",
    "f": "F", "v": "V", "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "h": "HH",
    "ɕ": "SH", "ʑ": "ZH", "ʂ": "SH", "ʐ": "ZH", "ç": "HH", "x": "K", "χ": "K", "ɣ": "G", "ʁ": "R",
    "ɦ": "HH", "ħ": "HH", "β": "V", "ɸ": "F", "ɬ": "L", "ʝ": "Y", "m": "M", "n": "N", "ŋ": "NG", "ɲ": "N Y",
    "ɳ": "N", "ɱ": "M", "n̩": "AH N", "m̩": "AH M", "l̩": "AH L", "l": "L", "ɫ": "L", "ʎ": "L Y", "ɭ": "L",
    "ɹ": "R", "r": "R", "ɻ": "R", "ʀ": "R", "ɽ": "R", "j": "Y", "w": "W", "ʍ": "W", "ɥ": "Y", "ʋ": "V",
    "iː": "IY", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɨ": "IH", "y": "UW", "ʏ": "UH", "eɪ": "EY", "e": "EH",
    "ɛ": "EH", "eː": "EY", "ø": "ER", "œ": "ER", "æ": "AE", "a": "AE", "aː": "AA", "ɑ": "AA", "ɑː": "AA",
    "ɒ": "AA", "ɔ": "AO", "ɔː": "AO", "o": "OW", "oː": "OW", "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "aɪ": "AY",
    "aʊ": "AW", "ʊ": "UH", "u": "UW", "uː": "UW", "ʉ": "UW", "ʉː": "UW", "ɯ": "UH", "ɤ": "AH", "ʌ": "AH",
    "ɐ": "AH", "ə": "AH", "ɘ": "AH", "ɜː": "ER", "ɜ": "ER", "ɚ": "ER", "ɝ": "ER", "əl": "AH L",
    "iə": "IY AH", "eə": "EH AH", "ʊə": "UH AH", "aɪə": "AY AH", "aɪɚ": "AY ER", "ɑ̃": "AA N", "ɔ̃": "AO N",
    "ɛ̃": "AE N", "œ̃": "AH N", "ææ": "AE",
}
# fmt: on
"""IPA as espeak-ng writes it -> phonemes of English dictionaries; foreign sounds become similar ones."""
IPA = re.compile("|".join(sorted(map(re.escape, ARPABET), key=len, reverse=True)))
MARKS = re.compile(r"\([a-z-]+\)|[ˈˌ]")


class Unpronounceable(ValueError):
    """A word without known sounds."""


def tokens(transcript: str) -> list[str]:
    """Split a transcript into displayed words; see the module's docstring."""
    words: list[str] = []
    prefix = ""
    for token in transcript.split():
        if any(letter.isalnum() or letter in SYMBOLS for letter in token):
            words.append(prefix + token)
            prefix = ""
        elif words:
            words[-1] += f" {token}"
        else:
            prefix += f"{token} "
    return words


def look_up(word: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """Find the dictionary words of a displayed word; parts that the dictionary lacks keep their spelling.

    "It's" -> it's; "O'Brien," -> o'brien; "Mr." -> mr.; "well-known" -> well, known; "11" -> 11.

    Args:
        word: as displayed.
        known: whether a word is in the dictionary.
    """
    core = _core(word)
    for candidate in (core, f"{core}.", core.strip("'")):
        if known(candidate.lower()):
            return (candidate.lower(),)
    parts = [part for part in map(_core, DASHES.split(core)) if part]
    if len(parts) > 1:
        return tuple(found for part in parts for found in look_up(part, known))
    return (core.strip("'") or core,)


def _core(word: str) -> str:
    """Remove the punctuation around a word; apostrophes belong to the word ('em, dogs')."""
    plain = unicodedata.normalize("NFC", word).translate(APOSTROPHES)
    inside = [i for i, letter in enumerate(plain) if letter.isalnum() or letter in SYMBOLS + "'"]
    return plain[inside[0] : inside[-1] + 1] if inside else ""


@cache
def sounds(word: str, voice: str) -> str:
    """Transcribe a word that is not in the dictionary to ARPABET, as espeak-ng pronounces it: "Z EH L D AH".

    Args:
        word: any word, number or sign.
        voice: "en-us", or "en" for British English.

    Raises:
        Unpronounceable: the word is silent, or has a sound without a similar one in English.
    """
    # espeak-ng spells out words with letters that English never borrows, such as Vietnamese ones
    simple = "".join(unicodedata.normalize("NFKD", c)[0] if c > LATIN else c for c in word)
    phones = arpabet(espeak.phonemes(simple, voice))
    if not phones:
        raise Unpronounceable(f"espeak-ng has no sounds for {word!r}")
    return phones


def arpabet(ipa: str) -> str:
    """Convert IPA to ARPABET, without stress, length, tones and language marks.

    Args:
        ipa: phonemes separated by spaces, as `espeak.phonemes` returns them.

    Raises:
        Unpronounceable: a letter of IPA is not in the table.
    """
    plain = MARKS.sub("", ipa)
    unknown = [sign for sign in IPA.sub("", plain) if unicodedata.category(sign) in ("Ll", "Lu", "Lo")]
    if unknown:
        raise Unpronounceable(f"no English sound for {unknown[0]!r} in {ipa!r}")
    return " ".join(ARPABET[symbol] for symbol in IPA.findall(plain))
