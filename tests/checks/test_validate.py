"""Validation: measures by hand, and each violation of a rule is noticed and named."""

import json
import os
import re
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from stages import validate
from stages.checks import metrics
from stages.checks.words import token_collisions
from stages.core import files
from stages.core.errors import UserError

ROOT = Path(__file__).parents[2]
WAV, JSON = (Path(f"data/data_stereo/demo_001.{suffix}") for suffix in ("wav", "json"))


def test_metrics_by_hand(dataset: Path) -> None:
    found = json.loads(Path("metrics/details/validate.json").read_text())
    assert found["all"]["samples"] == 100
    assert found["all"]["minutes"] == pytest.approx(100 * 2.16 / 60, abs=0.001)
    assert found["all"]["lufs_mean"] == -23.0
    assert found["by_emotion"]["sad"]["samples"] == 50
    assert found["by_emotion"]["sad"]["speakers"] == 2
    assert found["all"]["words"] == 200
    assert found["by_style"]["normal"]["samples"] == 100
    compared = json.loads(Path("metrics/validate.json").read_text())
    assert compared["by_emotion"]["sad"].items() <= found["by_emotion"]["sad"].items()
    assert {*metrics.COMPARED_BY_EMOTION} == {"minutes", "samples", "lufs_mean", "snr_db_median"}


def test_words_in_one_frame_are_counted() -> None:
    # frames of 80 ms: 0.00 and 0.07 share the first, 0.08 and 0.16 have their own
    assert token_collisions([["a", [s, s + 0.01], "SPEAKER_MAIN"] for s in (0.0, 0.07, 0.08, 0.16)]) == 1


