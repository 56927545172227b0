"""Augmented copies from the draw to the rendered file: audio, words, loudness; leaks into validation."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from stages import augment, loudness, render, validate
from stages.checks import manifests
from stages.core import files, store, tables
from stages.core.errors import UserError
from stages.samples import augmented_copies, decisions, processing
from stages.samples.timeline import timeline
from stages.signal.augment import active_samples
from stages.signal.loudness import integrated_lufs, true_peak_dbtp
from tests import makers, rendered, voices
from tests.samples.test_augment_stage import settings
from tests.samples.test_compose import SETTINGS, clips

RATE = 48000
ONSETS = (0.5, 0.9, 1.5, 1.9)
"""Of the words, 250 ms of voice each, in seconds of the file."""
DATA = Path("data/data_stereo")
NOISE = Path("data/noise/tram.wav")
TABLE = Path("data/tables/timeline.parquet")


def decided(count: int, validation: int) -> pd.DataFrame:
    """Make clips with all decisions; the first `validation` are of a validation speaker."""
    words = {
        "words": list("abcd"), "transcript": "a b c d", "starts": [round(t * RATE) for t in ONSETS],
        "ends": [round((t + 0.25) * RATE) for t in ONSETS], "speech_start": 24000, "speech_end": 103200,
    }  # fmt: skip
    cut, target = {"start": 20000, "end": 106000}, {"target_lufs": -23.0, "max_true_peak_dbtp": -1.0}
    voice, rows = voices.syllables(RATE, list(ONSETS)), []
    for i in range(count):
        path = makers.wav(Path(f"data/raw/demo/{i}.wav"), voice + 1e-4 * voices.white(len(voice), i))
        split, speaker = ("validation", "demo_a") if i < validation else ("train", "demo_b")
        rows.append(
            clips(
                clip_id=f"demo_{i:02d}", path=str(path), sha256=files.sha256(path), emotion_intended="happy",
                speaker=speaker, split=split, gain_db=loudness.measure(str(path), cut, target)["gain_db"],
                **words, **cut,
            )
        )  # fmt: skip
    table = pd.concat(rows, ignore_index=True)
    return table.drop(columns=list(augmented_copies.UNCHANGED)).assign(lufs=0.0, true_peak_dbtp=0.0)


def save_timeline(copies: int | list[int]) -> None:
    """Write the timeline of 24 clips; each of the 7 in training has copies with noise of `NOISE`."""
    made = decided(24, 17)
    copied = made[made.split == "train"][["clip_id"]].assign(copies=copies)
    drawn = augment.draws(copied, settings(), {NOISE.as_posix(): files.sha256(NOISE)})
    table = timeline(decisions.with_copies(made, drawn), SETTINGS)
    store.write(table, tables.Timeline, TABLE)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 24 clips, of which 7 are in training and have two copies each."""
    folder = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EXPRESSIVE_WORKERS", "1")
        makers.wav(NOISE, 0.1 * voices.pink(RATE // 2))
        save_timeline(copies=2)
        files.write_json(Path("metrics/balance.json"), {"all": {"clips": {"chosen": 24, "copies": 14}}})
        counted = {"dropped_share": 0.0, "clips_kept": 24}
        screen = {"all": counted, "by_emotion": {"happy": counted}}
        files.write_json(Path("metrics/details/screen.json"), screen)
        render.run()
        validate.run()
    return folder


@pytest.fixture
def dataset(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to break."""
    return rendered.copied(built, tmp_path / "copy", monkeypatch)


def saved_timeline() -> pd.DataFrame:
    return store.read(TABLE, tables.Timeline).set_index("sample_id", drop=False)


def facts_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return found


def chain_of(name: str) -> dict[str, dict[str, Any]]:
    return {step["step"]: step for step in facts_of(name)["sources"][0]["chain"]}


def names() -> list[str]:
    return sorted(path.stem for path in DATA.glob("*__a*.wav"))


def test_each_copy_is_a_training_sample_with_its_parameters(dataset: Path) -> None:
    table = saved_timeline()
    assert names() == [f"demo_{i}__a{n}" for i in range(17, 24) for n in (1, 2)]
    train = Path("data/expressive_train.jsonl").read_text()
    assert all(f'"data_stereo/{name}.wav"' in train for name in names())
    assert "__a" not in Path("data/expressive_valid.jsonl").read_text()
    seen: set[str] = set()
    for name in names():
        row, facts, chain = table.loc[name], facts_of(name), chain_of(name)
        assert facts["augmented"] is True
        assert facts["sources"][0]["clip_id"] == name.partition("__")[0]
        assert facts["sources"][0]["sha256"] == row.sha256
        order = ["cut", "fade", "resample", "stretch", "pitch", "noise", "gain", "quantise"]
        assert list(chain) == [step for step in order if step in chain]
        assert chain.get("stretch", {"tempo": 1.0})["tempo"] == row.tempo
        assert chain.get("pitch", {"semitones": 0.0})["semitones"] == row.semitones
        assert ("noise" in chain) == isinstance(row.noise, str)
        if "noise" in chain:
            assert (chain["noise"]["kind"], chain["noise"]["snr_db"]) == (str(NOISE), row.noise_snr_db)
            assert facts["snr_db"] < row.noise_snr_db  # the recording has noise of its own
        seen |= set(chain)
    assert set(augmented_copies.STEPS) <= seen
    assert facts_of("demo_17")["augmented"] is False
    assert not set(augmented_copies.STEPS) & set(chain_of("demo_17"))


def test_words_of_rendered_copies_are_where_the_json_says(dataset: Path) -> None:
    for name in names():
        left = soundfile.read(DATA / f"{name}.wav")[0][:, 0]
        level = np.sqrt(np.convolve(np.square(left), np.ones(240) / 240, "same"))
        loud = np.diff((level > 0.3 * np.percentile(level, 90)).astype(int))
        found = np.stack([np.flatnonzero(loud == 1), np.flatnonzero(loud == -1)], axis=1) / 24000
        stated = np.array([span for _, span, _ in facts_of(name)["alignments"]])
        # the ramps of the syllables, 20 ms, pass the threshold 6 ms inside
        assert found - [0.006, -0.006] == pytest.approx(stated, abs=0.010)


def test_snr_of_rendered_copies_is_what_the_json_says(dataset: Path) -> None:
    """The noise is the difference from the same copy without it, over the samples of speech."""
    table = saved_timeline().astype(object)
    noisy = table.where(table.notna(), None).loc[names()].query("noise.notna()").to_dict("records")
    assert len(noisy) >= 3
    for row in noisy:
        name, chain = row["sample_id"], chain_of(row["sample_id"])
        clean, _ = processing.render_clip({**row, "noise": None, "gain_db": chain["gain"]["gain_db"]})
        noise = soundfile.read(DATA / f"{name}.wav")[0][:, 0] - clean
        # the syllables without 50 ms at their edges, which the gate may or may not call speech
        inside = [
            np.arange(round((start + 0.05) * 24000), round((start + 0.25 / row["tempo"] - 0.05) * 24000))
            for _, (start, _), _ in facts_of(name)["alignments"]
        ]
        ratios = [voices.power(clean[part]) / voices.power(noise[part]) for part in inside]
        active = active_samples(clean.astype(np.float32), 24000)
        found = 10 * np.log10(voices.power(clean[active]) / voices.power(noise[active]))
        assert found == pytest.approx(chain["noise"]["snr_db"], abs=0.1)
        assert 10 * np.log10(np.mean(ratios)) == pytest.approx(chain["noise"]["snr_db"], abs=2)


def test_duration_loudness_and_true_peak_hold_for_copies(dataset: Path) -> None:
    table = saved_timeline()
    for name in names():
        samples, _ = soundfile.read(DATA / f"{name}.wav", dtype="float32")
        assert len(samples) / 24000 == pytest.approx(86000 / RATE / table.tempo[name], abs=0.001)
        assert integrated_lufs(samples[:, 0], 24000) == pytest.approx(-23.0, abs=0.2)
        peak = true_peak_dbtp(samples[:, 0], 24000)
        assert peak is not None
        assert peak <= -0.9


def test_metrics_count_copies_separately(dataset: Path) -> None:
    found = json.loads(Path("metrics/details/validate.json").read_text())["all"]
    assert (found["samples"], found["augmented_samples"]) == (24 + 14, 14)
    assert 0 < found["augmented_minutes"] < found["minutes"]


def test_only_added_copies_are_rendered(dataset: Path) -> None:
    before = {path.name: path.stat().st_ino for path in DATA.iterdir()}
    save_timeline(copies=[3, 2, 2, 2, 2, 2, 1])
    render.run()
    after = {path.name: path.stat().st_ino for path in DATA.iterdir()}
    new = {name for name in after if before.get(name) != after[name]}
    assert new == {"demo_17__a3.wav", "demo_17__a3.json"}
    assert set(before) - set(after) == {"demo_23__a2.wav", "demo_23__a2.json"}


def test_changed_noise_is_refused(dataset: Path) -> None:
    store.write(saved_timeline().assign(gain_db=1.0), tables.Timeline, TABLE)
    makers.wav(NOISE, 0.1 * voices.white(RATE // 2))
    with pytest.raises(UserError, match=rf"{NOISE}: changed or deleted since the copies were drawn"):
        render.run()


@pytest.mark.parametrize(
    ("content", "message"),
    [(np.zeros(RATE), "the noise has no power"), (np.zeros((RATE, 3)), "not a usable recording: too_many")],
    ids=["silent", "three channels"],
)
def test_unusable_noise_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    path = makers.wav(tmp_path / "n.wav", content)
    noise = {"noise": str(path), "noise_sha256": files.sha256(path), "noise_snr_db": 20.0, "noise_seed": "ff"}
    with pytest.raises(UserError, match=message):
        processing.change(makers.tone(1, 24000), augmented_copies.UNCHANGED | noise)


def test_copies_without_clip_or_unique_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = decided(2, 0)
    drawn = augment.draws(made[["clip_id"]].assign(copies=1), settings(), {})
    with pytest.raises(UserError, match=r"1 copies lack a clip or a unique name, .* demo_00__a1"):
        decisions.with_copies(made.iloc[1:], drawn)
    with pytest.raises(UserError, match=r"unique name, e.g. demo_01__a1"):
        decisions.with_copies(made.replace({"clip_id": {"demo_00": "demo_01__a1"}}), drawn.iloc[1:])


def test_a_silent_copy_is_refused() -> None:
    row = {"sample_id": "demo_00__a1", "gain_db": None, "target_lufs": -23.0, "max_true_peak_dbtp": -1.0}
    with pytest.raises(UserError, match="demo_00__a1: this copy is silent"):
        processing.with_gain(np.zeros(24000, np.float32), row)


def test_powers_of_two_noises_add_up() -> None:
    # 20 dB and 20 dB: twice the noise, 3.01 dB less
    found = decisions.snr_with_noise(pd.Series([20.0, None, 30.0, None]), pd.Series([20.0, 25.0, None, None]))
    assert found.tolist() == pytest.approx([16.99, 25.0, 30.0, np.nan], abs=0.005, nan_ok=True)


def edit(name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    facts = facts_of(name)
    change(facts)
    (DATA / f"{name}.json").write_text(json.dumps(facts))


def relabel(name: str, speaker: str) -> None:
    """Give a sample another speaker, in its JSON and in the manifests."""
    for path in (DATA / f"{name}.json", *Path("data").glob("expressive_*.jsonl")):
        lines = path.read_text().splitlines(keepends=True)
        own = [line for line in lines if path.suffix == ".json" or f"/{name}.wav" in line]
        changed = [line.replace('"demo_b"', f'"{speaker}"') if line in own else line for line in lines]
        path.write_text("".join(changed))


def move_to_validation(name: str) -> None:
    train, valid = (Path(f"data/expressive_{split}.jsonl") for split in ("train", "valid"))
    lines = train.read_text().splitlines(keepends=True)
    moved = [line for line in lines if f"/{name}.wav" in line]
    train.write_text("".join(line for line in lines if line not in moved))
    valid.write_text("".join([valid.read_text(), *moved]))
    relabel(name, "demo_c")


COPY = "demo_18__a1"
VIOLATIONS: dict[str, tuple[Callable[[], Any], str]] = {
    "copy in validation": (lambda: move_to_validation(COPY), f"{COPY}: is augmented and in validation"),
    "copy of a validation speaker": (lambda: relabel(COPY, "demo_a"), "demo_a"),
    "copy of a validation clip": (lambda: edit(COPY, lambda facts: facts["sources"][0].update(
        clip_id="demo_03")), f"{COPY}: is a copy of a clip that is not in train"),
    "copy marked as a clip": (lambda: edit(COPY, lambda facts: facts.update(augmented=False)),
                              "augmented: expected True from the chains, found False"),
    "clip marked as a copy": (lambda: edit("demo_18", lambda facts: facts.update(augmented=True)),
                              "augmented: expected False from the chains, found True"),
    "label missing": (lambda: edit("demo_18", lambda facts: facts.pop("augmented")), "found None"),
    "number without change": (lambda: edit("demo_18", lambda facts: facts["sources"][0].update(
        copy_number=1)), "copy_number does not match"),
}  # fmt: skip


@pytest.mark.parametrize(("violate", "message"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_each_leak_is_found_and_named(dataset: Path, violate: Callable[[], Any], message: str) -> None:
    violate()
    with pytest.raises(UserError, match=message):
        validate.run()


def test_copies_of_a_validation_speaker_are_found() -> None:
    """Call the check itself: in `validate`, that of the manifests' speakers comes first."""
    plain = {"faults": [], "cache_key": "k", "emotion": "happy", "corpus": "demo"}
    rows = [
        {**plain, "sample_id": "x", "speaker": "a", "augmented": False, "clip_ids": ["x"]},
        {**plain, "sample_id": "y", "speaker": "b", "augmented": False, "clip_ids": ["y"]},
        {**plain, "sample_id": "y__a1", "speaker": "a", "augmented": True, "clip_ids": ["y"]},
    ]
    found = manifests.check_copies(store.frame(rows, tables.Validation), [{"path": "data_stereo/x.wav"}])
    assert found == ["y__a1: is a copy of a validation speaker"]
    assert manifests.check_copies(store.frame(rows[:2], tables.Validation), [{"path": "x.wav"}]) == []
