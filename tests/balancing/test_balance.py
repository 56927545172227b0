"""Stage `balance`: size of validation, metrics by hand, coverage that is required, and real recordings."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks import balance as bench
from stages import balance as stage
from stages.balancing import balance_metrics, candidates, groups, selection, speaker_split, splits
from stages.balancing.balance_params import BalanceParams, Target
from stages.core import audio, params, store, tables
from stages.core.errors import UserError
from stages.corpora import crema_d, ravdess
from stages.reporting import version_diff
from stages.signal.vad import pad_span, speech_span
from stages.trim import Trim
from tests.balancing.cells import RULES, cells, minutes, rules


def test_a_small_validation_keeps_a_batch_with_a_wider_tolerance() -> None:
    # equal to the one sad clip of 2 s would be two clips; a batch is 16
    clips = cells(("happy", 20, 2.0), ("sad", 1, 2.0))
    own = rules(scarce_below_median_share=0).for_validation()
    made, found = splits.validation(clips, own, 16)
    assert made.chosen.sum() >= 16
    assert set(made[made.chosen].emotion) == {"happy", "sad"}
    assert (found["tolerance_met"], found["tolerance_used"]) == (False, "none")
    assert found["emotion_imbalance"] == pytest.approx(1 - 2 / (2 * (made.chosen.sum() - 1)))
    assert "would leave fewer than 16 clips" in found["imbalance_reason"]
    enough, found = splits.validation(clips, own, 2)  # a corpus of dialogues has the rest
    assert enough.chosen.sum() == 2
    assert (found["tolerance_used"], found["imbalance_reason"]) == (None, "")


def test_the_tolerance_is_widened_no_further_than_needed() -> None:
    # 8 and 9 clips of 2 s: equal would be 16, one of eight more is 11 % apart
    clips = cells(("happy", 9, 2.0), ("sad", 8, 2.0))
    own = rules(scarce_below_median_share=0).for_validation()
    assert splits.balance_validation(clips, own, 16)[1] == 0.02
    made, tolerance = splits.balance_validation(clips, own, 17)
    assert tolerance == 0.5
    assert made.clips.chosen.all()


def test_caps_that_leave_less_than_a_batch_are_an_error() -> None:
    clips = cells(("happy", 20, 2.0), ("sad", 20, 2.0))
    with pytest.raises(UserError, match=r"expected at least 16 .* Raise balance.max_speaker_minutes"):
        splits.balance_validation(clips, rules(max_speaker_minutes=0.2).for_validation(), 16)


def test_entropy_and_gap_by_hand() -> None:
    # H(1/4) = 0.8113 bit of 1
    for values, entropy in (([1.0, 1.0, 1.0], "1.0"), ([3.0, 1.0], "0.8113"), ([3.0, 0.0], "0.0")):
        assert str(balance_metrics.entropy(pd.Series(values))) == entropy  # and not -0.0
    assert balance_metrics.entropy(pd.Series([3.0])) is None
    assert balance_metrics.gap(pd.Series([8.0, 6.0])) == 0.25
    assert balance_metrics.digits(123.456) == 123.5


@pytest.mark.parametrize(
    ("shares", "values", "expected"),
    [
        (
            {"normal": 0.5, "whispering": 0.25, "shouting": 0.25}, ["normal", "whispering", "normal"],
            {"normal": 2 / 3, "whispering": 1 / 3},
        ),
        ("uniform", ["female", "male", "unknown"], {"female": 0.5, "male": 0.5, "unknown": 0.0}),
    ],
)  # fmt: skip
def test_shares_of_values_that_do_not_occur_go_to_the_others(
    shares: Any, values: list[str], expected: dict[str, float]
) -> None:
    found = groups.shares(pd.Series(values), Target(shares=shares, weight=1))
    assert found.to_dict() == pytest.approx(expected)


def test_selection_priority_by_hand() -> None:
    clips = pd.DataFrame(
        {
            "emotion": "sad", "perceived": ["sad", None, "calm", None], "snr_db": [20.0, 30.0, 50.0, None],
            "score": [-2.5, 0.0, -5.0, -5.0], "denoised": [False, False, False, True],
        }
    )  # fmt: skip
    assert candidates.selection_priority(clips).tolist() == [3.0, 2.0, -1.0, -1.0]


def test_sentences_are_the_same_whatever_their_punctuation() -> None:
    spellings = ("It's eleven o'clock.", "Its  eleven oclock!", "its eleven oclock")
    assert {candidates.normalized(spelling) for spelling in spellings} == {spellings[-1]}


def test_the_table_keeps_its_contract() -> None:
    made = selection.balance(cells(("happy", 60, 2.0), ("sad", 45, 2.0)), rules(max_copies=0)).clips
    store.check(store.conform(made, tables.Balance), tables.Balance, "balance")
    with pytest.raises(UserError, match="copies only of chosen training clips"):
        store.check(store.conform(made.assign(copies=1), tables.Balance), tables.Balance, "balance")


def configured(folder: Path, **change: Any) -> Path:
    """Write params.yaml with changes to the section `balance`."""
    section = {**RULES.model_dump(mode="json"), **change}
    (folder / "params.yaml").write_text(json.dumps({"corpora": ["demo"], "balance": section}))
    return folder / "params.yaml"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"emotions": ["hapy"]}, "hapy"),
        ({"emotions": []}, "expected all, or some of"),
        ({"tolerance": 0}, "tolerance"),
        ({"copy_cost": 1}, "copy_cost"),
    ],
)
def test_bad_params_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        params.section(BalanceParams, "balance", path=configured(tmp_path, **change))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which `run` finds 40 clips of each of two emotions, 20 s each, a quarter in validation."""
    split = (["train"] * 3 + ["validation"]) * 20
    clips = cells(("happy", 40, 20.0), ("sad", 40, 20.0), dialogue=None, split=split, speaker=split)
    monkeypatch.setattr(candidates, "join", lambda _: clips)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_missing_required_minutes_are_an_error(project: Path) -> None:
    configured(project, require_min_minutes=True, max_augmented_share=0.0)
    with pytest.raises(UserError) as caught:
        stage.run()
    assert "balance.require_min_minutes: an emotion has too little training audio" in str(caught.value)
    assert "sad: 10 of 30 minutes (10 recorded, 0 augmented; 0 confirmed" in str(caught.value)
    assert "add esd (174 minutes)" in str(caught.value)
    assert not stage.TABLE.exists()