def edit(name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    path = Path(f"data/data_stereo/{name}.json")
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def sound(name: str, change: Callable[[Any], Any], **options: Any) -> None:
    """Write other samples, and their digest into the JSON."""
    path = Path(f"data/data_stereo/{name}.wav")
    samples = change(soundfile.read(path, dtype="int16")[0])
    soundfile.write(path, samples, **{"samplerate": 24000, "subtype": "PCM_16", **options})
    edit(name, lambda facts: facts.update(sha256=files.sha256(path)))


def manifest(name: str, change: Callable[[list[str]], list[str]]) -> None:
    path = Path(f"data/expressive_{name}.jsonl")
    path.write_text("".join(line + "\n" for line in change(path.read_text().splitlines())))


def everywhere(old: str, new: str) -> None:
    for name in ("dataset", "train", "valid"):
        manifest(name, lambda lines: [line.replace(old, new) for line in lines])


def copied(samples: Any) -> Any:
    return np.stack([samples[:, 0], samples[:, 0]], axis=1)


def overlap(facts: dict[str, Any]) -> None:
    facts["alignments"][1][1][0] = 0.5


def leak(lines: list[str]) -> list[str]:
    return [*lines, Path("data/expressive_valid.jsonl").read_text().splitlines()[0]]


def happy(lines: list[str]) -> list[str]:
    return [line for line in lines if "happy" in line]


def comma() -> None:
    for suffix in ("wav", "json"):
        Path(f"data/data_stereo/demo_001.{suffix}").rename(f"data/data_stereo/demo,001.{suffix}")
    everywhere("demo_001", "demo,001")


def dangling() -> None:
    WAV.unlink()
    WAV.symlink_to("nowhere.wav")


VIOLATIONS: dict[str, tuple[Callable[[], Any], str]] = {
    "mono": (lambda: sound("demo_001", lambda s: s[:, 0]), r"expected WAV PCM_16 24000 Hz stereo"),
    "rate": (lambda: sound("demo_001", lambda s: s, samplerate=22050), "22050"),
    "24 bit": (lambda: sound("demo_001", lambda s: s, subtype="PCM_24"), "PCM_24"),
    "echo on the right": (lambda: sound("demo_001", copied), "right channel is not digital silence"),
    "silence": (lambda: sound("demo_001", lambda s: s * 0), "left channel is silent"),
    "too quiet": (lambda: sound("demo_001", lambda s: s // 2), r"not within 0.2 LU of -23.0 LUFS"),
    "too short": (lambda: sound("demo_001", lambda s: s[:-10]), "manifest has 2.16 s"),
    "other sound": (lambda: shutil.copy("data/data_stereo/demo_002.wav", WAV),
                    "JSON belongs to another WAV"),
    "no wav": (lambda: WAV.unlink(), "demo_001.wav not found"),
    "no json": (lambda: JSON.unlink(), "demo_001.json not found"),
    "stray file": (lambda: shutil.copy(WAV, "data/data_stereo/x.wav"),
                   "1 files in data_stereo belong to no sample, e.g. x.wav"),
    "no alignments": (lambda: edit(JSON.stem, lambda f: f.pop("alignments")), "JSON has no `alignments`"),
    "no words": (lambda: edit(JSON.stem, lambda f: f.update(alignments=[])), "no words"),
    "other label": (lambda: edit(JSON.stem, lambda f: f["alignments"][0].__setitem__(2, "SPEAKER_00")),
                    "a word is not labelled SPEAKER_MAIN"),
    "empty word": (lambda: edit(JSON.stem, lambda f: f["alignments"][0][1].__setitem__(1, 0.08)),
                   "a word does not start before it ends"),
    "overlap": (lambda: edit(JSON.stem, overlap), "not in order, or overlap"),
    "order": (lambda: edit(JSON.stem, lambda f: f["alignments"].reverse()), "not in order"),
    "outside": (lambda: edit(JSON.stem, lambda f: f["alignments"][1][1].__setitem__(1, 2.17)),
                "outside the sample"),
    "missing word": (lambda: edit(JSON.stem, lambda f: f["alignments"].pop()), "are not the transcript"),
    "wrong times": (lambda: edit(JSON.stem, lambda f: f.update(
        alignments=[["a", [0.0, 0.01], "SPEAKER_MAIN"], ["b", [2.1, 2.16], "SPEAKER_MAIN"]])),
        "louder between the words"),
    "text_conditions": (lambda: edit(JSON.stem, lambda f: f.update(text_conditions={})), "text_conditions"),
    "other emotion": (lambda: edit(JSON.stem, lambda f: f.update(emotion="calm")), "manifest has 'sad'"),
    "comma": (comma, "without ',' and ':'"),
    "unknown emotion": (lambda: everywhere('"emotion": "sad"', '"emotion": "sadd"'), "unknown emotion"),
    "blank line": (lambda: manifest("dataset", lambda lines: [*lines, ""]), "blank or not JSON"),
    "no duration": (lambda: everywhere('"duration"', '"length"'), "has no duration"),
    "long duration": (lambda: everywhere('"duration": 2.16', '"duration": 2.17'), "manifest has 2.17 s"),
    "leak": (lambda: manifest("train", leak), "1 samples are in train and in valid"),
    "lost line": (lambda: manifest("train", lambda lines: lines[1:]),
                  "1 samples are not both in dataset and in train or valid"),
    "twice": (lambda: manifest("dataset", lambda lines: [*lines, lines[0]]), "a path is listed twice"),
    "small validation": (lambda: manifest("valid", lambda lines: lines[:15]), "15 validation samples"),
    "speaker in both splits": (lambda: everywhere('"speaker": "demo_b"', '"speaker": "demo_a"'),
                              "speakers in train and in valid: demo_a"),
    "emotion in one split": (lambda: manifest("valid", happy),
                            "emotions in only one of train and valid: sad"),
    "empty wav": (lambda: WAV.write_bytes(b""), "demo_001: unreadable"),
    "not UTF-8": (lambda: JSON.write_bytes(b'{"a": "\xff"}'), "unreadable"),
    "not JSON": (lambda: JSON.write_text("{"), "unreadable"),
    "NaN": (lambda: edit(JSON.stem, lambda f: f.update(score=float("nan"))), "JSON has NaN"),
    "list": (lambda: JSON.write_text("[]"), "JSON has no `alignments`"),
    "no sources": (lambda: edit(JSON.stem, lambda f: f.pop("sources")), "not structured .*'sources'"),
    "word without label": (lambda: edit(JSON.stem, lambda f: f["alignments"][0].pop()), "not structured"),
    "line is not an object": (lambda: manifest("dataset", lambda lines: ["3", *lines]), "jsonl:1: has no"),
    "other line in train": (lambda: manifest("train", lambda lines: [
        line.replace('"license": "CC0-1.0"', '"license": "MIT"') for line in lines]),
        "84 lines of train or valid differ from dataset"),
    "absolute path": (lambda: everywhere("data_stereo/demo_001", "/data_stereo/demo_001"), "be relative"),
    "symlinked wav gone": (dangling, "demo_001.wav not found"),
    "source elsewhere": (lambda: edit(JSON.stem, lambda f: f["sources"][0].update(end_s=1.0)),
                         "a word is not within one source"),
    "dropped clip": (lambda: files.write_json(Path("metrics/balance.json"),
                                              {"all": {"clips": {"chosen": 101, "copies": 0}}}),
                     "100 clips and 0 copies rendered, balance chose"),
}  # fmt: skip


@pytest.mark.parametrize("name", VIOLATIONS)
def test_each_violation_is_noticed_and_named(dataset: Path, name: str) -> None:
    before = Path("metrics/validate.json").read_bytes()
    violate, message = VIOLATIONS[name]
    violate()
    with pytest.raises(UserError, match=message):
        validate.run()
    assert Path("metrics/validate.json").read_bytes() == before


def later(facts: dict[str, Any]) -> None:
    facts["alignments"][1][1][1] += 0.2


def hiss(samples: Any) -> Any:
    samples[52000, 0] = 1
    return samples


PACK_VIOLATIONS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "twice": (lambda p: edit(p.stem, lambda f: f["sources"][1].update(clip_id=f["sources"][0]["clip_id"])),
              "a clip is in the sample twice"),
    "speaker": (lambda p: edit(p.stem, lambda f: f["sources"][1].update(speaker="demo_c")),
                "several speakers on the left channel"),
    "emotion": (lambda p: edit(p.stem, lambda f: f["sources"][1].update(emotion="calm")),
                "emotion: manifest has '.*', a source 'calm'"),
    "license": (lambda p: edit(p.stem, lambda f: f["sources"][1].update(license="MIT")),
                "license: manifest has 'CC0-1.0', a source 'MIT'"),
    "overlap": (lambda p: edit(p.stem, lambda f: f["sources"][1].update(start_s=2.1)),
                "sources on the left channel are not in order, or overlap"),
    "noise between": (lambda p: sound(p.stem, hiss), "the left channel is not silent outside the sources"),
    "word in the gap": (lambda p: edit(p.stem, later), "a word is not within one source"),
}  # fmt: skip


@pytest.mark.parametrize("name", PACK_VIOLATIONS)
def test_each_violation_in_a_pack_is_noticed(packs: Path, name: str) -> None:
    violate, message = PACK_VIOLATIONS[name]
    violate(packs)
    with pytest.raises(UserError, match=f"{packs.stem}: {message}"):
        validate.run()


def test_symlinked_manifest_is_refused(dataset: Path) -> None:
    path = Path("data/expressive_dataset.jsonl")
    path.rename("elsewhere.jsonl")
    path.symlink_to("../elsewhere.jsonl")
    with pytest.raises(UserError, match=r"is a symlink: .*`cache.type`"):
        validate.run()


def validate_with(stderr: int) -> str:
    """Return what `validate` prints to stdout when it checks all 100 samples anew."""
    Path("data/tables/validate.parquet").unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EXPRESSIVE_WORKERS": "2", "DVC_STAGE": "validate"}
    command = [sys.executable, "-c", "from stages import validate; validate.run()"]
    return str(subprocess.check_output(command, env=environment, stderr=stderr, text=True))


def test_a_terminal_shows_one_bar_and_a_file_one_line(dataset: Path, tmp_path: Path) -> None:
    reader, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (24, 120))
    speed = r"[\d.]+ s \(216.0 s of audio, [\d,]+x real time\)\n"
    line = "validate: 100 samples in, 100 kept, 0 dropped; " + speed
    assert re.fullmatch(line, validate_with(terminal))
    os.close(terminal)
    # 100 samples are seven batches, so both workers are used
    states = [state for state in re.split("[\r\n]", os.read(reader, 100_000).decode()) if state]
    assert {state.partition(":")[0] for state in states} == {"validate (stage 20 of 22)"}
    assert "100/100" in states[-1]
    with (tmp_path / "stderr").open("w") as file:
        assert re.fullmatch(line, validate_with(file.fileno()))
    assert (tmp_path / "stderr").read_text() == ""
