"""One conformance suite over every module in stages/corpora, and the traps of each corpus.

Trees are made in the corpus's exact shape. Where `$EXPRESSIVE_CORPORA` (default `../shared/corpora`, beside
the project) holds real recordings, the same is asked of them.
"""

import json
import os
import re
import struct
import wave
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from stages import catalog, fetch
from stages.core import audio, params, store, tables
from stages.core.errors import UserError
from stages.corpora import crema_d, custom, ravdess
from stages.corpora.base import Archive, Clip, Corpus, FileList, Generated, Hub, Local, load
from stages.corpora.formats import daily_dialog
from tests.trees import esd_tree, msp_tree, put, riff, tess_tree

ROOT = Path(__file__).parents[2]
CORPORA = sorted(params.names(params.STAGES / "corpora"))
REAL = Path(os.environ.get("EXPRESSIVE_CORPORA") or ROOT.parent / "shared" / "corpora").resolve()


def filler(name: bytes, size: int) -> bytes:
    """A chunk of non-zero bytes, which a reader of 44-byte headers takes for sound."""
    return name + struct.pack("<I", size) + b"\x55" * size


FLLR = riff(before=filler(b"FLLR", 4044), after=filler(b"junk", 32))
LONG_HEADER = riff(rate=16000, extension=b"\0\0")


def ravdess_tree(folder: Path) -> Path:
    """As Zenodo's zip unpacks, with chunks as in the originals; names by the corpus's own description."""
    for actor in range(1, 25):
        home = folder / "Audio_Speech_Actors_01-24" / f"Actor_{actor:02d}"
        home.mkdir(parents=True)
        for emotion in range(1, 9):
            for intensity in (1, 2) if emotion > 1 else (1,):
                for take in ("01-01", "01-02", "02-01", "02-02"):
                    (home / f"03-01-{emotion:02d}-{intensity:02d}-{take}-{actor:02d}.wav").write_bytes(FLLR)
    return folder


def crema_d_tree(folder: Path) -> Path:
    """As a clone with its audio; voters heard anger twice, and a clip's own emotion twice or thrice."""
    names = sorted(Path(path).stem for path in crema_d.SOURCE.files)
    for part in ("AudioWAV", "processedResults"):
        (folder / part).mkdir(parents=True)
    for name in names:
        (folder / "AudioWAV" / f"{name}.wav").write_bytes(LONG_HEADER)
    people = [f'{1001 + i},30,"{"Male" if i % 2 else "Female"}","x","y"\n' for i in range(91)]
    header = '"ActorID","Age","Sex","Race","Ethnicity"\n'
    (folder / "VideoDemographics.csv").write_text(header + "".join(people))
    votes = ['"","A","D","F","H","N","S","fileName"\n']
    for kind in (1, 2, 3):
        for number, name in enumerate(names, 1):
            counts = dict.fromkeys("ADFHNS", 0) | {"A": 2 if kind == 1 else 9}
            counts[name[9]] += 2 if "_DFA_" in name else 3
            cells = ",".join(str(counts[letter]) for letter in "ADFHNS")
            votes.append(f'"{100000 * kind + number}",{cells},"{name}"\n')
    (folder / "processedResults" / "tabulatedVotes.csv").write_text("".join(votes))
    return folder


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


def daily_texts(of_turn: Callable[[int, int], str]) -> dict[str, dict[str, dict[str, object]]]:
    """metadata.json in full: 23,773 utterances of 2,541 dialogues, speakers not by parity."""
    labels = list(daily_dialog.EMOTIONS)
    return {
        str(d): {
            str(k): {"text": of_turn(d, k), "emotion": labels[d % 7], "act": "inform", "topic": "work",
                     "speaker": int(k % 3 == d % 2)}
            for k in range(10 if d < 904 else 9)
        }
        for d in range(2541)
    }  # fmt: skip


