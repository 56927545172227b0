"""Trees in the exact shape of the corpora: names, encodings, quirks; next to no sound."""

import json
import struct
from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from stages.corpora import crema_d, custom, esd, tess

ESD_SPEAKERS = {
    "gb2312": "0001 0002 0004 0005 0009",
    "utf-16": "0003 0006 0007 0008 0010 0012 0013 0014 0018 0019",
    "utf-8": "0011 0015 0020",
    "latin-1": "0016 0017",
}
ESD_TEXTS = {speaker: encoding for encoding, some in ESD_SPEAKERS.items() for speaker in some.split()}
"""Encoding of each speaker's transcript, as several readers of the corpus have found."""
FOLDERS = {"neutral": "Neutral", "angry": "Angry", "happy": "Happy", "sad": "Sad", "surprised": "Surprise"}
CHINESE = {"neutral": "中立", "angry": "愤怒", "happy": "开心", "sad": "伤心", "surprised": "惊讶"}
MANDARIN = "打远一看,它们的确很是美丽"


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a RIFF file."""
    return name + struct.pack("<I", len(content)) + content


def riff(rate: int = 48000, samples: bytes = b"\1\0\2\0", channels: int = 1, **traps: bytes) -> bytes:
    """A 16-bit WAV by hand. `before` and `after`: chunks around `data`; `extension`: end of the fmt chunk."""
    fmt = struct.pack("<HHIIHH", 1, channels, rate, 2 * rate * channels, 2 * channels, 16)
    chunks = chunk(b"fmt ", fmt + traps.get("extension", b"")) + traps.get("before", b"")
    return chunk(b"RIFF", b"WAVE" + chunks + chunk(b"data", samples) + traps.get("after", b""))


FLLR = riff(before=chunk(b"FLLR", b"\x55" * 4044), after=chunk(b"junk", b"\x55" * 32))
"""As in RAVDESS: a reader that expects a header of 44 bytes takes other chunks for sound."""
LONG_HEADER = riff(rate=16000, extension=b"\0\0")
"""As some files of CREMA-D."""
TESS_HEADER = riff(24414, before=chunk(b"LIST", b"INFO"))
"""With 56 bytes before the samples, as the published sizes and durations of the originals say."""


def put(path: Path, content: bytes) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def ravdess_tree(folder: Path) -> Path:
    """The complete corpus as Zenodo's zip unpacks; names by the corpus's own description."""
    for actor, emotion, intensity in product(range(1, 25), range(1, 9), (1, 2)):
        home = folder / "Audio_Speech_Actors_01-24" / f"Actor_{actor:02d}"
        for take in ("01-01", "01-02", "02-01", "02-02") if emotion > 1 or intensity == 1 else ():
            put(home / f"03-01-{emotion:02d}-{intensity:02d}-{take}-{actor:02d}.wav", FLLR)
    return folder


def crema_d_tree(folder: Path) -> Path:
    """As a clone with its audio; two listeners chose anger, and two or three a clip's own emotion."""
    votes = ['"","A","D","F","H","N","S","fileName"']
    for kind in (1, 2, 3):
        for number, name in enumerate(sorted(crema_d.NAMES), 1):
            counts = dict.fromkeys("ADFHNS", 0) | {"A": 2 if kind == 1 else 9}
            counts[name[9]] += 2 if "_DFA_" in name else 3
            votes.append(f'"{100000 * kind + number}",{",".join(map(str, counts.values()))},"{name}"')
    for name in crema_d.NAMES:
        put(folder / f"AudioWAV/{name}.wav", LONG_HEADER)
    people = [f'{1001 + i},30,"{"Male" if i % 2 else "Female"}","x","y"' for i in range(91)]
    crema_d_tables(folder, people, votes)
    return folder


def crema_d_tables(folder: Path, people: list[str], votes: list[str]) -> None:
    """The tables of actors and of votes, the latter with its header."""
    actors = "\n".join(['"ActorID","Age","Sex","Race","Ethnicity"', *people])
    put(folder / "VideoDemographics.csv", f"{actors}\n".encode())
    put(folder / "processedResults/tabulatedVotes.csv", ("\n".join(votes) + "\n").encode())


