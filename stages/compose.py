"""What stands where in each sample, on which channel? All decisions, joined into one timeline.

From here on time is in seconds of the rendered sample; samples are added before they are divided.
"""

import math
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from stages.core import params, store, tables
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch
from stages.samples import augmented_copies, packs, windows
from stages.samples.windows import Limits, Said
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE
from stages.text import transcripts

TABLE = Path("data/tables/timeline.parquet")
TURN_COLUMNS = ("turns", "turn_starts", "turn_ends", "turn_labels", "turn_emotions", "turn_acts")


class Compose(params.Section):
    """How the edges of a cut are softened, and how clips and dialogues become samples.

    Attributes:
        fade_s: length of the ramps, in seconds. max_window_turns: most turns of a dialogue in one sample; None
        for no limit. max_window_s: most seconds of a dialogue in one sample, if no single exchange is longer;
        None for no limit. max_pack_s: most seconds of clips that are of no dialogue in one sample; None for one
        clip per sample. gap_s: silence between what was recorded one by one, beside the pads of the cuts.
    """

    fade_s: float = Field(ge=0, le=0.02)
    max_window_turns: int | None = Field(ge=2)
    max_window_s: float | None = Field(gt=0)
    max_pack_s: float | None = Field(gt=0)
    gap_s: float = Field(ge=0, le=5)


def seconds(times: list[int], start: int, rate: float, longest: float, offset: int = 0) -> list[float]:
    """Samples of the file as seconds of the sample, to 0.1 ms.

    Args:
        times: samples of the file.
        start: first sample of the cut.
        rate: of the file, in Hz; of a copy, times its tempo.
        longest: where the cut ends in the rendered sample, in seconds, which no time exceeds.
        offset: where the cut begins in the rendered sample, in samples at 24 kHz.
    """
    at = SAMPLE_RATE * rate
    return [min(round(((time - start) * SAMPLE_RATE + offset * rate) / at, 4), longest) for time in times]


def fades(clips: pd.DataFrame, fade_s: float) -> tuple[pd.Series, pd.Series]:
    """Ramps at both ends, only as long as there is a pad before the first and after the last sound of speech.

    Returns:
        fade_in, fade_out: samples of the file; 0 where speech begins with the cut.
    """
    # the partner's side of a dialogue has no words
    onset = clips.speech_start.combine(clips.starts.map(lambda t: t[0] if len(t) else math.inf), min)
    offset = clips.speech_end.combine(clips.ends.map(lambda t: t[-1] if len(t) else -1), max)
    ramp = (clips.sample_rate * fade_s).astype(int)
    lead, tail = (onset - clips.start).clip(lower=0), (clips.end - offset).clip(lower=0)
    return ramp.combine(lead, min).astype(int), ramp.combine(tail, min).astype(int)


def timeline(clips: pd.DataFrame, settings: Compose) -> pd.DataFrame:
    """One sample per clip or copy that is of no dialogue: it on the left, nothing on the right.

    Several of one voice may be packed into one; see `stages.samples.packs`. Dialogues become samples of two
    channels; see `stages.samples.windows`.

    Args:
        clips: chosen clips and their copies, one row each, with the columns of all decisions.
        settings: the fade, and how long samples are.

    Returns:
        Columns of `tables.Timeline`.
    """
    limits = Limits(settings.max_window_turns, settings.max_window_s, settings.gap_s)
    clips = arranged(clips, limits, settings.max_pack_s)
    fade_in, fade_out = fades(clips, settings.fade_s)
    spans = zip(clips.start, clips.end, clips.sample_rate, clips.tempo, strict=True)
    counts = [
        lengths.stretched(lengths.resampled(end - start, rate), tempo) for start, end, rate, tempo in spans
    ]
    until = [(at + n) / SAMPLE_RATE for at, n in zip(clips.offset, counts, strict=True)]
    # the time map of a copy is linear: its file is one that plays faster
    rates = clips.sample_rate * clips.tempo
    rows = list(zip(clips.starts, clips.ends, clips.start, clips.end, rates, clips.offset, strict=True))
    made = clips.assign(
        fade_in=fade_in,
        fade_out=fade_out,
        loudness_method=clips.loudness_method,
        word_starts=[seconds(s, at, r, d, o) for (s, _, at, _, r, o), d in zip(rows, until, strict=True)],
        word_ends=[seconds(e, at, r, d, o) for (_, e, at, _, r, o), d in zip(rows, until, strict=True)],
        **turn_columns(clips, until),
        emotion=clips.emotion_intended,
    )
    return store.conform(made, tables.Timeline)


