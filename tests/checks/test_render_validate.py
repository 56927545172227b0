"""The output of `render` passes every check of `validate`, and each violation of a rule is noticed."""

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
import pandas as pd
import pytest
import soundfile

from stages import loudness, render, validate
from stages.checks import metrics
from stages.checks.words import token_collisions
from stages.core import files, store, tables
from stages.core.errors import UserError
from stages.samples import processing
from stages.samples.timeline import timeline
from tests import makers, rendered
from tests.samples.test_compose import SETTINGS, clips

ROOT = Path(__file__).parents[2]
RATE = 48000
WAV, JSON = (Path(f"data/data_stereo/demo_001.{suffix}") for suffix in ("wav", "json"))
TIMELINE = Path("data/tables/timeline.parquet")
SPEAKERS = ["demo_a"] * 16 + ["demo_b"] * 84


def speech(seed: int) -> Any:
    """Noise bursts where the words are, near silence elsewhere."""
    noise = np.random.default_rng(seed)
    samples = noise.normal(0, 1e-4, 144000)
    samples[24000:120000] += noise.normal(0, 0.03, 96000)
    return samples


def placed(speakers: list[str], max_pack_s: float | None = None) -> pd.DataFrame:
    plain, rows = clips(), []
    for i, speaker in enumerate(speakers):
        path = makers.wav(Path(f"data/raw/demo/{i}.wav"), speech(i))
        cut = loudness.measure(
            str(path), {"start": 20160, "end": 123840}, {"target_lufs": -23.0, "max_true_peak_dbtp": -1.0}
        )
        rows.append(
            plain.assign(
                clip_id=f"demo_{i:03d}", speaker=speaker, path=str(path), sha256=files.sha256(path),
                emotion_intended=("happy", "sad")[i % 2], gain_db=round(cut["gain_db"], 3),
                split="validation" if speaker == "demo_a" else "train", f0_median_hz=100.0 + i,
            )
        )  # fmt: skip
    settings = SETTINGS.model_copy(update={"max_pack_s": max_pack_s})
    return timeline(pd.concat(rows, ignore_index=True), settings)


def build(folder: Path, speakers: list[str], max_pack_s: float | None = None) -> Path:
    """A folder with a rendered dataset of one sample per speaker named, or of packs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EXPRESSIVE_WORKERS", "1")
        store.write(placed(speakers, max_pack_s), tables.Timeline, TIMELINE)
        dropped = {"dropped_share": 0.0}
        chosen = {"clips": {"chosen": len(speakers), "copies": 0}}
        files.write_json(Path("metrics/balance.json"), {"all": chosen})
        found = {"all": dropped, "by_emotion": {"happy": dropped, "sad": dropped}}
        files.write_json(Path("metrics/details/screen.json"), found)
        render.run()
        validate.run()
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("built"), SPEAKERS)


@pytest.fixture(scope="module")
def built_packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("packs"), ["demo_a"] * 18 + ["demo_b"] * 20, 20.0)


@pytest.fixture
def packs(built_packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The JSON of a pack of seven clips, in a copy of the dataset, to break."""
    rendered.copied(built_packs, tmp_path / "copy", monkeypatch)
    return next(Path("data/data_stereo").glob("*__p7.json"))


