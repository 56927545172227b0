"""The stage: statuses and rows, equal tables for any number of workers, and refused params."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from stages import align
from stages.alignment.confidence import score_margin
from stages.alignment.pocketsphinx_aligner import PocketSphinx, PocketSphinxParams
from stages.core import params, store, tables, workers
from stages.core.audio import Recording
from stages.core.errors import UserError
from stages.core.files import sha256
from stages.corpora import demo
from stages.text import espeak, synthesis
from tests import makers

SETTINGS = {
    "engine": "pocketsphinx", "beams": [1e-48, 1e-100, 1e-200], "silence_probability": 0.1,
    "vtln_warps": [1.2], "vtln_below_score": -3.5, "refine_boundaries": True,
}  # fmt: skip
SECTION = {**SETTINGS, "ctc": {"model_dir": "none", "languages": ["zh"]}}
"""Of params.yaml, without a CTC network."""
FEW = list(demo.plan())[::29]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a catalog of some demo clips and of clips that cannot be aligned, one for each reason."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    Path("params.yaml").write_text(yaml.safe_dump({"align": SECTION}))
    Path("none").mkdir()
    raw = Path("data/raw/demo")
    raw.mkdir(parents=True)
    synthesis.write(FEW, raw, seed=0)
    makers.wav(raw / "silent.wav", 0 * makers.tone(1.0))
    (raw / "page.wav").write_text("<html>not found</html>")
    good = raw / "wav" / f"{FEW[0].name}.wav"
    clips = [(f"demo_{clip.name}", clip.path, clip.transcript, "en") for clip in demo.clips(raw)]
    clips += [
        ("x_page", raw / "page.wav", "Hello.", "en"), ("x_silent", raw / "silent.wav", "Hello.", "en"),
        ("x_mute", good, " ", "en"), ("x_german", good, "Guten Tag", "de-AT"),
    ]  # fmt: skip
    rows = [
        {"clip_id": name, "path": str(path), "sha256": sha256(path), "transcript": text, "language": language}
        for name, path, text, language in clips
    ]
    makers.save_catalog("demo", [{**row, "expected_sample_rate": 22050} for row in rows])
    return tmp_path


def test_every_clip_has_a_row_with_its_status(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    align.run("demo")
    table = store.read(store.path("align", "demo"), tables.Align).set_index("clip_id")
    assert table.status[table.index.str.startswith("x_")].to_dict() == {
        "x_page": "faulty_audio", "x_silent": "failed", "x_mute": "no_transcript",
        "x_german": "no_aligner_for_language",
    }  # fmt: skip
    good = table[table.index.str.startswith("demo_")]
    assert set(good.status) == {"aligned"}
    assert table.score.isna().sum() == 4
    for utterance in FEW:
        assert list(good.words[f"demo_{utterance.name}"]) == utterance.transcript.split()
    line = f"align@demo: {len(table)} clips in, {len(FEW)} kept, 4 dropped (failed 1, faulty_audio 1,"
    assert line in capsys.readouterr().out


def test_workers_and_cache_do_not_change_a_byte(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = store.path("align", "demo")
    align.run("demo")
    one = table.read_bytes()
    align.run("demo")
    assert table.read_bytes() == one
    table.unlink()
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "2")
    align.run("demo")
    assert table.read_bytes() == one


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("engine", "magic"), ("beams", []), ("beams", [0.0]), ("beams", [1e-100, 1e-48]),
        ("beams", [1e-48, 1e-48]), ("silence_probability", 1.5), ("refine_boundaries", 0.5),
        ("vtln_warps", [0.0]), ("vtln_below_score", 1.0), ("start_offset_s", 0.01), ("beam", [1e-48]),
        ("ctc", {"model_dir": "data/aligner", "languages": ["Chinese"]}),
    ],
)  # fmt: skip
def test_unknown_params_and_values_out_of_range_are_refused(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({"align": {**SECTION, key: value}}))
    with pytest.raises(UserError, match=rf"align\.{key}"):
        params.section(align.Align, "align", path=path)


def test_the_words_of_another_clip_have_low_confidence(project: Path) -> None:
    texts = sorted({clip.transcript for clip in FEW})

    def row(name: str, transcript: str) -> workers.Row:
        others = [text for text in texts if text != transcript]
        clip = align.Clip(f"data/raw/demo/wav/{name}.wav", transcript, "en-US", others)
        return align.align_clip(clip._asdict(), SETTINGS)

    for clip in FEW[:4]:
        assert row(clip.name, clip.transcript)["confidence"] > 0.5
        wrong = row(clip.name, next(text for text in texts if text != clip.transcript))
        assert wrong["status"] == "failed" or wrong["confidence"] < 0.5


def test_competing_transcripts_are_aligned_at_the_warp_of_the_voice() -> None:
    text = "The blue boat drifted slowly past the harbour."
    speech = espeak.synthesise(text, "en-us+f2")
    samples = speech.samples.astype(np.float32) / np.float32(32768)
    # a quarter faster and higher, as from a shorter vocal tract
    recording = Recording(samples, round(1.25 * speech.sample_rate), 1, 16)
    engine = PocketSphinx(PocketSphinxParams.model_validate(SETTINGS))
    found = engine.align(*recording[:2], text, "en-US")
    assert found.warp == 1.2
    clip = align.Clip("", text, "en-US", [text])
    # the margin over itself is 0, except at another warp
    same, other = (
        score_margin(found.score, align.competing_scores(engine.fast(warp), clip, recording))
        for warp in (found.warp, 1.0)
    )
    assert same == 0
    assert (other or 0) > 0
