"""Types of what a corpus provides: clips, words with times, votes, corrections."""

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
        path: of the file, below the argument `root` of `clips`.
        name: the corpus's own name of the clip, unique in the corpus; becomes part of file names.
        speaker: the corpus's own name of the speaker; `tables.UNKNOWN_SPEAKER` if it has none.
        gender: one of `tables.GENDERS`.
        transcript: words spoken, as the corpus spells them; empty if unknown.
        corpus_label: the corpus's own emotion label.
        emotion_intended: one of `tables.EMOTIONS`, requested of the speaker or by `label_source`; None
            without a label.
        intensity: one of `tables.INTENSITIES`.
        emotion_perceived: one of `tables.EMOTIONS`, perceived by most listeners; None if unknown.
        style: one of `tables.STYLES`; None if the corpus states none.
        label_source: one of `tables.LABEL_SOURCES`.
        language: BCP 47 tag of this clip, if not the corpus's.
        license: SPDX id of this clip, if not the corpus's.
        consent: one of `tables.CONSENTS`, basis of the consent to use the voice, if stated per clip.
        corpus_split: part of the corpus's own split.
        activation: mean rating from 1 (calm) to 7 (active); likewise valence and dominance.
        shipped_words: word times that the corpus ships; `align` checks them before it uses them.
        sample_rate: of this original in Hz, if not the corpus's.
        label_conflict: one of `tables.LABEL_CONFLICTS`, if the corpus contradicts itself about the clip.
        source_channel: channel of the voice in the file, counted from 0; None: the only one.
        dialogue: the corpus's own name of the clip's dialogue; None if there is none.
        turn: number of the turn in the dialogue, counted from 0; None if the clip has several.
        role: one of `tables.ROLES`; a partner goes to the user's channel.
        split_group: name shared by speakers who must be in the same split; None: the speaker alone.
        rejection_reason: one of `tables.REJECTION_REASONS`, if the corpus's files contradict each other.
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
    """A judgement of listeners about a clip.

    Attributes:
        clip: the corpus's own name of the clip.
        modality: one of `tables.MODALITIES`.
        rater: the corpus's own name of the listener; None if the corpus has only counts.
        label: in the listener's words.
        emotion: one of `tables.EMOTIONS`.
        count: number of listeners who chose it.
    """

    clip: str
    modality: str
    rater: str | None
    label: str
    emotion: str
    count: int


class Correction(NamedTuple):
    """The text that replaces a faulty one of the corpus, and the reason."""

    replacement: str
    reason: str
