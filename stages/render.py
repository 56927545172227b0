"""The only stage that writes audio: 24 kHz, 16-bit stereo WAV and one JSON per sample, and the manifests.

Samples are rounded to 16 bits without dither: the recordings carry noise far above one step, digital silence
stays digital silence, and equal inputs give equal bytes.
"""

import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray

from stages.core import files, store, tables, workers
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch
from stages.samples import augmented_copies, processing
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE

DATA = Path("data")
SAMPLES = DATA / "data_stereo"
STAGING = DATA / ".render"
ROW_CACHE = Path("data/tables/render.parquet")
MANIFESTS = {"dataset": tables.SPLITS, "train": ("train",), "valid": ("validation",)}
"""`data/expressive_<name>.jsonl` and the sides of the split that it lists."""

LABELS = (
    "transcript", "transcript_source", "emotion", "emotion_perceived", "corpus_label", "label_source",
    "intensity", "style", "style_rule", "effort", "sentence_type", "length_class", "description",
    "speaker", "gender", "language", "corpus", "license", "citation",
)  # fmt: skip
LISTED = ("emotion", "style", "corpus", "speaker", "license")
"""Labels that each line of a manifest repeats."""
ABOUT = ("source_channel", "dialogue", "turn", "speaker", "corpus_label", "emotion", "transcript")
"""What the JSON says of each source, for a sample may have several."""


def mix(rows: list[dict[str, Any]], voices: list[NDArray[np.float64]]) -> NDArray[np.int16]:
    """All clips of one sample in their places.

    Args:
        rows: of the timeline, for one sample; `voices`: of each.

    Returns:
        Shape (n, 2): left = model, right = user; a channel on which nobody speaks is digital silence.
    """
    mixed = np.zeros((max(row["offset"] + len(v) for row, v in zip(rows, voices, strict=True)), 2))
    for row, voice in zip(rows, voices, strict=True):
        mixed[row["offset"] : row["offset"] + len(voice), tables.CHANNELS.index(row["channel"])] += voice
    return quantise(mixed)


def quantise(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    """Round to the nearest 16-bit step. The true-peak ceiling keeps samples below full scale; clip anyway."""
    steps = samples * 32768
    np.clip(np.rint(steps, out=steps), -32768, 32767, out=steps)  # in place: arrays are large
    return steps.astype(np.int16)


def describe(rows: list[dict[str, Any]], n_samples: int, wav_sha256: str) -> dict[str, Any]:
    """The JSON beside a sample: word times, labels, source, and the chain that made it.

    Args:
        rows: of the timeline, for one sample; the words are those of all rows on the left. Labels and
            measures of a dialogue are those of the row that leads; those of packed clips are what all of
            them share, null where they differ, and stand with each source too.
        n_samples: length at 24 kHz.
        wav_sha256: digest of the WAV file.
    """
    rows = sorted(rows, key=lambda row: (row["channel"], row["offset"]))
    main_voice = next(row for row in rows if row["is_primary"])
    left = [row for row in rows if row["channel"] == "left"]
    alike = left if main_voice["dialogue"] is None else [main_voice]
    columns = [
        [value for row in left for value in row[name]] for name in ("words", "word_starts", "word_ends")
    ]
    return {
        "alignments": [
            [word, [start, end], "SPEAKER_MAIN"] for word, start, end in zip(*columns, strict=True)
        ],
        **_shared(alike, LABELS),
        "transcript": " ".join(row["transcript"] for row in left),
        "augmented": any(row["copy_number"] for row in rows),
        "duration": n_samples / SAMPLE_RATE,
        **_measures(alike),
        "turns": _turns(rows),
        "sources": [_source(row) | (_own(row) if len(alike) > 1 else {}) for row in rows],
        "sha256": wav_sha256,
    }


def _shared(rows: list[dict[str, Any]], names: tuple[str, ...]) -> dict[str, Any]:
    """What all rows agree on, null where they differ."""
    return {
        name: rows[0][name] if all(row[name] == rows[0][name] for row in rows) else None for name in names
    }


def _measures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "prosody": _shared(rows, tables.PROSODY),
        "alignment": _shared(rows, ("engine", "score")),
        **_shared(rows, ("snr_db",)),
    }


def _own(row: dict[str, Any]) -> dict[str, Any]:
    """Labels and measures of one of several packed clips."""
    return {**_shared([row], LABELS), **_measures([row])}


