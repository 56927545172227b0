"""Summary of the alignment per corpus: the content of `metrics/align.json`."""

from typing import Any

import pandas as pd

TRAINER_FRAME_S = 0.08
"""Frame of Moshi: if two words start in one frame, the tokens of the first are lost."""
QUANTILES = {"p01": 0.01, "p05": 0.05, "median": 0.5, "p95": 0.95}


def token_collisions(clips: pd.DataFrame) -> int:
    """Count words that start in the same 80 ms frame as the word before them.

    Frames are counted from the start of the segment, as `compose` makes it.

    Args:
        clips: aligned; columns `starts` (samples of the file), `start` (of the segment), `sample_rate`.
    """
    collisions = 0
    for starts, segment_start, rate in zip(clips.starts, clips.start, clips.sample_rate, strict=True):
        origin = starts[0] if pd.isna(segment_start) else min(segment_start, starts[0])
        frames = [int((start - origin) / rate / TRAINER_FRAME_S) for start in starts]
        collisions += len(frames) - len(set(frames))
    return collisions


def _quantiles(values: pd.Series) -> dict[str, float]:
    known = values.dropna().astype(float)
    return {name: round(float(known.quantile(q)), 3) for name, q in QUANTILES.items()} if len(known) else {}


def summarize(clips: pd.DataFrame) -> dict[str, Any]:
    """Summarize one corpus: engines, clips by status, scores, confidence, token collisions.

    Args:
        clips: quality, trim and align, joined on `clip_id`.
    """
    aligned = clips[(clips.status == "aligned") & clips.sample_rate.notna()]
    words = int(aligned.words.map(len).sum())
    collisions = token_collisions(aligned)
    return {
        "engines": sorted(clips.engine.unique()),
        "clips": len(clips),
        "status": clips.status.value_counts().sort_index().to_dict(),
        "score": _quantiles(aligned.score),
        "confidence": _quantiles(aligned.confidence),
        "competing_transcripts_share": round(float(aligned.margin.notna().mean()), 4) if words else None,
        "words": words,
        "oov_words": int(clips.oov_words.sum()),
        "token_collisions": collisions,
        "token_collision_share": round(collisions / words, 4) if words else None,
    }


def by_corpus(clips: pd.DataFrame) -> dict[str, Any]:
    """Summarize each corpus; `clips` has a column `corpus`, see `summarize`."""
    return {str(corpus): summarize(group) for corpus, group in clips.groupby("corpus")}