def dailytalk_tree(folder: Path) -> Path:
    """As its zip unpacks."""
    content = daily_texts(lambda d, k: f"Dialogue {d}, turn {k}.")
    recording = put(folder / "recording", riff(rate=44100))
    for d, turns in content.items():
        home = folder / "dailytalk" / "data" / d
        home.mkdir(parents=True)
        for k, turn in turns.items():
            (home / f"{k}_{turn['speaker']}_d{d}.wav").hardlink_to(recording)
    recording.unlink()
    (folder / "dailytalk" / "metadata.json").write_text(json.dumps(content))
    return folder


def contiguous_tree(folder: Path) -> Path:
    """As on the Hub: speaker 0 is aligned, on the left in even dialogues; a click stands for his words."""
    content = daily_texts(lambda d, k: f"w{d}x{k}")
    (folder / "data_stereo").mkdir(parents=True)
    for d, turns in content.items():
        words = [str(turn["text"]) for turn in turns.values() if turn["speaker"] == 0]
        rows = [[word, [k / 1000, (k + 1) / 1000], "SPEAKER_MAIN"] for k, word in enumerate(words)]
        (folder / "data_stereo" / f"{d}.json").write_text(json.dumps({"alignments": rows}))
        frame = b"\0\x10\1\0" if int(d) % 2 == 0 else b"\1\0\0\x10"
        (folder / "data_stereo" / f"{d}.wav").write_bytes(riff(44100, frame * 500, channels=2))
    (folder / "metadata.json").write_text(json.dumps(content))
    return folder


TREES: dict[str, Callable[[Path], Path]] = {
    "ravdess": ravdess_tree,
    "crema_d": crema_d_tree,
    "custom": custom_tree,
    "esd": lambda folder: esd_tree(folder, [k + 350 * e for k in (1, 25, 60) for e in range(5)]),
    "msp_podcast": msp_tree,
    "tess": tess_tree,
    "dailytalk": dailytalk_tree,
    "dailytalk_contiguous": contiguous_tree,
}
PARTS = {"custom": 4, "esd": 20 * 15, "msp_podcast": 12}
"""Clips of the trees that are not the whole corpus."""


def make_tree(name: str, folder: Path) -> Path:
    """The whole corpus in its exact shape, with next to no sound; a generated one as params.yaml has it."""
    source = load(name).SOURCE
    if isinstance(source, Generated) and name not in TREES:
        settings = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["fetch"][name]
        folder.mkdir(parents=True)
        source.make(folder, source.settings.model_validate(settings))
        return folder
    assert name in TREES, f"tests/corpora/test_corpora.py: give TREES a maker for {name}"
    return TREES[name](folder)


