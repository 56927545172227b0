"""Checks of the manifests, and of all samples together."""

import json
import math
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import sphn

from stages.core import tables
from stages.samples.sidecar import MANIFEST_LABELS
from stages.signal.lengths import SAMPLE_RATE

Line = dict[str, Any]
"""A line of a manifest."""


def read(manifest: Path) -> tuple[list[Line], list[str]]:
    """Read a manifest; return its lines and its faults."""
    if manifest.is_symlink():
        return [], [
            f"{manifest}: is a symlink: trainers resolve it, and do not find the samples next to the target; "
            "set `cache.type` to reflink,hardlink,copy and run `dvc checkout --relink`"
        ]
    if not manifest.is_file():
        return [], [f"{manifest}: not found"]
    lines, faults = [], []
    for number, text in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
        except json.JSONDecodeError as error:
            faults.append(f"{manifest}:{number}: blank or not JSON: {error}")
            continue
        missing = {"path", "duration", *MANIFEST_LABELS} - set(line if isinstance(line, dict) else ())
        if missing:
            faults.append(f"{manifest}:{number}: has no {', '.join(sorted(missing))}")
        else:
            lines.append(line)
    return lines, faults


def check_reader(manifest: Path, lines: list[Line]) -> list[str]:
    """Check that sphn, the reader of moshi-finetune, reads every sample of a manifest in full length.

    Args:
        manifest: path of the file.
        lines: content of the file.
    """
    if not lines:
        return [f"{manifest}: no samples"]
    lengths = [round(line["duration"] * SAMPLE_RATE) for line in lines]
    reader = sphn.dataset_jsonl(
        str(manifest),
        duration_sec=math.ceil(max(lengths) / SAMPLE_RATE),  # so that each sample is one window
        num_threads=1,
        sample_rate=SAMPLE_RATE,
        pad_last_segment=True,
    )
    windows = [window["unpadded_len"] for window in reader.seq(skip=0, step_by=1)]
    found, expected = (len(windows), sum(windows)), (len(lines), sum(lengths))
    if found == expected:
        return []
    return [f"{manifest}: sphn reads {found} windows and samples, expected {expected}"]


def check_manifests(manifests: dict[str, list[Line]], filenames: set[str]) -> list[str]:
    """Check that the three manifests are consistent with each other and with the files.

    Args:
        manifests: lines of `dataset`, `train` and `valid`.
        filenames: names of the files in `data_stereo`.
    """
    paths = {name: [line["path"] for line in lines] for name, lines in manifests.items()}
    faults = [f"{name}: a path is listed twice" for name, p in paths.items() if len(set(p)) < len(p)]
    listed, train, valid = (set(paths[name]) for name in ("dataset", "train", "valid"))
    if both := train & valid:
        faults.append(f"{len(both)} samples are in train and in valid, e.g. {min(both)}")
    if odd := (train | valid) ^ listed:
        faults.append(f"{len(odd)} samples are not both in dataset and in train or valid, e.g. {min(odd)}")
    names = {Path(path).with_suffix(suffix).name for path in listed for suffix in (".wav", ".json")}
    if stray := filenames - names:
        faults.append(f"{len(stray)} files in data_stereo belong to no sample, e.g. {min(stray)}")
    known = {line["path"]: line for line in manifests["dataset"]}
    other = [
        line["path"]
        for line in chain(manifests["train"], manifests["valid"])
        if known.get(line["path"], line) != line
    ]
    if other:
        faults.append(f"{len(other)} lines of train or valid differ from dataset, e.g. {min(other)}")
    return faults + _check_splits(manifests["train"], manifests["valid"])


def _check_splits(train: list[Line], valid: list[Line]) -> list[str]:
    speakers, emotions = (
        [{line[label] for line in lines} for lines in (train, valid)] for label in ("speaker", "emotion")
    )
    faults = []
    if both := speakers[0] & speakers[1]:
        faults.append(f"speakers in train and in valid: {', '.join(sorted(both))}")
    if odd := emotions[0] ^ emotions[1]:
        faults.append(f"emotions in only one of train and valid: {', '.join(sorted(odd))}")
    if len(valid) < tables.MIN_VALIDATION_SAMPLES:
        faults.append(f"{len(valid)} validation samples, expected at least {tables.MIN_VALIDATION_SAMPLES}")
    return faults


def check_copies(samples: pd.DataFrame, valid: list[Line]) -> list[str]:
    """Check that no augmented copy is in validation, and that every copy is of a clip in train.

    Args:
        samples: rows of `tables.Validation`, without faults.
        valid: lines of the manifest of validation.
    """
    validation = samples.sample_id.isin({Path(line["path"]).stem for line in valid})
    augmented = samples.augmented.astype(bool)
    train_clips = set(samples[~augmented & ~validation].clip_ids.explode())
    from_train = samples.clip_ids.map(train_clips.issuperset).astype(bool)
    faulty = {
        "is augmented and in validation": validation,
        "is a copy of a validation speaker": samples.speaker.isin(samples[validation].speaker),
        "is a copy of a clip that is not in train": ~from_train,
    }
    return [
        f"{name}: {fault}" for fault, rows in faulty.items() for name in samples[augmented & rows].sample_id
    ]


def check_counts(samples: pd.DataFrame, chosen: dict[str, int]) -> list[str]:
    """Check that the samples contain as many clips and copies as `balance` chose.

    Args:
        samples: rows of `tables.Validation`, without faults.
        chosen: `chosen` and `copies` of metrics/balance.json.
    """
    augmented = samples.augmented.astype(bool)
    clips = samples[~augmented].clip_ids.explode().nunique()  # a dialogue may be in several samples
    copies = int(samples[augmented].clips.sum())
    if (clips, copies) == (chosen["chosen"], chosen["copies"]):
        return []
    return [f"{clips} clips and {copies} copies rendered, balance chose {chosen}"]
