"""Two-channel samples of dialogues: complete ones, or windows of some turns.

Left is the model's voice, right the user's. A window never begins or ends within a turn, so it exceeds the
limits if a single exchange does.
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
    """Labels of a turn: the corpus's label, its emotion, number of words, the corpus's dialogue act."""

    label: str
    emotion: str
    words: int
    act: str


class Window(NamedTuple):
    """A part of a two-channel recording: samples of the file, half-open, and its first turn."""

    start: int
    end: int
    first: int


class Limits(NamedTuple):
    """Maximum turns and seconds of a window, None for no limit; and the pause between placed utterances."""

    turns: int | None
    seconds: float | None
    gap_s: float

    def allow(self, turns: int, seconds: float) -> bool:
        """Tell whether a window of this size is allowed."""
        return turns <= (self.turns or math.inf) and seconds <= (self.seconds or math.inf)


def exchanges(mine: Mapping[int, Span], theirs: Mapping[int, Span], span: Span) -> list[Window]:
    """Find the smallest parts that a recording may be cut into: each has a turn of both channels.

    A cut is possible before a turn of the model's voice, in the middle of the pause; if the channels overlap
    there, there is no pause and no cut.

    Args:
        mine: spans of the turns of the model's voice, by number; `theirs`: of the user's.
        span: samples of the file that are rendered, half-open.
    """
    both, end = (mine, theirs), span[1]
    cuts = [Window(*span, min([*mine, *theirs], default=0))]
    for number, (onset, _) in sorted(mine.items()):
        last = cuts[-1]
        before = max((b for turns in both for k, (_, b) in turns.items() if k < number), default=onset)
        held = all(any(last.first <= k < number for k in turns) for turns in both)
        rest = all(any(k >= number for k in turns) for turns in both)
        middle = (before + onset) // 2
        if before < onset and held and rest and last.start < middle < end:
            cuts[-1:] = [last._replace(end=middle), Window(middle, end, number)]
    return cuts


def grouped(parts: Sequence[Any], fit: Callable[[Sequence[Any]], bool]) -> list[list[Any]]:
    """Group consecutive parts, as many as fit together; at least one each."""
    groups: list[list[Any]] = []
    for part in parts:
        if groups and fit([*groups[-1], part]):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def windows(
    mine: Mapping[int, Span], theirs: Mapping[int, Span], span: Span, *, rate: int, limits: Limits
) -> list[Window]:
    """Divide a two-channel recording into consecutive windows.

    Args:
        mine: spans of the turns of the model's voice, by number; `theirs`: of the user's.
        span: samples of the file that are rendered, half-open; the windows cover all of them.
        rate: of the file, in Hz.
        limits: of a window.
    """
    parts = exchanges(mine, theirs, span)

    def fit(group: Sequence[Window]) -> bool:
        until = next((part.first for part in parts if part.start >= group[-1].end), math.inf)
        turns = sum(group[0].first <= k < until for k in (*mine, *theirs))
        return limits.allow(turns, (group[-1].end - group[0].start) / rate)

    return [Window(group[0].start, group[-1].end, group[0].first) for group in grouped(parts, fit)]


def recorded(channels: pd.DataFrame, limits: Limits) -> list[dict[str, Any]]:
    """Build the rows of both channels of one two-channel recording, one per window and channel.

    Words, turns and label of a row are those inside the window; both channels have the same cut.

    Args:
        channels: two rows, of roles main and partner, with the columns of all decisions and, in `turn_spans`
            and `turn_labels_said`, span and `TurnLabels` of each turn by number.
        limits: of a window.
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
    here = {n: span for n, span in clip["turn_spans"].items() if window.start <= span[0] < window.end}
    row = clip | {"start": window.start, "end": window.end, "words": words, "starts": starts, "ends": ends}
    row |= {"transcript": " ".join(words), "turn_spans": here}
    # speech in the sense of the fades: from the first sound of the window to the last
    row["speech_start"] = min([*starts[:1], *(span[0] for span in here.values())], default=window.start)
    row["speech_end"] = max([*ends[-1:], *(span[1] for span in here.values())], default=window.end)
    if said := [clip["turn_labels_said"][number] for number in here]:
        row["corpus_label"] = strongest_of(said)
        row["emotion_intended"] = next(turn.emotion for turn in said if turn.label == row["corpus_label"])
    return row


def strongest_of(said: Sequence[TurnLabels]) -> str:
    """Find the label with most words; the corpus's label for no emotion only if there is no other."""
    plain = next((turn.label for turn in said if turn.emotion == "neutral"), "")
    return main_label([turn.label for turn in said], [turn.words for turn in said], plain)


def placed(turns: pd.DataFrame, limits: Limits) -> list[dict[str, Any]]:
    """Build the rows of separately recorded utterances of one dialogue, placed one after the other.

    Consecutive turns, none of them dropped, make a window. Its left channel is the main voice; if the window
    has turns of the other voice only, that one is on the left, as a sample of one voice. The sample's labels
    are those of the strongest emotion on the left.

    Args:
        turns: of one dialogue, one row each, with the columns of all decisions.
        limits: of a window.
    """
    rows = turns.sort_values("turn").to_dict("records")
    name = f"{rows[0]['corpus']}_{rows[0]['dialogue']}"
    made: list[dict[str, Any]] = []
    for run in grouped(rows, lambda group: group[-1]["turn"] == group[-2]["turn"] + 1):
        for group in grouped(run, lambda g: limits.allow(len(g), _length(g, limits.gap_s) / SAMPLE_RATE)):
            sample = name if len(group) == len(rows) else f"{name}_t{group[0]['turn']:02d}"
            made += _in_line(group, sample, limits.gap_s)
    return made


def _samples(row: Mapping[str, Any]) -> int:
    """Return the length of a clip at 24 kHz."""
    return lengths.resampled(int(row["end"] - row["start"]), int(row["sample_rate"]))


def _length(group: Sequence[Mapping[str, Any]], gap_s: float) -> int:
    return sum(map(_samples, group)) + (len(group) - 1) * round(gap_s * SAMPLE_RATE)


def _in_line(group: Sequence[dict[str, Any]], sample: str, gap_s: float) -> list[dict[str, Any]]:
    left = "main" if any(row["role"] == "main" for row in group) else "partner"
    ours = [row for row in group if row["role"] == left]
    label = strongest_of(
        [TurnLabels(row["corpus_label"], row["emotion_intended"], len(row["words"]), "") for row in ours]
    )
    primary = next(row["clip_id"] for row in ours if row["corpus_label"] == label)
    made, offset = [], 0
    for row in group:
        place = {"sample_id": sample, "channel": "left" if row["role"] == left else "right", "offset": offset}
        made.append(row | place | {"is_primary": row["clip_id"] == primary})
        offset += _samples(row) + round(gap_s * SAMPLE_RATE)
    return made
