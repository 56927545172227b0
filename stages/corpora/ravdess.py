"""RAVDESS, the speech recordings: 24 actors, two sentences, eight emotions.

    Audio_Speech_Actors_01-24/Actor_01..24/MM-VV-EE-II-SS-RR-AA.wav

MM modality, VV vocal channel, EE emotion, II intensity, SS statement, RR repetition, AA actor (odd: male).
A widespread copy contains the tree twice, others are flat: only the name of a file is used here. The songs
(vocal channel 02) are in another archive and not part of this corpus: a folder with both is refused.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from stages.core.errors import UserError
from stages.corpora.base import Archive, Clip, Correction, decode, name_parts, recordings

SOURCE = Archive(
    # one server, two addresses: Zenodo's API and its page
    urls=(
        "https://zenodo.org/api/records/1188976/files/Audio_Speech_Actors_01-24.zip/content",
        "https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1",
    ),
    name="Audio_Speech_Actors_01-24.zip",
    size=208_468_073,
    checksum="md5:bc696df654c87fed845eb13823edef8a",
)
LICENSE = "CC-BY-NC-SA-4.0"
CITATION = (
    "Livingstone SR, Russo FA (2018). The Ryerson Audio-Visual Database of Emotional Speech and Song "
    "(RAVDESS). PLoS ONE 13(5): e0196391. https://doi.org/10.1371/journal.pone.0196391"
)
LANGUAGE = "en-US"
SAMPLE_RATE = 48000
N_CLIPS = 1440
CORRECTIONS: dict[str, Correction] = {}

MODALITIES = {"03": "audio-only"}
CHANNELS = {"01": "speech"}
EMOTIONS = {
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad",
    "05": "angry", "06": "fearful", "07": "disgust", "08": "surprised",
}  # fmt: skip
INTENSITIES = {"01": "normal", "02": "strong"}
STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}
REPETITIONS = {"01": 1, "02": 2}
ACTORS = {f"{actor:02d}": "male" if actor % 2 else "female" for actor in range(1, 25)}

NAMES = {
    "-".join(("03", "01", *codes)): codes[-1]
    for codes in product(EMOTIONS, INTENSITIES, STATEMENTS, REPETITIONS, ACTORS)
    if codes[:2] != ("01", "02")  # there is no strong neutral
}


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`."""
    return (_clip(path) for path in recordings(root))


def _clip(path: Path) -> Clip:
    modality, channel, emotion, intensity, statement, repetition, actor = name_parts(
        path, "-".join([r"(\d\d)"] * 7), "03-01-06-01-02-01-12.wav"
    )
    decode(MODALITIES, modality, "modality", path)
    if channel == "02":
        raise UserError(f"{path}: expected speech only, found a song; move the folders of songs elsewhere")
    decode(CHANNELS, channel, "vocal channel", path)
    decode(REPETITIONS, repetition, "repetition", path)
    word = decode(EMOTIONS, emotion, "emotion", path)
    return Clip(
        path=path,
        name=path.stem,
        speaker=actor,
        gender=decode(ACTORS, actor, "actor", path),
        transcript=decode(STATEMENTS, statement, "statement", path),
        corpus_label=word,
        emotion_intended=word,  # the corpus's own words are the canonical ones
        intensity=decode(INTENSITIES, intensity, "intensity", path),
    )
