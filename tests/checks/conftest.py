"""Fixtures: a rendered dataset of 100 samples, one of packs, and copies of them to damage."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages import loudness, render, validate
from stages.core import files, store, tables
from stages.samples.timeline import timeline
from tests import makers, rendered
from tests.samples.test_compose import SETTINGS, clips

SPEAKERS = ["demo_a"] * 16 + ["demo_b"] * 84


def speech(seed: int) -> Any:
    """Make noise in the words, near silence elsewhere."""
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
    """Render a dataset in a folder: one sample per speaker, or packs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("EXPRESSIVE_WORKERS", "1")
        store.write(placed(speakers, max_pack_s), tables.Timeline, Path("data/tables/timeline.parquet"))
        dropped = {"dropped_share": 0.0}
        chosen = {"clips": {"chosen": len(speakers), "copies": 0}}
        files.write_json(Path("metrics/balance.json"), {"all": chosen})
        found = {"all": dropped, "by_emotion": {"happy": dropped, "sad": dropped}}
        files.write_json(Path("metrics/details/screen.json"), found)
        render.run()
        validate.run()
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("built"), SPEAKERS)


@pytest.fixture(scope="session")
def built_packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("packs"), ["demo_a"] * 18 + ["demo_b"] * 20, 20.0)


@pytest.fixture
def packs(built_packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the dataset of packs to damage it; return the JSON of a pack of seven clips."""
    rendered.copied(built_packs, tmp_path / "copy", monkeypatch)
    return next(Path("data/data_stereo").glob("*__p7.json"))


@pytest.fixture
def dataset(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the dataset to damage it."""
    return rendered.copied(built, tmp_path / "copy", monkeypatch)
