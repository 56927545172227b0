"""Audio examples of the report: a few samples per emotion, if their licenses permit redistribution."""

import base64
import hashlib
import io
from pathlib import Path

import pandas as pd
import soundfile

from stages.publishing import licenses

PER_EMOTION = 2
MAX_S = 10.0  # seconds


def choose(timeline: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Choose the examples: not augmented, short, of different speakers, in an order by digest.

    Samples with a clip that may not be redistributed are left out.

    Args:
        timeline, samples: rows of `tables.Timeline` and of `tables.Validation`.

    Returns:
        Primary rows of the timeline, at most `PER_EMOTION` per emotion.
    """
    known = {name: licenses.facts(name, "timeline") for name in set(timeline.license)}
    forbidden = [name for name, facts in known.items() if not licenses.permits(facts, "redistributable")]
    withheld = timeline.sample_id[timeline.license.isin(forbidden)]
    short = samples.sample_id[(samples.duration_s <= MAX_S) & ~samples.augmented.astype(bool)]
    rows = timeline[timeline.is_primary & timeline.sample_id.isin(short) & ~timeline.sample_id.isin(withheld)]
    digests = rows.sample_id.map(lambda name: hashlib.sha256(name.encode()).hexdigest())
    ordered = rows.loc[digests.sort_values().index]
    # a speaker occurs twice only if there are no others
    repetition = ordered.groupby(["emotion", "speaker"]).cumcount()
    return ordered.loc[repetition.sort_values(kind="stable").index].groupby("emotion").head(PER_EMOTION)


def embed(path: Path) -> str:
    """Encode a WAV file as a `data:` address in FLAC, which is lossless and smaller."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="FLAC", subtype="PCM_16")
    return f"data:audio/flac;base64,{base64.b64encode(buffer.getvalue()).decode()}"
