"""Rendered datasets in tests: copies for edits, and a comparison of their prosody with that of the source."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import soundfile

from stages.signal import lengths, prosody

SAMPLES = Path("data/data_stereo")


def copied(built: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy a dataset into `folder`, change to it, and let stages run in one process."""
    shutil.copytree(built, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    return folder


def changes(folder: Path) -> dict[str, str]:
    """Find samples of one recording, except augmented copies, that differ from their JSON; return the faults.

    f0 may differ by 1 % from that of the cut (denoised, if the sample is), the length by one sample.
    """
    found = {}
    for path in sorted((folder / SAMPLES).glob("*.json")):
        facts = json.loads(path.read_text())
        if not facts["augmented"] and len(facts["sources"]) == 1:
            found[path.stem] = _change(path, facts)
    return {name: change for name, change in found.items() if change}


def _change(path: Path, facts: dict[str, Any]) -> str:
    voice, rate = soundfile.read(path.with_suffix(".wav"), dtype="float32")
    cut = facts["sources"][0]["chain"][0]
    if abs(len(voice) - (cut["end_s"] - cut["start_s"]) * lengths.SAMPLE_RATE) > 1:
        return f"{len(voice)} samples"
    spans = [(start, end) for _, (start, end), _ in facts["alignments"]]
    source = facts["prosody"]["f0_median_hz"]
    rendered = prosody.measure(voice[:, 0], rate, spans, 0).f0_median_hz
    if source == rendered or (source and rendered and abs(rendered / source - 1) <= 0.01):
        return ""
    return f"{source} Hz in the source, {rendered} Hz rendered"
