"""The stage: statuses and rows, equal tables for any number of workers, and params that refuse bad values."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stages import align
from stages.alignment.confidence import score_margin
from stages.alignment.pocketsphinx_aligner import PocketSphinx, PocketSphinxParams
from stages.core import params, store, tables
from stages.core.audio import Recording
from stages.core.errors import UserError
from stages.core.files import sha256
from stages.corpora import demo
from stages.text import espeak, synthesis
from tests import makers

SECTION = {
    "engine": "pocketsphinx",
    "beams": [1e-48, 1e-100, 1e-200],
    "silence_probability": 0.1,
    "vtln_warps": [1.2],
    "vtln_below_score": -3.5,
    "refine_boundaries": True,
}
NEURAL = {"ctc": {"model_dir": "none", "languages": ["zh"]}}
FEW = list(demo.plan())[::29]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a catalog of some demo clips and of clips that cannot be aligned, one for each reason."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPRESSIVE_WORKERS", "1")
    Path("params.yaml").write_text(yaml.safe_dump({"align": {**SECTION, **NEURAL}}))
    Path("none").mkdir()
    raw = Path("data/raw/demo")
    raw.mkdir(parents=True)
    synthesis.write(FEW, raw, seed=0)
    makers.wav(raw / "silent.wav", 0 * makers.tone(1.0))
    (raw / "page.wav").write_text("<html>not found</html>")
    good = raw / "wav" / f"{FEW[0].name}.wav"
    rows = [
        {"clip_id": f"demo_{clip.name}", "path": str(clip.path), "transcript": clip.transcript}
        for clip in demo.clips(raw)
    ]
    rows += [
        {"clip_id": "x_page", "path": str(raw / "page.wav"), "transcript": "Hello."},
        {"clip_id": "x_silent", "path": str(raw / "silent.wav"), "transcript": "Hello."},
        {"clip_id": "x_mute", "path": str(good), "transcript": " "},
        {"clip_id": "x_german", "path": str(good), "transcript": "Guten Tag", "language": "de-AT"},
    ]
    made = [{**row, "sha256": sha256(Path(row["path"])), "expected_sample_rate": 22050} for row in rows]
    makers.save_catalog("demo", made)
    return tmp_path


def result() -> pd.DataFrame:
    return store.read(store.path("align", "demo"), tables.Align).set_index("clip_id")


def test_every_clip_has_a_row_that_says_how_it_went(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    align.run("demo")
    table = result()
    assert table.status[table.index.str.startswith("x_")].to_dict() == {
        "x_page": "faulty_audio", "x_silent": "failed", "x_mute": "no_transcript",
        "x_german": "no_aligner_for_language",
    }  # fmt: skip
    good = table[table.index.str.startswith("demo_")]
    assert set(good.status) == {"aligned"}
    assert table.score.isna().sum() == 4
    for utterance in FEW:
        row = good.loc[f"demo_{utterance.name}"]
        assert list(row.words) == utterance.transcript.split()
    line = capsys.readouterr().out
    assert f"align@demo: {len(table)} clips in, {len(FEW)} kept, 4 dropped (failed 1, faulty_audio 1," in line


def test_workers_and_what_was_known_before_do_not_change_a_byte(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        ("engine", "magic"),
        ("beams", []),
        ("beams", [0.0]),
        ("beams", [1e-100, 1e-48]),
        ("beams", [1e-48, 1e-48]),
        ("silence_probability", 1.5),
        ("refine_boundaries", 0.5),
        ("vtln_warps", [0.0]),
        ("vtln_below_score", 1.0),
        ("start_offset_s", 0.01),
        ("beam", [1e-48]),
        ("ctc", {"model_dir": "data/aligner", "languages": ["Chinese"]}),
    ],
)
def test_params_out_of_range_are_refused(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({"align": {**SECTION, **NEURAL, key: value}}))
    with pytest.raises(UserError, match=rf"align\.{key}"):
        params.section(align.Align, "align", path=path)


def test_the_words_of_another_clip_are_noticed(project: Path) -> None:
    texts = sorted({clip.transcript for clip in FEW})
    for clip in FEW[:4]:
        wrong = next(text for text in texts if text != clip.transcript)
        right, false = (
            align.align_clip(
                {
                    "path": f"data/raw/demo/wav/{clip.name}.wav",
                    "transcript": transcript,
                    "language": "en-US",
                    "competing_transcripts": [text for text in texts if text != transcript],
                },
                SECTION,
            )
            for transcript in (clip.transcript, wrong)
        )
        assert right["confidence"] > 0.5
        assert false["status"] == "failed" or false["confidence"] < 0.5


def test_competing_transcripts_are_aligned_at_the_warp_of_the_voice() -> None:
    text = "The blue boat drifted slowly past the harbour."
    speech = espeak.synthesise(text, "en-us+f2")
    # a quarter faster and higher, as from a smaller mouth
    samples = speech.samples.astype(np.float32) / np.float32(32768)
    recording = Recording(samples, round(1.25 * speech.sample_rate), 1, 16)
    engine = PocketSphinx(PocketSphinxParams.model_validate(SECTION))
    found = engine.align(*recording[:2], text, "en-US")
    assert found.warp == 1.2
    clip = align.Clip("", text, "en-US", [text])
    # the margin over itself is 0; at the warp of other voices it is not
    same, other = (
        score_margin(found.score, align.competing_scores(engine.fast(warp), clip, recording))
        for warp in (found.warp, 1.0)
    )
    assert same == 0
    assert (other or 0) > 0
