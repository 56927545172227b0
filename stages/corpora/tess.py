"""TESS, the Toronto emotional speech set: two actresses, 200 words, seven emotions, one carrier phrase.

    OAF_back_angry.wav                                          speaker, word, emotion; "Say the word back."
    TESS Toronto emotional speech set data/OAF_angry/OAF_back_angry.wav

The authors distribute a flat folder; a widespread copy sorts the files into folders of many spellings
(`OAF_Pleasant_surprise`, `YAF_pleasant_surprised`) and contains the tree twice: only the name of a file is
used here. The name of one file lacks a letter. One file of that copy (`YAF_germ_angry.wav`) is reported to be
damaged: `quality` checks it. According to published sizes and durations, the originals have a rate of 24,414
Hz and a header of 56 bytes; unverified: whether all 2,800 do.
"""

from collections.abc import Iterator
from pathlib import Path

from stages.corpora.base import Clip, Correction, Local, decode, name_parts, recordings

# The authors' repository makes a zip for each download, so there is no checksum of the corpus.
SOURCE = Local(
    "TESS is distributed by the University of Toronto: download all files from "
    "https://doi.org/10.5683/SP2/E8H2MF (Borealis, 2,800 WAV files)."
)
LICENSE = "CC-BY-NC-ND-4.0"
CITATION = (
    "Pichora-Fuller MK, Dupuis K (2020). Toronto emotional speech set (TESS). Borealis. "
    "https://doi.org/10.5683/SP2/E8H2MF"
)
LANGUAGE = "en-CA"
SAMPLE_RATE = 24414
N_CLIPS = 2800
NAMES: dict[str, str] = {}
CORRECTIONS = {"OA_bite_neutral": Correction("OAF_bite_neutral", "the name lacks a letter")}

SPEAKERS = {"OAF": "female", "YAF": "female"}
EMOTIONS = {
    "angry": "angry", "disgust": "disgust", "fear": "fearful", "happy": "happy",
    "neutral": "neutral", "ps": "surprised", "sad": "sad",
}  # fmt: skip


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`."""
    return (_clip(path) for path in recordings(root))


def _clip(path: Path) -> Clip:
    speaker, word, emotion = name_parts(path, "([A-Z]+)_([a-z]+)_([a-z]+)", "OAF_back_angry.wav", CORRECTIONS)
    return Clip(
        path=path,
        name=f"{speaker}_{word}_{emotion}",
        speaker=speaker,
        gender=decode(SPEAKERS, speaker, "speaker", path),
        transcript=f"Say the word {word}.",
        corpus_label=emotion,
        emotion_intended=decode(EMOTIONS, emotion, "emotion", path),
        intensity="unspecified",
    )
