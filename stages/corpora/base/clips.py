"""What a corpus says about its recordings: clips, words with times, votes, corrections."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Word(NamedTuple):
    """A word and its time in the clip, in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Clip:
    """One recording, in the corpus's own names; vocabularies are those of `stages.core.tables`.

    Attributes:
        path: of the file, below the `root` that `clips` was given.
        name: the corpus's own name of the clip, unique in the corpus; becomes part of file names.
        speaker: the corpus's own name of the speaker; `tables.UNKNOWN_SPEAKER` if it has none.
        gender: one of `tables.GENDERS`.
        transcript: what is said, as the corpus spells it; empty if unknown.
        corpus_label: the corpus's own emotion label.
        emotion_intended: one of `tables.EMOTIONS`, that the speaker was asked for, or that `label_source`
            says; None where there is no label.
        intensity: one of `tables.INTENSITIES`.
        emotion_perceived: one of `tables.EMOTIONS`, that most listeners heard; None if none is known.
        style: one of `tables.STYLES`; None where the corpus states none.
        label_source: one of `tables.LABEL_SOURCES`.
        language: BCP 47 tag of this clip, where it is not the corpus's.
        license: SPDX id of this clip, where it is not the corpus's.
        consent: one of `tables.CONSENTS`, what allows the use of this voice, where every clip is asked.
        corpus_split: side of the corpus's own split.
        activation: from 1 (calm) to 7 (active), mean of listeners; likewise valence and dominance.
        shipped_words: word times that the corpus ships; `align` checks them before it uses them.
        sample_rate: of this original in Hz, where it is not the corpus's.
        label_conflict: one of `tables.LABEL_CONFLICTS`, where the corpus contradicts itself about this clip.
        source_channel: of the file that holds the voice, counted from 0; None: the only one.
        dialogue: the corpus's own name of the dialogue that the clip is of.
        turn: of the dialogue, counted from 0; None where the clip holds several.
        role: one of `tables.ROLES`; a partner goes to the user's channel.
        split_group: a name that speakers share who may not be parted by the split; None: the speaker alone.
        rejection_reason: one of `tables.REJECTION_REASONS`, where the corpus's files contradict each other.
    """

    path: Path
    name: str
    speaker: str
    gender: str
    transcript: str
    corpus_label: str
    emotion_intended: str | None
    intensity: str
    emotion_perceived: str | None = None
    style: str | None = None
    label_source: str = "acted"
    language: str | None = None
    license: str | None = None
    consent: str | None = None
    corpus_split: str | None = None
    activation: float | None = None
    valence: float | None = None
    dominance: float | None = None
    shipped_words: tuple[Word, ...] = ()
    sample_rate: int | None = None
    label_conflict: str | None = None
    source_channel: int | None = None
    dialogue: str | None = None
    turn: int | None = None
    role: str = "main"
    split_group: str | None = None
    rejection_reason: str | None = None


@dataclass(frozen=True)
class Vote:
    """What listeners said about a clip.

    Attributes:
        clip: the corpus's own name of the clip.
        modality: one of `tables.MODALITIES`.
        rater: the corpus's own name of the listener; None where it gives only counts.
        label: as the listener said it.
        emotion: one of `tables.EMOTIONS`.
        count: how many said so.
    """

    clip: str
    modality: str
    rater: str | None
    label: str
    emotion: str
    count: int


class Correction(NamedTuple):
    """What to read `instead` of what stands in the corpus, and the reason."""

    instead: str
    reason: str
