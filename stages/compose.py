"""What stands where in each sample, on which channel? All decisions, joined into one timeline.

From here on time is in seconds of the rendered sample; samples are added before they are divided.
"""

import math
from pathlib import Path

import pandas as pd
from pydantic import Field

from stages.lib import copies, params, store, tables
from stages.lib.errors import UserError, main
from stages.lib.summary import Stopwatch
from stages.signal.augment import stretched_length
from stages.signal.chain import SAMPLE_RATE
from stages.signal.resample import resampled_length

TABLE = Path("data/tables/timeline.parquet")


class Compose(params.Section):
    """How the edges of a cut are softened."""

    fade_s: float = Field(ge=0, le=0.02)


def seconds(times: list[int], start: int, rate: float, longest: float) -> list[float]:
    """Samples of the file as seconds of the sample that begins at `start`, to 0.1 ms.

    Args:
        times: samples of the file.
        start: first sample of the cut.
        rate: of the file, in Hz; of a copy, times its tempo.
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
    """One sample per clip or copy: it on the left from the first sample on, nothing on the right.

    Args:
        clips: kept clips and their copies, one row each, with the columns of all decisions.
        settings: the fade.

    Returns:
        Columns of `tables.Timeline`.
    """
    fade_in, fade_out = fades(clips, settings.fade_s)
    spans = list(zip(clips.start, clips.end, clips.sample_rate, clips.tempo, strict=True))
    lengths = [resampled_length(end - start, rate, SAMPLE_RATE) for start, end, rate, _ in spans]
    durations = [stretched_length(n, span[3]) / SAMPLE_RATE for n, span in zip(lengths, spans, strict=True)]
    # the time map of a copy is linear: its file is one that plays faster
    rows = list(
        zip(clips.starts, clips.ends, clips.start, clips.end, clips.sample_rate * clips.tempo, strict=True)
    )
    made = clips.assign(
        sample_id=list(map(copies.sample_id, clips.clip_id, clips.copy_number)),
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


def with_copies(clips: pd.DataFrame, drawn: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """The clips and, below them, their augmented copies with gains of their own.

    Args:
        clips: one row each, with the columns of all decisions.
        drawn: rows of `tables.Augment`.
        levels: rows of `tables.LoudnessCopies`.

    Raises:
        UserError: a copy of a clip that is not among them or without a gain of its own, or two samples of one
            name.
    """
    own = [name for name in levels if name not in ("clip_id", "copy_number", "key")]
    made = (
        clips.drop(columns=own)
        .merge(drawn, on="clip_id")
        .merge(levels.drop(columns="key"), on=["clip_id", "copy_number"], validate="1:1")
    )
    named = set(map(copies.sample_id, drawn.clip_id, drawn.copy_number))
    odd = named - set(map(copies.sample_id, made.clip_id, made.copy_number)) | named & set(clips.clip_id)
    if odd:
        raise UserError(
            f"compose: {len(odd)} copies have no clip, no gain or no name of their own, e.g. {min(odd)}; "
            "run `dvc repro`, which brings the tables together"
        )
    made = made.assign(snr_db=noisier(made.snr_db, made.noise_snr_db))
    parts = [clips.assign(**copies.UNCHANGED), made]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def noisier(snr_db: pd.Series, noise_snr_db: pd.Series) -> pd.Series:
    """SNR of a recording to which noise was added: the powers of both noises add up. Null: none is known."""
    powers = [10 ** (-level.astype("float64") / 10) for level in (snr_db, noise_snr_db)]
    total = powers[0].add(powers[1], fill_value=0.0)
    return total.map(lambda power: -10 * math.log10(power), na_action="ignore")


def join(corpora: list[str]) -> pd.DataFrame:
    """All decisions about the kept clips and their copies, one row each.

    Raises:
        UserError: a kept clip has no measurable loudness.
    """
    clips = store.read_all("catalog", corpora, tables.Catalog)
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen)
    split = store.read(Path("data/tables/split.parquet"), tables.Split)
    store.same_clips(clips, screen, "screen")
    clips = clips.merge(screen.drop(columns="corpus"), on="clip_id", validate="1:1")
    clips = clips[clips.verdict != "drop"].assign(denoised=lambda kept: kept.verdict == "keep_denoised")
    clips = clips.merge(split[["speaker", "split"]], on="speaker", validate="m:1")
    quality = store.read_all("quality", corpora, tables.Quality)[["clip_id", "sample_rate", "snr_db"]]
    trim = store.read_all("trim", corpora, tables.Trim)[["clip_id", "speech_start", "speech_end"]]
    align = store.read_all("align", corpora, tables.Align).drop(columns="key")
    for table in (quality, trim, align):
        clips = clips.merge(table, on="clip_id", validate="1:1")
    loudness = store.read_all("loudness", corpora, tables.Loudness).drop(columns="key")
    clips = clips.merge(loudness, on=["clip_id", "denoised"], validate="1:1")
    drawn = store.read(Path("data/tables/augment.parquet"), tables.Augment)
    levels = store.read(Path("data/tables/loudness_copies.parquet"), tables.LoudnessCopies)
    clips = with_copies(clips, drawn, levels)
    mute = clips[clips.gain_db.isna()].clip_id
    if len(mute):
        raise UserError(
            f"compose: {len(mute)} kept clips have no measurable loudness: {', '.join(mute[:5])}; "
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
