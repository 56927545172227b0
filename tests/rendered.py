"""Rendered datasets in tests: copies to break, and what rendering does to prosody."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import soundfile

from stages.signal import lengths, prosody

SAMPLES = Path("data/data_stereo")


def copied(built: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy a dataset into `folder`, make that the current one, and let stages run in one process."""
    shutil.copytree(built, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    return folder


def changes(folder: Path) -> dict[str, str]:
    """Samples of one recording each, copies apart, that do not sound or last as their JSON says; and why.

    f0 may differ by 1 % from that of the cut, as recorded or, where it was denoised, denoised; the length by
    one sample.
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
    source, heard = (
        facts["prosody"]["f0_median_hz"],
        prosody.measure(voice[:, 0], rate, spans, 0).f0_median_hz,
    )
    if source is None or heard is None:
        return "" if source == heard else f"{source} Hz in the source, {heard} Hz rendered"
    return "" if abs(heard / source - 1) <= 0.01 else f"{source} Hz in the source, {heard} Hz rendered"
