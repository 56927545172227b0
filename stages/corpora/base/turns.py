"""Dialogues: the written turn of each aligned word, and the channel of its speaker.

Nothing here is specific to a corpus. Words and turns are matched by text, because equal numbers in two
releases of a corpus may be different dialogues.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stages.core import audio

CLEAR_RATIO = 2.0
"""Minimum ratio of the channels' energies (3 dB) at which a word counts for one channel."""
AGREEING = 0.8
"""Minimum share of the counted words that agree on the channel; half of all words must count."""
MAX_DISTANCE = 0.3
"""Maximum normalised edit distance between the aligned words and the turns of one speaker: recognisers get
a few words in ten wrong; unrelated dialogues share hardly one word in ten."""
MIN_TURN_SHARE = 0.5
"""Minimum share of a turn's words that must be found among the aligned ones."""
SHORT_TURN = 3
"""Maximum words of a turn that is not checked separately ("Yes, sure.")."""


class Turn(NamedTuple):
    """One turn of a dialogue, in the corpus's own words.

    Attributes:
        number: counted from 0.
        speaker: the corpus's own name.
        text: its words.
        label: the emotion label; `emotion` is the canonical one.
        act: dialogue act.
        topic: of the dialogue.
    """

    number: int
    speaker: str
    text: str
    label: str
    emotion: str
    act: str
    topic: str


class Join(NamedTuple):
    """The speaker and turns of some words.

    Attributes:
        speaker: of the turns; None if the words match no speaker of the dialogue.
        distance: normalised edit distance to the best speaker's turns, 0 to 1.
        turns: for each word, the number of its turn.
    """

    speaker: str | None
    distance: float
    turns: tuple[int, ...]


class ClipTurns(NamedTuple):
    """The turns of a clip of a dialogue: the interface of a corpus's module to `stages/dialogue.py`.

    Attributes:
        name: of the clip.
        turns: those of its speaker, in order.
        spans_s: start and end in seconds of the turns whose words have times, on either channel.
    """

    name: str
    turns: list[Turn]
    spans_s: dict[int, tuple[float, float]]


