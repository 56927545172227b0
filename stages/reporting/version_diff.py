"""Differences between two versions of the dataset: pure functions on inventories and `dvc.lock`.

Only columns of both inventories are compared, because an older version may lack a column.
"""

from typing import Any

import pandas as pd

from stages.core import tables

LABELS = ("emotion", "corpus_label", "style", "intensity", "speaker")
FLAGS = ("added", "removed", "relabelled", "rerendered", "redescribed", "moved")


def clips(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Make one row per clip that is in a sample of either version, with flags for its changes.

    Args:
        old, new: rows of `tables.Inventory`.

    Returns:
        Every column of the inventories twice (`_old`, `_new`), `corpus` and `emotion` (of the new version if
        the clip is in it), and one boolean per flag: `added`, `removed`; and for clips in both versions:
        `relabelled`, `rerendered` (the audio differs), `redescribed` (only the JSON differs, not the audio or
        labels: e.g. word times), `moved` (to the other split).
    """
    shared = [name for name in old.columns if name in new.columns]
    both = old[shared].merge(new[shared], on="clip_id", how="outer", suffixes=("_old", "_new"))
    before, after = (both[f"samples_{version}"].fillna(0) > 0 for version in ("old", "new"))
    in_both = before & after
    differs = pd.DataFrame(
        {name: both[f"{name}_old"].ne(both[f"{name}_new"]) & in_both for name in shared if name != "clip_id"}
    )
    relabelled = differs.filter(LABELS).any(axis="columns")
    changed = {
        "added": after & ~before,
        "removed": before & ~after,
        "relabelled": relabelled,
        "rerendered": differs.wav_digest,
        "redescribed": differs.sidecar_digest & ~differs.wav_digest & ~relabelled,
        "moved": differs.split,
    }
    now = {name: both[f"{name}_new"].where(after, both[f"{name}_old"]) for name in ("corpus", "emotion")}
    return both.assign(**now, **changed)[before | after].reset_index(drop=True)


def bump(changed: pd.DataFrame, *, same_format: bool = True) -> tuple[str, str]:
    """Find the minimum version step and the reason for it; see "Versions" in the README.

    Args:
        changed: returned by `clips`.
        same_format: whether both versions have the same `tables.FORMAT_VERSION`.

    Returns:
        `major`, `minor`, `patch` or `no`; and the reason.
    """
    if not same_format:
        return "major", "the format changed (keys or vocabularies of manifests and JSON files)"
    relicensed = changed.license_old.ne(changed.license_new) & ~changed.added & ~changed.removed
    steps = {
        "major": {"under another license": relicensed, "moved between train and validation": changed.moved},
        "minor": {
            "added": changed.added,
            "removed": changed.removed,
            "relabelled": changed.relabelled,
            "re-rendered": changed.rerendered,
        },
        "patch": {"re-described": changed.redescribed},
    }
    for step, causes in steps.items():
        found = [f"{mask.sum()} {cause}" for cause, mask in causes.items() if mask.any()]
        if found:
            return step, f"clips: {', '.join(found)}"
    return "no", "all clips are unchanged"


def balance(inventory: pd.DataFrame, by: str) -> pd.DataFrame:
    """Compute minutes (all and per split), clips and speakers per value of `by`: `emotion` or `corpus`."""
    used = inventory[inventory.samples > 0]
    groups = used.groupby(by)
    found = {"minutes": groups.seconds.sum() / 60}
    for split in tables.SPLITS:
        found[f"{split}_minutes"] = used.seconds.where(used.split == split, 0.0).groupby(used[by]).sum() / 60
    return pd.DataFrame({**found, "clips": groups.size(), "speakers": groups.speaker.nunique()})


def licenses(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Count clips in samples per corpus and license: columns `old`, `new`."""
    counted = [table[table.samples > 0].value_counts(["corpus", "license"]) for table in (old, new)]
    return pd.concat(counted, axis="columns", keys=["old", "new"]).fillna(0).astype(int).sort_index()


def flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Flatten nested dicts: dotted name -> leaf; a list is a leaf."""
    if not isinstance(tree, dict):
        return {prefix: tree}
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        leaves |= flat(value, f"{prefix}.{key}" if prefix else str(key))
    return leaves


def differences(old: Any, new: Any) -> dict[str, tuple[Any, Any]]:
    """Find the leaves that differ between two trees: name -> (old, new); None if a tree lacks the leaf."""
    before, after = flat(old), flat(new)
    pairs = {name: (before.get(name), after.get(name)) for name in after | before}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def inputs(lock: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """List the inputs of each stage in a `dvc.lock`: params, and digests of files that no stage makes."""
    stages = lock.get("stages", {})
    made = {out["path"] for stage in stages.values() for out in stage.get("outs", [])}
    return {
        name: {
            "params": stage.get("params", {}).get("params.yaml", {}),
            "files": {
                dep["path"]: dep.get("md5")
                for dep in stage.get("deps", [])
                if not any(dep["path"] == out or out.startswith(f"{dep['path']}/") for out in made)
            },
        }
        for name, stage in stages.items()
    }
