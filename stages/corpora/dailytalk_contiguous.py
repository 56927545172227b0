"""DailyTalkContiguous (Kyutai): the dialogues of DailyTalk as 44.1 kHz stereo, one actor per channel.

    dailytalk.jsonl                    {"path": "data_stereo/0.wav", "duration": ...}
    data_stereo/<n>.wav|json           {"alignments": [["word", [start_s, end_s], "SPEAKER_MAIN"], ...]}
    metadata.json                      DailyTalk's own, added by `fetch`: texts and labels

Only one actor's words are aligned, all as SPEAKER_MAIN, and no file names that actor. The actor's channel is
the one with more energy under the words. The words must match one speaker's turns in DailyTalk: the
match finds the speaker, and checks that dialogue n is DailyTalk's dialogue n (plausible, unverified). Unclear
dialogues are rejected with a reason: their clips are catalogued and `screen` drops them. The emotions are
labels of the text, not of the acting.

Each dialogue is two clips, one per channel: <n>_main, the model's voice, and <n>_partner, the recording of
the user.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, PositiveInt

from stages.core.audio import AudioFault
from stages.core.errors import UserError
from stages.core.params import Section
from stages.corpora.base import Clip, Correction, Hub, Word, name_parts, recordings
from stages.corpora.base import turns as turn_matching
from stages.corpora.base.turns import ClipTurns, Join, Turn
from stages.corpora.formats import daily_dialog
from stages.corpora.formats.daily_dialog import ACTORS, EMOTIONS, LICENSE, PLAIN

__all__ = ["EMOTIONS", "LICENSE"]


class Settings(Section):
    """`fetch.dailytalk_contiguous` in params.yaml.

    Attributes:
        source: `official`, the address of a mirror of the Hub, or a folder.
        revision: branch, tag or commit on the Hub.
        max_dialogues: maximum number, in the order of dailytalk.jsonl; None for all.
        metadata: DailyTalk's metadata.json: the file, a folder that contains it, or an http(s) address.
    """

    source: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    max_dialogues: PositiveInt | None
    metadata: str = Field(min_length=1)


SOURCE = Hub(
    repo="kyutai/DailyTalkContiguous",
    manifest="dailytalk.jsonl",
    settings=Settings,
    metadata_howto="it is in dailytalk.zip, to which https://github.com/keonlee9420/DailyTalk links",
)
CITATION = (  # two works: the actors' recordings, and the two channels with their word times
    f"{daily_dialog.CITATION}; adapted as Kyutai, DailyTalkContiguous. "
    "https://huggingface.co/datasets/kyutai/DailyTalkContiguous"
)
LANGUAGE = "en-US"
SAMPLE_RATE = 44100
N_CLIPS = 2 * daily_dialog.DIALOGUES
NAMES: dict[str, str] = {}
CORRECTIONS: dict[str, Correction] = {}
LABEL = "SPEAKER_MAIN"
UNKNOWN = "unknown"


class Dialogue(NamedTuple):
    """One recording: aligned words in seconds, all turns, their join, and the aligned actor's channel."""

    path: Path
    words: tuple[str, ...]
    starts_s: tuple[float, ...]
    ends_s: tuple[float, ...]
    turns: list[Turn]
    join: Join
    channel: int | None
    rejection_reason: str | None


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`."""
    return (_channel(found, role) for found in dialogues(root) for role in ("main", "partner"))


def clip_turns(root: Path) -> Iterator[ClipTurns]:
    """Return the turns of each clip whose dialogue matches its text."""
    for found in dialogues(root):
        if found.join.speaker is not None and found.rejection_reason is None:
            spans = turn_matching.spans_of_turns(found.join.turns, found.starts_s, found.ends_s)
            for name, main in (("main", True), ("partner", False)):
                turns = [turn for turn in found.turns if (turn.speaker == found.join.speaker) == main]
                yield ClipTurns(f"{found.path.stem}_{name}", turns, spans)


def dialogues(root: Path) -> Iterator[Dialogue]:
    """Return every recording below `root` with its turns."""
    texts = daily_dialog.read(root)
    return (_dialogue(path, texts.get(path.stem, [])) for path in recordings(root))


def _dialogue(path: Path, turns: list[Turn]) -> Dialogue:
    name_parts(path, r"(\d+)", "data_stereo/23.wav")
    words, starts, ends = _alignments(path.with_suffix(".json"))
    matched = turn_matching.join(words, turns)
    try:
        channel = turn_matching.main_channel(path, list(zip(starts, ends, strict=True)))
        rejected = "ambiguous_channel" if channel is None else None
    except AudioFault:  # `quality` records which
        channel, rejected = None, None
    if rejected is None and matched.speaker is None:
        rejected = "dialogue_text_mismatch"
    return Dialogue(path, words, starts, ends, turns, matched, channel, rejected)


def _alignments(path: Path) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]:
    """Read words, starts and ends; `align` checks the times."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["alignments"]
        other_labels = {label for _, _, label in rows} - {LABEL}
        words = tuple(str(word).strip() for word, _, _ in rows)
        starts, ends = (tuple(float(span[k]) for _, span, _ in rows) for k in (0, 1))
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UserError(
            f'{path}: expected {{"alignments": [["word", [start, end], "{LABEL}"], ...]}}, found: {error!r}'
        ) from None
    if other_labels:
        raise UserError(f"{path}: expected words of {LABEL} only, found {', '.join(sorted(other_labels))}")
    return words, starts, ends


def _channel(found: Dialogue, role: str) -> Clip:
    """Make the clip of one channel; its label is that of most words in its turns, except "no emotion"."""
    main = role == "main"
    partners = {None: None, "0": "1", "1": "0"}
    speaker = found.join.speaker if main else partners[found.join.speaker]
    turns = [turn for turn in found.turns if turn.speaker == speaker]
    counts = [len(turn_matching.tokens(turn.text)) for turn in turns]
    label = turn_matching.main_label([turn.label for turn in turns], counts, PLAIN) if turns else UNKNOWN
    channel = found.channel or 0
    return Clip(
        path=found.path,
        name=f"{found.path.stem}_{role}",
        speaker=speaker or UNKNOWN,
        gender="unknown",
        transcript=" ".join(found.words) if main else "",
        corpus_label=label,
        emotion_intended=EMOTIONS[label] if turns else "other",
        intensity="unspecified",
        label_source="text",
        source_channel=channel if main else 1 - channel,
        dialogue=found.path.stem,
        role=role,
        split_group=ACTORS,
        rejection_reason=found.rejection_reason,
        shipped_words=tuple(map(Word, found.words, found.starts_s, found.ends_s)) if main else (),
    )