def _turns(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The turns of a dialogue in their order, on both channels; none in a sample of one clip."""
    names = ("turn", "start_s", "end_s", "corpus_label", "emotion", "act")
    columns = ("turns", "turn_starts", "turn_ends", "turn_labels", "turn_emotions", "turn_acts")
    found = [
        {"channel": row["channel"], **dict(zip(names, facts, strict=True))}
        for row in rows
        for facts in zip(*(row[column] for column in columns), strict=True)
    ]
    return sorted(found, key=lambda turn: turn["turn"])


def _source(row: dict[str, Any]) -> dict[str, Any]:
    rate = row["sample_rate"]
    length = lengths.stretched(lengths.resampled(row["end"] - row["start"], rate), row["tempo"])
    return {
        "clip_id": row["clip_id"],
        "path": row["path"],
        "sha256": row["sha256"],
        "channel": row["channel"],
        "start_s": row["offset"] / SAMPLE_RATE,
        "end_s": (row["offset"] + length) / SAMPLE_RATE,
        **{name: row[name] for name in ABOUT},
        "copy_number": row["copy_number"],
        "chain": [
            {"step": "cut", "start_s": row["start"] / rate, "end_s": row["end"] / rate},
            *(
                [{"step": "denoise", "floor_db": row["denoise_gain_floor_db"]}]
                if row["denoise_gain_floor_db"]
                else []
            ),
            {"step": "fade", "in_s": row["fade_in"] / rate, "out_s": row["fade_out"] / rate},
            {"step": "resample", "from_hz": rate, "to_hz": SAMPLE_RATE, "engine": "soxr"},
            *augmented_copies.steps(row),
            {
                "step": "gain",
                "gain_db": row["gain_db"],
                "target_lufs": row["target_lufs"],
                "max_true_peak_dbtp": row["max_true_peak_dbtp"],
                "loudness_method": row["loudness_method"],
                "gain_capped_by_true_peak": row["gain_capped"],
            },
            {"step": "quantise", "bit_depth": 16, "dither": "none"},
        ],
    }


def write_sample(rows: list[dict[str, Any]]) -> workers.Row:
    """Render one sample into the staging folder, WAV first, each file whole or not there.

    Raises:
        UserError: a source file changed since it was catalogued.
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
    text = json.dumps(describe(rows, len(samples), digest), ensure_ascii=False, allow_nan=False) + "\n"
    files.write_bytes(STAGING / f"{name}.wav", wav)
    files.write_text(STAGING / f"{name}.json", text)
    return {
        "sample_id": name,
        "n_samples": len(samples),
        "wav_sha256": digest,
        "json_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def restore(row: workers.Row) -> bool:
    """Whether both files of a remembered sample are whole; those of the last build are linked to staging."""
    for suffix in ("wav", "json"):
        name = f"{row['sample_id']}.{suffix}"
        staged, last = STAGING / name, SAMPLES / name
        found = next((path for path in (staged, last) if _is(path, row[f"{suffix}_sha256"])), None)
        if found is None:
            return False
        if found is last:
            staged.unlink(missing_ok=True)
            link(last, staged)
    return True


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and files.sha256(path) == digest


def link(source: Path, target: Path) -> None:
    """A second name for a file, or a copy where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def tasks(timeline: pd.DataFrame) -> list[workers.Task]:
    """One task per sample. Its side of the split is in no file of it, so a new seed renders nothing anew."""
    plain = timeline.drop(columns="split").astype(object)
    plain = plain.where(plain.notna(), None)
    rows = pd.DataFrame({"sample_id": plain.sample_id, "row": plain.to_dict("records")})
    return [
        workers.Task({"sample_id": sample}, {"rows": group.row.tolist()})
        for sample, group in rows.groupby("sample_id", sort=True)
    ]


def manifest(timeline: pd.DataFrame, rendered: pd.DataFrame, sides: tuple[str, ...]) -> str:
    """JSON lines, in the order of sample ids; `path` is relative to the manifest's own folder."""
    left = timeline[timeline.is_primary & timeline.split.isin(sides)]
    left = left.merge(rendered[["sample_id", "n_samples"]], on="sample_id").sort_values("sample_id")
    lines = [
        {
            "path": f"{SAMPLES.name}/{row['sample_id']}.wav",
            "duration": row["n_samples"] / SAMPLE_RATE,
            **{label: row[label] for label in LISTED},
        }
        for row in left.to_dict("records")
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def publish(names: set[str]) -> None:
    """Let the staging folder, with exactly these files, take the place of the last build."""
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
    """Render what is new, keep what is not, drop what is no longer wanted."""
    watch = Stopwatch("render")
    timeline = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    STAGING.mkdir(parents=True, exist_ok=True)
    work = tasks(timeline)
    cache = workers.RowCache(ROW_CACHE, tables.Render, restore)
    rows = workers.compute(watch.name, write_sample, work, cache)
    rendered = store.frame(rows, tables.Render)
    publish({f"{name}.{suffix}" for name in rendered.sample_id for suffix in ("wav", "json")})
    for name, sides in MANIFESTS.items():
        files.write_text(DATA / f"expressive_{name}.jsonl", manifest(timeline, rendered, sides))
    cache.save(rows)
    watch.end(len(rendered), seconds=float(rendered.n_samples.sum()) / SAMPLE_RATE, unit="sample")


if __name__ == "__main__":
    main(run)
