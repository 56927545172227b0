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
    language: str = column("language of the words", "BCP 47 tag", str_matches=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    transcript: str = column("words spoken, as the corpus spells them; empty if unknown")
    corpus_label: str = column("the corpus's own emotion label")
    label_source: str = column("basis of the label", isin=allowed.LABEL_SOURCES)
    emotion_intended: str | None = column("canonical emotion by `label_source`", isin=allowed.EMOTIONS)
    emotion_perceived: str | None = column("canonical emotion for most listeners", isin=allowed.EMOTIONS)
    intensity: str = column("intensity of the emotion, as the corpus states it", isin=allowed.INTENSITIES)
    style: str | None = column("speaking style, if the corpus states one", isin=allowed.STYLES)
    expected_sample_rate: int = column("sample rate of the original recordings", "Hz", ge=8000)
    license: str = column("license of the clip", "SPDX id")
    citation: str = column("how to credit the source")
    consent: str | None = column("basis of the consent to use the voice", isin=allowed.CONSENTS)
    corpus_split: str | None = column("part of the corpus's own split", str_matches=allowed.ID)
    activation: float | None = column("mean rating, calm to active", "1-7", 4, ge=1, le=7)
    valence: float | None = column("mean rating, negative to positive", "1-7", 4, ge=1, le=7)
    dominance: float | None = column("mean rating, weak to strong", "1-7", 4, ge=1, le=7)
    label_conflict: str | None = column("contradiction of the corpus", isin=allowed.LABEL_CONFLICTS)
    source_channel: int | None = column("channel of the voice; null: the only one", "counted from 0", ge=0)
    dialogue: str | None = column("the corpus's own name of the dialogue", str_matches=allowed.ID)
    turn: int | None = column("turn in the dialogue; null if there are several", "counted from 0", ge=0)
    role: str = column("main: the model's channel of a dialogue; partner: the user's", isin=allowed.ROLES)
    split_group: str = column("speakers of one group are in the same split", str_matches=allowed.ID)
    rejection_reason: str | None = column("why the labels are not reliable", isin=allowed.REJECTION_REASONS)
    shipped_words: list[str] = column("words with times that the corpus ships; empty if it ships none")
    shipped_starts_s: list[float] = column("start of each shipped word", "s")
    shipped_ends_s: list[float] = column("end of each shipped word", "s")