@pytest.fixture(scope="module", params=CORPORA)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A corpus, its tree, its clips and its catalog."""
    name, home = request.param, tmp_path_factory.mktemp(request.param)
    root = make_tree(name, home / "data/raw" / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        catalog.run(name)
        table = store.read(store.path("catalog", name), tables.Catalog)
        votes = store.read(store.path("votes", name), tables.Votes)
    return SimpleNamespace(name=name, corpus=load(name), root=root, table=table, votes=votes, home=home)


class TestConformance:
    def test_facts(self, made: SimpleNamespace) -> None:
        corpus: Corpus = made.corpus
        assert isinstance(corpus.SOURCE, Archive | FileList | Generated | Hub | Local)
        assert re.fullmatch(r"[A-Za-z0-9.+-]+", corpus.LICENSE)
        assert re.search(r"\b(19|20)\d\d\b", corpus.CITATION) or isinstance(corpus.SOURCE, Generated)
        assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", corpus.LANGUAGE)
        assert corpus.SAMPLE_RATE in (8000, 16000, 22050, 24000, 24414, 32000, 44100, 48000)
        assert len(corpus.NAMES) in (0, corpus.N_CLIPS)
        assert all(correction.reason for correction in corpus.CORRECTIONS.values())
        assert corpus.__doc__

    def test_sources_can_be_verified(self, made: SimpleNamespace) -> None:
        source = made.corpus.SOURCE
        if isinstance(source, Archive):
            assert re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", source.checksum)
            assert all(url.startswith("https://") for url in source.urls)
            assert source.size > 0
        if isinstance(source, FileList):
            digests = [*source.files.values(), *source.tables.values()]
            assert all(re.fullmatch(tables.SHA256, digest) for digest in digests)
            bases = [*source.bases, *source.table_bases]
            assert all(base.startswith("https://") and base.endswith("/") for base in bases)
            assert len(source.files) == made.corpus.N_CLIPS
            assert made.corpus.NAMES.keys() == {Path(path).stem for path in source.files}
        if isinstance(source, Local):
            assert "https://" in source.howto
            assert made.corpus.N_CLIPS or source.listed

    def test_every_clip_is_in_the_catalog_once(self, made: SimpleNamespace) -> None:
        assert len(made.table) == PARTS.get(made.name, made.corpus.N_CLIPS)
        assert (made.table.file_count == 1).all()
        assert all((made.home / path).is_file() for path in made.table.path)

    def test_names_and_speakers_are_those_of_the_facts(self, made: SimpleNamespace) -> None:
        names: dict[str, str] = made.corpus.NAMES
        rows = dict(zip(made.table.clip_id, made.table.speaker, strict=True))
        expected = {f"{made.name}_{name}": f"{made.name}_{speaker}" for name, speaker in names.items()}
        if made.name in PARTS:
            expected = {name: speaker for name, speaker in expected.items() if name in rows}
        assert not names or rows == expected

    def test_a_speaker_is_one_person(self, made: SimpleNamespace) -> None:
        assert (made.table.groupby("speaker").gender.nunique() == 1).all()
        assert made.table.speaker.nunique() > 1

    def test_labels_are_closed_over_the_vocabularies(self, made: SimpleNamespace) -> None:
        # the codebooks themselves, whether or not a clip uses all of their codes
        books = {name: value for name, value in vars(made.corpus).items() if isinstance(value, dict)}
        for book, known in (("EMOTIONS", tables.EMOTIONS), ("INTENSITIES", tables.INTENSITIES)):
            words = {value for value in books.get(book, {}).values() if isinstance(value, str)}
            assert words <= set(known)
        assert made.table.license.str.fullmatch(r"[A-Za-z0-9.+-]+").all()
        assert made.table.groupby("corpus_label").emotion_intended.nunique().max() == 1

    def test_every_file_can_be_read_at_the_stated_rate(self, made: SimpleNamespace) -> None:
        rows = made.table[::97]
        rates = rows.expected_sample_rate
        for path, channel, rate in zip(rows.path, rows.source_channel, rates, strict=True):
            recording = audio.read(made.home / path, audio.channel_of(channel))
            assert recording.sample_rate == rate
            assert len(recording.samples)

    def test_votes_are_on_clips_of_the_catalog(self, made: SimpleNamespace) -> None:
        assert set(made.votes.clip_id) <= set(made.table.clip_id)
        assert hasattr(made.corpus, "votes") == bool(len(made.votes))

    def test_params_say_how_it_is_fetched(self, made: SimpleNamespace) -> None:
        settings = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["fetch"][made.name]
        source = made.corpus.SOURCE
        model = source.settings if isinstance(source, Generated | Hub) else fetch.Source
        assert model.model_validate(settings)

    def test_the_readme_has_a_line_for_it(self, made: SimpleNamespace) -> None:
        assert f"| `{made.name}` |" in (ROOT / "README.md").read_text("utf-8")


def test_chunks_and_long_headers_are_no_sound(tmp_path: Path) -> None:
    for content in (FLLR, LONG_HEADER):
        (tmp_path / "a.wav").write_bytes(content)
        assert audio.read(tmp_path / "a.wav").samples.tolist() == [1 / 32768, 2 / 32768]


def only(clips: object) -> Clip:
    (clip,) = list(clips)  # type: ignore[call-overload]
    assert isinstance(clip, Clip)
    return clip


class TestRavdess:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path

    def clip(self, folder: Path, name: str) -> Clip:
        (folder / f"{name}.wav").write_bytes(FLLR)  # flattened, as some copies are
        return only(ravdess.clips(folder))

    def test_a_name_is_read_as_the_authors_do(self, folder: Path) -> None:
        # the example of Zenodo's record 1188976: fearful, normal, "dogs", 1st repetition, actor 12, female
        clip = self.clip(folder, "03-01-06-01-02-01-12")
        assert clip == Clip(
            path=folder / "03-01-06-01-02-01-12.wav",
            name="03-01-06-01-02-01-12",
            speaker="12",
            gender="female",
            transcript="Dogs are sitting by the door",
            corpus_label="fearful",
            emotion_intended="fearful",
            intensity="normal",
        )

    def test_odd_actors_are_male(self, folder: Path) -> None:
        clip = self.clip(folder, "03-01-08-02-01-02-07")
        assert (clip.gender, clip.emotion_intended, clip.intensity) == ("male", "surprised", "strong")
        assert clip.transcript == "Kids are talking by the door"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("03-01-09-01-01-01-01", "unknown emotion '09'; expected one of 01, 02, 03, 04, 05, 06, 07, 08."),
            ("03-01-06-03-01-01-01", "unknown intensity '03'; expected one of 01, 02."),
            ("03-01-06-01-03-01-01", "unknown statement '03'; expected one of 01, 02."),
            ("03-01-06-01-01-03-01", "unknown repetition '03'; expected one of 01, 02."),
            ("03-01-06-01-01-01-25", "unknown actor '25'; expected one of 01, 02, 03,"),
            ("01-01-06-01-01-01-01", "unknown modality '01'; expected one of 03."),
            ("03-03-06-01-01-01-01", "unknown vocal channel '03'; expected one of 01."),
            (
                "03-02-06-01-01-01-01",
                "a song; this corpus is the speech only: move the song folders elsewhere",
            ),
            ("03-01-06-01-01-01", "expected a name such as 03-01-06-01-02-01-12.wav;"),
            ("notes", "expected a name such as 03-01-06-01-02-01-12.wav;"),
        ],
    )
    def test_a_name_that_does_not_fit(self, folder: Path, name: str, text: str) -> None:
        with pytest.raises(UserError) as caught:
            self.clip(folder, name)
        assert str(caught.value).startswith(f"{folder}/{name}.wav: {text}")

    def test_a_tree_that_is_there_twice(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        inner = ravdess_tree(Path("data/raw/ravdess"))
        ravdess_tree(inner / "audio_speech_actors_01-24")
        assert len(list(inner.rglob("*.wav"))) == 2880
        catalog.run("ravdess")
        table = store.read(store.path("catalog", "ravdess"), tables.Catalog)
        assert len(table) == 1440
        assert (table.file_count == 2).all()

    def test_published_numbers(self) -> None:
        # Livingstone & Russo 2018: 60 trials per actor
        assert set(Counter(ravdess.NAMES.values()).values()) == {60}
        emotions = Counter(name.split("-")[2] for name in ravdess.NAMES)
        assert emotions == {"01": 96, **{f"{code:02d}": 192 for code in range(2, 9)}}
        assert all(name.split("-")[3] == "01" for name in ravdess.NAMES if name.split("-")[2] == "01")


class TestCremaD:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """One actor, and one clip's votes: two heard anger and two sadness; who saw the face saw sadness."""
        (tmp_path / "AudioWAV").mkdir()
        (tmp_path / "processedResults").mkdir()
        people = '"ActorID","Age","Sex","Race","Ethnicity"\n1040,25,"Female","x","y"\n'
        (tmp_path / "VideoDemographics.csv").write_text(people)
        self.vote(tmp_path, "1040_ITH_SAD_XX", A=2, S=2)
        return tmp_path

    def vote(self, folder: Path, name: str, **heard: int) -> None:
        cells = ",".join(str(heard.get(letter, 0)) for letter in "ADFHNS")
        (folder / "processedResults/tabulatedVotes.csv").write_text(
            f'"","A","D","F","H","N","S","fileName"\n"103000",{cells},"{name}"\n'
            f'"203000",0,0,0,0,0,3,"{name}"\n"303000",0,0,0,0,0,3,"{name}"\n'
        )

    def clip(self, folder: Path, name: str = "1040_ITH_SAD_XX") -> Clip:
        (folder / "AudioWAV" / f"{name}.wav").write_bytes(LONG_HEADER)
        return only(crema_d.clips(folder))

    def test_a_clip(self, folder: Path) -> None:
        assert self.clip(folder) == Clip(
            path=folder / "AudioWAV/1040_ITH_SAD_XX.wav",
            name="1040_ITH_SAD_XX",
            speaker="1040",
            gender="female",
            transcript="I think I have a doctor's appointment.",
            corpus_label="SAD",
            emotion_intended="sad",
            intensity="unspecified",
            emotion_perceived=None,  # a tie
        )

    def test_perceived_has_most_votes(self, folder: Path) -> None:
        self.vote(folder, "1040_ITH_SAD_XX", A=3, S=2)
        assert self.clip(folder).emotion_perceived == "angry"

    @pytest.mark.parametrize(
        ("level", "intensity"), [("LO", "low"), ("MD", "normal"), ("HI", "strong"), ("XX", "unspecified")]
    )
    def test_levels(self, folder: Path, level: str, intensity: str) -> None:
        self.vote(folder, f"1040_IEO_FEA_{level}", F=1)
        clip = self.clip(folder, f"1040_IEO_FEA_{level}")
        assert (clip.intensity, clip.emotion_perceived) == (intensity, "fearful")
        assert clip.transcript == "It's eleven o'clock."

    def test_the_name_that_older_clones_misspell(self, folder: Path) -> None:
        clip = self.clip(folder, "1040_ITH_SAD_X")
        assert clip.name == "1040_ITH_SAD_XX"
        assert clip.path.name == "1040_ITH_SAD_X.wav"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("1040_ITH_JOY_XX", "unknown emotion 'JOY'; expected one of ANG, DIS, FEA, HAP, NEU, SAD."),
            ("1040_ABC_SAD_XX", "unknown sentence 'ABC'; expected one of IEO, TIE, "),
            ("1040_ITH_SAD_ZZ", "unknown level 'ZZ'; expected one of LO, MD, HI, XX."),
            ("1099_ITH_SAD_XX", "unknown actor '1099'; expected one of 1040."),
            ("1040_ITH_ANG_XX", "unknown clip in tabulatedVotes.csv '1040_ITH_ANG_XX'; expected one of"),
            ("1041_ITH_SAD_X", "expected a name such as 1001_IEO_ANG_HI.wav;"),
        ],
    )
    def test_a_name_that_does_not_fit(self, folder: Path, name: str, text: str) -> None:
        with pytest.raises(UserError) as caught:
            self.clip(folder, name)
        assert str(caught.value).startswith(f"{folder}/AudioWAV/{name}.wav: {text}")

    def test_tables_that_cannot_be_read(self, folder: Path) -> None:
        (folder / "VideoDemographics.csv").write_bytes(b"ActorID,Sex\n1040,F\xe9male\n")
        with pytest.raises(
            UserError, match=r"VideoDemographics\.csv: expected UTF-8, found byte 0xe9 at position 18"
        ):
            self.clip(folder)
        (folder / "VideoDemographics.csv").write_text('"ActorID","Sex"\n1040,"Femal"\n')
        with pytest.raises(UserError, match="unknown sex of the actor 'Femal'; expected one of Male, Female"):
            self.clip(folder)
        (folder / "processedResults/tabulatedVotes.csv").write_text(
            '"","A","D","F","H","N","S","fileName"\nx\n'
        )
        with pytest.raises(UserError, match=r"tabulatedVotes\.csv: expected counts of votes"):
            self.clip(folder)

    def test_published_numbers(self) -> None:
        # Cao et al. 2014: 7,442 clips from 91 actors
        assert len(set(crema_d.NAMES.values())) == 91
        assert len(crema_d.NAMES) == 7442
        assert set(crema_d.SOURCE.tables) == {
            "SentenceFilenames.csv",
            "VideoDemographics.csv",
            "processedResults/summaryTable.csv",
            "processedResults/tabulatedVotes.csv",
        }
        # published with three pairs of one audio under two labels
        assert len(set(crema_d.SOURCE.files.values())) == 7442 - 3


