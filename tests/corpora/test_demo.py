"""The demo corpus: its balance, its word times, and equal bytes on every run."""

import csv
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stages.core import tables
from stages.corpora import demo
from stages.text import espeak, synthesis
from stages.text.synthesis import Utterance

PLAN = list(demo.plan())
FEW = PLAN[::23]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    synthesis.write(FEW, folder, seed=0)
    return folder


def spoken(utterance: Utterance) -> bytes:
    return synthesis.speak(utterance, 0).samples.tobytes()


def test_plan_is_balanced() -> None:
    assert len(PLAN) == len(demo.NAMES) == demo.N_CLIPS
    assert set(demo.EMOTIONS) == set(tables.EMOTIONS[:8])
    for feature in ("emotion", "speaker_name"):
        assert set(Counter(getattr(u, feature) for u in PLAN).values()) == {demo.N_CLIPS // 8}
    assert set(Counter((u.speaker_name, u.transcript) for u in PLAN).values()) == {1}
    assert set(Counter((u.emotion, u.transcript) for u in PLAN).values()) == {1}
    assert set(Counter((u.speaker_name, u.emotion) for u in PLAN if u.whispered).values()) == {1}
    assert Counter(s.gender for s in demo.SPEAKERS.values()) == {"female": 4, "male": 4}


def test_sentences_keep_their_kind() -> None:
    ends = {"declarative": ".", "interrogative": "?", "exclamatory": "!", "long": "."}
    for kind, sentences in demo.SENTENCES.items():
        lengths = [len(sentence.split()) for sentence in sentences]
        assert all(sentence.endswith(ends.get(kind, (".", "?", "!"))) for sentence in sentences)
        assert kind != "short" or max(lengths) <= 3
        assert kind != "long" or min(lengths) >= 20


def test_two_runs_give_equal_bytes(tree: Path, tmp_path: Path) -> None:
    synthesis.write(FEW, tmp_path, seed=0)
    paths = [path.relative_to(tree) for path in tree.rglob("*") if path.is_file()]
    assert len(paths) == len(FEW) + 2
    assert all((tmp_path / path).read_bytes() == (tree / path).read_bytes() for path in paths)


def test_processes_and_order_do_not_matter() -> None:
    here = [spoken(utterance) for utterance in FEW]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(spoken, reversed(FEW))) == here[::-1]


def test_another_seed_gives_other_samples_of_equal_words() -> None:
    one, other = (synthesis.speak(PLAN[3], seed) for seed in (0, 1))
    assert one.samples.tobytes() != other.samples.tobytes()
    assert len(one.spans) == len(other.spans)


def test_files_are_those_of_the_labels(tree: Path) -> None:
    clips = list(demo.clips(tree))
    assert [clip.name for clip in clips] == [utterance.name for utterance in FEW]
    for clip in clips:
        info = soundfile.info(clip.path)
        assert (info.samplerate, info.channels, info.subtype) == (demo.SAMPLE_RATE, 1, "PCM_16")
        assert clip.label_source == "synthetic"
    assert {clip.style for clip in clips} == {None, "whispering"}


def test_every_sentence_has_a_time_for_each_of_its_words() -> None:
    for voice, sentence in product(("en-us+f1", "en+m2"), chain(*demo.SENTENCES.values())):
        spans = synthesis.spans(sentence, espeak.synthesise(sentence, voice).words)
        assert len(spans) == len(sentence.split())
        assert all(a < b for a, b in spans)


def test_words_are_in_order_and_the_clips_edges_are_quiet(tree: Path) -> None:
    rows = list(csv.DictReader((tree / "words.csv").open(encoding="utf-8")))
    for clip in demo.clips(tree):
        samples, rate = soundfile.read(clip.path, dtype="int16")
        words = [row for row in rows if row["clip"] == clip.name]
        assert [row["word"] for row in words] == clip.transcript.split()
        edges = [int(row[edge]) for row in words for edge in ("start", "end")]
        assert edges == sorted(edges)
        assert 0.2 * rate <= edges[0] <= 0.35 * rate
        assert np.abs(samples[: int(0.2 * rate)]).max() <= synthesis.NOISE
        assert np.abs(samples[-int(0.2 * rate) :]).max() <= synthesis.NOISE
        assert samples[: int(0.2 * rate)].any()
        assert np.abs(samples.astype(int)).max() < 32700  # not clipped


def test_a_word_without_a_separate_time_is_an_error() -> None:
    text = "On the street."
    with pytest.raises(ValueError, match="no separate time"):
        synthesis.spans(text, espeak.synthesise(text, "en-us").words)
