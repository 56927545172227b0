"""Comparison of two versions whose differences are known by hand (`tests.versions`)."""

import hashlib
import re
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
    "demo_same": set(), "demo_same2": set(), "demo_noisy": {"removed"}, "demo_short": {"added"},
    "demo_gone": {"removed"}, "demo_happy": {"relabelled"}, "demo_loud": {"rerendered"},
    "demo_words": {"redescribed"}, "demo_bea_1": {"moved"}, "demo_new": {"added"},
}  # fmt: skip


def flags(changed: pd.DataFrame) -> dict[str, set[str]]:
    rows = changed.set_index("clip_id")
    return {clip: {flag for flag in version_diff.FLAGS if rows.at[clip, flag]} for clip in rows.index}


def version(name: str, table: pd.DataFrame, lufs: float = -23.0, seed: int = 1) -> Revision:
    measures = {"minutes": 1.0, "lufs_mean": lufs, "snr_db_median": 40.0}
    metrics = {"validate": {"format_version": 2, "all": measures, "by_emotion": {"angry": measures}}}
    split = {
        "params": {"params.yaml": {"split": {"seed": seed, "validation_share": 0.15}}},
        "deps": [
            {"path": "data/tables/catalog", "md5": name},  # made by another stage
            {"path": "stages/split.py", "md5": f"code of {name}"},
            {"path": "stages/core/files.py", "md5": "same"},
        ],
        "outs": [{"path": "data/tables/split.parquet", "md5": name}],
    }
    catalog = {"outs": [{"path": "data/tables/catalog/demo.parquet", "md5": name}]}
    return Revision(name, table, metrics, {"stages": {"split": split, "catalog@demo": catalog}})


SWAPPED = {"added": "removed", "removed": "added"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(OLD, NEW, EXPECTED, id="forwards"),
        pytest.param(
            NEW, OLD, {clip: {SWAPPED.get(flag, flag) for flag in found} for clip, found in EXPECTED.items()},
            id="backwards",
        ),
        pytest.param(OLD.drop(columns="intensity"), NEW, EXPECTED, id="older inventory lacks a column"),
        pytest.param(OLD[OLD.reason.notna()], OLD[OLD.reason.notna()], {}, id="dropped from both"),
    ],
)  # fmt: skip
def test_what_happened_to_each_clip(
    old: pd.DataFrame, new: pd.DataFrame, expected: dict[str, set[str]]
) -> None:
    assert flags(version_diff.clips(old, new)) == expected


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
        (["demo_same", "demo_same2"], ("major", "clips: 1 under another license")),
    ],
)
def test_minimum_step(clips: list[str], expected: tuple[str, str]) -> None:
    new = NEW.assign(license=NEW.license.mask(NEW.clip_id == "demo_same2", "CC-BY-NC-SA-4.0"))
    changed = version_diff.clips(OLD[OLD.clip_id.isin(clips)], new[new.clip_id.isin(clips)])
    assert version_diff.bump(changed) == expected


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
        "| added | was not used: too_short | 1 | demo_short |",
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
        assert line in text
    for unchanged in ("stages/core/files.py", "validation_share", "data/tables/catalog"):
        assert unchanged not in text


def test_only_what_changed_is_listed() -> None:
    old = version("v1", OLD)
    assert changelog.report(old, old) == "# v1 -> v1\n\nNothing changed."
    assert "demo_" not in (edit := changelog.report(old, version("v1", OLD, seed=2)))
    assert re.findall("^## .*", edit, re.M) == ["## Parameters and code"]
    del old.metrics["validate"]["format_version"]
    text = changelog.report(old, version("v1", OLD))
    assert "Minimum version step: **major**; the format changed (keys or vocabularies of" in text
    assert "## Clips" not in text


def test_an_inventory_of_the_first_format_has_the_columns_of_today() -> None:
    names = {new: old for old, new in revisions.FORMER_COLUMNS.items()}
    content = OLD.rename(columns=names).to_parquet()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert flags(version_diff.clips(revisions.inventory("ledger", content, md5), NEW)) == EXPECTED
    with pytest.raises(UserError, match="ledger: expected md5 0 as in"):
        revisions.inventory("ledger", content, "0")


def keys(content: Any, prefix: str = "") -> set[str]:
    """List the dotted names of all keys of a JSON document; those in lists too."""
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
    assert "demo_09, and 4 more" in changelog.reasons(version_diff.clips(OLD, many))


def test_a_clip_in_a_sample_has_digests_and_no_other_has() -> None:
    with pytest.raises(UserError, match="style, split and digests if and only if"):
        inventory([{"clip_id": "demo_1", "wav_digest": None}])


def test_the_inventory_sums_the_samples_of_a_clip() -> None:
    second = {"clip_id": "a", "start": 100, "end": 24100}
    other = {"sample_id": "demo_0", "clip_id": "b", "is_primary": False, "end": 16000, "sample_rate": 16000}
    timeline = makers.timeline({"clip_id": "a"}, second, other)
    rendered = pd.DataFrame({"sample_id": ["demo_0", "demo_1"], "cache_key": "", "n_samples": 1,
                             "wav_sha256": ["1", "2"], "json_sha256": ["3", "4"]})  # fmt: skip
    rows = stage.used_clips(timeline, rendered).set_index("clip_id")
    assert rows.samples.to_dict() == {"a": 2, "b": 1}
    assert rows.seconds.to_dict() == {"a": 1.5, "b": 1.0}
    for name, contents in {"wav": (b"1\n2", b"1"), "sidecar": (b"3\n4", b"3")}.items():
        expected = [hashlib.sha256(content).hexdigest()[:12] for content in contents]
        assert rows[f"{name}_digest"].tolist() == expected
