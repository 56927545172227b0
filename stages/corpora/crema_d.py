"""CREMA-D: 91 actors, twelve sentences, six emotions, and some 2,400 raters.

    AudioWAV/AAAA_SSS_EEE_LL.wav             actor, sentence, emotion, level
    VideoDemographics.csv                    the actors
    processedResults/tabulatedVotes.csv      one row per clip and presentation: voice, face, both

The audio is in Git LFS: the repository's zip, and a clone without git-lfs, contain pointers of 130
bytes instead. Only the sentence IEO was read at several levels; other sentences have the level XX.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from stages.core.errors import UserError
from stages.corpora.base import Clip, Correction, FileList, Vote
from stages.corpora.base.reading import checksums, decode, name_parts, read_csv, recordings

_DIGESTS = checksums("crema_d.sha256")
# The authors name this mirror in issue 15 of their repository, because the LFS budget of the original has run
# out before. Unverified: whether the mirror serves every file. All digests are checked.
_MIRROR = "https://gitlab.com/cs-cooper-lab/crema-d-mirror/-/raw/main/"
SOURCE = FileList(
    bases=("https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/master/", _MIRROR),
    files={path: digest for path, digest in _DIGESTS.items() if path.endswith(".wav")},
    table_bases=("https://raw.githubusercontent.com/CheyneyComputerScience/CREMA-D/master/", _MIRROR),
    tables={path: digest for path, digest in _DIGESTS.items() if path.endswith(".csv")},
)
LICENSE = "ODbL-1.0"
CITATION = (
    "Cao H, Cooper DG, Keutmann MK, Gur RC, Nenkova A, Verma R (2014). CREMA-D: Crowd-sourced Emotional "
    "Multimodal Actors Dataset. IEEE Transactions on Affective Computing 5(4): 377-390. "
    "https://doi.org/10.1109/TAFFC.2014.2336244"
)
LANGUAGE = "en-US"
SAMPLE_RATE = 16000
N_CLIPS = 7442
NAMES = {Path(path).stem: Path(path).stem[:4] for path in SOURCE.files}
CORRECTIONS = {
    "1040_ITH_SAD_X": Correction("1040_ITH_SAD_XX", "older clones spell this one level with one X")
}

SENTENCES = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
EMOTIONS = {
    "ANG": "angry", "DIS": "disgust", "FEA": "fearful", "HAP": "happy", "NEU": "neutral", "SAD": "sad",
}  # fmt: skip
INTENSITIES = {"LO": "low", "MD": "normal", "HI": "strong", "XX": "unspecified"}
GENDERS = {"Male": "male", "Female": "female"}
VOTES = {code[0]: emotion for code, emotion in EMOTIONS.items()}
MODALITIES = {1: "voice", 2: "face", 3: "both"}
"""By type; presentations are numbered 100000 * type + clip."""


def clips(root: Path) -> Iterator[Clip]:
    """See `Corpus.clips`. `emotion_perceived` has most votes of raters who did not see the face."""
    sexes = {
        row["ActorID"]: row["Sex"] for row in read_csv(root / "VideoDemographics.csv", ["ActorID", "Sex"])
    }
    voted = perceived_emotions(root)
    return (_clip(path, sexes, voted) for path in recordings(root))


def perceived_emotions(root: Path) -> dict[str, str | None]:
    """Return the emotion with most voice-only votes per clip; None if several emotions tie."""
    return {name: _plurality(counts) for name, modality, counts in _read_votes(root) if modality == "voice"}


def votes(root: Path) -> Iterator[Vote]:
    """Return the votes per clip, presentation and emotion; the table has counts of raters, not names."""
    for name, modality, counts in _read_votes(root):
        for code, emotion in VOTES.items():
            yield Vote(name, modality, None, code, emotion, counts[emotion])


def _read_votes(root: Path) -> Iterator[tuple[str, str, dict[str, int]]]:
    """Read clip, presentation, and votes per emotion."""
    path = root / "processedResults" / "tabulatedVotes.csv"
    try:
        for row in read_csv(path, ["", "fileName", *VOTES]):
            counts = {emotion: int(row[code]) for code, emotion in VOTES.items()}
            yield row["fileName"], MODALITIES.get(int(row[""]) // 100_000, "unknown"), counts
    except (TypeError, ValueError) as error:
        raise UserError(f"{path}: expected counts of votes, found: {error}") from None


def _plurality(counts: Mapping[str, int]) -> str | None:
    most = [emotion for emotion, count in counts.items() if count == max(counts.values())]
    return most[0] if len(most) == 1 else None


def _clip(path: Path, sexes: Mapping[str, str], voted: Mapping[str, str | None]) -> Clip:
    actor, sentence, emotion, level = name_parts(
        path, r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{2})", "1001_IEO_ANG_HI.wav", CORRECTIONS
    )
    name = f"{actor}_{sentence}_{emotion}_{level}"
    return Clip(
        path=path,
        name=name,
        speaker=actor,
        gender=decode(GENDERS, decode(sexes, actor, "actor", path), "sex of the actor", path),
        transcript=decode(SENTENCES, sentence, "sentence", path),
        corpus_label=emotion,
        emotion_intended=decode(EMOTIONS, emotion, "emotion", path),
        intensity=decode(INTENSITIES, level, "level", path),
        emotion_perceived=decode(voted, name, "clip in tabulatedVotes.csv", path),
    )
