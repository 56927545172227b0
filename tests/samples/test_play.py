"""Every clip of the catalog can be played, used or not, up to the last step of its chain."""

import json
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from stages.core import files, store, tables
from stages.core.contract import Table
from stages.core.errors import UserError
from stages.samples import play
from tests import makers
from tests.samples.test_augment_stage import balance

CUT = {"start": 4800, "end": 43200}
COPY = {"clip_id": "demo_0", "sample_id": "demo_0__a1", "copy_number": 1, "tempo": 1.1, "gain_db": None,
        "loudness_method": None, "gain_capped": None}  # fmt: skip
MEASURED: dict[str, Any] = {
    "cache_key": "k", "status": "aligned", "engine": "e", "oov_words": 0, "words": ["a"], "starts": [6000],
    "ends": [40000], "speech_start": 6000, "speech_end": 40000, "denoised": False, "gain_capped": False,
    "loudness_method": "integrated", "target_lufs": -23.0, "max_true_peak_dbtp": -1.0, **CUT,
    "verdict": "keep", "corpus": "demo",
}  # fmt: skip
NO_WORDS: dict[str, Any] = {"verdict": "drop", "status": "failed", "words": [], "starts": [], "ends": []}
ROWS: dict[str, dict[str, Any]] = {
    "demo_0": {},
    "demo_low": {"verdict": "drop", "reason": "low_snr"},
    "demo_odd": {**NO_WORDS, "reason": "alignment_failed"},
    "demo_mute": {**NO_WORDS, "reason": "no_speech",
                  **dict.fromkeys(("speech_start", "speech_end", "start", "end"))},
    "demo_bad": {"verdict": "drop", "reason": "truncated", "fault": "truncated", "fault_detail": "100 bytes"},
    "demo_over": {"verdict": "keep_denoised", "denoised": True, "denoise_gain_floor_db": -12.0},
}  # fmt: skip


def save(model: type[Table], path: Path, rows: list[dict[str, Any]]) -> None:
    known = [{name: value for name, value in row.items() if name in model.COLUMNS} for row in rows]
    store.write(store.frame(known, model), model, path)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of a build with a kept clip and its copy, dropped, faulty and excluded clips."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(json.dumps({"corpora": ["demo"]}))
    path = makers.wav(Path("a.wav"), makers.tone(1))
    plain = {"path": str(path), "sha256": files.sha256(path)}
    makers.save_catalog("demo", [{**plain, "clip_id": name} for name in ROWS])
    rows = [{**MEASURED, "clip_id": name, **row} for name, row in ROWS.items()]
    for model in (tables.Quality, tables.Trim, tables.Align, tables.Loudness):
        save(model, store.path(model.__name__.lower(), "demo"), rows)
    save(tables.Screen, Path("data/tables/screen.parquet"), rows)
    excluded = balance(["demo_over"], copies=0).assign(chosen=False, reason="over_target")
    store.write(excluded, tables.Balance, Path("data/tables/balance.parquet"))
    timeline = makers.timeline({**plain, **CUT}, {**plain, **CUT, **COPY})
    store.write(timeline, tables.Timeline, Path("data/tables/timeline.parquet"))


@pytest.mark.parametrize(
    ("clip", "steps", "said"),
    [
        ("demo_0", ["source", "cut", "rendered"], None),
        ("demo_0__a1", ["source", "cut", "copy", "rendered"], None),
        ("demo_low", ["source", "cut"], "dropped by screen: low_snr"),
        ("demo_odd", ["source", "cut"], "dropped by screen: alignment_failed"),
        ("demo_mute", ["source"], "dropped by screen: no_speech"),
        ("demo_bad", [], "truncated: 100 bytes"),
        ("demo_over", ["source", "cut", "denoised"], "excluded by balance: over_target"),
    ],
)
def test_each_step_of_a_clip_is_written(
    clip: str, steps: list[str], said: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    play.run(clip)
    paths = [f"data/play/{clip}.{number}_{step}.wav" for number, step in enumerate(steps)]
    assert sorted(map(str, Path("data/play").glob("*"))) == paths
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in printed if line.startswith("data/play/")] == paths
    assert printed[: len(printed) - len(paths)] == ([f"{clip}: {said}"] if said else [])


def test_an_unknown_clip_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(UserError, match=r"demo_ovr: not in the catalog \(did you mean 'demo_over'\?\)"):
        play.run("demo_ovr")
    assert not Path("data/play").exists()


def test_the_page_has_a_player_per_step_and_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    play.run("demo_low", open_in_browser=True)
    page = Path("data/play/demo_low.html")
    assert opened == [page.resolve().as_uri()]
    text = page.read_text()
    assert "dropped by screen: low_snr" in text
    assert text.count("<audio") == 2
    # a tone of level 0.1 has 0.1 / sqrt(2): -23.0 dB
    assert "cut: 0.800 s, 24000 Hz, -23.0 dBFS RMS" in text
    assert 'src="demo_low.1_cut.wav"' in text  # relative: the folder can be moved
    play.run("demo_bad", open_in_browser=True)  # an unusable file has a page with the reason alone
    assert "truncated: 100 bytes" in Path("data/play/demo_bad.html").read_text()


def test_the_page_is_escaped() -> None:
    text = play.page("<i>", 'a & "b"', [play.StepFile(Path('data/play/"x.wav'), "<cut>")])
    assert "<i>" not in text
    assert "<cut>" not in text
    assert "a &amp; &quot;b&quot;" in text
    assert 'src="&quot;x.wav"' in text
