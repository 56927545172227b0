"""Stage `screen`: the verdict on each clip (keep, keep with noise reduction, drop), and its reason.

The rules of `stages.screening.drop_rules` read tables only; no audio is decoded.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from stages.alignment.metrics import by_corpus
from stages.core import files, params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch, significant, write_metrics
from stages.screening.drop_rules import ScreenParams, failures
from stages.text import transcripts

TABLE = Path("data/tables/screen.parquet")
ALIGN_METRICS = Path("metrics/align.json")


def verdicts(clips: pd.DataFrame, limits: ScreenParams) -> pd.DataFrame:
    """Decide on each clip of `join`, with the first reason that applies: columns of `tables.Screen`."""
    reason = pd.Series(None, index=clips.index, dtype="str")
    for name, mask in failures(clips, limits).items():
        reason = reason.mask(mask & reason.isna(), name)
    noisy = (clips.snr_db < limits.denoise_below_snr_db).fillna(False)
    verdict = pd.Series("keep", index=clips.index, dtype="str").mask(noisy, "keep_denoised")
    return clips[["clip_id", "corpus"]].assign(verdict=verdict.mask(reason.notna(), "drop"), reason=reason)


def counts(clips: pd.DataFrame) -> dict[str, Any]:
    """Count kept and dropped clips, and reasons, from the columns `verdict` and `reason`."""
    dropped, reasons = clips.verdict == "drop", clips.reason.value_counts()
    return {
        "clips_in": len(clips),
        "clips_kept": int((~dropped).sum()),
        "clips_kept_denoised": int((clips.verdict == "keep_denoised").sum()),
        "clips_dropped": int(dropped.sum()),
        "dropped_share": significant(dropped.mean()),
        "reasons": {reason: int(reasons[reason]) for reason in tables.DROP_REASONS if reason in reasons},
    }


def metrics(clips: pd.DataFrame) -> dict[str, Any]:
    """Count clips in all, per corpus and per emotion, because a rule may drop one emotion more often.

    Args:
        clips: columns `corpus`, `emotion_intended`, `verdict`, `reason`.
    """
    in_all = counts(clips)
    # every reason has a key, so that a diff shows the first clip as 0 -> 1
    in_all["reasons"] = dict.fromkeys(tables.DROP_REASONS, 0) | in_all["reasons"]
    emotions = dict(list(clips.groupby("emotion_intended")))
    return {
        "all": in_all,
        "by_corpus": {corpus: counts(group) for corpus, group in clips.groupby("corpus")},
        "by_emotion": {name: counts(emotions[name]) for name in tables.EMOTIONS if name in emotions},
    }


def join(corpora: list[str]) -> pd.DataFrame:
    """Join catalog, quality, trim, align and licensing of all corpora: one row per clip."""
    clips = transcripts.read_all(corpora)
    for name, model in (("quality", tables.Quality), ("trim", tables.Trim), ("align", tables.Align)):
        table = store.read_all(name, corpora, model).drop(columns="cache_key")
        store.same_clips(clips, table, name)
        clips = clips.merge(table, on="clip_id", validate="1:1")
    permitted = store.read(Path("data/tables/licensing.parquet"), tables.Licensing)
    store.same_clips(clips, permitted, "licensing")
    return clips.merge(permitted[["clip_id", "permitted"]], on="clip_id", validate="1:1")


def run() -> None:
    """Write data/tables/screen.parquet, its counts, and metrics/align.json."""
    watch = Stopwatch("screen")
    clips = join(params.corpora())
    decisions = verdicts(clips, params.section(ScreenParams, "screen"))
    store.write(decisions, tables.Screen, TABLE)
    summary = metrics(decisions.assign(emotion_intended=clips.emotion_intended))
    write_metrics("screen", {"all": summary["all"]}, summary)
    files.write_json(ALIGN_METRICS, by_corpus(clips))
    watch.end(len(clips), decisions.reason, float((clips.n_samples / clips.sample_rate).sum()))


if __name__ == "__main__":
    main(run)