def custom_tree(folder: Path) -> Path:
    """As `fetch` makes it of a folder with a metadata.csv: two complete files and two parts of a third."""
    home = folder.parent / "recordings"
    for name in ("a", "b", "long"):
        put(home / f"{name}.wav", riff(rate=44100, samples=b"\1\0" * 44100))
    lines = ["file,transcript,emotion,speaker,consent,license,start,end",
             "a.wav,Hi.,happy,me,own_voice,CC0-1.0,,", "b.wav,Hi.,sad,you,written,LicenseRef-x,,",
             "long.wav,Hi.,calm,me,own_voice,CC0-1.0,,0.5",
             "long.wav,Ho.,calm,me,own_voice,CC0-1.0,0.5,"]  # fmt: skip
    put(home / "metadata.csv", "\n".join(lines).encode())
    folder.mkdir(parents=True)
    custom.make(folder, custom.Custom(folder=str(home), metadata=str(home / "metadata.csv")))
    return folder


def esd_emotion(number: int) -> str:
    return list(FOLDERS)[(number - 1) // 350]


def esd_part(number: int) -> str:
    """The published split of the 350: 20 for evaluation, 30 for test, the rest to train."""
    position = (number - 1) % 350
    return "evaluation" if position < 20 else "test" if position < 50 else "train"


def esd_lines(speaker: str) -> list[str]:
    """A complete transcript with the quirks of its speaker."""
    lines = []
    for number in range(1, 1751):
        name = f"{speaker}_{number:06d}"
        text = MANDARIN if speaker <= "0010" else f"Sentence {(number - 1) % 350 + 1} it is."
        label = (CHINESE if speaker in ("0005", "0012") else FOLDERS)[esd_emotion(number)]
        malformed = esd.CORRECTIONS.get(name)
        lines.append(f"{name} {malformed.replacement}\t{label}" if malformed else f"{name}\t{text}\t{label}")
    return [line for line in lines if not line.startswith("0014_001590")]


def esd_tree(
    folder: Path, numbers: Iterable[int], split: bool = True, speakers: Iterable[str] = tuple(ESD_TEXTS)
) -> Path:
    """Recordings with these numbers of each speaker, and the complete transcripts."""
    for speaker in speakers:
        home = folder / "Emotion Speech Dataset" / speaker
        for number in numbers:
            place = home / FOLDERS[esd_emotion(number)] / (esd_part(number) if split else ".")
            put(place / f"{speaker}_{number:06d}.wav", riff(16000))
        put(home / f"{speaker}.txt", "\r\n".join(esd_lines(speaker)).encode(ESD_TEXTS[speaker]))
    return folder


TESS_WORDS = [f"{a}{b}{c}" for a in "bdfgklmnpr" for b in "aeiou" for c in "ckst"]
"""Two hundred stand-ins for the words of the Northwestern University Auditory Test No. 6."""


def tess_tree(folder: Path) -> Path:
    """The complete corpus as the widespread copy: folders of many spellings, one misspelt file."""
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


def msp_detailed(rows: list[str], release: str) -> tuple[str, str]:
    """Name and content of the raters' table in a release."""
    raters = [(file, f"WORKER{n:08d}", MSP_WORDS[code]) for file, code in
              (row.split(",")[:2] for row in rows) for n in (1, 2)]  # fmt: skip
    if release == "1.8":
        table: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        for file, rater, word in raters:
            table[file][rater] = {"EmoClass_Major": word, "EmoClass_Second": word, "EmoAct": "4"}
        return "labels_detailed.json", json.dumps(table)
    if release == "1.11":
        header, line = "FileName,EmoDetail", '{0},"{1}; {2}; {2},Concerned; A:4.0; V:3.0; D:4.0;"'
    else:
        header = "FileName,WorkerID,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom"
        line = '{0},{1},{2},"{2},Concerned",4.0,3.0,4.0'
    lines = [header, *(line.format(*rating) for rating in raters)]
    return "labels_detailed.csv", "\n".join(lines) + "\n"


def msp_tree(folder: Path, release: str = "2.0") -> Path:
    """A release in small: 1.8, 1.11 or 2.0, each with its own spellings."""
    table = MSP_ROWS.format(validation="Validation" if release == "1.8" else "Development")
    rows = table.splitlines()[1:]
    consensus = "labels_concensus.csv" if release == "1.8" else "labels_consensus.csv"
    put(folder / "Labels" / consensus, table.encode())
    name, content = msp_detailed(rows, release)
    put(folder / "Labels" / name, content.encode())
    audio = folder / {"1.8": "Audio", "1.11": "Audios/Audios"}.get(release, "Audios")
    files = [row.split(",")[0] for row in rows]
    if release != "1.8":
        files.append("MSP-PODCAST_3000_0001.wav")  # Test3: its labels are hidden
        parts = [f"{row.split(',')[-1]}; {row.split(',')[0]}" for row in rows]
        put(folder / "Partitions.txt", "\n".join([*parts, f"Test3; {files[-1]}"]).encode())
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