def turn_columns(clips: pd.DataFrame, until: list[float]) -> dict[str, list[list[Any]]]:
    """The columns of `tables.Timeline` about the turns in each row; empty lists where there are none.

    Args:
        clips: columns `turn_spans`, `turn_labels_said` of `with_turns`, `start`, `end`, `sample_rate`, `offset`.
        until: where each row ends in its sample, in seconds.
    """
    made: dict[str, list[list[Any]]] = {name: [] for name in TURN_COLUMNS}
    for row, longest in zip(clips.to_dict("records"), until, strict=True):
        place = (row["start"], row["sample_rate"], longest, row["offset"])
        cut = {n: (max(a, row["start"]), min(b, row["end"])) for n, (a, b) in row["turn_spans"].items()}
        spans = {number: span for number, span in cut.items() if span[0] < span[1]}
        said = [row["turn_labels_said"][number] for number in spans]
        made["turns"].append([int(number) for number in spans])
        for k, name in enumerate(("turn_starts", "turn_ends")):
            made[name].append(seconds([int(span[k]) for span in spans.values()], *place))
        for name in ("label", "emotion", "act"):
            made[f"turn_{name}s"].append([getattr(turn, name) for turn in said])
    return made


def arranged(clips: pd.DataFrame, limits: Limits, max_pack_s: float | None) -> pd.DataFrame:
    """The clips with `sample_id`, `channel`, `offset` and `is_primary`: a row per clip, or per window and side.

    Args:
        clips: kept clips.
        limits: of the windows that dialogues are cut into.
        max_pack_s: longest pack of other clips, in seconds; None for one clip per sample.
    """
    single = clips.dialogue.isna()
    alone = clips[single]
    names = list(map(augmented_copies.sample_id, alone.clip_id, alone.copy_number))
    rows = alone.assign(sample_id=names, channel="left", offset=0, is_primary=True)
    if max_pack_s is not None:
        rows = packs.packed(rows, max_pack_s, limits.gap_s)
    talks = [
        windows.recorded(group, limits) for _, group in clips[clips.source_channel.notna()].groupby("path")
    ]
    lines = clips[~single & clips.source_channel.isna()]
    talks += [windows.placed(group, limits) for _, group in lines.groupby(["corpus", "dialogue"])]
    if not talks:
        return rows
    # rows of several dialogues may lack values in any column: dtypes are those of the clips
    made = pd.DataFrame([row for talk in talks for row in talk])
    made = made.astype({name: clips[name].dtype for name in clips})
    return pd.concat([rows, made.astype({"offset": "int64", "is_primary": bool})], ignore_index=True)


