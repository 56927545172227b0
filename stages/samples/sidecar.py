"""The JSON file beside a sample (word times, labels, sources, processing chain) and its manifest line."""

from typing import Any

from stages.core import tables
from stages.samples import augmented_copies
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE

SPEAKER = "SPEAKER_MAIN"
"""Speaker label of each word; moshi-finetune takes words with this label as the model's."""
LABELS = (
    "transcript", "transcript_source", "emotion", "emotion_perceived", "corpus_label", "label_source",
    "intensity", "style", "style_rule", "effort", "sentence_type", "length_class", "description",
    "speaker", "gender", "language", "corpus", "license", "citation",
)  # fmt: skip
MANIFEST_LABELS = ("emotion", "style", "corpus", "speaker", "license")
"""Labels that are also in each line of a manifest."""
SOURCE_LABELS = ("source_channel", "dialogue", "turn", "speaker", "corpus_label", "emotion", "transcript")
TURN_COLUMNS = {
    "turn": "turns", "start_s": "turn_starts", "end_s": "turn_ends", "corpus_label": "turn_labels",
    "emotion": "turn_emotions", "act": "turn_acts",
}  # fmt: skip
"""Key of a turn in the JSON -> column of `tables.Timeline`."""

Row = dict[str, Any]
"""A row of `tables.Timeline`, with None for null."""


def describe(rows: list[Row], n_samples: int, wav_sha256: str) -> dict[str, Any]:
    """Build the content of the JSON file of a sample.

    The words are those of all rows on the left. Labels and measures of a dialogue are those of its primary
    row. Those of packed clips are null unless equal in all clips; `sources` has the values of each clip.

    Args:
        rows: all rows of the sample.
        n_samples: length of the sample, at 24 kHz.
        wav_sha256: digest of the WAV file.
    """
    rows = sorted(rows, key=lambda row: (row["channel"], row["offset"]))
    left = [row for row in rows if row["channel"] == "left"]
    primary = next(row for row in rows if row["is_primary"])
    label_rows = left if primary["dialogue"] is None else [primary]
    words = [
        word for row in left for word in zip(row["words"], row["word_starts"], row["word_ends"], strict=True)
    ]
    return {
        "alignments": [[word, [start, end], SPEAKER] for word, start, end in words],
        **_shared(label_rows, LABELS),
        "transcript": " ".join(row["transcript"] for row in left),
        "augmented": any(row["copy_number"] for row in rows),
        "duration": n_samples / SAMPLE_RATE,
        **_measures(label_rows),
        "turns": _turns(rows),
        "sources": [_source(row) | (_own_labels(row) if len(label_rows) > 1 else {}) for row in rows],
        "sha256": wav_sha256,
    }


def manifest_line(row: Row, path: str, n_samples: int) -> dict[str, Any]:
    """Build the line of a sample in a manifest.

    Args:
        row: primary row of the sample.
        path: path of the WAV file, relative to the folder of the manifest.
        n_samples: length of the sample, at 24 kHz.
    """
    return {"path": path, "duration": n_samples / SAMPLE_RATE, **_shared([row], MANIFEST_LABELS)}


def _shared(rows: list[Row], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the values that are equal in all rows; null if they differ."""
    first, *others = rows
    return {name: first[name] if all(row[name] == first[name] for row in others) else None for name in names}


def _measures(rows: list[Row]) -> dict[str, Any]:
    return {
        "prosody": _shared(rows, tables.PROSODY),
        "alignment": _shared(rows, ("engine", "score")),
        **_shared(rows, ("snr_db",)),
    }


def _own_labels(row: Row) -> dict[str, Any]:
    """Return the labels and measures of one of several packed clips."""
    return {**_shared([row], LABELS), **_measures([row])}


def _turns(rows: list[Row]) -> list[dict[str, Any]]:
    """List the turns of a dialogue on both channels, in order; empty without a dialogue."""
    turns = [
        {"channel": row["channel"], **dict(zip(TURN_COLUMNS, values, strict=True))}
        for row in rows
        for values in zip(*(row[column] for column in TURN_COLUMNS.values()), strict=True)
    ]
    return sorted(turns, key=lambda turn: turn["turn"])


def _source(row: Row) -> dict[str, Any]:
    length = lengths.rendered(row["end"] - row["start"], row["sample_rate"], row["tempo"])
    return {
        "clip_id": row["clip_id"],
        "path": row["path"],
        "sha256": row["sha256"],
        "channel": row["channel"],
        "start_s": row["offset"] / SAMPLE_RATE,
        "end_s": (row["offset"] + length) / SAMPLE_RATE,
        **_shared([row], SOURCE_LABELS),
        "copy_number": row["copy_number"],
        "chain": _chain(row),
    }


def _chain(row: Row) -> list[dict[str, Any]]:
    """List the processing steps from the recording to the sample, in order."""
    rate, floor_db = row["sample_rate"], row["denoise_gain_floor_db"]
    gain = ("gain_db", "target_lufs", "max_true_peak_dbtp", "loudness_method")
    return [
        {"step": "cut", "start_s": row["start"] / rate, "end_s": row["end"] / rate},
        *([{"step": "denoise", "floor_db": floor_db}] if floor_db else []),
        {"step": "fade", "in_s": row["fade_in"] / rate, "out_s": row["fade_out"] / rate},
        {"step": "resample", "from_hz": rate, "to_hz": SAMPLE_RATE, "engine": "soxr"},
        *augmented_copies.steps(row),
        {"step": "gain", **_shared([row], gain), "gain_capped_by_true_peak": row["gain_capped"]},
        {"step": "quantise", "bit_depth": 16, "dither": "none"},
    ]
