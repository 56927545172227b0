"""Stage `validate`: checks and measures of the rendered dataset, from the rendered files only."""

import json
from collections.abc import Iterable
from pathlib import Path

from stages.checks import audio, files, manifests, metrics, sample_checks, words
from stages.core import store, tables, workers
from stages.core.errors import UserError, main
from stages.core.files import sha256
from stages.core.summary import Stopwatch, write_metrics
from stages.signal import loudness, quality
from stages.signal.frames import frames
from stages.signal.lengths import SAMPLE_RATE

DATA = Path("data")
ROW_CACHE = Path("data/tables/validate.parquet")
MANIFESTS = {name: DATA / f"expressive_{name}.jsonl" for name in ("dataset", "train", "valid")}
MAX_PRINTED = 20
"""Maximum number of faults that are printed; the others are counted."""


def check_sample(line: manifests.Line, root: str) -> workers.Row:
    """Check and measure one sample.

    Args:
        line: line of the sample in the manifest.
        root: folder of the manifest.

    Returns:
        Columns of `tables.Validation` without `sample_id`.
    """
    sample, faults = files.load(line, Path(root))
    if sample is not None:
        faults = sample_checks.violations(sample)
    if sample is None or faults:
        return {"faults": faults, "clip_ids": []}
    left = sample.samples[:, 0]
    return {
        "faults": [],
        **{label: line[label] for label in ("emotion", "style", "corpus", "speaker")},
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


def tasks(lines: list[manifests.Line]) -> list[workers.Task]:
    """Make one task per sample; its cached row is valid for the same bytes of both files."""
    work = []
    for line in lines:
        wav = DATA / line["path"]
        digests = [sha256(path) for path in (wav, wav.with_suffix(".json")) if path.is_file()]
        arguments = {"line": line, "root": str(DATA)}
        work.append(workers.Task({"sample_id": wav.stem}, arguments, " ".join(digests)))
    return work


def refuse(faults: Iterable[str]) -> None:
    """Raise an error if there are faults.

    Raises:
        UserError: the first faults, and the number of the others.
    """
    if faults := list(faults):
        more = f"\n... and {len(faults) - MAX_PRINTED} more" if len(faults) > MAX_PRINTED else ""
        raise UserError("the dataset violates its rules:\n" + "\n".join(faults[:MAX_PRINTED]) + more)


def run() -> None:
    """Check all samples and manifests; write the measures and their summary, or fail with the faults."""
    watch = Stopwatch("validate")
    read = {name: manifests.read(path) for name, path in MANIFESTS.items()}
    refuse(fault for _, faults in read.values() for fault in faults)
    lines = {name: found for name, (found, _) in read.items()}
    refuse(manifests.check_manifests(lines, {path.name for path in (DATA / "data_stereo").iterdir()}))
    cache = workers.RowCache(ROW_CACHE, tables.Validation)
    rows = workers.compute(watch.name, check_sample, tasks(lines["dataset"]), cache)
    refuse(f"{row['sample_id']}: {fault}" for row in rows for fault in row["faults"])
    refuse(fault for name, path in MANIFESTS.items() for fault in manifests.check_reader(path, lines[name]))
    samples = store.frame(rows, tables.Validation)
    refuse(manifests.check_copies(samples, lines["valid"]))
    balance = json.loads(Path("metrics/balance.json").read_text(encoding="utf-8"))
    refuse(manifests.check_counts(samples, balance["all"]["clips"]))
    cache.save(rows)
    screen_metrics = json.loads(Path("metrics/details/screen.json").read_text(encoding="utf-8"))
    summary = metrics.summarize(samples, screen_metrics)
    write_metrics("validate", metrics.compared(summary), summary)
    watch.end(len(samples), seconds=float(samples.duration_s.sum()), units="samples")


if __name__ == "__main__":
    main(run)
