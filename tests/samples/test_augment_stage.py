"""Draws depend on clip, copy and seed alone, are in their ranges, and are uniformly distributed."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import yaml
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from stages import augment
from stages.core import files, params, store, tables
from stages.core.errors import UserError
from tests import makers

PLAIN: dict[str, Any] = {
    "seed": 1, "pitch_probability": 0.8, "max_semitones": 1.5,
    "tempo_probability": 0.6, "max_tempo_change": 0.1, "noise_probability": 0.5,
    "min_noise_snr_db": 20.0, "max_noise_snr_db": 35.0, "noise_folder": "data/noise",
}  # fmt: skip


def settings(**change: Any) -> augment.Augment:
    return augment.Augment(**{**PLAIN, **change})


def balance(clips: list[str], copies: int = 2) -> pd.DataFrame:
    plain = {
        "split": "train", "chosen": True, "copies": copies, "seconds": 2.0, "selection_priority": 1.0,
        "emotion": "happy", "style": "normal", "sentence_type": "declarative", "length_class": "short",
        "gender": "female", "corpus": "demo", "speaker": "demo_a", "normalized_transcript": "ab",
    }  # fmt: skip
    return store.frame([{"clip_id": clip, **plain} for clip in clips], tables.Balance)


def drawn(clips: int, copies: int, recordings: dict[str, str] | None = None, **change: Any) -> pd.DataFrame:
    names = [f"demo_{i}" for i in range(clips)]
    return augment.draws(balance(names, copies), settings(**change), recordings or {})


@given(
    clips=st.sets(st.from_regex(tables.ID.replace("$", r"\Z"), fullmatch=True), min_size=2, max_size=8),
    copies=st.integers(1, 4),
)
@examples(max_examples=30, deadline=None)
def test_draws_do_not_depend_on_other_clips_and_copies_or_on_order(clips: set[str], copies: int) -> None:
    names = sorted(clips)
    few = augment.draws(balance(names[1:], copies), settings(), {})
    many = augment.draws(balance(names[::-1], copies + 1), settings(), {})
    kept = many[(many.clip_id != names[0]) & (many.copy_number <= copies)]
    kept = kept.sort_values(["clip_id", "copy_number"], ignore_index=True)
    pd.testing.assert_frame_equal(few, kept)


@given(
    chances=st.tuples(*[st.sampled_from([0.0, 0.1, 0.5, 1.0])] * 3).filter(any),
    ranges=st.fixed_dictionaries(
        {"seed": st.integers(0, 2**40), "max_semitones": st.floats(0.1, 4),
         "max_tempo_change": st.floats(0.01, 0.3), "min_noise_snr_db": st.floats(0, 60)}
    ),
    width=st.floats(0, 30),
)  # fmt: skip
@examples(max_examples=50, deadline=None)
def test_draws_are_in_their_ranges(chances: tuple[float, ...], ranges: dict[str, Any], width: float) -> None:
    names = ("pitch_probability", "tempo_probability", "noise_probability")
    low, tempo = ranges["min_noise_snr_db"], 1 + ranges["max_tempo_change"]
    high = min(60.0, low + width)
    change = ranges | dict(zip(names, chances, strict=True)) | {"max_noise_snr_db": high}
    table = drawn(20, 2, **change)
    assert len(store.check(table, tables.Augment, "augment")) == 40  # every copy differs from its clip
    assert (table.semitones.abs() <= ranges["max_semitones"] + 0.0005).all()
    assert table.tempo.between(1 / tempo - 0.00005, tempo + 0.00005).all()
    assert table.noise_snr_db.dropna().between(low - 0.005, high + 0.005).all()
    assert chances[0] or (table.semitones == 0).all()
    assert chances[2] or table.noise.isna().all()


def test_distributions() -> None:
    table = drawn(3000, 2)
    changing = 1 - 0.2 * 0.4 * 0.5  # a draw that changes nothing is drawn again
    pitched, timed, noisy = table[table.semitones != 0], table[table.tempo != 1], table[table.noise.notna()]
    for found, chance in ((pitched, 0.8), (timed, 0.6), (noisy, 0.5)):
        assert len(found) / 6000 == pytest.approx(chance / changing, abs=0.02)
    tempo, max_tempo = np.log(timed.tempo), np.log(1.1)
    for values, low, high in (
        (pitched.semitones, -1.5, 1.5), (tempo, -max_tempo, max_tempo), (noisy.noise_snr_db, 20, 35),
    ):  # fmt: skip
        assert scipy.stats.kstest(values, "uniform", args=(low, high - low)).pvalue > 0.001
    assert noisy.noise.value_counts(normalize=True).between(0.30, 0.37).all()
    assert noisy.noise_seed.is_unique
    assert abs(table.semitones.corr(table.tempo)) < 0.05


def test_another_seed_gives_other_draws() -> None:
    assert (drawn(100, 1).semitones != drawn(100, 1, seed=2).semitones).mean() > 0.9


def test_recordings_replace_colours_and_each_has_its_share() -> None:
    two = {"noise/a.wav": makers.SHA, "noise/b.wav": "1" * 64}
    before, after = drawn(2000, 1, two), drawn(2000, 1, {**two, "noise/c.wav": "2" * 64})
    assert set(before.noise.dropna()) == set(two)
    assert before.dropna().noise_sha256.tolist() == before.dropna().noise.map(two).tolist()
    moved = before.noise.dropna() != after.noise.dropna()
    assert moved.mean() == pytest.approx(1 / 3, abs=0.05)
    assert set(after.noise.dropna()[moved]) == {"noise/c.wav"}
    rest = before.columns.drop(["noise", "noise_sha256"])
    pd.testing.assert_frame_equal(before[rest], after[rest])


def test_a_changed_recording_changes_its_digest_only() -> None:
    before, after = (drawn(200, 1, {"n.wav": digest}) for digest in (makers.SHA, "3" * 64))
    assert (before.noise_sha256.dropna() != after.noise_sha256.dropna()).all()
    pd.testing.assert_frame_equal(before.drop(columns="noise_sha256"), after.drop(columns="noise_sha256"))


def test_noise_folder(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").touch()
    assert augment.noises(tmp_path) == {}
    path = makers.wav(tmp_path / "street" / "tram.wav", makers.tone(1))
    assert augment.noises(tmp_path) == {path.as_posix(): files.sha256(path)}
    (tmp_path / "rain.mp3").write_bytes(b"ID3")
    with pytest.raises(UserError, match=r"rain.mp3: expected only .flac and .wav in augment.noise_folder"):
        augment.noises(tmp_path)
    with pytest.raises(UserError, match=r"folder .*nowhere not found; create it"):
        augment.noises(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_noise_snr_db": 10.0}, "max_noise_snr_db must not be below min_noise_snr_db"),
        ({"pitch_probability": 0, "tempo_probability": 0, "noise_probability": 0.05}, "differ from its clip"),
        ({"max_semitones": 0, "max_tempo_change": 0, "noise_probability": 0}, "differ from its clip"),
        ({"max_semitones": 12.0}, "augment.max_semitones: .*found 12.0"),
    ],
)
def test_bad_params_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({"augment": {**PLAIN, **change}}))
    with pytest.raises(UserError, match=message):
        params.section(augment.Augment, "augment", path=path)


def test_no_copies_give_an_empty_table(tmp_path: Path) -> None:
    store.write(drawn(3, 0), tables.Augment, tmp_path / "a.parquet")
    assert store.read(tmp_path / "a.parquet", tables.Augment).empty


def test_a_copy_in_validation_breaks_the_contract() -> None:
    leaking = balance(["demo_1"]).assign(split="validation")
    with pytest.raises(UserError, match="copies only of chosen training clips"):
        store.check(leaking, tables.Balance, "balance")


def test_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/noise").mkdir(parents=True)
    Path("params.yaml").write_text(yaml.safe_dump({"augment": PLAIN}))
    store.write(balance(["demo_1", "demo_2"]), tables.Balance, Path("data/tables/balance.parquet"))
    augment.run()
    table = store.read(augment.TABLE, tables.Augment)[["clip_id", "copy_number"]]
    assert table.to_numpy().tolist() == [["demo_1", 1], ["demo_1", 2], ["demo_2", 1], ["demo_2", 2]]
