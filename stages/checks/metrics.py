"""Metrics of the rendered dataset: size and level in all, per emotion and per style."""

from typing import Any

import pandas as pd

from stages.core import tables
from stages.core.summary import pick, significant

CSM_MAX_S = 10.0
"""Maximum length of a clip for CSM trainers, in seconds; some fail on a longer clip."""
COMPARED = (
    "minutes", "augmented_minutes", "samples", "samples_over_10_s", "lufs_mean", "true_peak_dbtp_max",
    "snr_db_median",
)  # fmt: skip
COMPARED_BY_EMOTION = ("minutes", "samples", "lufs_mean", "snr_db_median")


def measures(samples: pd.DataFrame) -> dict[str, Any]:
    """Compute counts, minutes and level of these samples.

    Args:
        samples: rows of `tables.Validation`.
    """
    augmented = samples[samples.augmented.astype(bool)]
    return {
        "minutes": significant(samples.duration_s.sum() / 60),
        "samples": len(samples),
        "augmented_samples": len(augmented),
        "augmented_minutes": significant(augmented.duration_s.sum() / 60),
        "samples_over_10_s": int((samples.duration_s > CSM_MAX_S).sum()),
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


def summarize(samples: pd.DataFrame, screen_metrics: dict[str, Any]) -> dict[str, Any]:
    """Compute metrics of all samples, per style, and per emotion with the share of dropped clips.

    Args:
        samples: rows of `tables.Validation`.
        screen_metrics: content of metrics/details/screen.json.
    """
    by_emotion, by_style = (
        {
            value: measures(samples[samples[label] == value])
            for value in known
            if (samples[label] == value).any()
        }
        for label, known in (("emotion", tables.EMOTIONS), ("style", tables.STYLES))
    )
    for emotion, found in by_emotion.items():
        found["dropped_share"] = screen_metrics["by_emotion"][emotion]["dropped_share"]
    overall = {**measures(samples), "dropped_share": screen_metrics["all"]["dropped_share"]}
    return {"all": overall, "by_emotion": by_emotion, "by_style": by_style}


def compared(summary: dict[str, Any]) -> dict[str, Any]:
    """Select the content of `metrics/validate.json`: the format version, and the metrics to compare.

    Args:
        summary: returned by `summarize`.
    """
    return {
        "format_version": tables.FORMAT_VERSION,
        "all": pick(summary["all"], COMPARED),
        "by_emotion": {
            emotion: pick(found, COMPARED_BY_EMOTION) for emotion, found in summary["by_emotion"].items()
        },
    }
