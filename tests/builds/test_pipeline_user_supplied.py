"""A build of all corpora but the demo.

RAVDESS and CREMA-D are real recordings. The others have the names, folders and sample rates of corpora that
may not be passed on, and contain recordings of RAVDESS or synthetic speech. Dialogues are two-channel or turn
by turn.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from stages.checks import files as reading
from stages.checks import sample_checks
from stages.core import files, store, tables
from stages.core.contract import Table
from stages.corpora import ravdess, tess
from stages.text import espeak
from stages.text.espeak import Prosody
from tests import dialogues
from tests.dialogues import ALIGNED, CHANNEL, RATE, SCRIPTS
from tests.pipeline import RECORDINGS, Clone
from tests.trees import FOLDERS, put

ACTORS = ("01", "02", "03", "04", "05", "06", "07", "20")
CODES = {emotion: code for code, emotion in ravdess.EMOTIONS.items()}
COUNTS = {
    "ravdess": 24, "crema_d": 8, "esd": 42, "msp_podcast": 56, "dailytalk_contiguous": 6, "dailytalk": 30,
    "custom": 16, "tess": 28,
}  # fmt: skip
WHOLE = ("0", "1", "2")
"""Dialogues that exist as two-channel recordings; all exist as separate utterances."""
SEED = 12  # of a split that has every emotion in train and in validation


def take(emotion: str, statement: str, repetition: str, actor: str) -> tuple[np.ndarray, int]:
    """Read a real recording, mono."""
    name = f"03-01-{CODES[emotion]}-01-{statement}-{repetition}-{actor}.wav"
    path = RECORDINGS / "ravdess/Audio_Speech_Actors_01-24" / f"Actor_{actor}" / name
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return samples[:, 0], rate


def save(path: Path, samples: np.ndarray, rate: int, to: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, soxr.resample(samples, rate, to), to, subtype="PCM_16")


def ravdess_tree(folder: Path) -> None:
    """Eight actors say a sentence in three strong emotions; no other tree has these clips."""
    for actor in ACTORS:
        for emotion in ("angry", "happy", "sad"):
            name = f"Audio_Speech_Actors_01-24/Actor_{actor}/03-01-{CODES[emotion]}-02-02-02-{actor}.wav"
            put(folder / name, (RECORDINGS / "ravdess" / name).read_bytes())


def esd_tree(folder: Path) -> None:
    """Eight English speakers say a sentence in five emotions; a Mandarin one has two clips."""
    for i, actor in enumerate((*ACTORS, "01")):
        speaker, lines = ("0001" if i == 8 else f"{11 + i:04d}"), []
        for e, (emotion, place) in enumerate(FOLDERS.items()):
            for k, (statement, text) in enumerate(ravdess.STATEMENTS.items(), start=1):
                name = f"{speaker}_{350 * e + k:06d}"
                lines.append(f"{name}\t{text}\t{place}")
                sound = take("fearful" if i == 8 else emotion, statement, "01", actor)
                if k == 1 if i < 8 else emotion == "sad":
                    save(folder / speaker / place / "train" / f"{name}.wav", *sound, 16000)
        put(folder / speaker / f"{speaker}.txt", "\n".join(lines).encode("utf-16"))


def msp_tree(folder: Path) -> None:
    """Eight speakers and seven classes; one clip has an unknown speaker, one has no transcript."""
    codes = {
        "N": "neutral", "A": "angry", "S": "sad", "H": "happy", "U": "surprised", "F": "fearful",
        "D": "disgust",
    }  # fmt: skip
    rows = ["FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"]
    for actor in ACTORS:
        for n, (code, emotion) in enumerate(codes.items()):
            name = f"MSP-PODCAST_{actor:0>4}_{n:04d}"
            odd = actor == "07" and emotion == "sad"
            speaker = "Unknown" if odd else actor
            rows.append(f"{name}.wav,{code},4.0,3.0,4.0,{speaker},{'Unknown' if odd else 'Male'},Train")
            save(folder / "Audios" / f"{name}.wav", *take(emotion, "01", "02", actor), 16000)
            if (actor, emotion) != ("06", "happy"):
                put(folder / "Transcripts" / f"{name}.txt", b"Kids are talking by the door.\n")
    put(folder / "Labels" / "labels_concensus.csv", "\n".join(rows).encode())


def custom_tree(folder: Path) -> None:
    """Each speaker has one long file with two calm clips."""
    rows = ["file,transcript,emotion,speaker,consent,license,start,end"]
    for actor in ACTORS:
        parts = [take("calm", statement, "02", actor) for statement in ("01", "02")]
        rate = parts[0][1]
        at = len(parts[0][0]) / rate
        save(folder / f"{actor}.wav", np.concatenate([samples for samples, _ in parts]), rate, rate)
        rows.append(f"{actor}.wav,Kids are talking by the door,calm,s{actor},written,CC-BY-NC-SA-4.0,,{at}")
        rows.append(f"{actor}.wav,Dogs are sitting by the door,calm,s{actor},written,CC-BY-NC-SA-4.0,{at},")
    put(folder / "metadata.csv", "\n".join(rows).encode())


def tess_tree(folder: Path) -> None:
    """Two synthetic voices say the carrier phrase."""
    hiss = np.random.default_rng(1)
    for speaker, voice in (("OAF", "en-us+f1"), ("YAF", "en-us+f3")):
        for n, emotion in enumerate(tess.EMOTIONS):
            for word in ("back", "youth"):
                prosody = Prosody(rate=150 + 5 * n, pitch=40 + 5 * n, pitch_range=50, volume=60)
                speech = espeak.synthesise(f"Say the word {word}.", voice, prosody)
                samples = soxr.resample(speech.samples / 32768, speech.sample_rate, tess.SAMPLE_RATE)
                samples = samples + hiss.normal(0, 1e-4, len(samples))  # to the top of the band
                save(folder / f"{speaker}_{word}_{emotion}.wav", samples, tess.SAMPLE_RATE, tess.SAMPLE_RATE)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    if not (RECORDINGS / "ravdess").exists():
        pytest.skip(f"no real recordings in {RECORDINGS} (EXPRESSIVE_CORPORA)")
    home = tmp_path_factory.mktemp("user_supplied")
    trees = {
        "ravdess": ravdess_tree, "esd": esd_tree, "msp_podcast": msp_tree, "tess": tess_tree,
        "custom": custom_tree,
    }  # fmt: skip
    for name, tree in trees.items():
        tree(home / name)
    shutil.copytree(RECORDINGS / "crema_d", home / "crema_d")
    whole, separate = dialogues.contiguous(home / "hub", False), dialogues.separate(home / "zip")
    clone = Clone(home / "clone")
    sources: dict[str, Any] = {
        name: {"source": str(home / name), "expected_clips": COUNTS[name]}
        for name in ("ravdess", "crema_d", "esd", "tess")
    }
    sources |= {
        "msp_podcast": {"source": str(home / "msp_podcast"), "expected_clips": None},
        "dailytalk": {"source": str(separate), "expected_clips": COUNTS["dailytalk"]},
        "dailytalk_contiguous": {
            "source": str(whole), "revision": "main", "max_dialogues": len(WHOLE), "metadata": str(separate),
        },
        "custom": {"folder": str(home / "custom"), "metadata": str(home / "custom" / "metadata.csv")},
    }  # fmt: skip
    clone.edit(corpora=list(sources), fetch=sources, split={"seed": SEED}, balance={"enabled": False})
    clone.whole()
    return clone


def test_every_clip_is_rendered_or_dropped_with_a_reason(built: Clone) -> None:
    found = built.json("metrics/details/screen.json")["by_corpus"]
    assert {name: counts["clips_in"] for name, counts in found.items()} == COUNTS
    assert found["esd"]["reasons"]["no_aligner_for_language"] == 2
    assert found["msp_podcast"]["reasons"]["unknown_speaker"] == 1
    assert found["msp_podcast"]["reasons"]["no_transcript"] == 1
    kept = sum(counts["clips_kept"] for name, counts in found.items() if "dailytalk" not in name)
    lines = (built.folder / "data/expressive_dataset.jsonl").read_text().splitlines()
    # the synthetic voices of TESS say a word alike in several emotions: near copies with other labels
    near_copies = found["tess"]["reasons"].get("near_duplicate_label_conflict", 0)
    single = [line for line in lines if "dailytalk" not in line]
    assert len(single) == kept >= 0.9 * 174 - near_copies


def test_labels_and_licenses_arrive_in_the_json(built: Clone) -> None:
    facts = built.sidecar("esd_0012_000351")
    assert (facts["emotion"], facts["license"], facts["gender"]) == ("angry", "LicenseRef-ESD", "male")
    perceived = built.sidecar("msp_podcast_MSP-PODCAST_0001_0005")
    assert (perceived["emotion"], perceived["label_source"]) == ("fearful", "perceived")
    assert perceived["corpus_label"] == "F"
    own = [built.sidecar(path.stem) for path in (built.folder / "data/data_stereo").glob("custom_*.json")]
    assert {facts["license"] for facts in own} == {"CC-BY-NC-SA-4.0"}
    assert {facts["transcript"] for facts in own} == set(ravdess.STATEMENTS.values())


def test_every_stage_reads_only_the_part_of_a_file_that_is_the_clip(built: Clone) -> None:
    def table(stage: str, model: type[Table]) -> Any:
        return store.read(built.folder / "data/tables" / stage / "custom.parquet", model).set_index("clip_id")

    quality, align = table("quality", tables.Quality), table("align", tables.Align)
    catalog = table("catalog", tables.Catalog)
    for clip_id in catalog.index:
        statement = "01" if catalog.transcript[clip_id].startswith("Kids") else "02"
        original, _ = take("calm", statement, "02", catalog.speaker[clip_id][-2:])
        assert quality.n_samples[clip_id] == len(original)
        assert max(align.ends[clip_id], default=0) <= len(original)


def test_the_sources_are_recorded(built: Clone) -> None:
    lock = (built.folder / "sources.lock").read_text().splitlines()
    assert [line.split("  ")[1] for line in lock] == ["dailytalk/30", "esd/42", "msp_podcast/56", "tess/28"]


def sound(clone: Clone, name: str) -> Any:
    return soundfile.read(clone.folder / f"data/data_stereo/{name}.wav")[0]


def level_db(samples: Any) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))


@pytest.mark.parametrize("name", WHOLE)
def test_both_channels_keep_the_recorded_times(built: Clone, name: str) -> None:
    about, stereo = (
        built.sidecar(f"dailytalk_contiguous_{name}"),
        sound(built, f"dailytalk_contiguous_{name}"),
    )
    recorded = dialogues.record(name, ALIGNED[name], CHANNEL[name])
    (start,) = {source["chain"][0]["start_s"] for source in about["sources"]}
    for (first, last), (speaker, _, _) in zip(recorded.turns, SCRIPTS[name], strict=True):
        part = stereo[round((first / RATE - start) * 24000) : round((last / RATE - start) * 24000)]
        ours, theirs = level_db(part[:, 0]), level_db(part[:, 1])
        assert (ours > theirs + 20) == (speaker == ALIGNED[name])
    for (word, (a, b), _), (said, first, last) in zip(about["alignments"], recorded.words, strict=True):
        assert word == said
        assert (a, b) == pytest.approx((first / RATE - start, last / RATE - start), abs=2e-4)
    assert [source["channel"] for source in about["sources"]] == ["left", "right"]


def test_the_json_lists_the_turns_of_both_voices(built: Clone) -> None:
    about = built.sidecar("dailytalk_contiguous_0")
    assert [(turn["turn"], turn["corpus_label"]) for turn in about["turns"]] == [
        (k, emotion) for k, (_, _, emotion) in enumerate(SCRIPTS["0"])
    ]
    ours = [turn["channel"] == "left" for turn in about["turns"]]
    assert ours == [speaker == ALIGNED["0"] for speaker, _, _ in SCRIPTS["0"]]
    assert {turn["act"] for turn in about["turns"]} == {"question", "inform"}
    (start,) = {source["chain"][0]["start_s"] for source in about["sources"]}
    recorded = dialogues.record("0", ALIGNED["0"], CHANNEL["0"])
    for turn, (first, last) in zip(about["turns"], recorded.turns, strict=True):
        if turn["channel"] == "left":  # the times of the aligned words
            found = (turn["start_s"], turn["end_s"])
            assert found == pytest.approx((first / RATE - start, last / RATE - start), abs=2e-4)


def test_separate_utterances_alternate_between_the_channels(built: Clone) -> None:
    names = sorted(path.stem for path in (built.folder / "data/data_stereo").glob("dailytalk_[0-9]*.wav"))
    assert names
    for name in names:
        stereo = sound(built, name)
        for source in built.sidecar(name)["sources"]:
            part = stereo[round(source["start_s"] * 24000) : round(source["end_s"] * 24000)]
            channel = ("left", "right").index(source["channel"])
            assert not part[:, 1 - channel].any()
            assert level_db(part[:, channel]) > -40


def test_nothing_is_lost_and_the_actors_are_in_one_split(built: Clone) -> None:
    found = built.json("metrics/details/screen.json")["by_corpus"]
    assert found["dailytalk_contiguous"]["clips_kept"] == 2 * len(WHOLE)
    assert found["dailytalk"]["clips_in"] == sum(map(len, SCRIPTS.values()))
    # a dialogue of both corpora is used once
    assert found["dailytalk"]["reasons"]["duplicate_dialogue"] == sum(len(SCRIPTS[name]) for name in WHOLE)
    separate = (built.folder / "data/data_stereo").glob("dailytalk_[0-9]*.json")
    assert {path.stem.split("_")[1] for path in separate} == set(SCRIPTS) - set(WHOLE)
    manifests = [
        (built.folder / f"data/expressive_{split}.jsonl").read_text() for split in ("train", "valid")
    ]
    assert sum("dailytalk" in manifest for manifest in manifests) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: np.stack([s[:, 0], s[:, 0]], 1), "is a copy of the left"),
        (lambda s: np.stack([s[:, 0], s[:, 0] // 4], 1), "is a copy of the left"),
        (lambda s: s * np.array([1, 0], np.int16), "is silent, but has a partner"),
        (lambda s: np.stack([s[:, 0], s[:, 1] // 2], 1), "is not within 0.2 LU"),
        (lambda s: s[:, ::-1], "louder between the words"),
    ],
    ids=["echo", "faint echo", "no partner", "quiet partner", "swapped"],
)
def test_a_faulty_partner_channel_is_noticed(built: Clone, tmp_path: Path, change: Any, message: str) -> None:
    name = "dailytalk_contiguous_0"
    source = built.folder / "data"
    (tmp_path / "data_stereo").mkdir()
    wav = tmp_path / f"data_stereo/{name}.wav"
    samples = change(soundfile.read(source / f"data_stereo/{name}.wav", dtype="int16")[0])
    soundfile.write(wav, samples, 24000, subtype="PCM_16")
    wav.with_suffix(".json").write_text(json.dumps(built.sidecar(name) | {"sha256": files.sha256(wav)}))
    lines = map(json.loads, (source / "expressive_dataset.jsonl").read_text().splitlines())
    line = next(line for line in lines if line["path"] == f"data_stereo/{name}.wav")
    sample, _ = reading.load(line, tmp_path)
    assert sample is not None
    assert any(message in fault for fault in sample_checks.violations(sample))


def test_windows_of_turns(built: Clone) -> None:
    whole = sound(built, "dailytalk_contiguous_2")
    built.edit(compose={"max_window_turns": 2})
    built.whole("compose", "render", "validate")
    paths = (built.folder / "data/data_stereo").glob("dailytalk_contiguous_2*.wav")
    names = sorted(path.stem for path in paths)
    assert len(names) >= 2
    assert sum(len(sound(built, name)) for name in names) == pytest.approx(len(whole), abs=len(names))
    words = [word for name in names for word, _, _ in built.sidecar(name)["alignments"]]
    assert words == [word for word, _, _ in dialogues.record("2", ALIGNED["2"], CHANNEL["2"]).words]
