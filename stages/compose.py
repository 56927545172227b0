"""What stands where in each sample, on which channel? All decisions, joined into one timeline.

From here on time is in seconds of the rendered sample; samples are added before they are divided.
"""

from pathlib import Path

import pandas as pd
from pydantic import Field

from stages.lib import params, store, tables
from stages.lib.errors import UserError, main
from stages.lib.summary import Stopwatch
from stages.signal.chain import SAMPLE_RATE
from stages.signal.resample import resampled_length

TABLE = Path("data/tables/timeline.parquet")


class Compose(params.Section):
    """How the edges of a cut are softened."""

    fade_s: float = Field(ge=0, le=0.02)


def seconds(times: list[int], start: int, rate: int, longest: float) -> list[float]:
    """Samples of the file as seconds of the sample that begins at `start`, to 0.1 ms.

    Args:
        times: samples of the file.
        start: first sample of the cut.
        rate: of the file, in Hz.
        longest: duration of the rendered sample, in seconds, which no time exceeds.
    """
    return [min(round((time - start) / rate, 4), longest) for time in times]


def fades(clips: pd.DataFrame, fade_s: float) -> tuple[pd.Series, pd.Series]:
    """Ramps at both ends, only as long as there is a pad before the first and after the last sound of speech.

    Returns:
        fade_in, fade_out: samples of the file; 0 where speech begins with the cut.
    """
    onset = clips.speech_start.combine(clips.starts.map(lambda times: times[0]), min)
    offset = clips.speech_end.combine(clips.ends.map(lambda times: times[-1]), max)
    ramp = (clips.sample_rate * fade_s).astype(int)
    return ramp.combine(onset - clips.start, min), ramp.combine(clips.end - offset, min)


def timeline(clips: pd.DataFrame, settings: Compose) -> pd.DataFrame:
    """One sample per clip: the clip on the left from the first sample on, nothing on the right.

    Args:
        clips: chosen clips, one row each, with the columns of all decisions.
        settings: the fade.

    Returns:
        Columns of `tables.Timeline`.
    """
    fade_in, fade_out = fades(clips, settings.fade_s)
    rows = list(zip(clips.starts, clips.ends, clips.start, clips.end, clips.sample_rate, strict=True))
    lengths = [resampled_length(end - start, rate, SAMPLE_RATE) for _, _, start, end, rate in rows]
    durations = [n / SAMPLE_RATE for n in lengths]
    made = clips.assign(
        sample_id=clips.clip_id,
        channel="left",
        offset=0,
        fade_in=fade_in,
        fade_out=fade_out,
        loudness_rule=clips.rule,
        word_starts=[seconds(s, at, r, d) for (s, _, at, _, r), d in zip(rows, durations, strict=True)],
        word_ends=[seconds(e, at, r, d) for (_, e, at, _, r), d in zip(rows, durations, strict=True)],
        emotion=clips.emotion_intended,
        style=clips["style"].fillna("normal"),
    )
    return store.conform(made, tables.Timeline)


def join(corpora: list[str]) -> pd.DataFrame:
    """All decisions about the chosen clips, one row each.

    Raises:
        UserError: a chosen clip has no measurable loudness.
    """
    clips = store.read_all("catalog", corpora, tables.Catalog)
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    split = store.read(Path("data/tables/split.parquet"), tables.Split)
    store.same_clips(clips, screen, "screen")
    clips = clips.merge(screen.drop(columns="corpus"), on="clip_id", validate="1:1")
    clips = clips[clips.verdict != "drop"].assign(denoised=lambda kept: kept.verdict == "keep_denoised")
    clips = clips.merge(split[["speaker", "split"]], on="speaker", validate="m:1")
    balance = store.read(Path("data/tables/balance.parquet"), tables.Balance)
    store.same_clips(clips, balance, "balance")
    clips = clips[clips.clip_id.isin(balance[balance.chosen].clip_id)]
    quality = store.read_all("quality", corpora, tables.Quality)[["clip_id", "sample_rate", "snr_db"]]
    trim = store.read_all("trim", corpora, tables.Trim)[["clip_id", "speech_start", "speech_end"]]
    align = store.read_all("align", corpora, tables.Align).drop(columns="key")
    for table in (quality, trim, align):
        clips = clips.merge(table, on="clip_id", validate="1:1")
    loudness = store.read_all("loudness", corpora, tables.Loudness).drop(columns="key")
    clips = clips.merge(loudness, on=["clip_id", "denoised"], validate="1:1")
    mute = clips[clips.gain_db.isna()].clip_id
    if len(mute):
        raise UserError(
            f"compose: {len(mute)} chosen clips have no measurable loudness: {', '.join(mute[:5])}; "
            "tighten screen.min_speech_s in params.yaml"
        )
    return clips


def run() -> None:
    """Write the timeline."""
    watch = Stopwatch("compose")
    clips = join(params.corpora())
    made = timeline(clips, params.section(Compose, "compose"))
    store.write(made, tables.Timeline, TABLE)
    watch.end(len(clips), (), float(((made.end - made.start) / made.sample_rate).sum()))


if __name__ == "__main__":
    main(run)
