"""The stage `style` on demo clips: whispers and syllables that are known, gain, reuse; and the statistics."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

from stages import statistics, style
from stages.core import audio, store, tables, workers
from stages.core.files import sha256
from stages.corpora import demo
from stages.prosody import style_columns
from stages.samples.timeline import timeline
from stages.signal import chain, lengths, prosody
from stages.text import synthesis
from tests import makers
from tests.samples.test_compose import SETTINGS as FADE
from tests.samples.test_compose import clips as decided

SECTION = yaml.safe_load(Path("params.yaml").read_text())["style"]
SPEAKER = [utterance for utterance in demo.plan() if utterance.speaker_name == "cleo"]
FEW = [
    u for u in SPEAKER if u.kind == "short" or u.emotion == "neutral" or u.name == "cleo_happy_declarative"
]


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    synthesis.write(FEW, folder, seed=0)
    return folder


def build(speech: Path, gain: float = 1.0) -> None:
    """Write the tables before the stage; every other clip is amplified by `gain`."""
    times = pd.read_csv(speech / "words.csv").groupby("clip")
    rows: list[dict[str, Any]] = []
    for i, clip in enumerate(demo.clips(speech)):
        samples, rate = soundfile.read(clip.path, dtype="float32")
        path = Path(f"data/raw/demo/{clip.name}.wav")
        makers.wav(path, samples * (gain if i % 2 else 1), rate, "FLOAT")
        words = times.get_group(clip.name)
        starts, ends = words.start.tolist(), words.end.tolist()
        rows.append({
            "clip_id": f"demo_{clip.name}", "path": str(path), "sha256": sha256(path),
            "speaker": f"demo_{clip.speaker}", "transcript": clip.transcript, "style": clip.style,
            "emotion_intended": clip.emotion_intended, "intensity": "unspecified",
            "speech_start": starts[0], "speech_end": ends[-1], "start": starts[0] - 1000,
            "end": ends[-1] + 1000, "words": words.word.tolist(), "starts": starts, "ends": ends,
        })  # fmt: skip
    page = Path("data/raw/demo/page.wav")
    page.write_text("<html>")
    rows.append({
        "clip_id": "demo_page", "path": str(page), "transcript": "", "speaker": "demo_cleo",
        "status": "faulty_audio", "words": [], "starts": [], "ends": [],
        **dict.fromkeys(("score", "confidence", "speech_start", "speech_end", "start", "end")),
    })  # fmt: skip
    made = makers.decided(*sorted(rows, key=lambda row: row["clip_id"])).assign(
        cache_key="", loudness_method="unmeasurable", gain_capped=False, target_lufs=-23.0,
        max_true_peak_dbtp=-1.0, gain_db=None, true_peak_dbtp=None, denoised=False,
        denoise_gain_floor_db=None,
    )  # fmt: skip
    noisy = made.assign(denoised=True, denoise_gain_floor_db=-12.0)
    for model, table in (
        (tables.Catalog, made), (tables.Trim, made), (tables.Align, made), (tables.Transcribe, made[:0]),
        (tables.Loudness, pd.concat([made, noisy])),
    ):  # fmt: skip
        store.write(store.conform(table, model), model, store.path(model.__name__.lower(), "demo"))


@pytest.fixture
def project(speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    Path("params.yaml").write_text(yaml.safe_dump({"style": SECTION}))
    build(speech)
    return tmp_path


def result(denoised: bool = False) -> pd.DataFrame:
    table = store.read(store.path("style", "demo"), tables.Style)
    return table[table.denoised == denoised].set_index("clip_id")


def test_whispers_and_no_others_are_found(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    style.run("demo")
    table = result()
    whispered = {f"demo_{u.name}" for u in FEW if u.whispered}
    assert len(whispered) >= 2
    assert set(table.index[table.effort == "whispered"]) == whispered
    assert set(table.index[table["style"] == "whispering"]) == whispered
    assert set(table.style_rule[sorted(whispered)]) == {"corpus"}
    assert table.loc[sorted(whispered), "f0_median_hz"].isna().all()
    summary = f"style@demo: {len(FEW) + 1} clips in, {len(FEW)} kept, 1 dropped (unmeasured 1)"
    assert summary in capsys.readouterr().out


def test_every_clip_has_a_row(project: Path) -> None:
    style.run("demo")
    table = result()
    page = table.loc["demo_page"]
    assert (page["style"], page.style_rule) == ("normal", "rest")
    assert page[["sentence_type", "length_class", "description", "effort", "f0_median_hz"]].isna().all()
    happy = table.loc["demo_cleo_happy_declarative"]
    assert (happy.sentence_type, happy.length_class) == ("declarative", "medium")
    assert table.length_class["demo_cleo_happy_short"] == "short"
    words = next(len(u.transcript.split()) for u in FEW if u.name == "cleo_happy_declarative")
    assert happy.syllables_per_s / happy.words_per_s == pytest.approx(happy.syllables / words, rel=0.01)


def test_gain_changes_levels_only(project: Path, speech: Path) -> None:
    style.run("demo")
    plain = result()
    build(speech, gain=0.125)  # exact in binary, so that equal means equal
    style.run("demo")
    quieter = result()
    shift = (quieter.level_db - plain.level_db).dropna()
    assert sorted({round(value, 1) for value in shift}) == [-18.1, 0.0]
    changed = ["level_db", "level_rel_db", "level_z", "cache_key"]
    pd.testing.assert_frame_equal(plain.drop(columns=changed), quieter.drop(columns=changed))


def test_new_rules_decode_no_audio(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    style.run("demo")
    first = store.path("style", "demo").read_bytes()
    rest = {"name": "all", "style": "tense", "when": {}}
    Path("params.yaml").write_text(yaml.safe_dump({"style": {**SECTION, "rules": [rest]}}))
    monkeypatch.setattr(audio, "read", None)
    style.run("demo")
    assert set(result()["style"]) == {"tense", "whispering"}
    Path("params.yaml").write_text(yaml.safe_dump({"style": SECTION}))
    style.run("demo")
    assert store.path("style", "demo").read_bytes() == first


def test_denoised_clips_are_measured_denoised(project: Path) -> None:
    # white noise 5 dB below the voice: the rendered clip must measure like its denoised row
    clip = store.read(store.path("catalog", "demo"), tables.Catalog).set_index("clip_id")
    name = "demo_cleo_happy_declarative"
    samples, rate = soundfile.read(clip.path[name], dtype="float32")
    noise = np.random.default_rng(0).normal(0, samples.std() * 10 ** (-5 / 20), len(samples))
    samples = (samples + noise).astype(np.float32)
    makers.wav(Path(clip.path[name]), samples, rate, "FLOAT")
    style.run("demo")
    noisy, cleaned = result().loc[name], result(denoised=True).loc[name]
    assert cleaned.hnr_db > noisy.hnr_db + 1
    trim = store.read(store.path("trim", "demo"), tables.Trim).set_index("clip_id").loc[name]
    rendered = chain.cut(samples, rate, chain.Cut(trim.start, trim.end, -12.0))
    again = prosody.measure(rendered, lengths.SAMPLE_RATE, [], 0)
    assert again.f0_median_hz == pytest.approx(cleaned.f0_median_hz, rel=0.01)


def test_workers_do_not_change_a_byte(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    style.run("demo")
    one = store.path("style", "demo").read_bytes()
    store.path("style", "demo").unlink()
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "2")
    monkeypatch.setattr(workers, "BATCH", 5)  # more than one batch: a pool
    style.run("demo")
    assert store.path("style", "demo").read_bytes() == one


def test_statistics_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # 103,680 samples at 48 kHz each: 2.16 s
    rows = [
        decided(clip_id=f"demo_{hz}", emotion_intended="sad", f0_median_hz=hz, style=style)
        for hz, style in ((100, "excited"), (110, "subdued"), (120, "subdued"), (np.nan, "subdued"))
    ]
    table = timeline(pd.concat(rows, ignore_index=True), FADE)
    copy = table.assign(sample_id=table.sample_id + "_b")  # used twice, counted once
    store.write(pd.concat([table, copy]), tables.Timeline, Path("data/tables/timeline.parquet"))
    statistics.run()
    found = json.loads(Path("metrics/details/style.json").read_text())
    assert found["all"] == {"clips": 4, "minutes": 0.144}
    excited, subdued = {"clips": 1, "minutes": 0.036}, {"clips": 3, "minutes": 0.108}
    assert found["style"] == {"excited": excited, "subdued": subdued}
    assert found["style_rule"] == {"rest": 4}
    header, *lines = Path("metrics/plots/f0.csv").read_text().splitlines()
    assert header == "emotion,gender,clips,p5,p25,median,p75,p95"
    assert lines == ["sad,female,3,101.0,105.0,110.0,115.0,119.0"]


def test_denoised_clips_are_compared_with_rendered_clips() -> None:
    denoised = [False, True, False, False]
    rows = pd.DataFrame({"clip_id": list("aabc"), "denoised": denoised, "f0_median_hz": [1, 2, 3, 4]})
    recorded, rendered = style_columns.variants(rows)
    assert recorded.f0_median_hz.tolist() == [1, 3, 4]
    assert rendered.f0_median_hz.tolist() == [2, 3, 4]
