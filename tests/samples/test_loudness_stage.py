"""Every cut reaches the target, or the table states the reason; and the segments that are cut."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages import loudness
from stages.core import audio
from stages.samples.segments import segment
from stages.signal import chain
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.loudness import integrated_lufs, true_peak_dbtp
from tests import makers

RATE = 48000


def measure(
    folder: Path, samples: Any, cut: tuple[int | None, int | None] = (0, 3 * RATE), **change: float
) -> dict[str, Any]:
    """Write a recording, and measure it."""
    path = makers.wav(folder / "a.wav", samples, subtype="FLOAT")
    target = {"target_lufs": -23.0, "max_true_peak_dbtp": -1.0, **change}
    return loudness.measure(str(path), {"start": cut[0], "end": cut[1]}, target)


def rendered(folder: Path, row: dict[str, Any]) -> Any:
    samples = chain.cut(audio.read(folder / "a.wav").samples, RATE, chain.Cut(0, 3 * RATE))
    return samples * 10 ** (row["gain_db"] / 20)


def test_sine_needs_the_gain_that_the_standard_gives(tmp_path: Path) -> None:
    # BS.1770: a 997 Hz sine of amplitude 1 in one channel reads -3.01 LUFS, so one of 0.1 reads -23.01
    row = measure(tmp_path, makers.tone(3, hz=997, level=0.1))
    assert row["lufs"] == pytest.approx(-23.01, abs=0.05)
    assert row["gain_db"] == pytest.approx(0.01, abs=0.05)
    assert (row["loudness_method"], row["gain_capped"]) == ("integrated", False)


def test_quiet_clips_reach_the_target_despite_the_absolute_gate(tmp_path: Path) -> None:
    # -57 LUFS, then -71 LUFS: under the absolute gate before the gain, and over both gates after it
    loud, quiet = makers.tone(0.5, hz=997, level=0.002), makers.tone(2.5, hz=997, level=0.0004)
    row = measure(tmp_path, np.concatenate([loud, quiet]))
    assert abs(-23.0 - row["lufs"] - row["gain_db"]) > 0.05, "the clip does not show the effect"
    assert integrated_lufs(rendered(tmp_path, row), SAMPLE_RATE) == pytest.approx(-23.0, abs=0.02)


def test_the_maximum_true_peak_limits_the_gain(tmp_path: Path) -> None:
    spikes = makers.tone(3, level=0.01)
    spikes[RATE] = 0.9
    row = measure(tmp_path, spikes, target_lufs=-10.0)
    assert row["gain_capped"]
    assert true_peak_dbtp(rendered(tmp_path, row), SAMPLE_RATE) == pytest.approx(-1.0, abs=0.05)


def test_cuts_under_400_ms_are_measured_without_gates(tmp_path: Path) -> None:
    row = measure(tmp_path, makers.tone(3, hz=997), cut=(0, RATE * 399 // 1000))
    assert row["loudness_method"] == "ungated_short"
    assert row["lufs"] == pytest.approx(-23.01, abs=0.2)  # the filters' ramp-up weighs more in a short cut


def test_silence_and_missing_cuts_are_unmeasurable(tmp_path: Path) -> None:
    for cut in ((0, 3 * RATE), (None, None)):
        row = measure(tmp_path, np.zeros(3 * RATE), cut)
        assert row["loudness_method"] == "unmeasurable"
        assert "gain_db" not in row


@pytest.mark.parametrize(
    ("trim", "starts", "ends", "expected"),
    [
        ((10, 90), [20, 50], [50, 80], (10, 90)),
        ((10, 90), [5, 50], [50, 99], (5, 99)),
        ((30, 40), [31], [35], (30, 40)),
        ((None, None), [20], [30], None),
        ((10, 90), [], [], None),
    ],
    ids=["words inside", "words outside", "one word", "no speech", "no alignment"],
)
def test_a_segment_contains_the_trimmed_span_and_every_word(
    trim: tuple[int | None, int | None], starts: list[int], ends: list[int], expected: Any
) -> None:
    align = {"status": "aligned" if starts else "failed", "starts": starts, "ends": ends}
    assert segment({"start": trim[0], "end": trim[1]}, align) == expected


def test_only_noisy_clips_are_measured_denoised() -> None:
    snr_db = {"clean": 30.0, "noisy": 29.9, "unknown": None}
    catalog = makers.catalog(*({"clip_id": clip} for clip in snr_db)).to_dict("records")
    spans = dict.fromkeys(snr_db, (0, 48000))
    settings = loudness.Loudness(target_lufs=-23.0, max_true_peak_dbtp=-1.0, denoise_gain_floor_db=-12.0)
    work = loudness.tasks(catalog, spans, snr_db, settings)
    found = [(task.identity["clip_id"], task.arguments["cut"]["denoise_gain_floor_db"]) for task in work]
    assert found == [("clean", None), ("noisy", None), ("noisy", -12.0), ("unknown", None)]
