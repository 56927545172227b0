"""DailyTalk and DailyTalkContiguous in their exact shapes: small with speech, or complete without."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from stages.corpora.formats import daily_dialog
from stages.text import espeak, synthesis
from stages.text.espeak import Prosody
from tests.makers import wav
from tests.trees import put, riff

RATE = 44100
VOICES = {"0": "en-us+m3", "1": "en-us+f2"}
GAP_S = 0.8
SCRIPTS: dict[str, list[tuple[str, str, str]]] = {
    "0": [
        ("1", "Good morning, can I help you with something today?", "no emotion"),
        ("0", "Yes, I need a warm winter coat for my daughter.", "no emotion"),
        ("1", "Try this blue one, which just came yesterday.", "no emotion"),
        ("0", "Oh, it is perfect, she will love it!", "happiness"),
        ("1", "Shall I wrap it for you as a present?", "no emotion"),
        ("0", "That would be wonderful, thank you very much.", "happiness"),
    ],
    "1": [
        ("0", "Why are you sitting here all alone tonight?", "no emotion"),
        ("1", "My old dog died this morning, and I miss him.", "sadness"),
        ("0", "How sad, we all loved him very much.", "sadness"),
        ("0", "Can I do anything for you now?", "no emotion"),
        ("1", "Please stay a little and talk with me.", "sadness"),
        ("0", "Of course, I will make us some tea first.", "no emotion"),
    ],
    "2": [
        ("0", "Who left the window open during the storm?", "anger"),
        ("1", "Nobody told me about this heavy rain.", "no emotion"),
        ("0", "You never think about such things, do you?", "anger"),
        ("1", "Next time I will close every window myself.", "no emotion"),
        ("0", "Look at the carpet, it is completely ruined!", "anger"),
        ("1", "Then let us clean it together right now.", "no emotion"),
    ],
    "3": [
        ("1", "Guess what happened at the office this afternoon.", "no emotion"),
        ("0", "Did they finally repair the broken coffee machine?", "no emotion"),
        ("1", "Better than that, my boss gave me a new job!", "happiness"),
        ("0", "Really? Nobody expected that!", "surprise"),
        ("1", "Neither did I, but I start on Monday.", "happiness"),
        ("0", "Then we should celebrate with a big dinner.", "happiness"),
    ],
    "4": [
        ("0", "What kind of fruit would you like for breakfast?", "no emotion"),
        ("1", "An apple and two ripe bananas, if you have them.", "no emotion"),
        ("0", "We only have green bananas left today.", "no emotion"),
        ("1", "Then I will take the apple and some cold milk.", "no emotion"),
        ("0", "The milk in this bottle smells really awful.", "disgust"),
        ("1", "Pour it away and open another bottle.", "no emotion"),
    ],
}
ALIGNED = {"0": "0", "1": "0", "2": "1", "3": "0", "4": "1"}
"""Speaker whose words are aligned; no file states it."""
CHANNEL = {"0": 0, "1": 1, "2": 1, "3": 0, "4": 0}
"""Channel of the aligned speaker; no file states it."""


class Spoken(NamedTuple):
    """One utterance at 44.1 kHz: samples, shape (n,), and the span of each word in them."""

    samples: NDArray[np.float64]
    spans: list[tuple[int, int]]


@cache
def say(speaker: str, text: str) -> Spoken:
    """An utterance without silence around it."""
    speech = espeak.synthesise(text, VOICES[speaker], Prosody())
    spans = synthesis.spans(text, speech.words)
    samples = soxr.resample(speech.samples.astype(np.float64) / 32768, speech.sample_rate, RATE)
    scale = RATE / speech.sample_rate
    return Spoken(samples, [(round(a * scale), round(b * scale)) for a, b in spans])


def hissing(n: int, seed: int) -> NDArray[np.float64]:
    """A noise floor up to the top of the band, as microphones have; shape (n,)."""
    return np.random.default_rng(seed).normal(0, 3e-4, n)


def metadata() -> dict[str, Any]:
    """Content of metadata.json."""
    return {
        name: {
            str(k): {
                "text": text, "emotion": emotion, "act": "question" if text.endswith("?") else "inform",
                "topic": "ordinary life", "speaker": int(speaker), "utterance_idx": k,
            }
            for k, (speaker, text, emotion) in enumerate(turns)
        }
        for name, turns in SCRIPTS.items()
    }  # fmt: skip


class Recorded(NamedTuple):
    """A two-channel dialogue: samples, shape (n, 2); span of each turn; words of the aligned speaker."""

    samples: NDArray[np.float64]
    turns: list[tuple[int, int]]
    words: list[tuple[str, int, int]]


def record(name: str, aligned: str, channel: int) -> Recorded:
    """Speak a dialogue, the aligned speaker on `channel`, the other speaker on the other channel."""
    place, turns, words, voices = round(0.5 * RATE), [], [], []
    for speaker, text, _ in SCRIPTS[name]:
        spoken = say(speaker, text)
        voices.append((place, spoken.samples, channel if speaker == aligned else 1 - channel))
        turns.append((place + spoken.spans[0][0], place + spoken.spans[-1][1]))
        if speaker == aligned:
            rows = zip(text.split(), spoken.spans, strict=True)
            words += [(word, place + a, place + b) for word, (a, b) in rows]
        place += len(spoken.samples) + round(GAP_S * RATE)
    samples = np.stack([hissing(place, int(name)), hissing(place, int(name) + 100)], axis=1)
    for at, voice, of_voice in voices:
        samples[at : at + len(voice), of_voice] += voice
    return Recorded(samples, turns, words)


def contiguous(folder: Path, with_metadata: bool = True) -> Path:
    """DailyTalkContiguous as on the Hub, and DailyTalk's metadata.json beside it."""
    lines = []
    for name in SCRIPTS:
        recorded = record(name, ALIGNED[name], CHANNEL[name])
        path = wav(folder / f"data_stereo/{name}.wav", recorded.samples, RATE)
        rows = [[word, [a / RATE, b / RATE], "SPEAKER_MAIN"] for word, a, b in recorded.words]
        path.with_suffix(".json").write_text(json.dumps({"alignments": rows}))
        lines.append({"path": f"data_stereo/{name}.wav", "duration": len(recorded.samples) / RATE})
    (folder / "dailytalk.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if with_metadata:
        (folder / "metadata.json").write_text(json.dumps(metadata()))
    return folder


def separate(folder: Path) -> Path:
    """DailyTalk as its zip unpacks."""
    home = folder / "dailytalk"
    for name, turns in SCRIPTS.items():
        for k, (speaker, text, _) in enumerate(turns):
            voice = np.pad(say(speaker, text).samples, round(0.3 * RATE))
            path = wav(home / f"data/{name}/{k}_{speaker}_d{name}.wav", voice + hissing(len(voice), k), RATE)
            path.with_suffix(".txt").write_text(text)
    (home / "metadata.json").write_text(json.dumps(metadata()))
    return folder


def complete_texts(of_turn: Callable[[int, int], str]) -> dict[str, dict[str, dict[str, object]]]:
    """metadata.json in full: 23,773 utterances of 2,541 dialogues, speakers not by parity."""
    labels = list(daily_dialog.EMOTIONS)
    return {
        str(d): {
            str(k): {"text": of_turn(d, k), "emotion": labels[d % 7], "act": "inform", "topic": "work",
                     "speaker": int(k % 3 == d % 2)}
            for k in range(10 if d < 904 else 9)
        }
        for d in range(2541)
    }  # fmt: skip


def complete_separate(folder: Path) -> Path:
    """All of DailyTalk as its zip unpacks, without sound."""
    content = complete_texts(lambda d, k: f"Dialogue {d}, turn {k}.")
    for d, turns in content.items():
        for k, turn in turns.items():
            put(folder / f"dailytalk/data/{d}/{k}_{turn['speaker']}_d{d}.wav", riff(44100))
    put(folder / "dailytalk/metadata.json", json.dumps(content).encode())
    return folder


def complete_contiguous(folder: Path) -> Path:
    """All of the Hub's dataset: speaker 0 is aligned, on the left in even dialogues; words are clicks."""
    content = complete_texts(lambda d, k: f"w{d}x{k}")
    for d, turns in content.items():
        words = [turn["text"] for turn in turns.values() if turn["speaker"] == 0]
        rows = [[word, [k / 1000, (k + 1) / 1000], "SPEAKER_MAIN"] for k, word in enumerate(words)]
        put(folder / f"data_stereo/{d}.json", json.dumps({"alignments": rows}).encode())
        frame = b"\0\x10\1\0" if int(d) % 2 == 0 else b"\1\0\0\x10"
        put(folder / f"data_stereo/{d}.wav", riff(44100, frame * 500, channels=2))
    put(folder / "metadata.json", json.dumps(content).encode())
    return folder
