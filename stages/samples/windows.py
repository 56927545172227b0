"""Two-channel samples of dialogues: complete ones, or windows of some turns.

Left is the model's voice, right the user's. A window never begins or ends within a turn, so it may be longer
than asked for where one exchange is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from stages.corpora.base.turns import strongest
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
    """Of a window: turns and seconds, None for no limit; and the pause between placed utterances."""

    turns: int | None
    seconds: float | None
    gap_s: float


def fits(limits: Limits, turns: int, seconds: float) -> bool:
    """Tell whether a window of this size is allowed."""
    few = limits.turns is None or turns <= limits.turns
    return few and (limits.seconds is None or seconds <= limits.seconds)


def exchanges(mine: Mapping[int, Span], theirs: Mapping[int, Span], start: int, end: int) -> list[Window]:
    """Find the smallest parts that a recording may be cut into: each has a turn of both channels.

    A cut is possible before a turn of the model's voice, in the middle of the pause; if the channels overlap
    there, there is no pause and no cut.

    Args:
        mine: spans of the turns of the model's voice, by number; `theirs`: of the user's.
        start: first sample that is rendered; `end`: one past the last.
    """
    cuts = [Window(start, end, min([*mine, *theirs], default=0))]
    for number, (onset, _) in sorted(mine.items()):
        before = max([b for k, (_, b) in (*mine.items(), *theirs.items()) if k < number], default=None)
        last = cuts[-1]
        held = [side for side in (mine, theirs) if any(last.first <= k < number for k in side)]
        rest = [side for side in (mine, theirs) if any(k >= number for k in side)]
        if before is not None and before < onset and len(held) == len(rest) == 2:
            middle = (before + onset) // 2
            if last.start < middle < end:
                cuts[-1] = last._replace(end=middle)
                cuts.append(Window(middle, end, number))
    return cuts


def packed(parts: Sequence[Any], fit: Callable[[Sequence[Any]], bool]) -> list[list[Any]]:
    """Group consecutive parts, as many as fit together; at least one each."""
    groups: list[list[Any]] = []
    for part in parts:
        if groups and fit([*groups[-1], part]):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def windows(
    mine: Mapping[int, Span], theirs: Mapping[int, Span], start: int, end: int, rate: int, limits: Limits
) -> list[Window]:
    """Divide a two-channel recording into windows within the limits, from `start` to `end` without a gap."""
    numbers = [*mine, *theirs]

    def fit(group: Sequence[Window]) -> bool:
        last = max(numbers, default=0) + 1
        following = [w.first for w in parts if w.start >= group[-1].end]
        until = following[0] if following else last
        turns = sum(group[0].first <= k < until for k in numbers)
        return fits(limits, turns, (group[-1].end - group[0].start) / rate)

    parts = exchanges(mine, theirs, start, end)
    return [Window(group[0].start, group[-1].end, group[0].first) for group in packed(parts, fit)]


def recorded(sides: pd.DataFrame, limits: Limits) -> list[dict[str, Any]]:
    """Build the rows of both channels of one two-channel recording, one per window and channel.

    Words, turns and label of a row are those inside the window; both channels have the same cut.

    Args:
        sides: two rows, of roles main and partner, with the columns of all decisions and, in `turn_spans` and
            `turn_labels_said`, span and `TurnLabels` of each turn by number.
        limits: of a window.
    """
    main, partner = (sides[sides.role == role].iloc[0].to_dict() for role in ("main", "partner"))
    whole = (int(main["start"]), int(main["end"]))
    found = windows(main["turn_spans"], partner["turn_spans"], *whole, int(main["sample_rate"]), limits)
    name = f"{main['corpus']}_{main['dialogue']}"
    rows = []
    for window in found:
        sample = name if len(found) == 1 else f"{name}_t{window.first:02d}"
        for side, channel in ((main, "left"), (partner, "right")):
            row = _inside(side, window) | {"sample_id": sample, "channel": channel, "offset": 0}
            row["loudness_method"] = side["loudness_method"] if len(found) == 1 else "whole_dialogue"
            rows.append(row | {"turn": window.first, "is_primary": channel == "left"})
    return rows


def _inside(side: dict[str, Any], window: Window) -> dict[str, Any]:
    times = zip(side["words"], side["starts"], side["ends"], strict=True)
    inside = [word for word in times if window.start <= word[1] < window.end]
    words, starts, ends = (list(column) for column in zip(*inside, strict=True)) if inside else ([], [], [])
    here = {n: span for n, span in side["turn_spans"].items() if window.start <= span[0] < window.end}
    said = [side["turn_labels_said"][number] for number in here]
    row = side | {"start": window.start, "end": window.end, "words": words, "starts": starts, "ends": ends}
    row |= {"transcript": " ".join(words), "turn_spans": here}
    # speech in the sense of the fades: from the first sound of the window to the last
    row["speech_start"] = min([*starts[:1], *(span[0] for span in here.values())], default=window.start)
    row["speech_end"] = max([*ends[-1:], *(span[1] for span in here.values())], default=window.end)
    if said:
        row["corpus_label"] = strongest_of(said)
        row["emotion_intended"] = next(turn.emotion for turn in said if turn.label == row["corpus_label"])
    return row


def strongest_of(said: Sequence[TurnLabels]) -> str:
    """Find the label with most words; the corpus's label for no emotion only if there is no other."""
    plain = next((turn.label for turn in said if turn.emotion == "neutral"), "")
    return strongest([turn.label for turn in said], [turn.words for turn in said], plain)


