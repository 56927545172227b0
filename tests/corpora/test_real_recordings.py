"""Real recordings and votes, if `$EXPRESSIVE_CORPORA` (default `../shared/corpora`) holds them."""

import os
import wave
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import catalog, fetch
from stages.core import audio, store, tables
from stages.core.errors import UserError
from stages.corpora import crema_d
from stages.corpora.base import Vote, load

BESIDE = Path(__file__).parents[3] / "shared/corpora"
REAL = Path(os.environ.get("EXPRESSIVE_CORPORA") or BESIDE).resolve()


def real(name: str) -> Path:
    if not (REAL / name).is_dir():
        pytest.skip(f"no real recordings at {REAL / name}; set EXPRESSIVE_CORPORA")
    return REAL / name


def fetch_real(name: str, clips: int | str, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(home)
    settings = f"fetch: {{{name}: {{source: '{real(name)}', expected_clips: {clips}}}}}\n"
    Path("params.yaml").write_text(settings)
    fetch.run(name)


@pytest.mark.parametrize(("name", "count"), [("ravdess", 480), ("crema_d", 8)])
def test_from_folder_to_catalog(
    name: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_real(name, count, tmp_path, monkeypatch)
    catalog.run(name)
    table = store.read(store.path("catalog", name), tables.Catalog)
    assert len(table) == count
    for path in table.path[::5]:
        recording = audio.read(Path(path))
        with wave.open(path) as file:  # the standard library's reader, as a second opinion
            assert recording.sample_rate == file.getframerate() == load(name).SAMPLE_RATE
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            expected = frames.reshape(-1, file.getnchannels())[:, 0] / 32768
        np.testing.assert_array_equal(recording.samples, expected.astype(np.float32))


@pytest.mark.parametrize("name", [
    "Actor_01/03-01-02-01-01-02-01", "Actor_01/03-01-08-01-02-02-01", "Actor_05/03-01-02-01-02-02-05",
    "Actor_20/03-01-03-01-02-01-20", "Actor_20/03-01-06-01-01-02-20",
])  # fmt: skip
def test_five_files_of_ravdess_are_stereo_with_equal_channels(name: str) -> None:
    assert audio.read(real("ravdess") / f"Audio_Speech_Actors_01-24/{name}.wav").channels == 2


def test_an_incomplete_copy_needs_its_expected_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError) as caught:
        fetch_real("ravdess", "null", tmp_path, monkeypatch)
    lost = ", ".join(f"{actor:02d}" for actor in (*range(8, 20), *range(21, 25)))
    assert str(caught.value) == (
        f"ravdess: expected 1,440 clips, found 480. Missing: all clips of speakers {lost}.\n"
        "If this copy is meant to have 480, set `fetch.ravdess.expected_clips: 480` in params.yaml."
    )


def agreement(cast: list[Vote]) -> float:
    """Fleiss' kappa, for raters of varying number; clips with two votes or more."""
    counts: dict[str, list[int]] = defaultdict(list)
    for vote in cast:
        counts[vote.clip].append(vote.count)
    table = np.array(list(counts.values()), dtype=float)
    table = table[table.sum(axis=1) > 1]
    n = table.sum(axis=1)
    observed = (np.square(table).sum(axis=1) - n) / (n * (n - 1))
    chance = float(np.square(table.sum(axis=0) / table.sum()).sum())
    return float((observed.mean() - chance) / (1 - chance))


def test_votes_of_crema_d() -> None:
    """Constants that several independent readers of the votes have found; the paper states 40.9 %."""
    cast: dict[str, list[Vote]] = defaultdict(list)
    for vote in crema_d.votes(real("crema_d")):
        cast[vote.modality].append(vote)
    kappas = {modality: round(agreement(votes), 3) for modality, votes in cast.items()}
    assert kappas == {"voice": 0.278, "face": 0.456, "both": 0.494}
    voice = pd.DataFrame(cast["voice"])
    voice["intended"] = voice["clip"].str[9]
    right = voice[voice.label == voice.intended].groupby("intended")["count"].sum()
    assert voice["count"].sum() == 68_568
    assert round(100 * right.sum() / 68_568, 2) == 40.00
    rates = 100 * right / voice.groupby("intended")["count"].sum()
    stated = {"N": 76.2, "A": 53.2, "F": 32.1, "H": 29.0, "D": 28.6, "S": 25.1}
    assert rates.to_dict() == pytest.approx(stated, abs=0.055)  # S: 25.05 in our own count
    assert round(rates.mean(), 2) == 40.69


def test_tables_of_crema_d() -> None:
    perceived = crema_d.perceived_emotions(real("crema_d"))
    assert perceived.keys() == crema_d.NAMES.keys()
    agreeing = sum(emotion == crema_d.EMOTIONS[name[9:12]] for name, emotion in perceived.items())
    assert round(100 * agreeing / 7442, 2) == 41.64
    people = pd.read_csv(real("crema_d") / "VideoDemographics.csv")
    assert set(people.ActorID.astype(str)) == set(crema_d.NAMES.values())
    assert set(people.Sex) == set(crema_d.GENDERS)
