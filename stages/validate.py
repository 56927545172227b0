"""Does the rendered dataset keep every promise? Answered from the rendered files alone."""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from stages.checks import audio, sample_checks, words
from stages.checks import files as reading
from stages.core import files, store, tables, workers
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch, pick, significant, write_metrics
from stages.signal import loudness, quality
from stages.signal.frames import frames
from stages.signal.lengths import SAMPLE_RATE

DATA = Path("data")
ROW_CACHE = Path("data/tables/validate.parquet")
SCREEN = Path("metrics/details/screen.json")
BALANCE = Path("metrics/balance.json")
CSM_LONGEST_S = 10.0
"""Longest clip that the trainers of CSM take; one longer clip stops a popular one."""
COMPARED = (
    "minutes", "augmented_minutes", "samples", "samples_over_10_s", "lufs_mean", "true_peak_dbtp_max",
    "snr_db_median",
)  # fmt: skip
COMPARED_BY_EMOTION = ("minutes", "samples", "lufs_mean", "snr_db_median")
SHOWN = 20
"""Faults that are printed; the rest is counted."""


def check_sample(line: dict[str, Any], root: str) -> workers.Row:
    """Check the promises of one sample and measure it; see `tables.Validation`."""
    sample, faults = reading.load(line, Path(root))
    if sample is not None:
        faults = sample_checks.violations(sample)
    if sample is None or faults:
        return {"faults": faults, "clip_ids": []}
    left = sample.samples[:, 0]
    return {
        "faults": [],
        "emotion": line["emotion"],
        "style": line["style"],
        "corpus": line["corpus"],
        "speaker": line["speaker"],
        "clips": len(sample.sidecar["sources"]),
        "duration_s": len(left) / SAMPLE_RATE,
        "lufs": loudness.integrated_lufs(left, SAMPLE_RATE),
        "true_peak_dbtp": loudness.true_peak_dbtp(left, SAMPLE_RATE),
        "snr_db": quality.snr_db(frames(left, SAMPLE_RATE), bit_depth=16),
        "augmented": sample.sidecar["augmented"],
        "clip_ids": [source["clip_id"] for source in sample.sidecar["sources"]],
        "gain_capped": any(step["gain_capped_by_true_peak"] for step in audio.gains(sample)),
        "words": len(sample.sidecar["alignments"]),
        "token_collisions": words.token_collisions(sample.sidecar["alignments"]),
    }


def check_manifests(manifests: dict[str, list[dict[str, Any]]], files_there: set[str]) -> list[str]:
    """What is wrong with the three manifests taken together.

    Args:
        manifests: lines of `dataset`, `train` and `valid`.
        files_there: names of the files in `data_stereo`.
    """
    paths = {name: [line["path"] for line in lines] for name, lines in manifests.items()}
    faults = [f"{name}: a path is listed twice" for name, p in paths.items() if len(set(p)) < len(p)]
    listed, train, valid = (set(paths[name]) for name in ("dataset", "train", "valid"))
    if train & valid:
        faults.append(f"{len(train & valid)} samples are in train and in valid, e.g. {min(train & valid)}")
    if train | valid != listed:
        odd = (train | valid) ^ listed
        faults.append(f"{len(odd)} samples are not both in dataset and in train or valid, e.g. {min(odd)}")
    names = {Path(path).with_suffix(suffix).name for path in listed for suffix in (".wav", ".json")}
    if stray := files_there - names:
        faults.append(f"{len(stray)} files in data_stereo belong to no sample, e.g. {min(stray)}")
    known = {line["path"]: line for line in manifests["dataset"]}
    sides = [*manifests["train"], *manifests["valid"]]
    other = [line["path"] for line in sides if known.get(line["path"], line) != line]
    if other:
        faults.append(f"{len(other)} lines of train or valid say otherwise than dataset, e.g. {min(other)}")
    return faults + _check_sides(manifests["train"], manifests["valid"])