@pytest.mark.parametrize(
    "change", [{"require_min_minutes": False}, {"require_min_minutes": True, "min_minutes": 9}]
)
def test_coverage_that_is_met_or_not_required_is_not_an_error(
    project: Path, change: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    configured(project, **change)
    stage.run()
    lines = capsys.readouterr().out.splitlines()
    short = "2 of 2 emotions have less than 30 minutes to train on (balance.min_minutes), "
    expected = [
        "train: emotions within 0.0%, ", "validation: emotions within 0.0%, 20 samples, 6.667 minutes",
        *([] if change["require_min_minutes"] else [short]),
    ]  # fmt: skip
    assert len(lines) == len(expected) + 1  # the last one is the stopwatch's
    assert all(line.startswith(f"balance: {start}") for line, start in zip(lines, expected, strict=False))
    covered = json.loads(Path("metrics/details/coverage.json").read_text())
    assert covered["met"] == change["require_min_minutes"]
    assert covered["minutes_by_emotion"]["sad"]["recorded"] == 10
    assert set(store.read(stage.TABLE, tables.Balance).split) == {"train", "validation"}


@pytest.fixture(scope="module")
def recordings() -> pd.DataFrame:
    """Read all real clips that are available: lengths of their speech, and a split without faults."""
    corpora = {"ravdess": ravdess, "crema_d": crema_d}
    if not all((bench.CORPORA / name).exists() for name in corpora):
        pytest.skip(f"no real recordings in {bench.CORPORA}")
    gate = params.section(Trim, "trim")
    rows = []
    for name, module in corpora.items():
        for clip in module.clips(bench.CORPORA / name):
            samples, rate, *_ = audio.read(clip.path)
            span = speech_span(samples, rate, gate.vad)
            assert span is not None
            start, end = pad_span(span, round(gate.pad_s * rate), len(samples))
            rows.append(bench.make_row(name, clip, (end - start) / rate))
    clips = bench.add_styles(rows).assign(selection_priority=1.0, kept=True)
    clips = clips.assign(emotion_intended=clips.emotion, split_group=clips.speaker)
    settings = speaker_split.SplitParams(seed=0, validation_share=0.15)
    seed = speaker_split.working_seed(clips, settings)
    assert seed is not None
    speakers = speaker_split.assign(clips, settings.model_copy(update={"seed": seed}))
    return clips.assign(split=clips.speaker.map(speakers.set_index("speaker").split))


def test_real_recordings_are_within_two_percent(recordings: pd.DataFrame) -> None:
    made, found = splits.balance_splits(recordings, RULES)
    train = minutes(made[made.split == "train"])
    assert len(train) == 8  # calm and surprised too: none is scarce
    assert train.max() / train.min() - 1 <= 0.02
    strategies = found["train"]["strategies"]
    assert strategies["unbalanced"]["emotion_imbalance"] > 0.4  # half as much neutral as others
    assert strategies["balanced"]["minutes"] > 1.8 * strategies["undersampled"]["minutes"]
    assert made[made.split == "validation"].copies.sum() == 0


def test_without_balance_every_clip_is_chosen_and_none_is_copied() -> None:
    clips = cells(("happy", 40, 2.0), ("sad", 20, 2.0), split=["train"] * 50 + ["validation"] * 10)
    made, found = splits.balance_splits(clips, rules(enabled=False))
    assert made.chosen.all()
    assert (made.copies == 0).all()
    assert found["all"]["clips"] == {"available": 60, "chosen": 60, "copies": 0}


def test_compared_metrics_are_few_and_have_no_sentences() -> None:
    clips = cells(("happy", 40, 2.0), ("sad", 40, 3.0), split=(["train"] * 20 + ["validation"] * 20) * 2)
    _, found = splits.balance_splits(clips, RULES)
    found["train"]["imbalance_reason"] = "happy has 2 minutes, sad 3: too far apart"
    short = balance_metrics.compared(found)
    parts = found["train"]["minutes"]
    assert short["train"]["minutes"] == balance_metrics.digits(parts["chosen"] + parts["augmented"])
    assert short["all"]["clips"] == found["all"]["clips"]
    leaves = version_diff.flat(short)
    assert len(leaves) == 7
    assert max(len(str(value)) for value in leaves.values()) < 30
    assert all(float(f"{value:.4g}") == value for value in leaves.values() if isinstance(value, float))
