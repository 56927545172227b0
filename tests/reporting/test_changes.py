"""Comparison of two versions whose differences are known by hand (`tests.versions`)."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages import inventory as stage
from stages.core import tables
from stages.core.errors import UserError
from stages.reporting import changelog, revisions, version_diff
from stages.reporting.revisions import Revision
from stages.samples import sidecar
from tests import makers
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
    metrics = {"validate": {"format_version": 2, "all": figures, "by_emotion": {"angry": figures}}}
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
    return Revision(name, table, metrics, lock)


def test_what_happened_to_each_clip() -> None:
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
        (["demo_bea_1", "demo_loud"], ("major", "clips: 1 moved between train and validation")),
        (["demo_loud", "demo_words"], ("minor", "clips: 1 re-rendered")),
        (["demo_noisy", "demo_short"], ("minor", "clips: 1 added, 1 removed")),
        (["demo_words"], ("patch", "clips: 1 re-described")),
        (["demo_same"], ("no", "all clips are unchanged")),
    ],
)
def test_minimum_step(clips: list[str], expected: tuple[str, str]) -> None:
    changed = version_diff.clips(OLD[OLD.clip_id.isin(clips)], NEW[NEW.clip_id.isin(clips)])
    assert version_diff.bump(changed) == expected


def test_another_license_is_a_major_step() -> None:
    new = OLD.assign(license=OLD.license.where(OLD.clip_id != "demo_same", "CC-BY-NC-SA-4.0"))
    assert version_diff.bump(version_diff.clips(OLD, new)) == ("major", "clips: 1 under another license")


def test_an_older_inventory_may_lack_a_column() -> None:
    assert flags(version_diff.clips(OLD.drop(columns="intensity"), NEW)) == EXPECTED


def test_the_report_lists_differences() -> None:
    text = changelog.report(version("v1", OLD), version("v2", NEW, lufs=-24.0, seed=2))
    for line in (
        "# v1 -> v2",
        "Minimum version step: **major**; clips: 1 moved between train and validation.",
        "| added | removed | relabelled | re-rendered | re-described | moved split | unchanged |",
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


def test_nothing_changed_is_one_line() -> None:
    assert changelog.report(version("v1", OLD), version("v1", OLD)) == "# v1 -> v1\n\nNothing changed."
    assert "demo_" not in (edit := changelog.report(version("v1", OLD), version("v1", OLD, seed=2)))
    assert re.findall("^## .*", edit, re.M) == ["## Parameters and code"]


def test_a_version_of_another_format_is_a_major_step() -> None:
    old = version("v1", OLD)
    del old.metrics["validate"]["format_version"]
    text = changelog.report(old, version("v1", OLD))
    assert "Minimum version step: **major**; the format changed (keys or vocabularies of" in text
    assert "## Clips" not in text


def test_an_inventory_of_the_first_format_has_the_columns_of_today(tmp_path: Path) -> None:
    names = {new: old for old, new in revisions.FORMER_COLUMNS.items()}
    OLD.rename(columns=names).to_parquet(tmp_path / "ledger.parquet")
    content = (tmp_path / "ledger.parquet").read_bytes()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert flags(version_diff.clips(revisions.inventory("ledger", content, md5), NEW)) == EXPECTED
    with pytest.raises(UserError, match="ledger: expected md5 0 as in"):
        revisions.inventory("ledger", content, "0")


def keys(content: Any, prefix: str = "") -> set[str]:
    """Dotted names of all keys of a JSON document; those in lists too."""
    if isinstance(content, list):
        return set().union(*(keys(item, prefix) for item in content))
    if not isinstance(content, dict):
        return {prefix}
    return set().union(*(keys(value, f"{prefix}.{name}") for name, value in content.items()))


FORMATS = {2: "589dbc98a2c0"}
"""Format version -> digest of keys and vocabularies of a sample."""


def test_another_format_has_another_number() -> None:
    row = {"turns": [1], "turn_starts": [0.0], "turn_ends": [1.0], "turn_labels": ["a"],
           "turn_emotions": ["happy"], "turn_acts": ["a"], "denoise_gain_floor_db": -12.0}  # fmt: skip
    rows = makers.timeline(row, {"sample_id": "demo_0", "is_primary": False, "offset": 48000})
    made = sidecar.describe(rows.to_dict("records"), 96000, "0" * 64)
    words = [tables.EMOTIONS, tables.STYLES, tables.EFFORTS, tables.INTENSITIES, tables.LABEL_SOURCES,
             tables.SENTENCE_TYPES, tables.LENGTH_CLASSES, sidecar.MANIFEST_LABELS]  # fmt: skip
    found = hashlib.sha256(repr([sorted(keys(made)), words]).encode()).hexdigest()[:12]
    assert found == FORMATS.get(tables.FORMAT_VERSION), "raise FORMAT_VERSION, and add its digest here"


def test_long_lists_name_ten_and_count_the_rest() -> None:
    many = inventory([{"clip_id": f"demo_{i:02}"} for i in range(14)])
    text = changelog.why(version_diff.clips(OLD, many))
    assert "demo_09, and 4 more" in text


def test_a_clip_in_a_sample_has_digests_and_no_other_has() -> None:
    with pytest.raises(UserError, match="style, split and digests if and only if"):
        inventory([{"clip_id": "demo_1", "wav_digest": None}])


def test_inventory_sums_up_the_samples_of_a_clip() -> None:
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
    rows = stage.used_clips(timeline, rendered).set_index("clip_id")
    assert rows.samples.to_dict() == {"a": 2, "b": 1}
    assert rows.seconds.to_dict() == {"a": 1.5, "b": 1.0}
    assert rows.wav_digest["a"] == hashlib.sha256(b"1\n2").hexdigest()[:12]
    assert rows.wav_digest["b"] == hashlib.sha256(b"1").hexdigest()[:12]
    assert rows.wav_digest["a"] != rows.sidecar_digest["a"]
