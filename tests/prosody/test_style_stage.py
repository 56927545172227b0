"""The stage on demo clips: ground truth of whispers and syllables, gain, reuse, order; and the statistics."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

from stages import statistics, style
from stages.core import store, tables, workers
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
LEVELS = ["level_db", "level_rel_db", "level_z"]


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    synthesis.write(FEW, folder, seed=0)
    return folder


def build(speech: Path, gain: float = 1.0) -> None:
    """The tables before the stage, in the working directory; every other clip amplified by `gain`."""
    times = pd.read_csv(speech / "words.csv").groupby("clip")
    catalog, trim, align = [], [], []
    for i, clip in enumerate(demo.clips(speech)):
        samples, rate = soundfile.read(clip.path, dtype="float32")
        path = makers.wav(
            Path(f"data/raw/demo/{clip.name}.wav"), samples * (gain if i % 2 else 1), rate, "FLOAT"
        )
        name = f"demo_{clip.name}"
        words = times.get_group(clip.name)
        starts, ends = words.start.tolist(), words.end.tolist()
        catalog.append({
            "clip_id": name, "path": str(path), "sha256": sha256(path), "speaker": f"demo_{clip.speaker}",
            "transcript": clip.transcript, "emotion_intended": clip.emotion_intended, "style": clip.style,
            "intensity": "unspecified",
        })  # fmt: skip
        edges = {
            "speech_start": starts[0],
            "speech_end": ends[-1],
            "start": starts[0] - 1000,
            "end": ends[-1] + 1000,
        }
        trim.append({"clip_id": name, "cache_key": "", **edges})
        align.append({
            "clip_id": name, "cache_key": "", "engine": "true", "status": "aligned", "score": -1.0,
            "unaligned_speech_s": 0.0, "oov_words": 0, "words": words.word.tolist(),
            "starts": starts, "ends": ends,
        })  # fmt: skip
    page = Path("data/raw/demo/page.wav")
    page.write_text("<html>")
    catalog.append({"clip_id": "demo_page", "path": str(page), "transcript": "", "speaker": "demo_cleo"})
    trim.append({"clip_id": "demo_page", "cache_key": ""})
    align.append({"clip_id": "demo_page", "cache_key": "", "engine": "true", "status": "faulty_audio",
                  "oov_words": 0, "words": [], "starts": [], "ends": []})  # fmt: skip
    loudness = [
        {"clip_id": clip["clip_id"], "denoised": floor is not None, "cache_key": "",
         "denoise_gain_floor_db": floor, "loudness_method": "unmeasurable", "gain_capped": False,
         "target_lufs": -23.0, "max_true_peak_dbtp": -1.0}
        for clip in catalog
        for floor in (None, -12.0)
    ]  # fmt: skip
    store.write(store.frame(loudness, tables.Loudness), tables.Loudness, store.path("loudness", "demo"))
    makers.save_catalog("demo", catalog)
    store.write(store.frame(trim, tables.Trim), tables.Trim, store.path("trim", "demo"))
    store.write(store.frame(align, tables.Align), tables.Align, store.path("align", "demo"))


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


def test_whispers_are_found_and_nothing_else_is_taken_for_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    style.run("demo")
    table = result()
    whispered = {f"demo_{u.name}" for u in FEW if u.whispered}
    assert len(whispered) >= 2
    assert set(table.index[table.effort == "whispered"]) == whispered
    assert set(table.index[table["style"] == "whispering"]) == whispered
    assert set(table.style_rule[sorted(whispered)]) == {"corpus"}
    assert table.loc[sorted(whispered), "f0_median_hz"].isna().all()
    assert (
        f"style@demo: {len(FEW) + 1} clips in, {len(FEW)} kept, 1 dropped (unmeasured 1)"
        in capsys.readouterr().out
    )


def test_every_clip_has_a_row(project: Path) -> None:
    style.run("demo")
    table = result()
    page = table.loc["demo_page"]
    assert (page["style"], page.style_rule) == ("normal", "rest")
    assert page[["sentence_type", "length_class", "description", "effort", "f0_median_hz"]].isna().all()
    happy = table.loc["demo_cleo_happy_declarative"]
    utterance = next(u for u in FEW if u.name == "cleo_happy_declarative")
    assert happy.sentence_type == "declarative"
    assert happy.length_class == "medium"
    assert table.length_class["demo_cleo_happy_short"] == "short"
    assert happy.syllables_per_s / happy.words_per_s == pytest.approx(
        happy.syllables / len(utterance.transcript.split()), rel=0.01
    )


def test_gain_changes_nothing_but_levels(project: Path, speech: Path) -> None:
    style.run("demo")
    plain = result()
    build(speech, gain=0.125)  # exact in binary, so that equal means equal
    style.run("demo")
    quieter = result()
    shift = (quieter.level_db - plain.level_db).dropna()
    assert sorted({round(value, 1) for value in shift}) == [-18.1, 0.0]
    same = [name for name in plain if name not in [*LEVELS, "cache_key"]]
    pd.testing.assert_frame_equal(plain[same], quieter[same])


def test_new_rules_decode_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    style.run("demo")
    first = store.path("style", "demo").read_bytes()
    rest = {"name": "all", "style": "tense", "when": {}}
    Path("params.yaml").write_text(yaml.safe_dump({"style": {**SECTION, "rules": [rest]}}))
    monkeypatch.setattr(workers, "_run", lambda function, missing: iter(missing[:0] or [None] * len(missing)))
    style.run("demo")
    assert set(result()["style"]) == {"tense", "whispering"}
    Path("params.yaml").write_text(yaml.safe_dump({"style": SECTION}))
    style.run("demo")
    assert store.path("style", "demo").read_bytes() == first


def test_what_is_rendered_denoised_is_measured_denoised(project: Path) -> None:
    # white noise 5 dB below the voice: as rendered, the clip must measure like its denoised row
    clip = store.read(store.path("catalog", "demo"), tables.Catalog).set_index("clip_id")
    name = "demo_cleo_happy_declarative"
    samples, rate = soundfile.read(clip.path[name], dtype="float32")
    noise = np.random.default_rng(0).normal(0, samples.std() * 10 ** (-5 / 20), len(samples))
    makers.wav(Path(clip.path[name]), (samples + noise).astype(np.float32), rate, "FLOAT")
    style.run("demo")
    noisy, cleaned = result().loc[name], result(denoised=True).loc[name]
    assert cleaned.hnr_db > noisy.hnr_db + 1
    trim = store.read(store.path("trim", "demo"), tables.Trim).set_index("clip_id").loc[name]
    rendered = chain.cut((samples + noise).astype(np.float32), rate, chain.Cut(trim.start, trim.end, -12.0))
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
        decided(
            clip_id=f"demo_{i}", emotion_intended="sad", f0_median_hz=hz, style="subdued" if i else "excited"
        )
        for i, hz in enumerate([100.0, 110.0, 120.0, np.nan])
    ]
    table = timeline(pd.concat(rows, ignore_index=True), FADE)
    copy = table.assign(sample_id=table.sample_id + "_b")  # used twice, counted once
    store.write(pd.concat([table, copy]), tables.Timeline, Path("data/tables/timeline.parquet"))
    statistics.run()
    found = json.loads(Path("metrics/details/style.json").read_text())
    assert found["all"] == {"clips": 4, "minutes": 0.144}
    assert found["style"] == {
        "excited": {"clips": 1, "minutes": 0.036}, "subdued": {"clips": 3, "minutes": 0.108},
    }  # fmt: skip
    assert found["style_rule"] == {"rest": 4}
    lines = Path("metrics/plots/f0.csv").read_text().splitlines()
    assert lines == [
        "emotion,gender,clips,p5,p25,median,p75,p95", "sad,female,3,101.0,105.0,110.0,115.0,119.0",
    ]  # fmt: skip


def test_a_denoised_clip_is_compared_with_its_speaker_s_clips_as_rendered() -> None:
    rows = pd.DataFrame(
        {
            "clip_id": ["a", "a", "b", "c"],
            "denoised": [False, True, False, False],
            "f0_median_hz": [1, 2, 3, 4],
        }
    )
    plain, denoised = style_columns.variants(rows)
    assert plain.f0_median_hz.tolist() == [1, 3, 4]
    assert denoised.f0_median_hz.tolist() == [2, 3, 4]
