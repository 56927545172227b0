"""Stage `render`: 24 kHz, 16-bit stereo WAV and JSON of each sample, and the manifests.

No other stage writes audio. Samples are rounded to 16 bits without dither: the noise of recordings is far
above one step, digital silence stays digital silence, and equal inputs give equal bytes.
"""

import hashlib
import io
import json
import os
import shutil
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from stages.core import files, store, tables, workers
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch
from stages.samples import processing, sidecar
from stages.signal.lengths import SAMPLE_RATE

DATA = Path("data")
SAMPLES = DATA / "data_stereo"
STAGING = DATA / ".render"
ROW_CACHE = Path("data/tables/render.parquet")
MANIFESTS = {"dataset": tables.SPLITS, "train": ("train",), "valid": ("validation",)}
"""Name in `data/expressive_<name>.jsonl` -> splits that the manifest lists."""
SUFFIXES = ("wav", "json")


def mix(rows: list[sidecar.Row], voices: list[NDArray[np.float64]]) -> NDArray[np.int16]:
    """Mix all clips of one sample into its two channels.

    Args:
        rows: rows of the timeline for one sample.
        voices: rendered audio of each row, shape (n,), at 24 kHz.

    Returns:
        Shape (n, 2): left = model, right = user; a channel without clips is digital silence.
    """
    mixed = np.zeros((max(row["offset"] + len(v) for row, v in zip(rows, voices, strict=True)), 2))
    for row, voice in zip(rows, voices, strict=True):
        mixed[row["offset"] : row["offset"] + len(voice), tables.CHANNELS.index(row["channel"])] += voice
    return quantise(mixed)


def quantise(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    """Round to the nearest 16-bit step, and clip at full scale, although the true-peak limit is below it."""
    steps = samples * 32768
    np.clip(np.rint(steps, out=steps), -32768, 32767, out=steps)  # in place: arrays are large
    return steps.astype(np.int16)


def write_sample(rows: list[sidecar.Row]) -> workers.Row:
    """Render one sample into the staging folder, the WAV before the JSON; each file is written atomically.

    Raises:
        UserError: a source file has changed since `catalog` ran.
    """
    for row in rows:
        if files.sha256(Path(row["path"])) != row["sha256"]:
            raise UserError(f"{row['path']}: changed since it was catalogued; run `dvc repro`")
    name = rows[0]["sample_id"]
    voices, rows = zip(*map(processing.render_clip, rows), strict=True)
    samples = mix(rows, voices)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, SAMPLE_RATE, subtype="PCM_16", format="WAV")
    wav = buffer.getvalue()
    digest = hashlib.sha256(wav).hexdigest()
    content = sidecar.describe(rows, len(samples), digest)
    text = json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"
    files.write_bytes(STAGING / f"{name}.wav", wav)
    files.write_text(STAGING / f"{name}.json", text)
    return {
        "sample_id": name,
        "n_samples": len(samples),
        "wav_sha256": digest,
        "json_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def restore(row: workers.Row) -> bool:
    """Link both files of a cached sample from the last build into staging; return whether both are intact."""
    for suffix in SUFFIXES:
        name = f"{row['sample_id']}.{suffix}"
        staged, last = STAGING / name, SAMPLES / name
        found = next((path for path in (staged, last) if _has_digest(path, row[f"{suffix}_sha256"])), None)
        if found is None:
            return False
        if found is last:
            staged.unlink(missing_ok=True)
            link(last, staged)
    return True


def _has_digest(path: Path, digest: str) -> bool:
    return path.is_file() and files.sha256(path) == digest


def link(source: Path, target: Path) -> None:
    """Hard-link a file; copy it if the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def tasks(timeline: list[sidecar.Row]) -> list[workers.Task]:
    """Make one task per sample. Its files do not depend on the split, so a new seed re-renders nothing."""
    samples = groupby(timeline, key=itemgetter("sample_id"))
    return [
        workers.Task({"sample_id": sample}, {"rows": [{**row, "split": None} for row in rows]})
        for sample, rows in samples
    ]


def manifest(timeline: list[sidecar.Row], lengths: dict[str, int], splits: tuple[str, ...]) -> str:
    """Format the JSON lines of all samples in these splits, sorted by sample id.

    Args:
        timeline: all rows, sorted by sample id.
        lengths: sample id -> number of samples at 24 kHz.
        splits: splits that the manifest lists.
    """
    lines = [
        sidecar.manifest_line(row, f"{SAMPLES.name}/{row['sample_id']}.wav", lengths[row["sample_id"]])
        for row in timeline
        if row["is_primary"] and row["split"] in splits
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def publish(names: set[str]) -> None:
    """Replace the samples of the last build by the staging folder, of which only the named files are kept."""
    for path in STAGING.iterdir():
        if path.name not in names:
            path.unlink()
    old = DATA / ".render.old"
    shutil.rmtree(old, ignore_errors=True)
    if SAMPLES.exists():
        SAMPLES.rename(old)
    STAGING.rename(SAMPLES)
    shutil.rmtree(old, ignore_errors=True)


def run() -> None:
    """Render new and changed samples, keep unchanged ones, remove those that the timeline no longer has."""
    watch = Stopwatch("render")
    timeline = store.rows(Path("data/tables/timeline.parquet"), tables.Timeline)
    STAGING.mkdir(parents=True, exist_ok=True)
    cache = workers.RowCache(ROW_CACHE, tables.Render, restore)
    rows = workers.compute(watch.name, write_sample, tasks(timeline), cache)
    lengths = {row["sample_id"]: row["n_samples"] for row in rows}
    publish({f"{name}.{suffix}" for name in lengths for suffix in SUFFIXES})
    for name, splits in MANIFESTS.items():
        files.write_text(DATA / f"expressive_{name}.jsonl", manifest(timeline, lengths, splits))
    cache.save(rows)
    watch.end(len(rows), seconds=sum(lengths.values()) / SAMPLE_RATE, units="samples")


if __name__ == "__main__":
    main(run)