@pytest.fixture
def dataset(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to break."""
    return rendered.copied(built, tmp_path / "copy", monkeypatch)


def test_files_are_what_the_trainer_wants(dataset: Path) -> None:
    info = soundfile.info("data/data_stereo/demo_000.wav")
    assert (info.samplerate, info.channels, info.subtype, info.frames) == (24000, 2, "PCM_16", 51840)
    samples = soundfile.read("data/data_stereo/demo_000.wav", dtype="int16")[0]
    assert samples[:, 0].any()
    assert not samples[:, 1].any()
    line = json.loads(Path("data/expressive_dataset.jsonl").read_text().splitlines()[0])
    assert line == {
        "path": "data_stereo/demo_000.wav", "duration": 2.16, "emotion": "happy", "style": "normal",
        "corpus": "demo", "speaker": "demo_a", "license": "CC0-1.0",
    }  # fmt: skip
    facts = json.loads(Path("data/data_stereo/demo_000.json").read_text())
    assert facts["alignments"] == [["a", [0.08, 0.83], "SPEAKER_MAIN"], ["b", [0.83, 2.08], "SPEAKER_MAIN"]]
    assert [step["step"] for step in facts["sources"][0]["chain"]] == [
        "cut", "fade", "resample", "gain", "quantise",
    ]  # fmt: skip
    assert facts["style_rule"] == "rest"
    assert facts["description"] == "A woman speaks."
    assert facts["prosody"] == {**dict.fromkeys(tables.PROSODY, 1.0), "f0_median_hz": 100.0}
    assert facts["sources"][0]["sha256"] == files.sha256(Path("data/raw/demo/0.wav"))


def test_rendered_sound_is_the_source_in_place(dataset: Path) -> None:
    """The burst of the first word begins where the alignment says, to 1 ms."""
    left = soundfile.read("data/data_stereo/demo_003.wav")[0][:, 0]
    onset = np.flatnonzero(np.abs(left) > 0.01)[0] / 24000
    assert onset == pytest.approx(0.08, abs=0.001)


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


def test_second_run_renders_nothing(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.stat().st_ino for path in Path("data/data_stereo").iterdir()}
    monkeypatch.setattr("stages.core.workers._run", lambda function, missing: iter(_none(missing)))
    render.run()
    assert {path: path.stat().st_ino for path in Path("data/data_stereo").iterdir()} == before


def _none(missing: list[Any]) -> list[Any]:
    assert missing == []
    return []


def test_only_changed_samples_are_rendered(dataset: Path) -> None:
    table = store.read(TIMELINE, tables.Timeline)
    before = {path.name: path.stat().st_ino for path in Path("data/data_stereo").glob("*.wav")}
    changed = table[table.sample_id != "demo_007"].copy()
    changed.loc[changed.sample_id == "demo_005", "gain_db"] += 0.1
    store.write(changed, tables.Timeline, TIMELINE)
    render.run()
    after = {path.name: path.stat().st_ino for path in Path("data/data_stereo").glob("*.wav")}
    assert set(before) - set(after) == {"demo_007.wav"}
    assert [name for name in after if after[name] != before[name]] == ["demo_005.wav"]


def test_a_new_split_renders_nothing(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = store.read(TIMELINE, tables.Timeline)
    swapped = table.assign(split=table.split.map({"train": "validation", "validation": "train"}))
    store.write(swapped, tables.Timeline, TIMELINE)
    monkeypatch.setattr("stages.core.workers._run", lambda function, missing: iter(_none(missing)))
    render.run()
    assert len(Path("data/expressive_valid.jsonl").read_text().splitlines()) == 84


@pytest.mark.parametrize("suffix", ["wav", "json"])
def test_damaged_file_is_rendered_again(dataset: Path, suffix: str) -> None:
    path = Path(f"data/data_stereo/demo_011.{suffix}")
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    render.run()
    assert path.read_bytes() == whole


def test_source_that_changed_is_refused_and_nothing_is_lost(dataset: Path) -> None:
    before = {path.name: path.read_bytes() for path in Path("data/data_stereo").iterdir()}
    table = store.read(TIMELINE, tables.Timeline)
    store.write(table.assign(gain_db=1.0), tables.Timeline, TIMELINE)
    makers.wav(Path("data/raw/demo/3.wav"), speech(99))
    with pytest.raises(UserError, match=r"3.wav: changed since it was catalogued"):
        render.run()
    assert {path.name: path.read_bytes() for path in Path("data/data_stereo").iterdir()} == before


def edit(name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    path = Path(f"data/data_stereo/{name}.json")
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def sound(name: str, change: Callable[[Any], Any], **options: Any) -> None:
    """Write other samples, with a JSON that knows their digest."""
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
    path = WAV
    path.unlink()
    path.symlink_to("nowhere.wav")


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
    "leak": (lambda: manifest("train", leak),
             "1 samples are in train and in valid"),
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


def test_packs_are_what_the_trainer_wants(packs: Path) -> None:
    lines = [json.loads(line) for line in Path("data/expressive_dataset.jsonl").read_text().splitlines()]
    # 20 clips of two emotions in four packs to train on; 18 alone, since a validation of packs has no batch
    assert len(lines) == 4 + 18
    facts = json.loads(packs.read_text())
    assert facts["duration"] == pytest.approx(7 * 2.16 + 6 * 0.4)
    assert facts["transcript"] == " ".join(["a b"] * 7)
    assert [span[0] for _, span, _ in facts["alignments"][::2]] == [
        round(0.08 + 2.56 * k, 4) for k in range(7)
    ]
    assert [source["start_s"] for source in facts["sources"]] == pytest.approx([2.56 * k for k in range(7)])
    # what differs stands with each clip alone
    assert facts["prosody"] == {**dict.fromkeys(tables.PROSODY, 1.0), "f0_median_hz": None}
    pitches = {source["clip_id"]: source["prosody"]["f0_median_hz"] for source in facts["sources"]}
    assert pitches == {clip: 100.0 + int(clip[-3:]) for clip in pitches}
    assert facts["style_rule"] == facts["sources"][3]["style_rule"] == "rest"
    samples = soundfile.read(packs.with_suffix(".wav"), dtype="int16")[0][:, 0]
    # a clip sounds in a pack as it does alone
    row = store.read(TIMELINE, tables.Timeline)
    second = row[row.clip_id == facts["sources"][1]["clip_id"]].astype(object)
    second = second.where(second.notna(), None).iloc[0].to_dict()
    alone = render.quantise(processing.render_clip(second)[0])
    assert (samples[61440 : 61440 + 51840] == alone).all()
    assert not samples[51840:61440].any()


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


def test_words_in_one_frame_are_counted() -> None:
    # frames of 80 ms: 0.00 and 0.07 share the first, 0.08 and 0.16 have their own
    assert token_collisions([["a", [s, s + 0.01], "SPEAKER_MAIN"] for s in (0.0, 0.07, 0.08, 0.16)]) == 1


def validate_with(stderr: int) -> str:
    """What `validate` prints to stdout, checking all 100 samples anew."""
    Path("data/tables/validate.parquet").unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "EXPRESSIVE_WORKERS": "2", "DVC_STAGE": "validate"}
    command = [sys.executable, "-c", "from stages import validate; validate.run()"]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True, check=True
    )
    return str(done.stdout)


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


FULL = """
import resource, sys
from stages import render
from stages.core.errors import main

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.argv = ["render"]
main(render.run)
"""


def test_full_disk_is_one_message_and_loses_nothing(dataset: Path) -> None:
    table = store.read(TIMELINE, tables.Timeline)
    changed = table.assign(gain_db=table.gain_db - 1, target_lufs=-24.0)
    store.write(changed, tables.Timeline, TIMELINE)
    before = {path.name: path.read_bytes() for path in Path("data/data_stereo").iterdir()}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # no file may grow over 100 kB; a sample has 207 kB
    command = [sys.executable, "-c", FULL]
    full = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert full.returncode == 1
    assert "ERROR: the operating system reports: File too large" in full.stderr
    assert "finished work is kept" in full.stderr
    assert "Traceback" not in full.stderr
    assert {path.name: path.read_bytes() for path in Path("data/data_stereo").iterdir()} == before
    assert list(Path("data").rglob("*.new")) == []
    render.run()
    validate.run()
