"""Trees in the exact shape of corpora that nobody may pass on: names, encodings, quirks; next to no sound."""

import json
import struct
from collections.abc import Iterable
from pathlib import Path

from stages.corpora import esd, tess

ESD_TEXTS = {
    # encoding of each speaker's transcript, as several readers of the corpus have found
    **dict.fromkeys(("0001", "0002", "0004", "0005", "0009"), "gb2312"),
    **dict.fromkeys(
        ("0003", "0006", "0007", "0008", "0010", "0012", "0013", "0014", "0018", "0019"), "utf-16"
    ),
    **dict.fromkeys(("0011", "0015", "0020"), "utf-8"),
    **dict.fromkeys(("0016", "0017"), "latin-1"),
}
FOLDERS = {"neutral": "Neutral", "angry": "Angry", "happy": "Happy", "sad": "Sad", "surprised": "Surprise"}
CHINESE = {"neutral": "中立", "angry": "愤怒", "happy": "开心", "sad": "伤心", "surprised": "惊讶"}
MANDARIN = "打远一看,它们的确很是美丽"


def riff(rate: int = 48000, samples: bytes = b"\1\0\2\0", channels: int = 1, **traps: bytes) -> bytes:
    """A 16-bit WAV by hand. `before` and `after`: chunks around `data`; `extension`: end of the fmt chunk."""
    fmt = struct.pack("<HHIIHH", 1, channels, rate, 2 * rate * channels, 2 * channels, 16)
    fmt += traps.get("extension", b"")
    data = b"data" + struct.pack("<I", len(samples)) + samples
    content = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt
    content += traps.get("before", b"") + data + traps.get("after", b"")
    return b"RIFF" + struct.pack("<I", len(content)) + content


