"""Checks of the files of a sample: format, durations, labels; reading as trainers read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
import sphn
from numpy.typing import NDArray

from stages.core import files, tables
from stages.samples.sidecar import MANIFEST_LABELS
from stages.signal.lengths import SAMPLE_RATE


class Sample(NamedTuple):
    """Files of one sample, and its line in the manifest.

    Attributes:
        line: line of the manifest.
        sidecar: content of the JSON file.
        wav: path of the audio file.
        samples: float32, shape (n, 2), full scale 1.0.
    """

    line: dict[str, Any]
    sidecar: dict[str, Any]
    wav: Path
    samples: NDArray[np.float32]


def load(line: dict[str, Any], root: Path) -> tuple[Sample | None, list[str]]:
    """Read one sample as trainers do; return the sample, or None and the faults.

    Args:
        line: line of the manifest.
        root: folder of the manifest, to which `path` is relative.
    """
    path = Path(line["path"])
    if path.is_absolute() or ".." in path.parts or set(",:") & set(line["path"]):
        return None, ["path must be relative, inside the dataset, without ',' and ':'"]
    wav, json_path = root / path, (root / path).with_suffix(".json")
    for file in (wav, json_path):
        if not file.is_file():
            return None, [f"{file.name} not found"]
    try:
        info = soundfile.info(wav)
        found = (info.format, info.subtype, info.samplerate, info.channels)
        if found != ("WAV", "PCM_16", SAMPLE_RATE, 2):
            return None, [f"expected WAV PCM_16 24000 Hz stereo, found {found}"]
        sidecar = json.loads(json_path.read_text(encoding="utf-8"), parse_constant=_not_a_number)
        return Sample(line, sidecar, wav, soundfile.read(wav, dtype="float32")[0]), []
    except (ValueError, soundfile.LibsndfileError) as error:  # ValueError: not JSON, or not UTF-8
        return None, [f"unreadable: {error}"]


def _not_a_number(name: str) -> float:
    raise ValueError(f"JSON has {name}, which is not a number")


def decoders(sample: Sample) -> Iterator[str]:
    """Check that sphn, the reader of moshi-finetune, decodes the same samples as libsndfile."""
    decoded, rate = sphn.read(sample.wav)
    if rate != SAMPLE_RATE or not np.array_equal(decoded.T, sample.samples):
        yield "sphn and libsndfile decode different samples"


def durations(sample: Sample) -> Iterator[str]:
    """Check that the durations in manifest and JSON are that of the WAV."""
    frames = len(sample.samples)
    for name, duration in (("manifest", sample.line["duration"]), ("JSON", sample.sidecar.get("duration"))):
        if duration is None or abs(duration * SAMPLE_RATE - frames) > 0.5:
            yield f"duration: {name} has {duration} s, the WAV {frames / SAMPLE_RATE} s"


def sidecar(sample: Sample) -> Iterator[str]:
    """Check that the JSON belongs to the WAV, and lacks a key that makes moshi-finetune fail."""
    if "text_conditions" in sample.sidecar:
        yield "JSON has `text_conditions`, which makes moshi-finetune fail"
    if sample.sidecar.get("sha256") != files.sha256(sample.wav):
        yield "JSON belongs to another WAV (sha256)"


def labels(sample: Sample) -> Iterator[str]:
    """Check that the labels in manifest and JSON are equal, and that emotion and style are known."""
    for label in MANIFEST_LABELS:
        if sample.line[label] != sample.sidecar.get(label):
            yield f"{label}: manifest has {sample.line[label]!r}, JSON {sample.sidecar.get(label)!r}"
    if sample.line["emotion"] not in tables.EMOTIONS or sample.line["style"] not in tables.STYLES:
        yield f"unknown emotion or style: {sample.line['emotion']!r}, {sample.line['style']!r}"
