"""Rendering: files as trainers read them, sound in place, and only changed samples written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from stages import render, validate
from stages.core import files, store, tables
from stages.core.errors import UserError
from stages.samples import processing
from tests import makers
from tests.checks.conftest import speech

ROOT = Path(__file__).parents[2]
TIMELINE = Path("data/tables/timeline.parquet")
SAMPLES = Path("data/data_stereo")


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
    # what differs is with each source
    assert facts["prosody"] == {**dict.fromkeys(tables.PROSODY, 1.0), "f0_median_hz": None}
    pitches = {source["clip_id"]: source["prosody"]["f0_median_hz"] for source in facts["sources"]}
    assert pitches == {clip: 100.0 + int(clip[-3:]) for clip in pitches}
    assert facts["style_rule"] == facts["sources"][3]["style_rule"] == "rest"
    samples = soundfile.read(packs.with_suffix(".wav"), dtype="int16")[0][:, 0]
    # a clip in a pack is rendered as it is alone
    rows = {row["clip_id"]: row for row in store.rows(TIMELINE, tables.Timeline)}
    alone = render.quantise(processing.render_clip(rows[facts["sources"][1]["clip_id"]])[0])
    assert (samples[61440 : 61440 + 51840] == alone).all()
    assert not samples[51840:61440].any()


def render_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `render`, and fail if a sample is not cached."""

    def none(function: Any, missing: list[Any]) -> Any:
        assert missing == []
        return iter(())

    monkeypatch.setattr("stages.core.workers._run", none)
    render.run()


def inodes() -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in SAMPLES.iterdir()}


def contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in SAMPLES.iterdir()}


def test_second_run_renders_nothing(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = inodes()
    render_nothing(monkeypatch)
    assert inodes() == before


def test_a_new_split_renders_nothing(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = store.read(TIMELINE, tables.Timeline)
    swapped = table.assign(split=table.split.map({"train": "validation", "validation": "train"}))
    store.write(swapped, tables.Timeline, TIMELINE)
    render_nothing(monkeypatch)
    assert len(Path("data/expressive_valid.jsonl").read_text().splitlines()) == 84


def test_only_changed_samples_are_rendered(dataset: Path) -> None:
    table = store.read(TIMELINE, tables.Timeline)
    before = inodes()
    changed = table[table.sample_id != "demo_007"].copy()
    changed.loc[changed.sample_id == "demo_005", "gain_db"] += 0.1
    store.write(changed, tables.Timeline, TIMELINE)
    render.run()
    after = inodes()
    assert set(before) - set(after) == {"demo_007.wav", "demo_007.json"}
    assert {name for name in after if after[name] != before[name]} == {"demo_005.wav", "demo_005.json"}


@pytest.mark.parametrize("suffix", ["wav", "json"])
def test_damaged_file_is_rendered_again(dataset: Path, suffix: str) -> None:
    path = Path(f"data/data_stereo/demo_011.{suffix}")
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    render.run()
    assert path.read_bytes() == whole


def test_source_that_changed_is_refused_and_nothing_is_lost(dataset: Path) -> None:
    before = contents()
    table = store.read(TIMELINE, tables.Timeline)
    store.write(table.assign(gain_db=1.0), tables.Timeline, TIMELINE)
    makers.wav(Path("data/raw/demo/3.wav"), speech(99))
    with pytest.raises(UserError, match=r"3.wav: changed since it was catalogued"):
        render.run()
    assert contents() == before


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
    before = contents()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # no file may grow over 100 kB; a sample has 207 kB
    command = [sys.executable, "-c", FULL]
    full = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert full.returncode == 1
    assert "ERROR: the operating system reports: File too large" in full.stderr
    assert "finished work is kept" in full.stderr
    assert "Traceback" not in full.stderr
    assert contents() == before
    assert list(Path("data").rglob("*.new")) == []
    render.run()
    validate.run()