def put(path: Path, content: bytes) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def esd_emotion(number: int) -> str:
    return ("neutral", "angry", "happy", "sad", "surprised")[(number - 1) // 350]


def esd_part(number: int) -> str:
    """The published split of the 350: 20 for evaluation, 30 for test, the rest to train."""
    position = (number - 1) % 350
    return "evaluation" if position < 20 else "test" if position < 50 else "train"


def esd_lines(speaker: str) -> list[str]:
    """A whole transcript with the quirks of its speaker."""
    lines = []
    for number in range(1, 1751):
        name, emotion = f"{speaker}_{number:06d}", esd_emotion(number)
        mandarin = speaker <= "0010"
        text = MANDARIN if mandarin else f"Sentence {(number - 1) % 350 + 1} it is."
        label = CHINESE[emotion] if speaker in ("0005", "0012") else FOLDERS[emotion]
        line = f"{name}\t{text}\t{label}"
        if name == "0014_001590":
            continue
        if name in esd.CORRECTIONS:
            line = f"{name} {esd.CORRECTIONS[name].instead}\t{label}"
        lines.append(line)
    return lines


def esd_tree(
    folder: Path, numbers: Iterable[int], split: bool = True, speakers: Iterable[str] = tuple(ESD_TEXTS)
) -> Path:
    """Recordings with these numbers of each speaker, and the whole transcripts."""
    for speaker in speakers:
        home = folder / "Emotion Speech Dataset" / speaker
        for number in numbers:
            place = home / FOLDERS[esd_emotion(number)] / (esd_part(number) if split else ".")
            put(place / f"{speaker}_{number:06d}.wav", riff(16000))
        put(home / f"{speaker}.txt", "\r\n".join(esd_lines(speaker)).encode(ESD_TEXTS[speaker]))
    return folder


TESS_WORDS = [f"{a}{b}{c}" for a in "bdfgklmnpr" for b in "aeiou" for c in "ckst"]
"""Two hundred stand-ins for the words of the Northwestern University Auditory Test No. 6."""
TESS_HEADER = riff(24414, before=b"LIST" + struct.pack("<I", 4) + b"INFO")
"""With 56 bytes before the samples, as the published sizes and durations of the originals say."""


def tess_tree(folder: Path) -> Path:
    """As the widespread copy: folders of many spellings, one misspelt file."""
    spelling = {"ps": {"OAF": "Pleasant_surprise", "YAF": "pleasant_surprised"}, "fear": {"OAF": "Fear"}}
    for speaker in tess.SPEAKERS:
        for emotion in tess.EMOTIONS:
            home = folder / "TESS Toronto emotional speech set data"
            home = home / f"{speaker}_{spelling.get(emotion, {}).get(speaker, emotion)}"
            for word in ["bite", *TESS_WORDS[1:]]:
                start = "OA" if (speaker, word, emotion) == ("OAF", "bite", "neutral") else speaker
                put(home / f"{start}_{word}_{emotion}.wav", TESS_HEADER)
    return folder


MSP_ROWS = """\
FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
MSP-PODCAST_0001_0008.wav,N,2.2,4.0,2.6,30,Male,Test1
MSP-PODCAST_0001_0009.wav,A,5.777778,2.5,5.777778,39,Female,Train
MSP-PODCAST_0001_0010.wav,S,2.0,2.0,2.0,39,Female,{validation}
MSP-PODCAST_0001_0011.wav,H,5.0,6.0,5.0,39,Female,Train
MSP-PODCAST_0002_0001.wav,U,5.0,5.0,4.0,40,Male,Test2
MSP-PODCAST_0002_0002.wav,F,5.0,2.0,2.0,40,Male,Train
MSP-PODCAST_0002_0003.wav,D,4.0,2.0,4.0,40,Male,Train
MSP-PODCAST_0002_0004.wav,C,4.0,3.0,5.0,40,Male,Train
MSP-PODCAST_0002_0005.wav,O,4.0,4.0,4.0,40,Male,Train
MSP-PODCAST_0002_0006.wav,X,4.0,4.0,4.0,40,Male,Train
MSP-PODCAST_1023_0235.wav,N,4.0,4.0,4.0,Unknown,Unknown,Train
"""
MSP_WORDS = {"N": "Neutral", "A": "Angry", "S": "Sad", "H": "Happy", "U": "Surprise", "F": "Fear",
             "D": "Disgust", "C": "Contempt", "O": "Other-Curious", "X": "Amused"}  # fmt: skip


def textgrid(words: list[tuple[float, float, str]], end: float) -> str:
    """Praat's long text form, with the two tiers of the Montreal aligner."""

    def tier(number: int, name: str, intervals: list[tuple[float, float, str]]) -> str:
        rows = [
            f"        intervals [{i}]:\n            xmin = {a} \n            xmax = {b} \n"
            f'            text = "{text}" \n'
            for i, (a, b, text) in enumerate(intervals, start=1)
        ]
        head = f'    item [{number}]:\n        class = "IntervalTier" \n        name = "{name}" \n'
        size = f"        xmin = 0 \n        xmax = {end} \n        intervals: size = {len(intervals)} \n"
        return head + size + "".join(rows)

    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    head += f"xmin = 0 \nxmax = {end} \ntiers? <exists> \nsize = 2 \nitem []: \n"
    return head + tier(1, "words", words) + tier(2, "phones", [(0, end, "N OW1")])


def msp_detailed(rows: list[str], release: str) -> dict[str, str]:
    """Name and content of the raters' table in a release."""
    raters = [(file, f"WORKER{n:08d}", MSP_WORDS[code]) for file, code in
              (row.split(",")[:2] for row in rows) for n in (1, 2)]  # fmt: skip
    if release == "1.8":
        table: dict[str, dict[str, dict[str, str]]] = {}
        for file, rater, word in raters:
            table.setdefault(file, {})[rater] = {
                "EmoClass_Major": word,
                "EmoClass_Second": word,
                "EmoAct": "4",
            }
        return {"labels_detailed.json": json.dumps(table)}
    if release == "1.11":
        lines = [
            f'{file},"{rater}; {word}; {word},Concerned; A:4.0; V:3.0; D:4.0;"'
            for file, rater, word in raters
        ]
        return {"labels_detailed.csv": "\n".join(["FileName,EmoDetail", *lines]) + "\n"}
    lines = [f'{file},{rater},{word},"{word},Concerned",4.0,3.0,4.0' for file, rater, word in raters]
    header = "FileName,WorkerID,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom"
    return {"labels_detailed.csv": "\n".join([header, *lines]) + "\n"}


def msp_tree(folder: Path, release: str = "2.0") -> Path:
    """A release in small: 1.8, 1.11 or 2.0, each with its own spellings."""
    table = MSP_ROWS.format(validation="Validation" if release == "1.8" else "Development")
    rows = table.splitlines()[1:]
    consensus = "labels_concensus.csv" if release == "1.8" else "labels_consensus.csv"
    put(folder / "Labels" / consensus, table.encode())
    for name, content in msp_detailed(rows, release).items():
        put(folder / "Labels" / name, content.encode())
    audio = folder / {"1.8": "Audio", "1.11": "Audios/Audios"}.get(release, "Audios")
    files = [row.split(",")[0] for row in rows]
    if release != "1.8":
        files.append("MSP-PODCAST_3000_0001.wav")  # Test3: its labels are hidden
        sides = [f"{row.split(',')[-1]}; {row.split(',')[0]}" for row in rows]
        put(folder / "Partitions.txt", "\n".join([*sides, f"Test3; {files[-1]}"]).encode())
        old = folder / "Previous_releases_information" / "v1.8"
        put(old / "Labels" / "labels_concensus.csv", b"FileName\n")
        put(old / "removed" / "MSP-PODCAST_9999_0001.wav", riff(16000))
    for file in files:
        odd = file == "MSP-PODCAST_1023_0235.wav" and release == "1.8"
        put(audio / file, riff(44100, b"\1\0\1\0\2\0\2\0", channels=2) if odd else riff(16000))
        if file != "MSP-PODCAST_0001_0009.wav":  # transcripts are missing for some
            put(folder / "Transcripts" / f"{file[:-4]}.txt", b"Oh, no.\n")
    grid = textgrid([(0.0, 0.1, ""), (0.1, 0.3, "oh"), (0.3, 0.6, "no"), (0.6, 1.0, "sil")], 1.0)
    put(folder / "ForceAligned" / "MSP-PODCAST_0001_0008.TextGrid", grid.encode())
    return folder