def placed(turns: pd.DataFrame, limits: Limits) -> list[dict[str, Any]]:
    """Rows of separately recorded utterances of one dialogue, placed one after the other.

    Turns that follow each other without a dropped one between make a window. Its left channel is the main
    voice; where only the other one is left of it, that stands on the left, as a sample of one voice. The
    sample's labels are those of the strongest emotion on the left.

    Args:
        turns: of one dialogue, one row each, with the columns of all decisions.
        limits: of a window.
    """
    rows = turns.sort_values("turn").to_dict("records")
    runs = packed(rows, lambda group: group[-1]["turn"] == group[-2]["turn"] + 1)
    made: list[dict[str, Any]] = []
    for run in runs:
        for group in packed(run, lambda g: fits(limits, len(g), _length(g, limits.gap_s) / SAMPLE_RATE)):
            name = f"{group[0]['corpus']}_{group[0]['dialogue']}"
            made += _in_line(
                group, name if len(group) == len(rows) else f"{name}_t{group[0]['turn']:02d}", limits
            )
    return made


def _samples(row: Mapping[str, Any]) -> int:
    return lengths.resampled(int(row["end"] - row["start"]), int(row["sample_rate"]))


def _length(group: Sequence[Mapping[str, Any]], gap_s: float) -> int:
    """Samples at 24 kHz."""
    return sum(_samples(row) for row in group) + (len(group) - 1) * round(gap_s * SAMPLE_RATE)


def _in_line(group: Sequence[dict[str, Any]], sample: str, limits: Limits) -> list[dict[str, Any]]:
    left = "main" if any(row["role"] == "main" for row in group) else "partner"
    ours = [row for row in group if row["role"] == left]
    label = strongest_of(
        [TurnLabels(row["corpus_label"], row["emotion_intended"], len(row["words"]), "") for row in ours]
    )
    leader = next(row["clip_id"] for row in ours if row["corpus_label"] == label)
    made, offset = [], 0
    for row in group:
        channel = "left" if row["role"] == left else "right"
        place = {"sample_id": sample, "channel": channel, "offset": offset}
        made.append(row | place | {"is_primary": row["clip_id"] == leader})
        offset += _samples(row) + round(limits.gap_s * SAMPLE_RATE)
    return made
