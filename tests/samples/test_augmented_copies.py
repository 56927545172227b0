"""Copies from the draw to the rendered file: sound, words and loudness are right, and none leaks."""

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
"""Of 250 ms of voice each, in seconds of the file: the words."""
DATA = Path("data/data_stereo")


def voice(seed: int) -> Any:
    """Four syllables between silences, over a noise floor."""
    samples = voices.syllables(RATE, list(ONSETS))
    return samples + 1e-4 * voices.white(len(samples), seed)


def decided(count: int, balance_validation: int) -> pd.DataFrame:
    """Clips with all decisions made; the first `balance_validation` are of a validation speaker."""
    words = {
        "words": list("abcd"), "transcript": "a b c d", "starts": [round(t * RATE) for t in ONSETS],
        "ends": [round((t + 0.25) * RATE) for t in ONSETS], "start": 20000, "end": 106000,
        "speech_start": 24000, "speech_end": 103200,
    }  # fmt: skip
    rows = []
    for i in range(count):
        path = makers.wav(Path(f"data/raw/demo/{i}.wav"), voice(i))
        found = loudness.measure(
            str(path), {"start": 20000, "end": 106000}, {"target_lufs": -23.0, "max_true_peak_dbtp": -1.0}
        )
        rows.append(
            clips(
                clip_id=f"demo_{i:02d}", path=str(path), sha256=files.sha256(path), emotion_intended="happy",
                speaker="demo_a" if i < balance_validation else "demo_b", gain_db=found["gain_db"],
                split="validation" if i < balance_validation else "train", **words,
            )
        )  # fmt: skip
    table = pd.concat(rows, ignore_index=True)
    return table.drop(columns=list(augmented_copies.UNCHANGED)).assign(lufs=0.0, true_peak_dbtp=0.0)