def with_turns(clips: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """The clips with `turn_spans` and `turn_labels_said`: span in samples of the file, and `Said`, by number of the
    turn.

    Args:
        clips: column `clip_id`.
        turns: rows of `tables.Dialogue`.
    """
    found = turns.set_index("clip_id")
    spans, said = {}, {}
    for clip, row in found.iterrows():
        spans[clip] = dict(zip(row.turns, zip(row.starts, row.ends, strict=True), strict=True))
        facts = map(Said, row.labels, row.emotions, row.words, row.acts)
        said[clip] = dict(zip(row.turns, facts, strict=True))
    return clips.assign(
        turn_spans=[spans.get(clip, {}) for clip in clips.clip_id],
        turn_labels_said=[said.get(clip, {}) for clip in clips.clip_id],
    )


def with_copies(clips: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """The clips and, below them, their augmented copies.

    Tempo, pitch and noise change the loudness of a clip by some tenths of a decibel and its peaks by more,
    so a copy has not the gain of its clip: `render` measures it.

    Args:
        clips: one row each, with the columns of all decisions.
        drawn: rows of `tables.Augment`.

    Raises:
        UserError: a copy of a clip that is not among them, or two samples of one name.
    """
    made = clips.merge(drawn, on="clip_id").assign(loudness_method=None, gain_db=None, gain_capped=None)
    named = set(map(augmented_copies.sample_id, drawn.clip_id, drawn.copy_number))
    odd = named - set(map(augmented_copies.sample_id, made.clip_id, made.copy_number)) | named & set(
        clips.clip_id
    )
    if odd:
        raise UserError(
            f"compose: {len(odd)} copies have no clip or no name of their own, e.g. {min(odd)}; "
            "run `dvc repro`, which brings the tables together"
        )
    made = spoken_otherwise(made.assign(snr_db=noisier(made.snr_db, made.noise_snr_db)))
    parts = [clips.assign(**augmented_copies.UNCHANGED), made]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def spoken_otherwise(made: pd.DataFrame) -> pd.DataFrame:
    """Copies with the measures of style that follow from pitch and tempo; others are not known of them."""
    scaled = {
        "f0_median_hz": made.f0_median_hz * 2 ** (made.semitones / 12),
        "syllables_per_s": made.syllables_per_s * made.tempo,
        "words_per_s": made.words_per_s * made.tempo,
        "pause_total_s": made.pause_total_s / made.tempo,
    }
    unknown = {name: None for name in tables.PROSODY if name not in scaled}
    return made.assign(**scaled, **unknown)


def noisier(snr_db: pd.Series, noise_snr_db: pd.Series) -> pd.Series:
    """SNR of a recording to which noise was added: the powers of both noises add up. Null: none is known."""
    powers = [10 ** (-level.astype("float64") / 10) for level in (snr_db, noise_snr_db)]
    total = powers[0].add(powers[1], fill_value=0.0)
    return total.map(lambda power: -10 * math.log10(power), na_action="ignore")


def join(corpora: list[str]) -> pd.DataFrame:
    """All decisions about the chosen clips and their copies, one row each.

    Raises:
        UserError: a chosen clip has no measurable loudness.
    """
    clips = transcripts.read_all(corpora)
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
    align = store.read_all("align", corpora, tables.Align).drop(columns="cache_key")
    # the catalog's style is what the corpus states; the style table's is the tag
    style = store.read_all("style", corpora, tables.Style).drop(columns="cache_key")
    clips = clips.drop(columns="style")
    for table in (quality, trim, align):
        clips = clips.merge(table, on="clip_id", validate="1:1")
    loudness = store.read_all("loudness", corpora, tables.Loudness).drop(columns="cache_key")
    for table in (style, loudness):
        clips = clips.merge(table, on=["clip_id", "denoised"], validate="1:1")
    drawn = store.read(Path("data/tables/augment.parquet"), tables.Augment)
    mute = clips[clips.gain_db.isna()].clip_id
    if len(mute):
        raise UserError(
            f"compose: {len(mute)} chosen clips have no measurable loudness: {', '.join(mute[:5])}; "
            "tighten screen.min_speech_s in params.yaml"
        )
    return with_turns(with_copies(clips, drawn), store.read_all("dialogue", corpora, tables.Dialogue))


def run() -> None:
    """Write the timeline."""
    watch = Stopwatch("compose")
    clips = join(params.corpora())
    made = timeline(clips, params.section(Compose, "compose"))
    store.write(made, tables.Timeline, TABLE)
    watch.end(len(clips), (), float(((made.end - made.start) / made.sample_rate).sum()))


if __name__ == "__main__":
    main(run)
