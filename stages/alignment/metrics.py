"""How did the alignment go, corpus by corpus? What `metrics/align.json` holds."""

from typing import Any

import pandas as pd

TRAINER_FRAME_S = 0.08
"""Moshi's: when the next word starts in the same frame, the tokens of this one are lost."""
QUANTILES = {"p01": 0.01, "p05": 0.05, "median": 0.5, "p95": 0.95}


def token_collisions(clips: pd.DataFrame) -> int:
    """Words that share an 80 ms frame with the start of the word before them.

    Frames are counted from the start of the cut, as `compose` makes it.

    Args:
        clips: aligned ones; columns `starts` (samples of the file), `start` (of the cut), `sample_rate`.
    """
    lost = 0
    for starts, cut, rate in zip(clips.starts, clips.start, clips.sample_rate, strict=True):
        origin = starts[0] if pd.isna(cut) else min(cut, starts[0])
        frames = [int((start - origin) / rate / TRAINER_FRAME_S) for start in starts]
        lost += len(frames) - len(set(frames))
    return lost


def _quantiles(values: pd.Series) -> dict[str, float]:
    known = values.dropna().astype(float)
    return {name: round(float(known.quantile(q)), 3) for name, q in QUANTILES.items()} if len(known) else {}


def summary(clips: pd.DataFrame) -> dict[str, Any]:
    """Of one corpus: engines, clips by state, how sure, words that the trainer loses.

    Args:
        clips: quality, trim and align, joined on `clip_id`.
    """
    aligned = clips[(clips.status == "aligned") & clips.sample_rate.notna()]
    words = int(aligned.words.map(len).sum())
    shared = token_collisions(aligned)
    return {
        "engines": sorted(clips.engine.unique()),
        "clips": len(clips),
        "status": {str(state): int(n) for state, n in clips.status.value_counts().sort_index().items()},
        "score": _quantiles(aligned.score),
        "confidence": _quantiles(aligned.confidence),
        "competing_transcripts_share": round(float(aligned.margin.notna().mean()), 4)
        if len(aligned)
        else None,
        "words": words,
        "oov_words": int(clips.oov_words.sum()),
        "token_collisions": shared,
        "token_collision_share": round(shared / words, 4) if words else None,
    }


def by_corpus(clips: pd.DataFrame) -> dict[str, Any]:
    """See `summary`; `clips` has a column `corpus`."""
    return {str(corpus): summary(group) for corpus, group in clips.groupby("corpus")}
