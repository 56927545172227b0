"""Table `catalog`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import (
    CONSENTS,
    EMOTIONS,
    GENDERS,
    ID,
    INTENSITIES,
    LABEL_CONFLICTS,
    LABEL_SOURCES,
    REJECTION_REASONS,
    ROLES,
    SHA256,
    STYLES,
)


class Catalog(Table):
    """One row per clip: which clips are there, and what do their labels say?"""

    KEY = ("clip_id",)
    clip_id: str = column("corpus name and the corpus's own name of the clip", str_matches=ID)
    corpus: str = column("module in stages/corpora", str_matches=ID)
    path: str = column("file, relative to the repository")
    sha256: str = column("digest of the file's bytes", str_matches=SHA256)
    file_count: int = column("files of this name and content that the tree holds", ge=1)
    speaker: str = column("corpus name and the corpus's own speaker id", str_matches=ID)
    gender: str = column("of the speaker, as the corpus states it", isin=GENDERS)
    language: str = column("of the transcript", "BCP 47 tag", str_matches=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    transcript: str = column("what is said, as the corpus spells it; empty if unknown")
    corpus_label: str = column("the corpus's own emotion label")
    label_source: str = column("what the label rests on", isin=LABEL_SOURCES)
    emotion_intended: str = column(
        "canonical emotion that the speaker was asked for, or that `label_source` says; null without a label",
        isin=EMOTIONS,
        nullable=True,
    )
    emotion_perceived: str = column(
        "canonical emotion that most listeners heard", isin=EMOTIONS, nullable=True
    )
    intensity: str = column("of the emotion, as the corpus states it", isin=INTENSITIES)
    style: str = column("speaking style, where the corpus states one", isin=STYLES, nullable=True)
    expected_sample_rate: int = column("of the corpus's originals", "Hz", ge=8000)
    license: str = column("of the clip", "SPDX id")
    citation: str = column("how to credit the source")
    consent: str = column("what allows the use of the voice", isin=CONSENTS, nullable=True)
    corpus_split: str = column("side of the corpus's own split", str_matches=ID, nullable=True)
    activation: float = column("mean of listeners, calm to active", "1-7", 4, ge=1, le=7, nullable=True)
    valence: float = column("mean of listeners, negative to positive", "1-7", 4, ge=1, le=7, nullable=True)
    dominance: float = column("mean of listeners, weak to strong", "1-7", 4, ge=1, le=7, nullable=True)
    label_conflict: str = column("how the corpus contradicts itself", isin=LABEL_CONFLICTS, nullable=True)
    source_channel: int = column(
        "channel of the file that holds the voice; null: the only one", "counted from 0", ge=0, nullable=True
    )
    dialogue: str = column("the corpus's own name of the dialogue", str_matches=ID, nullable=True)
    turn: int = column(
        "of the dialogue; null where the clip holds several", "counted from 0", ge=0, nullable=True
    )
    role: str = column("partner: the side of a dialogue that goes to the user's channel", isin=ROLES)
    split_group: str = column("speakers who share it stand on one side of the split", str_matches=ID)
    rejection_reason: str = column("why the labels cannot be believed", isin=REJECTION_REASONS, nullable=True)
    shipped_words: list[str] = column("words whose times ship with the corpus; empty if none do")
    shipped_starts_s: list[float] = column("of these words", "s")
    shipped_ends_s: list[float] = column("of these words", "s")
