"""Table `catalog`."""

from stages.core.contract import Table, column
from stages.core.tables import vocabularies as allowed


class Catalog(Table, key=("clip_id",)):
    """One row per clip: which clips are there, and what are their labels?"""

    clip_id: str = column("corpus name and the corpus's own name of the clip", str_matches=allowed.ID)
    corpus: str = column("module in stages/corpora", str_matches=allowed.ID)
    path: str = column("file, relative to the repository")
    sha256: str = column("digest of the file's bytes", str_matches=allowed.SHA256)
    file_count: int = column("files with this name and content in the tree", ge=1)
    speaker: str = column("corpus name and the corpus's own speaker id", str_matches=allowed.ID)
    gender: str = column("gender of the speaker, as the corpus states it", isin=allowed.GENDERS)
    language: str = column("of the transcript", "BCP 47 tag", str_matches=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    transcript: str = column("words spoken, as the corpus spells them; empty if unknown")
    corpus_label: str = column("the corpus's own emotion label")
    label_source: str = column("basis of the label", isin=allowed.LABEL_SOURCES)
    emotion_intended: str = column("canonical, by `label_source`", isin=allowed.EMOTIONS, nullable=True)
    emotion_perceived: str = column("canonical, for most listeners", isin=allowed.EMOTIONS, nullable=True)
    intensity: str = column("intensity of the emotion, as the corpus states it", isin=allowed.INTENSITIES)
    style: str = column("speaking style, if the corpus states one", isin=allowed.STYLES, nullable=True)
    expected_sample_rate: int = column("sample rate of the original recordings", "Hz", ge=8000)
    license: str = column("license of the clip", "SPDX id")
    citation: str = column("how to credit the source")
    consent: str = column("basis of the consent to use the voice", isin=allowed.CONSENTS, nullable=True)
    corpus_split: str = column("part of the corpus's own split", str_matches=allowed.ID, nullable=True)
    activation: float = column("mean rating, calm to active", "1-7", 4, ge=1, le=7, nullable=True)
    valence: float = column("mean rating, negative to positive", "1-7", 4, ge=1, le=7, nullable=True)
    dominance: float = column("mean rating, weak to strong", "1-7", 4, ge=1, le=7, nullable=True)
    label_conflict: str = column("contradiction in the corpus", isin=allowed.LABEL_CONFLICTS, nullable=True)
    source_channel: int = column("of the voice; null: the only one", "counted from 0", ge=0, nullable=True)
    dialogue: str = column("the corpus's own name of the dialogue", str_matches=allowed.ID, nullable=True)
    turn: int = column("in the dialogue; null if there are several", "counted from 0", ge=0, nullable=True)
    role: str = column("main: the model's channel of a dialogue; partner: the user's", isin=allowed.ROLES)
    split_group: str = column("speakers of one group are in the same split", str_matches=allowed.ID)
    rejection_reason: str = column("fault of the labels", isin=allowed.REJECTION_REASONS, nullable=True)
    shipped_words: list[str] = column("words with times that the corpus ships; empty if it ships none")
    shipped_starts_s: list[float] = column("start of each shipped word", "s")
    shipped_ends_s: list[float] = column("end of each shipped word", "s")
