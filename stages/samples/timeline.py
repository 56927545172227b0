"""The timeline: where each clip is in each sample, on which channel, and when its words are spoken.

From here on time is in seconds of the rendered sample; samples are added before they are divided.
"""

import math
from typing import Any, NamedTuple

import pandas as pd
from pydantic import Field

from stages.core import params, store, tables
from stages.samples import augmented_copies, packs, windows
from stages.samples.sidecar import TURN_COLUMNS
from stages.samples.windows import Limits
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE


class ComposeParams(params.Section):
    """How the edges of clips are softened, and how clips and dialogues become samples.

    Attributes:
        fade_s: length of the ramps, in seconds.
        max_window_turns: maximum turns of a dialogue in one sample; None for no limit.
        max_window_s: maximum seconds of a dialogue in one sample, unless one exchange is longer; None for no
            limit.
        max_pack_s: maximum seconds of clips of no dialogue in one sample; None for one clip per sample.
        gap_s: silence between separately recorded clips, in seconds, in addition to their pads.
    """

    fade_s: float = Field(ge=0, le=0.02)
    max_window_turns: int | None = Field(ge=2)
    max_window_s: float | None = Field(gt=0)
    max_pack_s: float | None = Field(gt=0)
    gap_s: float = Field(ge=0, le=5)


class Place(NamedTuple):
    """Where a segment of a file is in the rendered sample.

    Attributes:
        start: first sample of the segment in the file.
        rate: of the file, in Hz; of an augmented copy, times its tempo.
        end_s: end of the segment in the rendered sample, in seconds; no time is later.
        offset: start of the segment in the rendered sample, in samples at 24 kHz.
    """

    start: int
    rate: float
    end_s: float
    offset: int = 0


def seconds(times: list[int], place: Place) -> list[float]:
    """Convert samples of the file to seconds of the rendered sample, rounded to 0.1 ms."""
    start, rate, end_s, offset = place
    at = SAMPLE_RATE * rate
    return [min(round(((time - start) * SAMPLE_RATE + offset * rate) / at, 4), end_s) for time in times]


def fades(clips: pd.DataFrame, fade_s: float) -> tuple[pd.Series, pd.Series]:
    """Compute the ramps at both ends, which are never longer than the pad outside the speech.

    Returns:
        fade_in, fade_out: samples of the file; 0 if speech begins or ends with the segment.
    """
    # the partner's channel of a dialogue has no words
    onset = clips.speech_start.combine(clips.starts.map(lambda t: t[0] if len(t) else math.inf), min)
    offset = clips.speech_end.combine(clips.ends.map(lambda t: t[-1] if len(t) else -1), max)
    ramp = (clips.sample_rate * fade_s).astype(int)
    lead, tail = (onset - clips.start).clip(lower=0), (clips.end - offset).clip(lower=0)
    return ramp.combine(lead, min).astype(int), ramp.combine(tail, min).astype(int)


def timeline(clips: pd.DataFrame, settings: ComposeParams) -> pd.DataFrame:
    """Place every chosen clip and augmented copy in a sample.

    A clip of no dialogue is on the left, with nothing on the right; several of one voice may be packed into
    one sample, see `stages.samples.packs`. Dialogues become samples of two channels, see
    `stages.samples.windows`.

    Args:
        clips: chosen clips and their copies, one row each, with the columns of all decisions.
        settings: the fade, and limits on the length of samples.

    Returns:
        Columns of `tables.Timeline`.
    """
    limits = Limits(settings.max_window_turns, settings.max_window_s, settings.gap_s)
    clips = arranged(clips, limits, settings.max_pack_s)
    fade_in, fade_out = fades(clips, settings.fade_s)
    spans = zip(clips.offset, clips.end - clips.start, clips.sample_rate, clips.tempo, strict=True)
    ends_s = [(offset + lengths.rendered(n, rate, tempo)) / SAMPLE_RATE for offset, n, rate, tempo in spans]
    # tempo is constant within a copy: its times are those of a file with a higher sample rate
    places = list(map(Place, clips.start, clips.sample_rate * clips.tempo, ends_s, clips.offset))
    made = clips.assign(
        fade_in=fade_in,
        fade_out=fade_out,
        word_starts=list(map(seconds, clips.starts, places)),
        word_ends=list(map(seconds, clips.ends, places)),
        **turn_columns(clips, ends_s),
        emotion=clips.emotion_intended,
    )
    return store.conform(made, tables.Timeline)


def turn_columns(clips: pd.DataFrame, ends_s: list[float]) -> dict[str, list[list[Any]]]:
    """Build the columns of `tables.Timeline` about the turns in each row; empty lists if there are none.

    Args:
        clips: columns `turn_spans`, `turn_labels_said` of `decisions.with_turns`, `start`, `end`,
            `sample_rate`, `offset`.
        ends_s: end of each row in its sample, in seconds.
    """
    rows = [_turns(row, end_s) for row, end_s in zip(clips.to_dict("records"), ends_s, strict=True)]
    return {name: [row[name] for row in rows] for name in TURN_COLUMNS.values()}


def _turns(row: dict[str, Any], end_s: float) -> dict[str, list[Any]]:
    place = Place(row["start"], row["sample_rate"], end_s, row["offset"])
    inside = {n: (max(a, row["start"]), min(b, row["end"])) for n, (a, b) in row["turn_spans"].items()}
    spans = {number: span for number, span in inside.items() if span[0] < span[1]}
    labels = [row["turn_labels_said"][number] for number in spans]
    return {
        "turns": [int(number) for number in spans],
        "turn_starts": seconds([int(start) for start, _ in spans.values()], place),
        "turn_ends": seconds([int(end) for _, end in spans.values()], place),
        **{f"turn_{name}s": [getattr(turn, name) for turn in labels] for name in ("label", "emotion", "act")},
    }


def arranged(clips: pd.DataFrame, limits: Limits, max_pack_s: float | None) -> pd.DataFrame:
    """Add `sample_id`, `channel`, `offset` and `is_primary`: one row per clip, or per window and channel.

    Args:
        clips: chosen clips and their copies.
        limits: of the windows that dialogues are divided into.
        max_pack_s: maximum length of a pack of other clips, in seconds; None for one clip per sample.
    """
    single = clips.dialogue.isna()
    alone = clips[single]
    names = list(map(augmented_copies.sample_id, alone.clip_id, alone.copy_number))
    rows = alone.assign(sample_id=names, channel="left", offset=0, is_primary=True)
    if max_pack_s is not None:
        rows = packs.packed(rows, max_pack_s, limits.gap_s)
    stereo = clips[clips.source_channel.notna()].groupby("path")
    turns = clips[~single & clips.source_channel.isna()].groupby(["corpus", "dialogue"])
    found = [row for _, group in stereo for row in windows.recorded(group, limits)]
    found += [row for _, group in turns for row in windows.placed(group, limits)]
    if not found:
        return rows
    # rows of several dialogues may lack values in any column: dtypes are those of the clips
    dtypes = {name: clips[name].dtype for name in clips} | {"offset": "int64", "is_primary": bool}
    return pd.concat([rows, pd.DataFrame(found).astype(dtypes)], ignore_index=True)
