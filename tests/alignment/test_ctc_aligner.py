"""The CTC aligner: tones at known times, random weights, and invalid files of users."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import align
from stages.alignment import ctc_model
from stages.alignment.ctc_aligner import CtcAligner
from stages.core import model_folder, params, store, tables
from stages.core.errors import UserError
from stages.core.files import sha256
from tests import makers, networks
from tests.alignment.test_align_stage import SETTINGS

TOKENS = ["<pad>", "<unk>", "|", "你", "好", "吗", "我", "a", "b"]
HZ = {"你": 400.0, "好": 800.0, "吗": 1200.0, "我": 1600.0, "a": 2000.0, "b": 2400.0}
RATE = 48000


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> CtcAligner:
    folder = tmp_path_factory.mktemp("tones")
    networks.of_tones(folder, TOKENS, HZ)
    return aligner(folder)


def aligner(folder: Path) -> CtcAligner:
    return CtcAligner(folder, model_folder.digests(folder, ctc_model.parts(folder)))


def spoken(*parts: tuple[str, float], rate: int = RATE) -> np.ndarray:
    """Make a tone per character, and pauses (" "), each with its duration in seconds, with faint noise."""
    sounds = [makers.tone(s, rate, 0.3 if name != " " else 0.0, HZ.get(name, 0.0)) for name, s in parts]
    noise = np.random.default_rng(0).normal(0, 1e-4, sum(map(len, sounds)))
    return (np.concatenate(sounds) + noise).astype(np.float32)


PARTS = [
    (" ", 0.3), ("你", 0.2), ("好", 0.15), (" ", 0.25), ("吗", 0.3), (" ", 0.2), ("a", 0.1), ("b", 0.1),
    (" ", 0.3),
]  # fmt: skip
EDGES = np.array([[0.3, 0.5], [0.5, 0.65], [0.9, 1.2], [1.4, 1.6]])
"""Start and end of 你, 好, 吗 and ab in `PARTS`, in seconds."""


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_tones_are_found_at_their_times(tones: CtcAligner, rate: int) -> None:
    found = tones.align(spoken(*PARTS, rate=rate), rate, "你好，吗 ab?", "zh-CN")
    assert (found.status, found.words) == ("aligned", ("你", "好，", "吗", "ab?"))
    times = np.array([found.starts, found.ends]).T / rate
    # frames of the network have 20 ms, those of the speech gate 10 ms
    assert np.abs(times - EDGES).max() <= 0.03
    assert found.confidence == pytest.approx(1.0, abs=0.05)


def test_a_wrong_transcript_has_low_confidence(tones: CtcAligner) -> None:
    clip = spoken(*PARTS)
    assert (tones.align(clip, RATE, "我吗你我", "zh").confidence or 0) < 0.5
    # one wrong character of five
    assert tones.align(clip, RATE, "你好我 ab", "zh").confidence == pytest.approx(0.8, abs=0.1)


def test_an_unknown_character_matches_any_sound_and_lowers_confidence(tones: CtcAligner) -> None:
    found = tones.align(spoken(*PARTS), RATE, "你好鱼 ab", "zh")
    assert (found.status, found.oov_words) == ("aligned", 1)
    assert found.starts[2] / RATE == pytest.approx(0.9, abs=0.03)
    assert found.confidence == pytest.approx(4 / 5, abs=0.05)


def test_statuses_of_clips_that_cannot_be_aligned(tones: CtcAligner) -> None:
    assert tones.align(spoken(*PARTS), RATE, " … ", "zh").status == "no_transcript"
    assert tones.align(spoken(("你", 0.05)), RATE, "你好吗我", "zh").status == "failed"
    assert tones.align(np.zeros(10, np.float32), RATE, "你", "zh").status == "failed"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folders = [tmp_path_factory.mktemp("random") for _ in range(3)]
    for seed, folder in enumerate(folders):
        networks.random(folder, TOKENS, seed)
    return folders


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.text("你好吗我鱼 ab,。", min_size=1, max_size=12), st.floats(0.1, 2.0))
def test_random_weights_give_words_in_order_inside_the_clip(
    weights: list[Path], seed: int, text: str, seconds: float
) -> None:
    folder = weights[seed % len(weights)]
    clip = np.random.default_rng(seed).normal(0, 0.1, round(seconds * 22050)).astype(np.float32)
    found = aligner(folder).align(clip, 22050, text, "zh")
    assert found == aligner(folder).align(clip, 22050, text, "zh")
    if found.status != "aligned":
        return
    assert "".join(found.words).replace(" ", "") == text.replace(" ", "")
    starts, ends = list(found.starts), list(found.ends)
    assert tables.Align.timed.predicate("aligned", list(found.words), starts, ends)
    assert ends[-1] <= len(clip)
    assert 0 <= (found.confidence or 0) <= 1


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a catalog with a Mandarin and an English clip of tones; return the folder of the network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    for cached in (ctc_model.session, ctc_model.vocabulary, ctc_model.hop):
        cached.cache_clear()
    folder = tmp_path / "data/aligner"
    folder.mkdir(parents=True)
    section = {**SETTINGS, "ctc": {"model_dir": "data/aligner", "languages": ["zh"]}}
    Path("params.yaml").write_text(yaml.safe_dump({"align": section}))
    clip = makers.wav(Path("data/raw/esd/0001.wav"), spoken(*PARTS))
    plain = {"corpus": "esd", "path": str(clip), "sha256": sha256(clip)}
    rows = [
        {**plain, "clip_id": "esd_zh", "transcript": "你好吗 ab", "language": "zh-CN"},
        {**plain, "clip_id": "esd_en", "transcript": "hello there", "language": "en"},
    ]
    makers.save_catalog("esd", rows)
    return folder


def table() -> pd.DataFrame:
    align.run("esd")
    return store.read(store.path("align", "esd"), tables.Align).set_index("clip_id")


def test_a_network_aligns_its_languages_and_does_not_change_others(project: Path) -> None:
    without = table()
    assert without.status["esd_zh"] == "no_aligner_for_language"
    networks.of_tones(project, TOKENS, HZ)
    found = table()
    assert found.status["esd_zh"] == "aligned"
    assert found.engine["esd_zh"].startswith("ctc onnxruntime ")
    assert np.abs(np.array(found.starts["esd_zh"]) / RATE - EDGES[:, 0]).max() <= 0.03
    assert found.confidence["esd_zh"] > 0.9
    assert found.unaligned_speech_s["esd_zh"] == 0
    assert found.loc["esd_en"].to_json() == without.loc["esd_en"].to_json()
    networks.random(project, TOKENS)
    ctc_model.session.cache_clear()
    other = table()
    assert other.cache_key["esd_zh"] != found.cache_key["esd_zh"]
    assert other.cache_key["esd_en"] == found.cache_key["esd_en"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("pytorch_model.bin", b"", r"pytorch_model\.bin: weights of this kind may run code"),
        ("model.onnx", b"<html>", r"model\.onnx: onnxruntime cannot read this network"),
        ("vocab.json", b"{", r"vocab\.json: expected JSON"),
        ("vocab.json", b"\xff\xfe", r"vocab\.json: expected JSON"),
        ("vocab.json", b'["a"]', r"vocab\.json: expected tokens with their ids"),
        ("vocab.json", b'{"a": true}', r"vocab\.json: expected tokens with their ids"),
        ("vocab.json", b'{"a": 1}', r"vocab\.json: expected a blank token, one of <pad>"),
        ("vocab.json", b'{"<pad>":0, "a": 30}', r"expected logits of shape \(1, frames, 31 tokens or more\)"),
    ],
)
def test_invalid_files_are_refused(project: Path, name: str, content: bytes, message: str) -> None:
    networks.random(project, TOKENS)
    (project / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        align.run("esd")


def test_incomplete_networks_are_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    networks.random(project, TOKENS)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match=r"onnxruntime is not installed: pip install --require-hashes -r"):
        align.run("esd")
    (project / "vocab.json").unlink()
    with pytest.raises(UserError, match=r"expected model\.onnx and vocab\.json, found no vocab\.json"):
        align.run("esd")
    with pytest.raises(UserError, match=r"align\.ctc\.model_dir: folder .* not found; create it"):
        ctc_model.parts(project / "none")


def test_the_committed_params_have_no_network() -> None:
    root = Path(__file__).parents[2]
    found = params.section(align.Align, "align", path=root / "params.yaml").ctc
    assert (found.model_dir, found.languages) == ("data/aligner", ("zh",))
    assert ctc_model.parts(root / found.model_dir) == []
