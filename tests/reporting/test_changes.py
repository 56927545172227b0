"""Comparison of two versions whose differences are known by hand (`tests.versions`)."""

import hashlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages import inventory as stage
from stages.reporting import changelog, version_diff
from stages.reporting.revisions import Revision
from tests.versions import V1, V2, inventory

OLD, NEW = inventory(V1), inventory(V2)
EXPECTED = {
    "demo_same": set(),
    "demo_same2": set(),
    "demo_noisy": {"removed"},
    "demo_short": {"added"},
    "demo_gone": {"removed"},
    "demo_happy": {"relabelled"},
    "demo_loud": {"rerendered"},
    "demo_words": {"redescribed"},
    "demo_bea_1": {"moved"},
    "demo_new": {"added"},
}


def flags(changed: pd.DataFrame) -> dict[str, set[str]]:
    rows = changed.set_index("clip_id")
    return {clip: {flag for flag in version_diff.FLAGS if rows.at[clip, flag]} for clip in rows.index}


def version(name: str, table: pd.DataFrame, lufs: float = -23.0, seed: int = 1) -> Revision:
    figures = {"minutes": 1.0, "lufs_mean": lufs, "snr_db_median": 40.0}
    lock = {
        "stages": {
            "split": {
                "params": {"params.yaml": {"split": {"seed": seed, "validation_share": 0.15}}},
                "deps": [
                    {"path": "data/tables/catalog", "md5": name},  # made by another stage
                    {"path": "stages/split.py", "md5": f"code of {name}"},
                    {"path": "stages/core/files.py", "md5": "same"},
                ],
                "outs": [{"path": "data/tables/split.parquet", "md5": name}],
            },
            "catalog@demo": {"outs": [{"path": "data/tables/catalog/demo.parquet", "md5": name}]},
        }
    }
    return Revision(name, table, {"validate": {"all": figures, "by_emotion": {"angry": figures}}}, lock)


def test_each_clip_is_told_apart() -> None:
    assert flags(version_diff.clips(OLD, NEW)) == EXPECTED


def test_backwards_added_and_removed_change_places() -> None:
    swap = {"added": "removed", "removed": "added"}
    expected = {clip: {swap.get(flag, flag) for flag in found} for clip, found in EXPECTED.items()}
    assert flags(version_diff.clips(NEW, OLD)) == expected


def test_a_clip_that_both_versions_drop_is_no_change() -> None:
    dropped = OLD[OLD.reason.notna()]
    assert version_diff.clips(dropped, dropped).empty


@given(st.sets(st.sampled_from(range(len(OLD)))), st.sets(st.sampled_from(range(len(NEW)))))
def test_counts_add_up(left: set[int], right: set[int]) -> None:
    old, new = OLD.iloc[sorted(left)], NEW.iloc[sorted(right)]
    changed = version_diff.clips(old, new)
    assert (new.samples > 0).sum() - (old.samples > 0).sum() == changed.added.sum() - changed.removed.sum()
    assert not (changed.added & changed.removed).any()
    assert not (changed.redescribed & (changed.rerendered | changed.relabelled)).any()


@pytest.mark.parametrize(
    ("clips", "expected"),
    [
        (["demo_bea_1", "demo_loud"], ("major", "1 moved between train and validation")),
        (["demo_loud", "demo_words"], ("minor", "1 re-rendered")),
        (["demo_noisy", "demo_short"], ("minor", "1 added, 1 removed")),
        (["demo_words"], ("patch", "1 re-described")),
        (["demo_same"], ("no", "all as they were")),
    ],
)
def test_least_step(clips: list[str], expected: tuple[str, str]) -> None:
    changed = version_diff.clips(OLD[OLD.clip_id.isin(clips)], NEW[NEW.clip_id.isin(clips)])
    assert version_diff.bump(changed) == expected


def test_another_license_is_a_major_step() -> None:
    new = OLD.assign(license=OLD.license.where(OLD.clip_id != "demo_same", "CC-BY-NC-SA-4.0"))
    assert version_diff.bump(version_diff.clips(OLD, new)) == ("major", "1 under another license")


def test_an_older_ledger_may_lack_a_column() -> None:
    assert flags(version_diff.clips(OLD.drop(columns="intensity"), NEW)) == EXPECTED


def test_the_report_says_what_differs() -> None:
    text = changelog.report(version("v1", OLD), version("v2", NEW, lufs=-24.0, seed=2))
    for line in (
        "# v1 -> v2",
        "The least step is **major**. Clips: 1 moved between train and validation.",
        "| added | removed | relabelled | re-rendered | re-described | moved side | unchanged |",
        "| demo | angry | 1 | 1 | 0 | 1 | 1 | 1 | 2 |",
        "| demo | sad | 0 | 1 | 0 | 0 | 0 | 0 | 0 |",
        "| demo | surprised | 0 | 0 | 1 | 0 | 0 | 0 | 0 |",
        "| **all** |  | 2 | 2 | 1 | 1 | 1 | 1 | 2 |",
        "| removed | low_snr | 1 | demo_noisy |",
        "| removed | no longer in its corpus | 1 | demo_gone |",
        "| added | was dropped: too_short | 1 | demo_short |",
        "| added | new in its corpus | 1 | demo_new |",
        "| relabelled | emotion: happy -> surprised | 1 | demo_happy |",
        # six clips of a minute, and half a minute that moves from validation to train
        "| angry | 5.5 | 5 -> 5.5 | 0.5 -> 0 | 6 | 2 |",
        "| calm | - -> 1 | - -> 0 | - -> 1 | - -> 1 | - -> 1 |",
        "| all | -23 -> -24 | 40 |",
        "| demo | CC-BY-4.0 | 0 | 1 |",
        "| demo | CC0-1.0 | 8 | 7 |",
        "| split | split.seed: 1 -> 2 | stages/split.py |",
    ):
        assert line in text.splitlines() or line in text, line
    assert "stages/core/files.py" not in text
    assert "validation_share" not in text
    assert "data/tables/catalog" not in text


def test_long_lists_name_ten_and_count_the_rest() -> None:
    many = inventory([{"clip_id": f"demo_{i:02}"} for i in range(14)])
    text = changelog.why(version_diff.clips(OLD, many))
    assert "demo_09, and 4 more" in text


def test_ledger_sums_up_the_samples_of_a_clip() -> None:
    timeline = pd.DataFrame(
        {
            "sample_id": ["s1", "s2", "s1"], "clip_id": ["a", "a", "b"],
            "emotion": "happy", "style": "normal",
            "split": "train", "start": [0, 100, 0], "end": [48000, 24100, 16000],
            "sample_rate": [48000, 48000, 16000],
        }
    )  # fmt: skip
    rendered = pd.DataFrame(
        {
            "sample_id": ["s1", "s2"], "cache_key": "", "n_samples": 1,
            "wav_sha256": ["1", "2"], "json_sha256": ["3", "4"],
        }
    )  # fmt: skip
    rows = stage.placed(timeline, rendered).set_index("clip_id")
    assert rows.samples.to_dict() == {"a": 2, "b": 1}
    assert rows.seconds.to_dict() == {"a": 1.5, "b": 1.0}
    assert rows.wav_digest["a"] == hashlib.sha256(b"1\n2").hexdigest()[:12]
    assert rows.wav_digest["b"] == hashlib.sha256(b"1").hexdigest()[:12]
    assert rows.wav_digest["a"] != rows.sidecar_digest["a"]