def _check_sides(train: list[dict[str, Any]], valid: list[dict[str, Any]]) -> list[str]:
    faults = []
    if both := {line["speaker"] for line in train} & {line["speaker"] for line in valid}:
        faults.append(f"speakers in train and in valid: {', '.join(sorted(both))}")
    if odd := {line["emotion"] for line in train} ^ {line["emotion"] for line in valid}:
        faults.append(f"emotions in only one of train and valid: {', '.join(sorted(odd))}")
    if len(valid) < tables.MIN_VALIDATION_SAMPLES:
        faults.append(f"{len(valid)} validation samples, expected at least {tables.MIN_VALIDATION_SAMPLES}")
    return faults


def check_copies(samples: pd.DataFrame, valid: list[dict[str, Any]]) -> list[str]:
    """What augmented copies must not do: stand in validation, or come from what is not in train.

    Args:
        samples: rows of `tables.Validation`, without faults.
        valid: lines of the validation manifest.
    """
    balance_validation = samples.sample_id.isin({Path(line["path"]).stem for line in valid})
    copied = samples.augmented.astype(bool)
    sides: dict[str, pd.DataFrame] = {
        "is augmented and in validation": samples[copied & balance_validation],
        "is a copy of a validation speaker": samples[
            copied & samples.speaker.isin(samples[balance_validation].speaker)
        ],
    }
    trained = set(samples[~copied & ~balance_validation].clip_ids.explode())
    from_elsewhere = samples.clip_ids.map(lambda clips: not set(clips) <= trained).astype(bool)
    sides["is a copy of a clip that is not in train"] = samples[copied & from_elsewhere]
    return [f"{name}: {fault}" for fault, rows in sides.items() for name in rows.sample_id]


def check_counts(samples: pd.DataFrame, chosen: dict[str, int]) -> list[str]:
    """Whether every clip and copy that `balance` chose is in a sample, and no other.

    Args:
        samples: rows of `tables.Validation`, without faults.
        chosen: `chosen` and `copies` of metrics/balance.json.
    """
    copied = samples.augmented.astype(bool)
    rendered = samples[~copied].clip_ids.explode().nunique()  # a dialogue may be in several
    copies = int(samples[copied].clips.sum())
    if (rendered, copies) == (chosen["chosen"], chosen["copies"]):
        return []
    return [f"{rendered} clips and {copies} copies rendered, balance chose {chosen}"]


def check_reader(name: str, lines: list[dict[str, Any]]) -> list[str]:
    """Whether the trainer's reader finds every sample of a manifest, in full length."""
    if not lines:
        return [f"{name}: no samples"]
    frames = [round(line["duration"] * SAMPLE_RATE) for line in lines]
    longest_s = math.ceil(max(frames) / SAMPLE_RATE)
    found = reading.read_through(manifest(name), longest_s)
    expected = (len(lines), sum(frames))
    return [] if found == expected else [f"{name}: sphn reads {found} windows and samples, not {expected}"]


def manifest(name: str) -> Path:
    """Where a manifest lies."""
    return DATA / f"expressive_{name}.jsonl"


def figures(samples: pd.DataFrame) -> dict[str, Any]:
    """Size and sound of some samples.

    Args:
        samples: rows of `tables.Validation`.
    """
    return {
        "minutes": significant(samples.duration_s.sum() / 60),
        "samples": len(samples),
        "augmented_samples": int(samples.augmented.sum()),
        "augmented_minutes": significant(samples[samples.augmented.astype(bool)].duration_s.sum() / 60),
        "samples_over_10_s": int((samples.duration_s > CSM_LONGEST_S).sum()),
        "clips": int(samples.clips.sum()),
        "speakers": int(samples.speaker.nunique()),
        "lufs_mean": significant(samples.lufs.mean()),
        "lufs_sd": significant(round(samples.lufs.std(ddof=0), 2)),
        "true_peak_dbtp_max": significant(samples.true_peak_dbtp.max()),
        "gain_capped_by_true_peak": int(samples.gain_capped.sum()),
        "snr_db_median": significant(samples.snr_db.median()),
        "snr_db_p10": significant(samples.snr_db.quantile(0.1)),
        "words": int(samples.words.sum()),
        "token_collision_share": significant(samples.token_collisions.sum() / samples.words.sum()),
    }