def tokens(text: str) -> list[str]:
    """Split a text into words: lower case, without punctuation; "thirty-five" is two, "o'clock" one."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)*", text.lower().replace("\u2019", "'"))


def match_words(aligned: Sequence[str], written: Sequence[str]) -> tuple[int, list[int | None]]:
    """Match aligned words with written words by Levenshtein distance.

    Returns:
        The distance, and for each aligned word the index of its written word, None if it has none.
    """
    table = np.zeros((len(aligned) + 1, len(written) + 1), dtype=np.int32)
    table[:, 0], table[0] = np.arange(len(aligned) + 1), np.arange(len(written) + 1)
    steps = np.arange(len(written) + 1)
    for i, word in enumerate(aligned, start=1):
        differs = np.array([word != other for other in written], dtype=np.int32)
        best = np.minimum(table[i - 1, 1:] + 1, table[i - 1, :-1] + differs)
        # insertions run along the row: the running minimum of cost minus position
        row = np.concatenate([[i], best]) - steps
        table[i] = np.minimum.accumulate(row) + steps
    matches: list[int | None] = [None] * len(aligned)
    i, j = len(aligned), len(written)
    while i and j:
        if table[i, j] == table[i - 1, j - 1] + (aligned[i - 1] != written[j - 1]):
            i, j = i - 1, j - 1
            matches[i] = j
        elif table[i, j] == table[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(table[-1, -1]), matches


def join(words: Sequence[str], turns: Sequence[Turn]) -> Join:
    """Find the speaker whose turns match the words in order, and the turn of each word.

    Args:
        words: of one speaker of a dialogue, in order.
        turns: of both speakers.
    """
    aligned = [(token, k) for k, word in enumerate(words) for token in tokens(word)]
    best = Join(None, 1.0, ())
    for speaker in sorted({turn.speaker for turn in turns}):
        written = [(token, t.number) for t in turns if t.speaker == speaker for token in tokens(t.text)]
        if not aligned or not written:
            continue
        cost, matches = match_words([token for token, _ in aligned], [token for token, _ in written])
        distance = cost / max(len(aligned), len(written))
        if distance >= best.distance:
            continue
        known: dict[int, int] = {}
        correct: Counter[int] = Counter()
        for (token, word), match in zip(aligned, matches, strict=True):
            if match is not None:
                other, turn = written[match]
                known.setdefault(word, turn)
                correct[turn] += token == other
        accepted = distance <= MAX_DISTANCE and _complete(Counter(turn for _, turn in written), correct)
        best = Join(speaker if accepted else None, distance, _turn_of_words(len(words), known, written[0][1]))
    return best


def _complete(written: Counter[int], correct: Counter[int]) -> bool:
    """Return whether enough words of every turn were found; both arguments count words by turn."""
    return all(n <= SHORT_TURN or correct[turn] >= MIN_TURN_SHARE * n for turn, n in written.items())


def _turn_of_words(n: int, known: Mapping[int, int], first: int) -> tuple[int, ...]:
    """Return the turn of each word; a word without a turn has that of the word before."""
    made, last = [], min(known.values(), default=first)
    for word in range(n):
        last = known.get(word, last)
        made.append(last)
    return tuple(made)


def main_channel(path: Path, spans_s: Sequence[tuple[float, float]]) -> int | None:
    """Find the channel with more energy under the words; None if no channel is clear.

    Args:
        path: of a two-channel recording.
        spans_s: start and end of each word, in seconds.

    Raises:
        AudioFault: not decodable.
    """
    frames, rate, _ = audio.read_channels(path)
    if frames.shape[1] != 2:
        return None
    votes = []
    for start, end in spans_s:
        part = frames[max(0, round(start * rate)) : round(end * rate)]
        energy = np.square(part.astype(np.float64)).sum(axis=0)
        if energy.max() > 0 and energy.max() >= CLEAR_RATIO * energy.min():
            votes.append(int(energy.argmax()))
    if not votes or 2 * len(votes) < len(spans_s):
        return None
    channel, count = Counter(votes).most_common(1)[0]
    return channel if count >= AGREEING * len(votes) else None


def spans_of_turns(
    turns: Sequence[int], starts: Sequence[float], ends: Sequence[float]
) -> dict[int, tuple[float, float]]:
    """Return the first start and last end of the words of each turn, in the words' own unit."""
    edges = [0, *(k for k, (a, b) in enumerate(pairwise(turns), start=1) if a != b), len(turns)]
    return {turns[a]: (starts[a], ends[b - 1]) for a, b in pairwise(edges) if b > a}


def locate_turns(
    turns: Sequence[int], anchors: Mapping[int, tuple[int, int]], stretches: Sequence[tuple[int, int]]
) -> dict[int, tuple[int, int]]:
    """Locate turns without word times between the turns of the other channel.

    A stretch of speech belongs to the gap between two anchors that contains its middle. Several turns in a
    gap are separated at the longest pauses of that gap.

    Args:
        turns: numbers of the turns to locate, in order.
        anchors: spans of the other channel's turns.
        stretches: spans of sound on the channel of `turns`, in order.

    Returns:
        Span of each turn that was found, in the unit of the stretches.
    """
    turns_in: defaultdict[int, list[int]] = defaultdict(list)
    spans_in: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number in turns:
        turns_in[sum(anchor < number for anchor in anchors)].append(number)
    for start, end in stretches:
        spans_in[sum(a + b <= start + end for a, b in anchors.values())].append((start, end))
    found: dict[int, tuple[int, int]] = {}
    for gap, numbers in turns_in.items():
        spans = spans_in[gap]
        if len(spans) < len(numbers):
            continue
        pauses = sorted(range(1, len(spans)), key=lambda k: spans[k - 1][1] - spans[k][0])
        edges = [0, *sorted(pauses[: len(numbers) - 1]), len(spans)]
        found |= {
            n: (spans[a][0], spans[b - 1][1]) for n, (a, b) in zip(numbers, pairwise(edges), strict=True)
        }
    return found


def main_label(labels: Sequence[str], weights: Sequence[float], plain: str) -> str:
    """Return the label with most weight except `plain`; `plain` if there is no other. Ties: the first."""
    totals = dict.fromkeys(labels, 0.0)
    for label, weight in zip(labels, weights, strict=True):
        totals[label] += weight
    totals.pop(plain, None)
    return max(totals, key=totals.__getitem__, default=plain)
