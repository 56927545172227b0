"""Windows of dialogues: two-channel samples of a complete dialogue or of some of its turns.

The left channel is the model, the right channel the user. A window never begins or ends within a turn, so it
exceeds the limits if a single exchange does.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from stages.corpora.base.turns import main_label
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE

Span = tuple[int, int]


class TurnLabels(NamedTuple):
    """Labels of a turn: corpus label, emotion, number of words, dialogue act of the corpus."""

    label: str
    emotion: str
    words: int
    act: str


class Window(NamedTuple):
    """Part of a two-channel recording: samples of the file, half-open, and number of its first turn."""

    start: int
    end: int
    first: int


class Limits(NamedTuple):
    """Maximum turns and seconds of a window, None for no limit; and the silence between utterances."""

    turns: int | None
    seconds: float | None
    gap_s: float

    def allow(self, turns: int, seconds: float) -> bool:
        """Return whether a window of this size is allowed."""
        return turns <= (self.turns or math.inf) and seconds <= (self.seconds or math.inf)


def exchanges(model_turns: Mapping[int, Span], user_turns: Mapping[int, Span], span: Span) -> list[Window]:
    """Divide a recording into the smallest possible parts: each has at least one turn of both channels.

    A cut is in the middle of the pause before a turn of the model; if turns overlap there, there is no cut.

    Args:
        model_turns, user_turns: spans of the turns of each channel, by number of the turn.
        span: samples of the file that are rendered, half-open.
    """
    both, end = (model_turns, user_turns), span[1]
    cuts = [Window(*span, min([*model_turns, *user_turns], default=0))]
    for number, (onset, _) in sorted(model_turns.items()):
        last = cuts[-1]
        before = max((b for turns in both for k, (_, b) in turns.items() if k < number), default=onset)
        both_before = all(any(last.first <= k < number for k in turns) for turns in both)
        both_after = all(any(k >= number for k in turns) for turns in both)
        middle = (before + onset) // 2
        if before < onset and both_before and both_after and last.start < middle < end:
            cuts[-1:] = [last._replace(end=middle), Window(middle, end, number)]
    return cuts


def grouped(parts: Sequence[Any], fit: Callable[[Sequence[Any]], bool]) -> list[list[Any]]:
    """Group consecutive parts: as many to each group as fit, at least one."""
    groups: list[list[Any]] = []
    for part in parts:
        if groups and fit([*groups[-1], part]):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def windows(
    model_turns: Mapping[int, Span], user_turns: Mapping[int, Span], span: Span, *, rate: int, limits: Limits
) -> list[Window]:
    """Divide a two-channel recording into consecutive windows.

    Args:
        model_turns, user_turns: spans of the turns of each channel, by number of the turn.
        span: samples of the file that are rendered, half-open; the windows cover all of them.
        rate: sample rate of the file, in Hz.
        limits: limits of a window.
    """
    parts = exchanges(model_turns, user_turns, span)

    def fit(group: Sequence[Window]) -> bool:
        until = next((part.first for part in parts if part.start >= group[-1].end), math.inf)
        turns = sum(group[0].first <= k < until for k in (*model_turns, *user_turns))
        return limits.allow(turns, (group[-1].end - group[0].start) / rate)

    return [Window(group[0].start, group[-1].end, group[0].first) for group in grouped(parts, fit)]


def recording_rows(channels: pd.DataFrame, limits: Limits) -> list[dict[str, Any]]:
    """Build the rows of a two-channel recording: one per window and channel.

    The words, turns and labels of a row are those in the window; both channels are cut at the same times.

    Args:
        channels: two rows, of roles main and partner, with the columns of `decisions.join`; `turn_spans` and
            `labels_by_turn` have the span and the `TurnLabels` of each turn by number.
        limits: limits of a window.
    """
    main, partner = (channels[channels.role == role].iloc[0].to_dict() for role in ("main", "partner"))
    span, rate = (int(main["start"]), int(main["end"])), int(main["sample_rate"])
    found = windows(main["turn_spans"], partner["turn_spans"], span, rate=rate, limits=limits)
    name = f"{main['corpus']}_{main['dialogue']}"
    rows = []
    for window in found:
        sample = name if len(found) == 1 else f"{name}_t{window.first:02d}"
        for clip, channel in ((main, "left"), (partner, "right")):
            row = _inside(clip, window) | {"sample_id": sample, "channel": channel, "offset": 0}
            row["loudness_method"] = clip["loudness_method"] if len(found) == 1 else "whole_dialogue"
            rows.append(row | {"turn": window.first, "is_primary": channel == "left"})
    return rows


def _inside(clip: dict[str, Any], window: Window) -> dict[str, Any]:
    times = zip(clip["words"], clip["starts"], clip["ends"], strict=True)
    inside = [word for word in times if window.start <= word[1] < window.end]
    words, starts, ends = (list(column) for column in zip(*inside, strict=True)) if inside else ([], [], [])
    inside_turns = {n: span for n, span in clip["turn_spans"].items() if window.start <= span[0] < window.end}
    row = clip | {"start": window.start, "end": window.end, "words": words, "starts": starts, "ends": ends}
    row |= {"transcript": " ".join(words), "turn_spans": inside_turns}
    # for the fades: speech is from the first word or turn of the window to the last
    row["speech_start"] = min([*starts[:1], *(a for a, _ in inside_turns.values())], default=window.start)
    row["speech_end"] = max([*ends[-1:], *(b for _, b in inside_turns.values())], default=window.end)
    if labels := [clip["labels_by_turn"][number] for number in inside_turns]:
        row["corpus_label"] = strongest_of(labels)
        row["emotion_intended"] = next(turn.emotion for turn in labels if turn.label == row["corpus_label"])
    return row


def strongest_of(labels: Sequence[TurnLabels]) -> str:
    """Find the corpus label with most words; that of `neutral` only if there is no other."""
    plain = next((turn.label for turn in labels if turn.emotion == "neutral"), "")
    return main_label([turn.label for turn in labels], [turn.words for turn in labels], plain)


def utterance_rows(turns: pd.DataFrame, limits: Limits) -> list[dict[str, Any]]:
    """Build the rows of a dialogue of separately recorded utterances, one after the other.

    A window has consecutive turns; it ends before a dropped turn. The left channel is the main speaker; in a
    window without turns of that speaker, it is the partner. The labels of the sample are those of the
    strongest emotion on the left.

    Args:
        turns: one row per turn of one dialogue, with the columns of `decisions.join`.
        limits: limits of a window.
    """
    rows = turns.sort_values("turn").to_dict("records")
    name = f"{rows[0]['corpus']}_{rows[0]['dialogue']}"
    made: list[dict[str, Any]] = []
    for run in grouped(rows, lambda group: group[-1]["turn"] == group[-2]["turn"] + 1):
        for group in grouped(run, lambda g: limits.allow(len(g), _length(g, limits.gap_s) / SAMPLE_RATE)):
            sample = name if len(group) == len(rows) else f"{name}_t{group[0]['turn']:02d}"
            made += _sequence(group, sample, limits.gap_s)
    return made


def _samples(row: Mapping[str, Any]) -> int:
    """Return the length of a clip at 24 kHz."""
    return lengths.resampled(int(row["end"] - row["start"]), int(row["sample_rate"]))


def _length(group: Sequence[Mapping[str, Any]], gap_s: float) -> int:
    return sum(map(_samples, group)) + (len(group) - 1) * round(gap_s * SAMPLE_RATE)


def _sequence(group: Sequence[dict[str, Any]], sample: str, gap_s: float) -> list[dict[str, Any]]:
    left = "main" if any(row["role"] == "main" for row in group) else "partner"
    left_rows = [row for row in group if row["role"] == left]
    label = strongest_of(
        [TurnLabels(row["corpus_label"], row["emotion_intended"], len(row["words"]), "") for row in left_rows]
    )
    primary = next(row["clip_id"] for row in left_rows if row["corpus_label"] == label)
    made, offset = [], 0
    for row in group:
        channel = "left" if row["role"] == left else "right"
        position = {"sample_id": sample, "channel": channel, "offset": offset}
        made.append(row | position | {"is_primary": row["clip_id"] == primary})
        offset += _samples(row) + round(gap_s * SAMPLE_RATE)
    return made
