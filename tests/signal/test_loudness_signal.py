"""Loudness and true peak against the compliance signals of ITU-R BS.1770-4 and EBU Tech 3341.

Tech 3341 plays its tones in phase in both channels of a stereo file; one channel alone reads 3.01 LU less.
"""

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from stages.signal.loudness import integrated_lufs, true_peak_dbtp, ungated_lufs
from tests.makers import tone
from tests.voices import syllables

ONE_CHANNEL = 10 * np.log10(2)


def tones(rate: int, *parts: tuple[float, float]) -> NDArray[np.float32]:
    """Sines of 1000 Hz one after the other, each (peak in dBFS, seconds)."""
    return np.concatenate([tone(seconds, rate, 10 ** (level / 20), 1000.0) for level, seconds in parts])


@pytest.mark.parametrize("rate", [16000, 24000, 44100, 48000])
def test_full_scale_997_hz_in_one_channel_reads_minus_3_01(rate: int) -> None:
    assert integrated_lufs(tone(5, rate, 1.0, 997.0), rate) == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize("rate", [24000, 48000])
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (((-23.0, 20.0),), -23.0),
        (((-33.0, 20.0),), -33.0),
        (((-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)), -23.0),
        (((-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)), -23.0),
        (((-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)), -23.0),
    ],
    ids=["case 1", "case 2", "case 3", "case 4", "case 5"],
)
def test_tech_3341_gating(rate: int, parts: tuple[tuple[float, float], ...], expected: float) -> None:
    assert integrated_lufs(tones(rate, *parts), rate) == pytest.approx(expected - ONE_CHANNEL, abs=0.1)


@pytest.mark.parametrize(
    ("part", "level", "degrees", "expected"),
    [
        (4, 0.5, 0.0, -6.0),
        (4, 0.5, 45.0, -6.0),
        (6, 0.5, 60.0, -6.0),
        (8, 0.5, 67.5, -6.0),
        (4, 1.41, 45.0, 3.0),
    ],
    ids=["case 15", "case 16", "case 17", "case 18", "case 19"],
)
def test_tech_3341_true_peak(part: int, level: float, degrees: float, expected: float) -> None:
    n = np.arange(48000)
    # faded, because the edge of a tone that is cut off overshoots
    edge = np.minimum(np.minimum(n, n[::-1]) / 4800, 1)
    samples = (level * edge * np.sin(2 * np.pi * n / part + np.radians(degrees))).astype(np.float32)
    measured = true_peak_dbtp(samples, 48000)
    assert measured is not None
    assert expected - 0.4 <= measured <= expected + 0.2


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
@pytest.mark.parametrize("channels", [1, 2], ids=["mono", "left channel beside a silent right one"])
def test_equals_pyloudnorm(rate: int, channels: int) -> None:
    samples = syllables(rate, [0.3, 0.7, 1.4]).astype(np.float32)
    file = np.pad(samples.astype(np.float64)[:, np.newaxis], ((0, 0), (0, channels - 1)))
    expected = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(file)
    assert integrated_lufs(samples, rate) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("samples", [np.zeros(24000, np.float32), np.zeros(0, np.float32)])
def test_silence_has_no_loudness_and_no_peak(samples: NDArray[np.float32]) -> None:
    for measure in (integrated_lufs, ungated_lufs, true_peak_dbtp):
        assert measure(samples, 24000) is None


def test_less_than_a_block_or_a_level_below_the_gate_has_no_integrated_loudness() -> None:
    assert integrated_lufs(tone(0.4, 24000)[:-1], 24000) is None
    assert integrated_lufs(tone(0.4, 24000), 24000) is not None
    assert integrated_lufs(tone(1.0, 24000, 1e-4), 24000) is None  # -80 dBFS


def test_ungated_equals_gated_on_a_steady_tone_of_any_length() -> None:
    steady = tone(5.0, 24000, 0.1, 997.0)
    gated = integrated_lufs(steady, 24000)
    assert ungated_lufs(steady, 24000) == pytest.approx(gated, abs=0.01)
    assert ungated_lufs(steady[:4800], 24000) == pytest.approx(gated, abs=0.1)
