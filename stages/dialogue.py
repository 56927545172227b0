"""Stage `dialogue`: times, levels and labels of the turns in each clip of a dialogue.

`metrics/dialogue/<corpus>.json` describes the dialogues as a baseline: emotions, speaking rate, level, pauses
and overlaps. A corpus without dialogues has an empty table.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from stages.core import audio, files, store, tables, workers
from stages.core.audio import AudioFault, Recording
from stages.core.errors import main
from stages.core.summary import Stopwatch, significant
from stages.corpora.base import load
from stages.corpora.base.turns import ClipTurns, locate_turns, tokens
from stages.signal.frames import frames, runs
from stages.signal.quality import active_frames

RAW = Path("data/raw")
BRIDGE_S = 0.15
"""Maximum pause inside a stretch of sound, in seconds (closures before plosives)."""
MIN_STRETCH_S = 0.08
"""Minimum length of a stretch of sound, in seconds; clicks are shorter."""
Catalog = dict[str, workers.Row]
"""Clip id -> row of `tables.Catalog`."""
LISTS = ("turns", "starts", "ends", "levels_db", "words", "labels", "emotions", "acts", "topics")


def stretches(recording: Recording) -> list[tuple[int, int]]:
    """Find spans of sound in samples, half-open: active frames with their short gaps filled."""
    energy = frames(recording.samples, recording.sample_rate)
    joined: list[list[int]] = []
    for start, end in (runs(active_frames(energy, recording.bit_depth)) * energy.length).tolist():
        if joined and start - joined[-1][1] <= BRIDGE_S * recording.sample_rate:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [(start, end) for start, end in joined if end - start >= MIN_STRETCH_S * recording.sample_rate]


def measure(
    path: str, channel: int | None, turns: list[dict[str, Any]], spans_s: list[tuple[int, float, float]]
) -> workers.Row:
    """Locate the turns of one clip; return its row of `tables.Dialogue` without `clip_id`.

    Args:
        path: path of the recording.
        channel: channel of the voice, counted from 0; None: the only one.
        turns: fields of `Turn` for each turn that the clip should contain.
        spans_s: number, start and end in seconds of each turn with word times, on either channel.
    """
    try:
        recording = audio.read(Path(path), channel)
    except AudioFault:  # the table of `quality` names the fault
        return {name: [] for name in LISTS} | {"not_found": len(turns)}
    rate, n = recording.sample_rate, len(recording.samples)
    known = {number: (round(start * rate), min(round(end * rate), n)) for number, start, end in spans_s}
    unknown = [turn["number"] for turn in turns if turn["number"] not in known]
    others = {number: span for number, span in known.items() if number not in {t["number"] for t in turns}}
    spans = known | (locate_turns(unknown, others, stretches(recording)) if unknown else {})
    kept = [turn for turn in turns if turn["number"] in spans and np.subtract(*spans[turn["number"]]) < 0]
    kept_spans = [spans[turn["number"]] for turn in kept]
    return {
        "turns": [turn["number"] for turn in kept],
        "starts": [start for start, _ in kept_spans],
        "ends": [end for _, end in kept_spans],
        "levels_db": [_level_db(recording, *span) for span in kept_spans],
        "words": [len(tokens(turn["text"])) for turn in kept],
        **{f"{name}s": [turn[name] for turn in kept] for name in ("label", "emotion", "act", "topic")},
        "not_found": len(turns) - len(kept),
    }


def _level_db(recording: Recording, start: int, end: int) -> float:
    power = float(np.mean(np.square(recording.samples[start:end].astype(np.float64))))
    return round(10 * float(np.log10(max(power, 1e-20))), 2)


def tasks(catalog: Catalog, clips: Iterable[ClipTurns], corpus: str) -> list[workers.Task]:
    """Make one task per clip of a dialogue that matches its text; `corpus` is its name."""
    work = []
    for found in clips:
        clip = catalog[f"{corpus}_{found.name}"]
        arguments = {
            "path": clip["path"],
            "channel": audio.channel_of(clip["source_channel"]),
            "turns": [turn._asdict() for turn in found.turns],
            "spans_s": [[number, *span] for number, span in sorted(found.spans_s.items())],
        }
        work.append(workers.Task({"clip_id": clip["clip_id"]}, arguments, clip["sha256"]))
    return work


def turns_of(rows: list[workers.Row], catalog: Catalog) -> list[workers.Row]:
    """Make one row per turn: its values in `tables.Dialogue`, times in seconds, and the catalog's columns."""
    turns = []
    for row in rows:
        clip = catalog[row["clip_id"]]
        for values in zip(*(row[name] for name in LISTS), strict=True):
            turn = clip | dict(zip(LISTS, values, strict=True))
            turn["start_s"] = turn["starts"] / clip["expected_sample_rate"]
            turn["end_s"] = turn["ends"] / clip["expected_sample_rate"]
            turns.append(turn)
    return turns


