"""What stands where in each sample, on which channel? All decisions, joined into one timeline.

From here on time is in seconds of the rendered sample; samples are added before they are divided.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pydantic import Field

from stages.core import params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.samples import augmented_copies, decisions, packs, windows
from stages.samples.windows import Limits
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE

TABLE = Path("data/tables/timeline.parquet")
TURN_COLUMNS = ("turns", "turn_starts", "turn_ends", "turn_labels", "turn_emotions", "turn_acts")


class Compose(params.Section):
    """How the edges of a cut are softened, and how clips and dialogues become samples.

    Attributes:
        fade_s: length of the ramps, in seconds. max_window_turns: most turns of a dialogue in one sample;
        None for no limit. max_window_s: most seconds of a dialogue in one sample, if no single exchange is
        longer; None for no limit. max_pack_s: most seconds of clips that are of no dialogue in one sample;
        None for one clip per sample. gap_s: silence between what was recorded one by one, beside the pads of
        the cuts.
    """

    fade_s: float = Field(ge=0, le=0.02)
    max_window_turns: int | None = Field(ge=2)
    max_window_s: float | None = Field(gt=0)
    max_pack_s: float | None = Field(gt=0)
    gap_s: float = Field(ge=0, le=5)


class Place(NamedTuple):
    """Where a cut is in the file and in the rendered sample.

    Attributes:
        start: first sample of the cut in the file.
        rate: of the file, in Hz; of a copy, times its tempo.
        end_s: end of the cut in the rendered sample, in seconds, which no time exceeds.
        offset: start of the cut in the rendered sample, in samples at 24 kHz.
    """

    start: int
    rate: float
    end_s: float
    offset: int = 0


def seconds(times: list[int], place: Place) -> list[float]:
    """Convert samples of the file to seconds of the rendered sample, to 0.1 ms."""
    start, rate, end_s, offset = place
    at = SAMPLE_RATE * rate
    return [min(round(((time - start) * SAMPLE_RATE + offset * rate) / at, 4), end_s) for time in times]


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
    places = list(map(Place, clips.start, rates, until, clips.offset))
    made = clips.assign(
        fade_in=fade_in,
        fade_out=fade_out,
        loudness_method=clips.loudness_method,
        word_starts=list(map(seconds, clips.starts, places)),
        word_ends=list(map(seconds, clips.ends, places)),
        **turn_columns(clips, until),
        emotion=clips.emotion_intended,
    )
    return store.conform(made, tables.Timeline)


def turn_columns(clips: pd.DataFrame, until: list[float]) -> dict[str, list[list[Any]]]:
    """The columns of `tables.Timeline` about the turns in each row; empty lists where there are none.

    Args:
        clips: columns `turn_spans`, `turn_labels_said` of `decisions.with_turns`, `start`, `end`,
            `sample_rate`, `offset`.
        until: where each row ends in its sample, in seconds.
    """
    made: dict[str, list[list[Any]]] = {name: [] for name in TURN_COLUMNS}
    for row, longest in zip(clips.to_dict("records"), until, strict=True):
        place = Place(row["start"], row["sample_rate"], longest, row["offset"])
        cut = {n: (max(a, row["start"]), min(b, row["end"])) for n, (a, b) in row["turn_spans"].items()}
        spans = {number: span for number, span in cut.items() if span[0] < span[1]}
        said = [row["turn_labels_said"][number] for number in spans]
        made["turns"].append([int(number) for number in spans])
        for k, name in enumerate(("turn_starts", "turn_ends")):
            made[name].append(seconds([int(span[k]) for span in spans.values()], place))
        for name in ("label", "emotion", "act"):
            made[f"turn_{name}s"].append([getattr(turn, name) for turn in said])
    return made


def arranged(clips: pd.DataFrame, limits: Limits, max_pack_s: float | None) -> pd.DataFrame:
    """The clips with `sample_id`, `channel`, `offset` and `is_primary`: a row per clip, or per window and
    side.

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


def run() -> None:
    """Write the timeline."""
    watch = Stopwatch("compose")
    clips = decisions.join(params.corpora())
    made = timeline(clips, params.section(Compose, "compose"))
    store.write(made, tables.Timeline, TABLE)
    watch.end(len(clips), seconds=float(((made.end - made.start) / made.sample_rate).sum()))


if __name__ == "__main__":
    main(run)
