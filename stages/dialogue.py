"""Stage `dialogue`: which turns does each clip of a dialogue hold, when, and how are they spoken?

`metrics/dialogue/<corpus>.json` is the baseline of plain read dialogue: emotions, pace, level, pauses and
overlaps. A corpus without dialogues has an empty table.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.core import audio, files, store, tables, workers
from stages.core.audio import AudioFault, Recording
from stages.core.errors import main
from stages.core.summary import Stopwatch, significant
from stages.corpora.base import load
from stages.corpora.base.turns import ClipTurns, located, tokens
from stages.signal.frames import frames, runs
from stages.signal.quality import active

RAW = Path("data/raw")
BRIDGE_S = 0.15
"""Maximum pause inside a stretch of sound (closures before plosives)."""
MIN_STRETCH_S = 0.08
"""Minimum length of a stretch that may be (part of) a turn; clicks are shorter."""
LISTS = ("turns", "starts", "ends", "levels_db", "words", "labels", "emotions", "acts", "topics")


def stretches(recording: Recording) -> list[tuple[int, int]]:
    """Find spans of sound in samples, half-open: active frames with their short gaps filled."""
    energy = frames(recording.samples, recording.sample_rate)
    joined: list[list[int]] = []
    for start, end in (runs(active(energy, recording.bit_depth)) * energy.length).tolist():
        if joined and start - joined[-1][1] <= BRIDGE_S * recording.sample_rate:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [(start, end) for start, end in joined if end - start >= MIN_STRETCH_S * recording.sample_rate]


def measure(
    path: str, channel: int | None, turns: list[dict[str, Any]], spans_s: list[tuple[int, float, float]]
) -> workers.Row:
    """Compute the row of one clip, without its identity; see `tables.Dialogue`.

    Args:
        path: of the file; `channel`: of the voice in it.
        turns: `Turn` of each turn that the clip should hold, as a dict.
        spans_s: number, start and end in seconds of the turns that have word times, on either channel.
    """
    try:
        recording = audio.read(Path(path), channel)
    except AudioFault:  # `quality` says which
        return {name: [] for name in LISTS} | {"not_found": len(turns)}
    rate, n = recording.sample_rate, len(recording.samples)
    known = {number: (round(start * rate), min(round(end * rate), n)) for number, start, end in spans_s}
    wanted = [turn["number"] for turn in turns if turn["number"] not in known]
    others = {number: span for number, span in known.items() if number not in {t["number"] for t in turns}}
    spans = known | (located(wanted, others, stretches(recording)) if wanted else {})
    kept = [turn for turn in turns if turn["number"] in spans and np.subtract(*spans[turn["number"]]) < 0]
    cut = [spans[turn["number"]] for turn in kept]
    return {
        "turns": [turn["number"] for turn in kept],
        "starts": [start for start, _ in cut],
        "ends": [end for _, end in cut],
        "levels_db": [_level_db(recording, *span) for span in cut],
        "words": [len(tokens(turn["text"])) for turn in kept],
        "labels": [turn["label"] for turn in kept],
        "emotions": [turn["emotion"] for turn in kept],
        "acts": [turn["act"] for turn in kept],
        "topics": [turn["topic"] for turn in kept],
        "not_found": len(turns) - len(kept),
    }


def _level_db(recording: Recording, start: int, end: int) -> float:
    power = float(np.mean(np.square(recording.samples[start:end].astype(np.float64))))
    return round(10 * float(np.log10(max(power, 1e-20))), 2)


def tasks(catalog: pd.DataFrame, clips: list[ClipTurns]) -> list[workers.Task]:
    """Make one task per clip of a dialogue that matches its text."""
    rows = catalog.set_index("clip_id")
    corpus = catalog.corpus.iloc[0]
    work = []
    for found in clips:
        clip = rows.loc[f"{corpus}_{found.name}"]
        arguments = {
            "path": clip.path,
            "channel": audio.channel_of(clip.source_channel),
            "turns": [turn._asdict() for turn in found.turns],
            "spans_s": [[number, *span] for number, span in sorted(found.spans_s.items())],
        }
        work.append(workers.Task({"clip_id": clip.name}, arguments, clip.sha256))
    return work


def turns_of(table: pd.DataFrame, catalog: pd.DataFrame, rates: pd.Series) -> pd.DataFrame:
    """Return one row per turn: the lists of `tables.Dialogue`, with times in seconds.

    Args:
        table: of this stage.
        catalog: of the corpus.
        rates: sample rate by clip id, in Hz.
    """
    turns = table[["clip_id", *LISTS]].explode(list(LISTS), ignore_index=True).dropna(subset="turns")
    clips = catalog[["clip_id", "path", "dialogue", "speaker", "source_channel"]]
    turns = turns.merge(clips, on="clip_id", validate="m:1")
    rate = turns.clip_id.map(rates).astype(float)
    return turns.assign(start_s=turns.starts.astype(float) / rate, end_s=turns.ends.astype(float) / rate)


def pauses_s(turns: pd.DataFrame) -> list[float]:
    """Measure pauses between consecutive turns of a recording; overlaps are negative."""
    both = turns[turns.source_channel.notna()].sort_values(["path", "turns"])
    after = both.groupby("path")[["turns", "start_s"]].shift(-1)
    following = after.turns == both.turns + 1
    return [float(pause) for pause in (after.start_s - both.end_s)[following]]


def summarize(turns: pd.DataFrame) -> dict[str, Any]:
    """Summarize turns: count, length, pace and level."""
    lengths = turns.end_s - turns.start_s
    pace = turns.words.astype(float) / lengths
    levels = turns.levels_db.astype(float)
    return {
        "turns": len(turns),
        "minutes": significant(float(lengths.sum()) / 60),
        "words_per_s_median": significant(pace.median()),
        "words_per_s_sd": significant(pace.std(ddof=0)),
        "level_db_median": significant(levels.median()),
        "level_db_sd": significant(levels.std(ddof=0)),
    }


def metrics(table: pd.DataFrame, catalog: pd.DataFrame, rates: pd.Series) -> dict[str, Any]:
    """Summarize dialogues, how many match their texts, and how each emotion is spoken.

    The basis of the emotion labels is `label_source`.
    """
    channels = catalog[catalog.dialogue.notna()]
    by_dialogue = channels.groupby("dialogue").rejection_reason.first()
    if channels.empty:
        return {"dialogues": 0}
    turns = turns_of(table, catalog, rates)
    pauses = pd.Series(pauses_s(turns), dtype=float)
    kinds = {
        "emotions": tables.EMOTIONS,
        "acts": sorted(set(turns.acts)),
        "speaker": sorted(set(turns.speaker)),
    }
    return {
        "dialogues": len(by_dialogue),
        "text_matched": int(by_dialogue.isna().sum()),
        "text_matched_share": round(float(by_dialogue.isna().mean()), 4),
        "rejected_by_reason": {
            str(k): int(v) for k, v in by_dialogue.dropna().value_counts().sort_index().items()
        },
        "label_source": sorted(set(channels.label_source)),
        "turns_without_sound": int(table.not_found.sum()),
        "all": summarize(turns),
        **{
            f"by_{kind.removesuffix('s')}": {
                value: summarize(group) for value in values if len(group := turns[turns[kind] == value])
            }
            for kind, values in kinds.items()
        },
        "pause_total_s": {
            "median": significant(pauses.median()),
            "p10": significant(pauses.quantile(0.1)),
            "p90": significant(pauses.quantile(0.9)),
        },
        "overlapping_share": significant((pauses < 0).mean()),
    }


def run(corpus: str) -> None:
    """Write data/tables/dialogue/<corpus>.parquet and metrics/dialogue/<corpus>.json."""
    watch = Stopwatch("dialogue", corpus)
    module = load(corpus)
    catalog = store.read(store.path("catalog", corpus), tables.Catalog)
    listed = getattr(module, "clip_turns", None)
    work = tasks(catalog, list(listed(RAW / corpus))) if listed else []
    cache = workers.RowCache(store.path("dialogue", corpus), tables.Dialogue)
    rows = workers.compute(watch.name, measure, work, cache)
    table = store.frame(rows, tables.Dialogue)
    rates = catalog.set_index("clip_id").expected_sample_rate
    cache.save(rows)
    files.write_json(Path("metrics/dialogue") / f"{corpus}.json", metrics(table, catalog, rates))
    watch.end(len(catalog))


if __name__ == "__main__":
    main(run, "corpus")
