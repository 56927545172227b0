"""Grapheme to phoneme: displayed words, dictionary words, and sounds of words that no dictionary has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text import g2p


@pytest.mark.parametrize(
    ("transcript", "displayed"),
    [
        ("It's 11 o'clock.", ["It's", "11", "o'clock."]),
        ("- Yes - no ... maybe", ["- Yes -", "no ...", "maybe"]),
        ("well-known\tfacts\n", ["well-known", "facts"]),
        ("salt & pepper", ["salt", "&", "pepper"]),
        ("…", []),
    ],
)
def test_displayed_words(transcript: str, displayed: list[str]) -> None:
    assert g2p.tokens(transcript) == displayed


@given(st.text(alphabet="aB1é'-.,!? \n“”&", max_size=30))
def test_displayed_words_are_all_tokens_of_the_transcript(transcript: str) -> None:
    words = g2p.tokens(transcript)
    assert " ".join(words).split() == (transcript.split() if words else [])


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("It’s", ("it's",)), ("o'clock.", ("o'clock",)), ("(Mr.", ("mr.",)), ("“'hello'”", ("hello",)),
        ("dogs'", ("dogs'",)), ("semi-heights!", ("semi", "heights")), ("11,", ("11",)),
        ("Zelda's", ("Zelda's",)), ("semi-Zelda", ("semi", "Zelda")), ("$5.", ("$5",)), ("'", ("'",)),
    ],
)  # fmt: skip
def test_dictionary_words(word: str, parts: tuple[str, ...]) -> None:
    known = {"it's", "o'clock", "mr.", "hello", "dogs'", "semi", "heights"}
    assert g2p.look_up(word, known.__contains__) == parts


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("Zelda", "Z EH L D AH"), ("11", "IH L EH V AH N"), ("Schrödinger", "SH R ER D IH NG G ER"),
        ("Łódź", "L AA D Z"), ("Nguyễn", "N UW Y EH N"), ("rendezvous", "R AA N D IH V UW"),
    ],
)  # fmt: skip
def test_sounds_of_unknown_words(word: str, phones: str) -> None:
    assert g2p.sounds(word, "en-us") == phones


def test_words_without_sounds_are_refused() -> None:
    with pytest.raises(g2p.Unpronounceable, match="no English sound for 'ʘ'"):
        g2p.arpabet("a ʘ")
    with pytest.raises(g2p.Unpronounceable, match="no sounds"):
        g2p.sounds("'", "en-us")
