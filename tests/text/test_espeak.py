"""espeak-ng: equal samples from equal calls, errors, and word times that agree with the audio."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from stages.core.errors import UserError
from stages.text import espeak
from stages.text.espeak import Mark, Prosody

TEXT = "The quick brown fox, it's o'clock; eleven well-known elephants. Really?"


def samples(text: str, voice: str, seed: int = 0) -> bytes:
    return espeak.synthesise(text, voice, seed=seed).samples.tobytes()


def test_equal_calls_give_equal_samples_after_other_voices_and_in_another_process() -> None:
    first = samples(TEXT, "en-us+f2")
    for voice in ("en+m3", "en-us+whisper", "en-us+f5"):
        samples("Something else.", voice)
    assert samples(TEXT, "en-us+f2") == first
    code = (
        "import hashlib; from stages.text import espeak; "
        f"print(hashlib.sha256(espeak.synthesise({TEXT!r}, 'en-us+f2').samples.tobytes()).hexdigest())"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert found.strip() == hashlib.sha256(first).hexdigest()


def test_seed_and_variant_change_the_samples() -> None:
    plain = samples(TEXT, "en-us+f2")
    assert samples(TEXT, "en-us+f2", seed=1) != plain
    assert samples(TEXT, "en-us+f3") != plain


def test_prosody_changes_length_and_level() -> None:
    def speech(**prosody: int) -> np.ndarray:
        return espeak.synthesise(TEXT, "en-us", Prosody(**prosody)).samples.astype(float)

    assert len(speech(rate=300)) < 0.7 * len(speech(rate=150))
    assert speech(volume=30).std() < 0.5 * speech(volume=90).std()


@pytest.mark.parametrize("voice", ["en-us+nope", "en-us+F2x", "xx-nowhere", "en-gb-nope+f2"])
def test_unknown_voices_are_refused(voice: str) -> None:
    with pytest.raises(UserError, match="unknown voice"):
        espeak.synthesise("Hello.", voice)


def test_words_are_split_as_documented() -> None:
    text = "The well-known fox, it's o'clock; 11 mail/phone? Really!"
    words = espeak.synthesise(text, "en-us").words
    assert [text[word.position :].split()[0] for word in words] == [
        "The", "well-known", "fox,", "it's", "o'clock;", "11", "mail/phone?", "/phone?", "phone?", "Really!",
    ]  # fmt: skip
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert all(word.start < word.end for word in words)


def test_pauses_between_words_are_digital_silence() -> None:
    """The synthesiser writes zeros in pauses."""
    speech = espeak.synthesise("Stop, look, listen.", "en-us")
    stop, look, listen = speech.words
    for left, right in ((stop, look), (look, listen)):
        assert right.start - left.end > 0.1 * speech.sample_rate
        pause = speech.samples[left.end + 441 : right.start]  # 20 ms for the decay of the last sound
        assert not pause.any()
    for word in speech.words:
        assert np.abs(speech.samples[word.start : word.end].astype(int)).max() > 1000


def test_a_word_after_a_sonorant_starts_at_its_vowel() -> None:
    marks = [
        Mark(espeak.WORD, 1, 0, ""), Mark(espeak.PHONEME, 1, 10, "oU"), Mark(espeak.PHONEME, 1, 50, "n"),
        Mark(espeak.WORD, 5, 50, ""), Mark(espeak.PHONEME, 5, 80, "E"), Mark(espeak.PHONEME, 5, 90, "k"),
        Mark(espeak.PHONEME, 9, 120, "_:"), Mark(espeak.PHONEME, 9, 150, "_"),
    ]  # fmt: skip
    assert espeak.word_times(marks, 200) == [espeak.Word(0, 0, 80), espeak.Word(4, 80, 120)]


@pytest.mark.parametrize(
    ("text", "language", "ipa"),
    [("11", "en-us", "ɪ l ˈɛ v ə n"), ("Zelda", "en-us", "z ˈɛ l d ə"), ("car", "en-us", "k ˈɑːɹ"),
     ("car", "en", "k ˈɑː"), ("-", "en-us", "")],
)  # fmt: skip
def test_phonemes(text: str, language: str, ipa: str) -> None:
    assert espeak.phonemes(text, language) == ipa