def pauses_s(turns: list[workers.Row]) -> list[float]:
    """Compute the pauses between consecutive turns of a recording, in seconds; overlaps are negative."""
    two_channel = [turn for turn in turns if turn["source_channel"] is not None]
    order = sorted(two_channel, key=lambda turn: (turn["path"], turn["turns"]))
    return [
        after["start_s"] - turn["end_s"]
        for turn, after in pairwise(order)
        if (after["path"], after["turns"]) == (turn["path"], turn["turns"] + 1)
    ]


def rounded_statistic(values: Sequence[float], statistic: Callable[[Any], Any] = np.median) -> float | None:
    """Compute a statistic, rounded as in all metrics; None without values."""
    return significant(float(statistic(values))) if values else None


def summarize(turns: list[workers.Row]) -> dict[str, Any]:
    """Summarize turns: count, minutes, speaking rate and level."""
    lengths = [turn["end_s"] - turn["start_s"] for turn in turns]
    rate = [turn["words"] / length for turn, length in zip(turns, lengths, strict=True)]
    levels = [turn["levels_db"] for turn in turns]
    return {
        "turns": len(turns),
        "minutes": significant(sum(lengths) / 60),
        "words_per_s_median": rounded_statistic(rate),
        "words_per_s_sd": rounded_statistic(rate, np.std),
        "level_db_median": rounded_statistic(levels),
        "level_db_sd": rounded_statistic(levels, np.std),
    }


def summarize_each(turns: list[workers.Row], column: str, values: Iterable[str]) -> dict[str, Any]:
    """Summarize the turns per value of a column, for values that occur."""
    groups = {value: [turn for turn in turns if turn[column] == value] for value in values}
    return {value: summarize(group) for value, group in groups.items() if group}


def metrics(rows: list[workers.Row], catalog: Catalog) -> dict[str, Any]:
    """Summarize rows of `tables.Dialogue`: dialogues that match their texts, and turns per emotion.

    `label_source` tells what the emotion labels are based on.
    """
    channels = [clip for clip in catalog.values() if clip["dialogue"] is not None]
    if not channels:
        return {"dialogues": 0}
    dialogues = {clip["dialogue"] for clip in channels}
    rejected = {clip["dialogue"]: clip["rejection_reason"] for clip in channels if clip["rejection_reason"]}
    matched = len(dialogues) - len(rejected)
    turns = turns_of(rows, catalog)
    pauses = pauses_s(turns)
    return {
        "dialogues": len(dialogues),
        "text_matched": matched,
        "text_matched_share": round(matched / len(dialogues), 4),
        "rejected_by_reason": dict(sorted(Counter(rejected.values()).items())),
        "label_source": sorted({clip["label_source"] for clip in channels}),
        "turns_without_sound": sum(row["not_found"] for row in rows),
        "all": summarize(turns),
        "by_emotion": summarize_each(turns, "emotions", tables.EMOTIONS),
        "by_act": summarize_each(turns, "acts", sorted({turn["acts"] for turn in turns})),
        "by_speaker": summarize_each(turns, "speaker", sorted({turn["speaker"] for turn in turns})),
        "pause_total_s": {
            "median": rounded_statistic(pauses),
            "p10": rounded_statistic(pauses, lambda values: np.quantile(values, 0.1)),
            "p90": rounded_statistic(pauses, lambda values: np.quantile(values, 0.9)),
        },
        "overlapping_share": rounded_statistic([pause < 0 for pause in pauses], np.mean),
    }


def run(corpus: str) -> None:
    """Write data/tables/dialogue/<corpus>.parquet and metrics/dialogue/<corpus>.json."""
    watch = Stopwatch("dialogue", corpus)
    catalog = {row["clip_id"]: row for row in store.rows(store.path("catalog", corpus), tables.Catalog)}
    listed = getattr(load(corpus), "clip_turns", None)
    work = tasks(catalog, listed(RAW / corpus), corpus) if listed else []
    cache = workers.RowCache(store.path("dialogue", corpus), tables.Dialogue)
    rows = workers.compute(watch.name, measure, work, cache)
    cache.save(rows)
    files.write_json(Path("metrics/dialogue") / f"{corpus}.json", metrics(rows, catalog))
    watch.end(len(catalog))


if __name__ == "__main__":
    main(run, "corpus")
