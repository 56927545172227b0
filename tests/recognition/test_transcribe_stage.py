"""Transcription: a Whisper model with small random weights, and a recogniser with fixed results."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from stages import align, transcribe
from stages.core import store, tables
from stages.core.errors import UserError
from stages.core.files import sha256
from stages.corpora import demo
from stages.recognition import whisper
from stages.signal.types import Recording
from stages.text import synthesis, transcripts
from tests import makers, whispers
from tests.alignment.test_align_stage import SECTION

SPOKEN = next(clip for clip in demo.plan() if "whisper" not in clip.voice and clip.transcript.count(" ") > 3)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a catalog of clips with and without transcripts; return the empty folder of the model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    whisper.load_model.cache_clear()
    Path("none").mkdir()
    sections = {"transcribe": {"model_dir": "data/asr", "beam_size": 2}, "align": SECTION}
    Path("params.yaml").write_text(yaml.safe_dump(sections))
    raw = Path("data/raw/custom")
    raw.mkdir(parents=True)
    synthesis.write([SPOKEN], raw, seed=0)
    good = next(iter(demo.clips(raw))).path
    (raw / "page.wav").write_text("<html>not found</html>")
    plain = {"corpus": "custom", "path": str(good), "sha256": sha256(good), "transcript": ""}
    rows = [
        {**plain, "clip_id": "custom_mute"},
        {**plain, "clip_id": "custom_zh", "language": "zh"},
        {**plain, "clip_id": "custom_said", "transcript": "As it is written."},
        {**plain, "clip_id": "custom_partner", "role": "partner"},
        {**plain, "clip_id": "custom_page", "path": str(raw / "page.wav")},
    ]
    store.write(makers.catalog(*rows), tables.Catalog, store.path("catalog", "custom"))
    folder = tmp_path / "data/asr"
    folder.mkdir()
    return folder


@pytest.fixture
def model(project: Path) -> Path:
    """Write a model into the folder of `project`."""
    whispers.build(project)
    return project


def transcribed() -> pd.DataFrame:
    transcribe.run("custom")
    return store.read(store.path("transcribe", "custom"), tables.Transcribe).set_index("clip_id")


def test_without_a_model_the_table_is_empty_and_transcripts_remain(project: Path) -> None:
    assert len(transcribed()) == 0
    clips = transcripts.read("custom").set_index("clip_id")
    assert clips.transcript["custom_said"] == "As it is written."
    assert clips.transcript_source.dropna().to_dict() == {"custom_said": "corpus"}
    assert set(clips.transcript.drop("custom_said")) == {""}


def test_equal_runs_of_a_model_give_equal_tables(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = transcribed()
    assert list(first.index) == ["custom_mute", "custom_page", "custom_zh"]
    text = first.transcript["custom_mute"]
    assert set("".join(c for c in text if not c.isdigit()).split()) <= {"hello", "there", "world", ","}
    assert text
    assert 0 < first.confidence["custom_mute"] <= 1
    # this model knows only English, which the library derives from the number of tokens
    assert first.transcript["custom_zh"] == first.transcript["custom_page"] == ""
    assert first.engine["custom_mute"].startswith("faster-whisper ")
    assert "3 clips in, 1 kept, 2 dropped (no_words 2)" in capsys.readouterr().out
    table = store.path("transcribe", "custom")
    before = table.read_bytes()
    table.unlink()
    whisper.load_model.cache_clear()
    transcribed()
    assert table.read_bytes() == before


def recogniser(*segments: tuple[str, int, float]) -> SimpleNamespace:
    """Replace the model; each segment has a text, a number of tokens, and their mean log-probability."""

    def transcribe(samples: np.ndarray, **options: Any) -> tuple[list[SimpleNamespace], None]:
        assert samples.dtype == np.float32
        assert options["temperature"] == 0.0
        return [SimpleNamespace(text=t, tokens=[0] * n, avg_logprob=p) for t, n, p in segments], None

    return SimpleNamespace(supported_languages=("en", "zh"), transcribe=transcribe)


def test_segments_become_one_transcript(monkeypatch: pytest.MonkeyPatch) -> None:
    model = recogniser((" Hello  there,", 3, np.log(0.9)), ("  ", 5, -9.0), (" world.", 1, np.log(0.5)))
    monkeypatch.setattr(whisper, "load_model", lambda folder: model)
    recording = Recording(makers.tone(1.0), 48000, 1, 16)
    text, confidence = whisper.transcribe(Path("x"), recording, "en-GB", 5)
    assert text == "Hello there, world."
    assert confidence == pytest.approx(np.exp((3 * np.log(0.9) + np.log(0.5)) / 4))
    monkeypatch.setattr(whisper, "load_model", lambda folder: recogniser())
    assert whisper.transcribe(Path("x"), recording, "en", 5) == ("", None)


@pytest.mark.parametrize("text", [SPOKEN.transcript, "Nobody ever said such words."])
def test_recognised_words_are_aligned(model: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(whisper, "load_model", lambda folder: recogniser((f" {text}", 5, -0.1)))
    transcribed()
    align.run("custom")
    clips = transcripts.read("custom").set_index("clip_id")
    assert clips.transcript["custom_mute"] == text
    assert clips.transcript_source["custom_mute"].startswith("faster-whisper ")
    row = store.read(store.path("align", "custom"), tables.Align).set_index("clip_id").loc["custom_mute"]
    fits = row.status == "aligned" and row.confidence >= 0.5
    assert fits == (text == SPOKEN.transcript)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tokenizer.json", None, r"found no tokenizer\.json\.\nConvert it with `ct2-transformers-converter"),
        ("vocabulary.json", None, r"found no vocabulary\.json or vocabulary\.txt"),
        ("model.bin", None, r"found no model\.bin"),
        ("model.bin", "<html>", "faster-whisper cannot read this model"),
        ("tokenizer.json", "<html>", "faster-whisper cannot read this model"),
        ("config.json", "<html>", "faster-whisper cannot read this model"),
    ],
)
def test_incomplete_models_are_refused(model: Path, name: str, content: str | None, message: str) -> None:
    (model / name).unlink()
    if content:
        (model / name).write_text(content)
    with pytest.raises(UserError, match=message):
        transcribe.run("custom")


def test_a_model_without_library_or_folder_is_refused(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(UserError, match=r"pip install --require-hashes -r requirements-asr\.txt"):
        transcribe.run("custom")
    with pytest.raises(UserError, match=r"transcribe\.model_dir: folder .* not found; create it"):
        whisper.parts(model / "none")