def joined(clips: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    return timeline(decisions.with_copies(clips, drawn), SETTINGS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of 24 clips, of which 7 are in training and have two copies each."""
    folder = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EXPRESSIVE_WORKERS", "1")
        made = decided(24, 17)
        noise = makers.wav(Path("data/noise/tram.wav"), 0.1 * voices.pink(RATE // 2))
        copied = made[made.split == "train"][["clip_id"]].assign(copies=2)
        drawn = augment.draws(copied, settings(), {noise.as_posix(): files.sha256(noise)})
        store.write(joined(made, drawn), tables.Timeline, Path("data/tables/timeline.parquet"))
        chosen = {"clips": {"chosen": 24, "copies": 14}}
        files.write_json(Path("metrics/balance.json"), {"all": chosen})
        counted = {"dropped_share": 0.0, "clips_kept": 24}
        files.write_json(
            Path("metrics/details/screen.json"), {"all": counted, "by_emotion": {"happy": counted}}
        )
        render.run()
        validate.run()
    return folder


@pytest.fixture
def dataset(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to break."""
    return rendered.copied(built, tmp_path / "copy", monkeypatch)


def facts_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return found


def names() -> list[str]:
    return sorted(path.stem for path in DATA.glob("*__a*.wav"))


def test_each_copy_is_a_sample_of_train_with_its_parameters(dataset: Path) -> None:
    table = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    assert names() == [f"demo_{i}__a{n}" for i in range(17, 24) for n in (1, 2)]
    train = [
        json.loads(line)["path"] for line in Path("data/expressive_train.jsonl").read_text().splitlines()
    ]
    valid = Path("data/expressive_valid.jsonl").read_text()
    assert {f"data_stereo/{name}.wav" for name in names()} < set(train)
    assert "__a" not in valid
    seen = set()
    for name in names():
        row = table[table.sample_id == name].iloc[0]
        facts = facts_of(name)
        assert facts["augmented"] is True
        assert facts["sources"][0]["clip_id"] == name.partition("__")[0]
        assert facts["sources"][0]["sha256"] == row.sha256
        chain = {step["step"]: step for step in facts["sources"][0]["chain"]}
        order = ["cut", "fade", "resample", "stretch", "pitch", "noise", "gain", "quantise"]
        assert list(chain) == [step for step in order if step in chain]
        assert chain.get("stretch", {"tempo": 1.0})["tempo"] == row.tempo
        assert chain.get("pitch", {"semitones": 0.0})["semitones"] == row.semitones
        assert ("noise" in chain) == isinstance(row.noise, str)
        if "noise" in chain:
            assert chain["noise"]["kind"] == "data/noise/tram.wav"
            assert chain["noise"]["snr_db"] == row.noise_snr_db
            assert facts["snr_db"] < row.noise_snr_db  # the recording has noise of its own
        seen |= set(chain)
    assert set(augmented_copies.STEPS) <= seen
    assert facts_of("demo_17")["augmented"] is False
    assert not set(augmented_copies.STEPS) & {
        step["step"] for step in facts_of("demo_17")["sources"][0]["chain"]
    }


def test_words_of_rendered_copies_are_where_the_json_says(dataset: Path) -> None:
    worst = 0.0
    for name in names():
        left = soundfile.read(DATA / f"{name}.wav")[0][:, 0]
        level = np.sqrt(np.convolve(np.square(left), np.ones(240) / 240, "same"))
        loud = np.diff((level > 0.3 * np.percentile(level, 90)).astype(int))
        starts, ends = np.flatnonzero(loud == 1) / 24000, np.flatnonzero(loud == -1) / 24000
        stated = np.array([span for _, span, _ in facts_of(name)["alignments"]])
        assert len(starts) == len(ends) == len(stated)
        # syllables swell and fade over 20 ms; half of that is no error of the clip itself
        worst = max(worst, *np.abs(starts - stated[:, 0] - 0.006), *np.abs(ends - stated[:, 1] + 0.006))
    assert worst < 0.010


def test_snr_of_rendered_copies_is_what_the_json_says(dataset: Path) -> None:
    """Of the file itself: what is in it beyond the same copy without noise, over the samples of speech."""
    table = store.read(Path("data/tables/timeline.parquet"), tables.Timeline).astype(object)
    rows = table.where(table.notna(), None).set_index("sample_id", drop=False).loc[names()]
    noisy = rows[rows.noise.notna()].to_dict("records")
    assert len(noisy) >= 3
    for row in noisy:
        chain = {step["step"]: step for step in facts_of(row["sample_id"])["sources"][0]["chain"]}
        without = {**row, "noise": None, "gain_db": chain["gain"]["gain_db"]}
        clean, _ = processing.render_clip(without)
        noise = soundfile.read(DATA / f"{row['sample_id']}.wav")[0][:, 0] - clean
        starts = np.array([span[0] for _, span, _ in facts_of(row["sample_id"])["alignments"]])
        # all of each syllable but 50 ms at its edges, where it is for the gate to say what is speech
        inside = [
            np.arange(round((start + 0.05) * 24000), round((start + 0.25 / row["tempo"] - 0.05) * 24000))
            for start in starts
        ]
        ratios = [voices.power(clean[part]) / voices.power(noise[part]) for part in inside]
        active = active_samples(clean.astype(np.float32), 24000)
        found = 10 * np.log10(voices.power(clean[active]) / voices.power(noise[active]))
        assert found == pytest.approx(chain["noise"]["snr_db"], abs=0.1)
        assert 10 * np.log10(np.mean(ratios)) == pytest.approx(chain["noise"]["snr_db"], abs=2)


def test_duration_loudness_and_ceiling_hold_for_copies(dataset: Path) -> None:
    table = store.read(Path("data/tables/timeline.parquet"), tables.Timeline).set_index("sample_id")
    for name in names():
        samples, _ = soundfile.read(DATA / f"{name}.wav", dtype="float32")
        expected = 86000 / RATE / table.tempo[name]
        assert abs(len(samples) / 24000 - expected) < 0.001
        lufs = integrated_lufs(samples[:, 0], 24000)
        peak = true_peak_dbtp(samples[:, 0], 24000)
        assert lufs == pytest.approx(-23.0, abs=0.2)
        assert peak is not None
        assert peak <= -0.9


def test_metrics_count_copies_apart(dataset: Path) -> None:
    found = json.loads(Path("metrics/details/validate.json").read_text())["all"]
    assert (found["samples"], found["augmented_samples"]) == (24 + 14, 14)
    assert 0 < found["augmented_minutes"] < found["minutes"]


def test_a_copy_that_is_added_renders_only_itself(dataset: Path) -> None:
    before = {path.name: path.stat().st_ino for path in DATA.iterdir()}
    made = decided(24, 17)
    noise = Path("data/noise/tram.wav")
    wanted = made[made.split == "train"][["clip_id"]].assign(copies=[3, 2, 2, 2, 2, 2, 1])
    drawn = augment.draws(wanted, settings(), {noise.as_posix(): files.sha256(noise)})
    store.write(joined(made, drawn), tables.Timeline, Path("data/tables/timeline.parquet"))
    render.run()
    after = {path.name: path.stat().st_ino for path in DATA.iterdir()}
    new = {name for name in after if before.get(name) != after[name]}
    assert new == {"demo_17__a3.wav", "demo_17__a3.json"}
    assert set(before) - set(after) == {"demo_23__a2.wav", "demo_23__a2.json"}


def test_noise_that_changed_is_refused(dataset: Path) -> None:
    table = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    store.write(table.assign(gain_db=1.0), tables.Timeline, Path("data/tables/timeline.parquet"))
    makers.wav(Path("data/noise/tram.wav"), 0.1 * voices.white(RATE // 2))
    with pytest.raises(UserError, match=r"data/noise/tram.wav: changed or gone since copies were drawn"):
        render.run()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros(RATE), "the noise has no power"),
        (np.zeros((RATE, 3)), "no usable recording of noise: too_many"),
    ],
)
def test_noise_that_is_none_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    path = makers.wav(tmp_path / "n.wav", content)
    row = {**augmented_copies.UNCHANGED, "noise": str(path), "noise_sha256": files.sha256(path),
           "noise_snr_db": 20.0, "noise_seed": "00ff00ff00ff00ff"}  # fmt: skip
    with pytest.raises(UserError, match=message):
        processing.change(makers.tone(1, 24000), row)


def test_copies_without_clip_or_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = decided(2, 0)
    drawn = augment.draws(made[["clip_id"]].assign(copies=1), settings(), {})
    with pytest.raises(UserError, match=r"1 copies lack a clip or a unique name, .* demo_00__a1"):
        decisions.with_copies(made.iloc[1:], drawn)
    with pytest.raises(UserError, match=r"unique name, e.g. demo_01__a1"):
        decisions.with_copies(made.replace({"clip_id": {"demo_00": "demo_01__a1"}}), drawn.iloc[1:])


def test_a_silent_copy_is_refused() -> None:
    row = {"sample_id": "demo_00__a1", "gain_db": None, "target_lufs": -23.0, "max_true_peak_dbtp": -1.0}
    with pytest.raises(UserError, match="demo_00__a1: nothing is heard in this copy"):
        processing.with_gain(np.zeros(24000, np.float32), row)


def test_two_noises_add_up() -> None:
    # 20 dB and 20 dB: twice the noise, 3.01 dB less
    found = decisions.noisier(pd.Series([20.0, None, 30.0, None]), pd.Series([20.0, 25.0, None, None]))
    assert found[:3].tolist() == pytest.approx([16.99, 25.0, 30.0], abs=0.005)
    assert pd.isna(found[3])


def edit(name: str, change: Callable[[dict[str, Any]], Any]) -> None:
    facts = facts_of(name)
    change(facts)
    (DATA / f"{name}.json").write_text(json.dumps(facts))


def move(name: str, source: str, target: str) -> None:
    """From one manifest to the other."""
    lines = {
        side: Path(f"data/expressive_{side}.jsonl").read_text().splitlines() for side in (source, target)
    }
    moved = [line for line in lines[source] if f"/{name}.wav" in line]
    lines[source] = [line for line in lines[source] if line not in moved]
    lines[target] += moved
    for side, kept in lines.items():
        Path(f"data/expressive_{side}.jsonl").write_text("".join(line + "\n" for line in kept))


def relabel(name: str, speaker: str) -> None:
    """In JSON and manifests: all of one speaker's samples but this one stay as they are."""

    def change(facts: dict[str, Any]) -> None:
        for named in (facts, *facts["sources"]):
            named["speaker"] = speaker

    edit(name, change)
    for side in ("dataset", "train", "valid"):
        path = Path(f"data/expressive_{side}.jsonl")
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            if line["path"] == f"data_stereo/{name}.wav":
                line["speaker"] = speaker
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def unaugment(facts: dict[str, Any]) -> None:
    facts["augmented"] = False


def from_validation(facts: dict[str, Any]) -> None:
    facts["sources"][0]["clip_id"] = "demo_03"


def validation_copy() -> None:
    relabel("demo_18__a1", "demo_c")
    move("demo_18__a1", "train", "valid")


BREACHES: dict[str, tuple[Callable[[], Any], str]] = {
    "copy in validation": (validation_copy, "demo_18__a1: is augmented and in validation"),
    "copy of a validation speaker": (lambda: relabel("demo_18__a1", "demo_a"), "demo_a"),
    "copy of a validation clip": (
        lambda: edit("demo_18__a1", from_validation), "demo_18__a1: is a copy of a clip that is not in train",
    ),
    "copy that does not say so": (
        lambda: edit("demo_18__a1", unaugment), "augmented: JSON says False, its chain says True",
    ),
    "clip that says it is a copy": (
        lambda: edit("demo_18", lambda facts: facts.update(augmented=True)), "JSON says True, its chain says",
    ),
    "label missing": (lambda: edit("demo_18", lambda facts: facts.pop("augmented")), "JSON says None"),
    "number without change": (
        lambda: edit("demo_18", lambda facts: facts["sources"][0].update(copy_number=1)), "its copy_number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_each_leak_is_noticed_and_named(dataset: Path, name: str) -> None:
    breach, message = BREACHES[name]
    breach()
    with pytest.raises(UserError, match=message):
        validate.run()


def test_speaker_of_validation_is_noticed_among_copies() -> None:
    """The manifests' own check of speakers comes first; this one holds by itself."""
    plain = {"faults": [], "cache_key": "k", "emotion": "happy", "corpus": "demo"}
    rows = [
        {**plain, "sample_id": "x", "speaker": "a", "augmented": False, "clip_ids": ["x"]},
        {**plain, "sample_id": "y", "speaker": "b", "augmented": False, "clip_ids": ["y"]},
        {**plain, "sample_id": "y__a1", "speaker": "a", "augmented": True, "clip_ids": ["y"]},
    ]
    found = manifests.check_copies(store.frame(rows, tables.Validation), [{"path": "data_stereo/x.wav"}])
    assert found == ["y__a1: is a copy of a validation speaker"]
    assert manifests.check_copies(store.frame(rows[:2], tables.Validation), [{"path": "x.wav"}]) == []
