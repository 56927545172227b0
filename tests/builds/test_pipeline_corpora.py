"""Builds of other corpora: bad input is counted, and real recordings become a valid dataset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from stages.core import tables
from stages.corpora import ravdess
from stages.text import espeak
from stages.text.espeak import Prosody
from tests import rendered
from tests.pipeline import RECORDINGS, Clone
from tests.trees import put

GOOD = 24
VOICES = {"01": "en-us+m3", "02": "en-us+f2"}
"""Synthetic voices of the actors."""
CLIPS = {"ravdess": 121, "crema_d": 8}
"""Eight actors say the second statement in each emotion and intensity; one of them repeats one clip."""
REPEATED = "03-01-03-01-02-02-07.wav"


def save(
    path: Path, samples: Any, rate: int = 48000, *, subtype: str = "PCM_16", container: str = "WAV"
) -> None:
    """Write a recording in any format, whatever its extension."""
    soundfile.write(path, samples, rate, subtype=subtype, format=container)


def cut_short(path: Path, samples: Any) -> None:
    save(path, samples)
    path.write_bytes(path.read_bytes()[:-5000])


def not_a_number(path: Path, samples: Any) -> None:
    save(path, np.where(np.arange(len(samples)) == 1000, np.nan, samples), subtype="FLOAT")


BAD: dict[str, Callable[[Path, Any], None]] = {
    "truncated": cut_short,
    "not_finite": not_a_number,
    "wrong_container": lambda path, samples: save(path, samples, container="AIFF"),
    "too_many_channels": lambda path, samples: save(path, np.stack([samples] * 6, axis=1)),
    "channels_differ": lambda path, samples: save(path, np.stack([samples, -samples], axis=1)),
    "low_bit_depth": lambda path, samples: save(path, samples, subtype="PCM_U8"),
    "low_sample_rate": lambda path, samples: save(path, soxr.resample(samples, 48000, 8000), 8000),
    "unexpected_sample_rate": lambda path, samples: save(path, soxr.resample(samples, 48000, 16000), 16000),
    "no_signal": lambda path, samples: save(path, samples * 0),
    "narrow_band": lambda path, samples: save(
        path, soxr.resample(soxr.resample(samples, 48000, 16000), 16000, 48000)
    ),
}
"""Makers of one faulty clip per reason."""


def ravdess_tree(folder: Path) -> Path:
    """Make a tree like RAVDESS's, with two synthetic voices at 48 kHz: intact clips, and one per fault."""
    names = [name for name, actor in ravdess.NAMES.items() if actor in VOICES]
    writers = [*([save] * (GOOD - 2)), lambda p, s: save(p, s, subtype="PCM_24"),
               lambda p, s: save(p, np.stack([s, s], axis=1), subtype="FLOAT"), *BAD.values()]  # fmt: skip
    for n, (name, write) in enumerate(zip(names, writers, strict=False)):
        actor, text = name[-2:], ravdess.STATEMENTS[name.split("-")[4]]
        # each clip has its own rate and pitch: otherwise clips would be duplicates of each other
        prosody = Prosody(130 + 7 * (n % 13), 20 + 5 * (n % 11), 20 + 10 * (n % 7))
        speech = espeak.synthesise(f"{text}.", VOICES[actor], prosody)
        loud = soxr.resample(speech.samples / 32768, speech.sample_rate, 48000)
        target = folder / f"Audio_Speech_Actors_01-24/Actor_{actor}/{name}.wav"
        target.parent.mkdir(parents=True, exist_ok=True)
        # noise up to the top of the band, as of a microphone: the synthesiser's band ends at 11 kHz
        write(target, (loud + np.random.default_rng(n).normal(0, 1e-4, len(loud))).astype(np.float32))
    return folder


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    if not (RECORDINGS / "ravdess").exists():
        pytest.skip(f"no real recordings in {RECORDINGS} (EXPRESSIVE_CORPORA)")
    home = tmp_path_factory.mktemp("real")
    for pattern in ("*-02-01-??.wav", REPEATED):
        for path in (RECORDINGS / "ravdess").rglob(pattern):
            put(home / "ravdess" / path.name, path.read_bytes())
    clone = Clone(home / "clone")
    sources = {
        name: {"source": str(folder / name), "expected_clips": CLIPS[name]}
        for name, folder in (("ravdess", home), ("crema_d", RECORDINGS))
    }
    clone.edit(corpora=["ravdess", "crema_d"], fetch=sources)
    clone.whole()
    return clone


def test_every_real_clip_is_rendered_or_dropped_with_a_reason(real: Clone) -> None:
    found = real.json("metrics/screen.json")
    assert found["all"]["clips_in"] == sum(CLIPS.values())
    assert found["all"]["clips_kept"] + sum(found["all"]["reasons"].values()) == sum(CLIPS.values())
    # these actors have the one byte-identical pair of RAVDESS, whose labels are equal
    assert found["all"]["reasons"]["duplicate_audio"] == 1
    assert {reason for reason, count in found["all"]["reasons"].items() if count} <= {
        "duplicate_audio", "transcript_mismatch", "unaligned_speech",
    }  # fmt: skip
    lines = (real.folder / "data/expressive_dataset.jsonl").read_text().splitlines()
    assert found["all"]["clips_kept"] >= 0.95 * sum(CLIPS.values())
    clips = real.json("metrics/balance.json")["all"]["clips"]
    assert clips["available"] == found["all"]["clips_kept"]
    assert len(lines) == clips["chosen"] + clips["copies"]


def test_the_dataset_of_real_recordings_is_valid(real: Clone) -> None:
    found = real.json("metrics/details/validate.json")
    assert found["all"]["lufs_mean"] == pytest.approx(-23.0, abs=0.05)
    assert found["all"]["gain_capped_by_true_peak"] <= 5
    assert set(found["by_emotion"]) == set(tables.EMOTIONS[:8])


def test_words_and_labels_arrive_in_the_json(real: Clone) -> None:
    facts = real.sidecar("ravdess_03-01-06-01-02-01-02")
    assert " ".join(word for word, _, _ in facts["alignments"]) == "Dogs are sitting by the door"
    assert (facts["emotion"], facts["gender"], facts["intensity"]) == ("fearful", "female", "normal")
    assert facts["license"] == "CC-BY-NC-SA-4.0"
    assert real.sidecar("crema_d_1001_DFA_ANG_XX")["corpus_label"] == "ANG"


def test_rendering_keeps_pitch_and_duration_of_real_recordings(real: Clone) -> None:
    denoised = real.json("metrics/screen.json")["all"]["clips_kept_denoised"]
    assert denoised >= 1  # two of CREMA-D: their pitch changed by half when it was measured in the noise
    assert rendered.changes(real.folder) == {}