def real(name: str) -> Path:
    if not (REAL / name).is_dir():
        pytest.skip(f"no real recordings at {REAL / name}; set EXPRESSIVE_CORPORA")
    return REAL / name


def fetch_real(name: str, clips: int | None, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(home)
    stated = "null" if clips is None else clips
    Path("params.yaml").write_text(
        f"fetch: {{{name}: {{source: '{real(name)}', expected_clips: {stated}}}}}\n"
    )
    fetch.run(name)


class TestRealRecordings:
    @pytest.mark.parametrize(("name", "count"), [("ravdess", 480), ("crema_d", 8)])
    def test_from_folder_to_catalog(
        self, name: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fetch_real(name, count, tmp_path, monkeypatch)
        catalog.run(name)
        table = store.read(store.path("catalog", name), tables.Catalog)
        assert len(table) == count
        for path in table.path[::5]:
            recording = audio.read(Path(path))
            with wave.open(path) as file:  # the standard library's reader, as a second opinion
                assert recording.sample_rate == file.getframerate() == load(name).SAMPLE_RATE
                frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
                expected = frames.reshape(-1, file.getnchannels())[:, 0] / 32768
            np.testing.assert_array_equal(recording.samples, expected.astype(np.float32))

    def test_the_five_stereo_files_are_mono_twice(self) -> None:
        names = (
            "Actor_01/03-01-02-01-01-02-01", "Actor_01/03-01-08-01-02-02-01", "Actor_05/03-01-02-01-02-02-05",
            "Actor_20/03-01-03-01-02-01-20", "Actor_20/03-01-06-01-01-02-20",
        )  # fmt: skip
        for name in names:
            assert audio.read(real("ravdess") / f"Audio_Speech_Actors_01-24/{name}.wav").channels == 2

    def test_a_part_needs_its_number_stated(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(UserError) as caught:
            fetch_real("ravdess", None, tmp_path, monkeypatch)
        lost = ", ".join(f"{actor:02d}" for actor in (*range(8, 20), *range(21, 25)))
        assert str(caught.value) == (
            f"ravdess: expected 1,440 clips, found 480. Missing: all clips of speakers {lost}.\n"
            "If this copy is meant to have 480, set `fetch.ravdess.expected_clips: 480` in params.yaml."
        )

    def test_tables_of_crema_d(self) -> None:
        """Constants that several independent readers of the votes have found."""
        votes = real("crema_d") / "processedResults/tabulatedVotes.csv"
        heard = crema_d.perceived(real("crema_d"))
        intended = {name: crema_d.EMOTIONS[name[9:12]] for name in heard}
        assert len(heard) == 7442
        assert heard.keys() == crema_d.NAMES.keys()
        agreeing = sum(heard[name] == intended[name] for name in heard)
        assert round(100 * agreeing / len(heard), 2) == 41.64
        cast = list(crema_d.votes(real("crema_d")))
        voice = [vote for vote in cast if vote.modality == "voice"]
        assert sum(vote.count for vote in voice) == 68_568
        right = sum(vote.count for vote in voice if vote.label == vote.clip[9])
        assert round(100 * right / 68_568, 2) == 40.00
        assert {vote.modality for vote in cast} == {"voice", "face", "both"}
        people = pd.read_csv(real("crema_d") / "VideoDemographics.csv")
        assert set(people.ActorID.astype(str)) == set(crema_d.NAMES.values())
        assert set(people.Sex) == set(crema_d.GENDERS)
