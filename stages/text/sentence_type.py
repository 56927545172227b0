"""Sentence type and length of a transcript, in English and Mandarin: pure functions of the text.

The type follows from final punctuation or, if there is none (RAVDESS), from the wording. English grammar: R.
Huddleston and G. Pullum (2002), The Cambridge Grammar of the English Language, ch. 10; Mandarin: C. Li and
S. Thompson (1981), Mandarin Chinese, ch. 7 and 18. Questions that only intonation marks ("You are leaving")
are declarative here, because the text does not show them.
"""

import re
import unicodedata

from stages.text import sentence_type_en, sentence_type_zh
from stages.text.language import HAN, language_of

DECLARATIVE, INTERROGATIVE, EXCLAMATORY = "declarative", "interrogative", "exclamatory"
CLOSERS = "\"'”’»)]}）】」』 "
MARKS = {INTERROGATIVE: "?？؟", EXCLAMATORY: "!！", DECLARATIVE: ".。．…"}
CHARACTERS_PER_WORD = 1.5
"""Of running Mandarin text: H. Xiao (2008) and others count 1.4 to 1.6 characters per word."""


def sentence_type(transcript: str, language: str) -> str | None:
    """Return one of `tables.SENTENCE_TYPES`; of several sentences, the last counts.

    Args:
        transcript: of the clip.
        language: BCP 47 tag; the wording counts in `en` and `zh`, in other languages only punctuation.

    Returns:
        None if there are no words.
    """
    text = unicodedata.normalize("NFC", transcript).rstrip(CLOSERS)
    if not any(letter.isalnum() for letter in text):
        return None
    final = re.search(r"[^\w\s]*$", text)
    marks = set(final.group() if final else "")
    for kind, signs in MARKS.items():  # the question mark first: "You did what?!" is a question
        if marks.intersection(signs):
            return kind
    return by_wording(text, language)


def by_wording(text: str, language: str) -> str:
    """Return the type of a sentence without final punctuation."""
    grammar = {"en": sentence_type_en, "zh": sentence_type_zh}.get(language_of(language))
    if grammar is None:
        return DECLARATIVE
    last = re.split(r"[.!?。！？…]+", text)[-1]
    if grammar.is_question(last):
        return INTERROGATIVE
    return EXCLAMATORY if grammar.is_exclamation(last) else DECLARATIVE


def word_count(transcript: str) -> float:
    """Count words; three Chinese characters, which are written without blanks, count as two words."""
    others = HAN.sub(" ", transcript).split()
    latin = sum(any(letter.isalnum() for letter in token) for token in others)
    return latin + len(HAN.findall(transcript)) / CHARACTERS_PER_WORD


def length_class(words: float, medium_from: int, long_from: int) -> str:
    """Return one of `tables.LENGTH_CLASSES`.

    Args:
        words: in the transcript.
        medium_from: minimum words of a medium sentence.
        long_from: minimum words of a long sentence.
    """
    if words >= long_from:
        return "long"
    return "medium" if words >= medium_from else "short"
