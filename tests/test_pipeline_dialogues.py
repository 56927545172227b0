"""A whole build of two-channel dialogues: in step, two voices, a dataset that `validate` accepts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from stages.lib import files, promises
from tests import dialogues
from tests.dialogues import ALIGNED, CHANNEL, RATE, SCRIPTS
from tests.pipeline import Clone

pytestmark = pytest.mark.slow
WHOLE = ("0", "1", "2")
"""Dialogues that are there as two-channel recordings, and as separate utterances like all."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    folder = tmp_path_factory.mktemp("dialogues")
    whole, separate = dialogues.contiguous(folder / "hub", False), dialogues.separate(folder / "zip")
    clone = Clone(folder / "clone")
    clone.restore()
    clone.edit(
        corpora=["demo", "dailytalk_contiguous", "dailytalk"],
        fetch={
            "dailytalk_contiguous": {
                "source": str(whole), "revision": "main", "dialogues": len(WHOLE),
                "metadata": str(separate),
            },
            "dailytalk": {"source": str(separate), "clips": sum(map(len, SCRIPTS.values()))},
        },
    )  # fmt: skip
    clone.repro()
    return clone


def facts(clone: Clone, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((clone.folder / f"data/data_stereo/{name}.json").read_text())
    return found


def sound(clone: Clone, name: str) -> Any:
    return soundfile.read(clone.folder / f"data/data_stereo/{name}.wav")[0]


def level_db(samples: Any) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))


@pytest.mark.parametrize("name", WHOLE)
def test_both_sides_are_in_step_with_what_was_spoken(built: Clone, name: str) -> None:
    about, stereo = facts(built, f"dailytalk_contiguous_{name}"), sound(built, f"dailytalk_contiguous_{name}")
    recorded = dialogues.record(name, ALIGNED[name], CHANNEL[name])
    (start,) = {source["chain"][0]["start_s"] for source in about["sources"]}
    for (first, last), (speaker, _, _) in zip(recorded.turns, SCRIPTS[name], strict=True):
        part = stereo[round((first / RATE - start) * 24000) : round((last / RATE - start) * 24000)]
        ours, theirs = level_db(part[:, 0]), level_db(part[:, 1])
        assert (ours > theirs + 20) == (speaker == ALIGNED[name])
    for (word, (a, b), _), (said, first, last) in zip(about["alignments"], recorded.words, strict=True):
        assert word == said
        assert (a, b) == pytest.approx((first / RATE - start, last / RATE - start), abs=2e-4)
    assert [source["channel"] for source in about["sources"]] == ["left", "right"]


def test_the_json_lists_the_turns_of_both_voices(built: Clone) -> None:
    about = facts(built, "dailytalk_contiguous_0")
    assert [(turn["turn"], turn["label"]) for turn in about["turns"]] == [
        (k, emotion) for k, (_, _, emotion) in enumerate(SCRIPTS["0"])
    ]
    ours = [turn["channel"] == "left" for turn in about["turns"]]
    assert ours == [speaker == ALIGNED["0"] for speaker, _, _ in SCRIPTS["0"]]
    assert {turn["act"] for turn in about["turns"]} == {"question", "inform"}
    (start,) = {source["chain"][0]["start_s"] for source in about["sources"]}
    recorded = dialogues.record("0", ALIGNED["0"], CHANNEL["0"])
    for turn, (first, last) in zip(about["turns"], recorded.turns, strict=True):
        if turn["channel"] == "left":  # the times of the aligned words
            found = (turn["start_s"], turn["end_s"])
            assert found == pytest.approx((first / RATE - start, last / RATE - start), abs=2e-4)


def test_separate_utterances_alternate_between_the_channels(built: Clone) -> None:
    names = sorted(path.stem for path in (built.folder / "data/data_stereo").glob("dailytalk_[0-9]*.wav"))
    assert names
    for name in names:
        stereo = sound(built, name)
        for source in facts(built, name)["sources"]:
            part = stereo[round(source["start_s"] * 24000) : round(source["end_s"] * 24000)]
            side = ("left", "right").index(source["channel"])
            assert not part[:, 1 - side].any()
            assert level_db(part[:, side]) > -40


def test_nothing_is_lost_and_the_actors_are_on_one_side(built: Clone) -> None:
    screened = json.loads((built.folder / "metrics/screen.json").read_text())["by_corpus"]
    assert screened["dailytalk_contiguous"]["clips_kept"] == 2 * len(WHOLE)
    assert screened["dailytalk"]["clips_in"] == sum(map(len, SCRIPTS.values()))
    # what both hold is taken once
    assert screened["dailytalk"]["reasons"]["same_dialogue"] == sum(len(SCRIPTS[name]) for name in WHOLE)
    separate = (built.folder / "data/data_stereo").glob("dailytalk_[0-9]*.json")
    assert {path.stem.split("_")[1] for path in separate} == set(SCRIPTS) - set(WHOLE)
    sides = [
        "dailytalk" in (built.folder / f"data/expressive_{side}.jsonl").read_text()
        for side in ("train", "valid")
    ]
    assert sum(sides) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: np.stack([s[:, 0], s[:, 0]], 1), "is a copy of the left"),
        (lambda s: np.stack([s[:, 0], s[:, 0] // 4], 1), "is a copy of the left"),
        (lambda s: s * np.array([1, 0], np.int16), "is silent, but has a partner"),
        (lambda s: np.stack([s[:, 0], s[:, 1] // 2], 1), "is not within 0.2 LU"),
        (lambda s: s[:, ::-1], "louder between the words"),
    ],
    ids=["echo", "faint echo", "no partner", "quiet partner", "swapped"],
)
def test_a_broken_partner_is_noticed(built: Clone, tmp_path: Path, change: Any, message: str) -> None:
    name = "dailytalk_contiguous_0"
    source = built.folder / "data"
    (tmp_path / "data_stereo").mkdir()
    wav = tmp_path / f"data_stereo/{name}.wav"
    samples = change(soundfile.read(source / f"data_stereo/{name}.wav", dtype="int16")[0])
    soundfile.write(wav, samples, 24000, subtype="PCM_16")
    wav.with_suffix(".json").write_text(json.dumps(facts(built, name) | {"sha256": files.sha256(wav)}))
    lines = map(json.loads, (source / "expressive_dataset.jsonl").read_text().splitlines())
    line = next(line for line in lines if line["path"] == f"data_stereo/{name}.wav")
    sample, _ = promises.load(line, tmp_path)
    assert sample is not None
    assert any(message in fault for fault in promises.breaches(sample, wav))


def test_windows_of_turns(built: Clone) -> None:
    whole = sound(built, "dailytalk_contiguous_2")
    built.edit(compose={"window_turns": 2})
    ran, _ = built.repro()
    assert "compose" in ran
    assert not [stage for stage in ran if "@" in stage]
    names = sorted(
        path.stem for path in (built.folder / "data/data_stereo").glob("dailytalk_contiguous_2*.wav")
    )
    assert len(names) >= 2
    assert sum(len(sound(built, name)) for name in names) == pytest.approx(len(whole), abs=len(names))
    words = [word for name in names for word, _, _ in facts(built, name)["alignments"]]
    assert words == [word for word, _, _ in dialogues.record("2", ALIGNED["2"], CHANNEL["2"]).words]
