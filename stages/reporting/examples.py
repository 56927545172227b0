"""Samples to listen to in the report: a few per emotion, embedded where the license lets them."""

import base64
import hashlib
import io
from pathlib import Path

import pandas as pd
import soundfile

from stages.publishing import licenses

PER_EMOTION = 2
LONGEST_S = 10.0


def chosen(timeline: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Rows of the timeline for the examples: recorded, short, of different speakers, drawn by digest.

    Samples of which any voice may not be handed on are left out.

    Args:
        timeline: rows of `tables.Timeline`; samples: rows of `tables.Validation`.

    Returns:
        The leading rows of the examples, at most `PER_EMOTION` per emotion.
    """
    closed = {
        name
        for name in set(timeline.license)
        if not licenses.permits(licenses.facts(name, "timeline"), "redistributable")
    }
    withheld = timeline.sample_id[timeline.license.isin(closed)]
    short = samples.sample_id[(samples.duration_s <= LONGEST_S) & ~samples.augmented.astype(bool)]
    rows = timeline[timeline.is_primary & timeline.sample_id.isin(short) & ~timeline.sample_id.isin(withheld)]
    drawn = rows.assign(draw=[hashlib.sha256(name.encode()).hexdigest() for name in rows.sample_id])
    drawn = drawn.sort_values("draw")
    # another speaker first; the same one again only where there is no other
    again = drawn.groupby(["emotion", "speaker"]).cumcount()
    drawn = drawn.assign(again=again).sort_values(["again", "draw"])
    return drawn.groupby("emotion").head(PER_EMOTION).drop(columns=["draw", "again"])


def embedded(path: Path) -> str:
    """A WAV file as a `data:` address of the same samples in FLAC, which is smaller."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="FLAC", subtype="PCM_16")
    return f"data:audio/flac;base64,{base64.b64encode(buffer.getvalue()).decode()}"
