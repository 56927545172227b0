"""Loudness and true peak against the compliance signals of ITU-R BS.1770-4 and EBU Tech 3341.

Tech 3341 plays its tones in phase in both channels of a stereo file; one channel alone reads 3.01 LU less.
"""

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from stages.signal.loudness import integrated_lufs, true_peak_dbtp, ungated_lufs
from tests.makers import tone
from tests.voices import syllables, white

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
    # faded, since the edge of a tone that is cut off overshoots by itself
    edge = np.minimum(np.minimum(n, n[::-1]) / 4800, 1)
    samples = (level * edge * np.sin(2 * np.pi * n / part + np.radians(degrees))).astype(np.float32)
    measured = true_peak_dbtp(samples, 48000)
    assert measured is not None
    assert expected - 0.4 <= measured <= expected + 0.2


@pytest.mark.parametrize("rate", [16000, 24000, 48000])
def test_equals_pyloudnorm(rate: int) -> None:
    samples = syllables(rate, [0.3, 0.7, 1.4])
    meter = pyloudnorm.Meter(rate, filter_class="DeMan")
    assert integrated_lufs(samples.astype(np.float32), rate) == pytest.approx(
        meter.integrated_loudness(samples.astype(np.float32).astype(np.float64)), abs=1e-9
    )


def test_left_of_a_stereo_file_with_a_silent_right_reads_the_same() -> None:
    samples = 0.1 * white(48000)
    stereo = np.stack([samples, np.zeros(48000)], axis=1)
    meter = pyloudnorm.Meter(24000, filter_class="DeMan")
    expected = meter.integrated_loudness(stereo)
    assert integrated_lufs(samples.astype(np.float32), 24000) == pytest.approx(expected, abs=1e-5)


def test_less_than_a_block_has_no_integrated_loudness() -> None:
    assert integrated_lufs(tone(0.4, 24000)[:-1], 24000) is None
    assert integrated_lufs(tone(0.4, 24000), 24000) is not None


def test_below_the_gate_or_silent_is_not_measurable() -> None:
    assert integrated_lufs(tone(1.0, 24000, 1e-4), 24000) is None  # -80 dBFS
    assert integrated_lufs(np.zeros(24000, np.float32), 24000) is None
    assert ungated_lufs(np.zeros(24000, np.float32), 24000) is None
    assert ungated_lufs(np.zeros(0, np.float32), 24000) is None
    assert true_peak_dbtp(np.zeros(24000, np.float32), 24000) is None
    assert true_peak_dbtp(np.zeros(0, np.float32), 24000) is None


def test_ungated_equals_gated_on_a_steady_tone_and_holds_for_short_cuts() -> None:
    long = integrated_lufs(tone(5.0, 24000, 0.1, 997.0), 24000)
    assert ungated_lufs(tone(5.0, 24000, 0.1, 997.0), 24000) == pytest.approx(long, abs=0.01)
    assert ungated_lufs(tone(0.2, 24000, 0.1, 997.0), 24000) == pytest.approx(long, abs=0.1)