def metrics(samples: pd.DataFrame, screened: dict[str, Any]) -> dict[str, Any]:
    """Figures in all, per style, and per emotion with the share of clips that screen dropped.

    Args:
        samples: rows of `tables.Validation`.
        screened: content of metrics/details/screen.json.
    """
    emotions = {
        emotion: {
            **figures(samples[samples.emotion == emotion]),
            "dropped_share": screened["by_emotion"][emotion]["dropped_share"],
        }
        for emotion in tables.EMOTIONS
        if (samples.emotion == emotion).any()
    }
    styles = {
        style: figures(samples[samples["style"] == style])
        for style in tables.STYLES
        if (samples["style"] == style).any()
    }
    in_all = {**figures(samples), "dropped_share": screened["all"]["dropped_share"]}
    return {"all": in_all, "by_emotion": emotions, "by_style": styles}


def compared(summary: dict[str, Any]) -> dict[str, Any]:
    """Select the content of `metrics/validate.json`: the format, and what people compare between builds.

    Args:
        summary: as `metrics` returns it.
    """
    emotions = summary["by_emotion"].items()
    return {
        "format_version": tables.FORMAT_VERSION,
        "all": pick(summary["all"], COMPARED),
        "by_emotion": {emotion: pick(found, COMPARED_BY_EMOTION) for emotion, found in emotions},
    }


def fail(faults: list[str]) -> None:
    """Refuse the dataset.

    Raises:
        UserError: the first faults, and how many there are.
    """
    if faults:
        more = f"\n... and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise UserError("the dataset breaks its promises:\n" + "\n".join(faults[:SHOWN]) + more)


def tasks(lines: list[dict[str, Any]]) -> list[workers.Task]:
    """One check per sample, keyed by the bytes of its files."""
    work = []
    for line in lines:
        wav = DATA / line["path"]
        there = [path for path in (wav, wav.with_suffix(".json")) if path.is_file()]
        source = " ".join(files.sha256(path) for path in there)
        arguments = {"line": line, "root": str(DATA)}
        work.append(workers.Task({"sample_id": wav.stem}, arguments, source))
    return work


def run() -> None:
    """Check everything; write the measures and their summary, or fail with what is wrong."""
    watch = Stopwatch("validate")
    manifests, faults = {}, []
    for name in ("dataset", "train", "valid"):
        manifests[name], found = reading.lines_of(manifest(name))
        faults += found
    fail(faults)
    names = {path.name for path in (DATA / "data_stereo").iterdir()}
    fail(check_manifests(manifests, names))
    work = tasks(manifests["dataset"])
    cache = workers.RowCache(ROW_CACHE, tables.Validation)
    rows = workers.compute(watch.name, check_sample, work, cache)
    samples = store.frame(rows, tables.Validation)
    broken = zip(samples.sample_id, samples.faults, strict=True)
    fail([f"{sample}: {fault}" for sample, found in broken for fault in found])
    fail([fault for name, lines in manifests.items() for fault in check_reader(name, lines)])
    fail(check_copies(samples, manifests["valid"]))
    screened = json.loads(SCREEN.read_text(encoding="utf-8"))
    fail(check_counts(samples, json.loads(BALANCE.read_text(encoding="utf-8"))["all"]["clips"]))
    cache.save(rows)
    summary = metrics(samples, screened)
    write_metrics("validate", compared(summary), summary)
    watch.end(len(samples), seconds=float(samples.duration_s.sum()), unit="sample")


if __name__ == "__main__":
    main(run)
