"""Timeline: channel and offset of each clip in each sample, and times of its words.

Times in the timeline are seconds of the rendered sample; they are computed from integers, without drift.
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
    """The section `compose` of params.yaml: fades, and limits on the length of samples.

    Attributes:
        fade_s: length of the fades, in seconds.
        max_window_turns: maximum turns of a dialogue in one sample; None for no limit.
        max_window_s: maximum seconds of a dialogue in one sample, unless one exchange is longer; None for no
            limit.
        max_pack_s: maximum seconds of clips outside dialogues in one sample; None for one clip per sample.
        gap_s: silence between separately recorded clips, in seconds, in addition to their pads.
    """

    fade_s: float = Field(ge=0, le=0.02)
    max_window_turns: int | None = Field(ge=2)
    max_window_s: float | None = Field(gt=0)
    max_pack_s: float | None = Field(gt=0)
    gap_s: float = Field(ge=0, le=5)


class Place(NamedTuple):
    """Position of a segment of a file in the rendered sample.

    Attributes:
        start: start of the segment, in samples of the file.
        rate: sample rate of the file, in Hz; for an augmented copy, multiplied by its tempo.
        end_s: end of the segment in the rendered sample, in seconds; the maximum of all its times.
        offset: start of the segment in the rendered sample, in samples at 24 kHz.
    """

    start: int
    rate: float
    end_s: float
    offset: int = 0


def seconds(times: list[int], place: Place) -> list[float]:
    """Convert times in samples of the file to seconds of the rendered sample, rounded to 0.1 ms."""
    start, rate, end_s, offset = place
    at = SAMPLE_RATE * rate
    return [min(round(((time - start) * SAMPLE_RATE + offset * rate) / at, 4), end_s) for time in times]


def fades(clips: pd.DataFrame, fade_s: float) -> tuple[pd.Series, pd.Series]:
    """Compute the fades at both ends, which are never longer than the pad before or after speech.

    Returns:
        fade_in, fade_out: in samples of the file; 0 if speech starts or ends at the edge of the segment.
    """
    # the partner's channel of a dialogue has no words
    onset = clips.speech_start.combine(clips.starts.map(lambda t: t[0] if len(t) else math.inf), min)
    offset = clips.speech_end.combine(clips.ends.map(lambda t: t[-1] if len(t) else -1), max)
    fade = (clips.sample_rate * fade_s).astype(int)
    pad_before, pad_after = (onset - clips.start).clip(lower=0), (clips.end - offset).clip(lower=0)
    return fade.combine(pad_before, min).astype(int), fade.combine(pad_after, min).astype(int)


def timeline(clips: pd.DataFrame, settings: ComposeParams) -> pd.DataFrame:
    """Assign every chosen clip and augmented copy to a sample.

    A clip outside dialogues is on the left channel, and the right channel is silent; several clips of one
    speaker may be packed into one sample, see `stages.samples.packs`. Dialogues become two-channel samples,
    see `stages.samples.windows`.

    Args:
        clips: chosen clips and their copies, with the columns of `decisions.join`.
        settings: parameters of the stage.

    Returns:
        Columns of `tables.Timeline`.
    """
    limits = Limits(settings.max_window_turns, settings.max_window_s, settings.gap_s)
    clips = assign_samples(clips, limits, settings.max_pack_s)
    fade_in, fade_out = fades(clips, settings.fade_s)
    spans = zip(clips.offset, clips.end - clips.start, clips.sample_rate, clips.tempo, strict=True)
    ends_s = [(offset + lengths.rendered(n, rate, tempo)) / SAMPLE_RATE for offset, n, rate, tempo in spans]
    # tempo is constant within a copy, so it scales times as a higher sample rate would
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
    """Build the columns of `tables.Timeline` about turns: one list per row, empty without turns.

    Args:
        clips: columns `turn_spans`, `labels_by_turn` of `decisions.with_turns`, `start`, `end`,
            `sample_rate`, `offset`.
        ends_s: end of each row in its sample, in seconds.
    """
    rows = [_turns(row, end_s) for row, end_s in zip(clips.to_dict("records"), ends_s, strict=True)]
    return {name: [row[name] for row in rows] for name in TURN_COLUMNS.values()}


def _turns(row: dict[str, Any], end_s: float) -> dict[str, list[Any]]:
    place = Place(row["start"], row["sample_rate"], end_s, row["offset"])
    clipped_spans = {n: (max(a, row["start"]), min(b, row["end"])) for n, (a, b) in row["turn_spans"].items()}
    spans = {number: span for number, span in clipped_spans.items() if span[0] < span[1]}
    labels = [row["labels_by_turn"][number] for number in spans]
    return {
        "turns": [int(number) for number in spans],
        "turn_starts": seconds([int(start) for start, _ in spans.values()], place),
        "turn_ends": seconds([int(end) for _, end in spans.values()], place),
        **{f"turn_{name}s": [getattr(turn, name) for turn in labels] for name in ("label", "emotion", "act")},
    }


def assign_samples(clips: pd.DataFrame, limits: Limits, max_pack_s: float | None) -> pd.DataFrame:
    """Add `sample_id`, `channel`, `offset` and `is_primary`: one row per clip, or per window and channel.

    Args:
        clips: chosen clips and their copies.
        limits: limits of the windows into which dialogues are divided.
        max_pack_s: maximum length of a pack of other clips, in seconds; None for one clip per sample.
    """
    single = clips.dialogue.isna()
    single_clips = clips[single]
    names = list(map(augmented_copies.sample_id, single_clips.clip_id, single_clips.copy_number))
    rows = single_clips.assign(sample_id=names, channel="left", offset=0, is_primary=True)
    if max_pack_s is not None:
        rows = packs.packed(rows, max_pack_s, limits.gap_s)
    stereo = clips[clips.source_channel.notna()].groupby("path")
    turns = clips[~single & clips.source_channel.isna()].groupby(["corpus", "dialogue"])
    found = [row for _, group in stereo for row in windows.recording_rows(group, limits)]
    found += [row for _, group in turns for row in windows.utterance_rows(group, limits)]
    if not found:
        return rows
    # a column of these rows may be all null, so the dtypes of the clips are set
    dtypes = {name: clips[name].dtype for name in clips} | {"offset": "int64", "is_primary": bool}
    return pd.concat([rows, pd.DataFrame(found).astype(dtypes)], ignore_index=True)
