"""Pitch and harmonicity of signals whose f0 and HNR are known by construction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.signal import f0
from tests.voices import Signal, power, white


def pulses(hz: float, seconds: float = 1.0, fall: float = 12.0) -> Signal:
    """Harmonics to 7.6 kHz of total power 1, falling by `fall` dB per octave, in scattered phases."""
    t = np.arange(round(seconds * f0.RATE)) / f0.RATE
    k = np.arange(1, int(7600 // hz) + 1)
    waves = np.cos(2 * np.pi * hz * np.outer(k, t) + np.square(k)[:, np.newaxis])
    signal: Signal = (k ** (-fall / (20 * np.log10(2)))) @ waves
    return np.asarray(signal / np.sqrt(power(signal)))


def cents(found: Signal, hz: float) -> float:
    return float(1200 * np.abs(np.log2(np.nanmedian(found) / hz)))


@settings(deadline=None, max_examples=30)
@given(hz=st.floats(70, 620), fall=st.floats(0, 15))
def test_pitch_of_a_pulse_train(hz: float, fall: float) -> None:
    track = f0.track(pulses(hz, 0.4, fall))
    assert track.voiced[3:-3].all()
    assert cents(track.hz[3:-3], hz) < 3


@pytest.mark.parametrize(
    ("hz", "hnr"),
    [(100, 5), (100, 10), (100, 20), *((hz, hnr) for hz in (220, 440) for hnr in (5, 10, 20, 30))],
)
def test_harmonics_to_noise_ratio(hz: float, hnr: float) -> None:
    """HNR of a periodic signal in white noise is the ratio of their powers (Boersma 1993, section 3)."""
    mixed = pulses(hz, 2.0) + white(2 * f0.RATE) * 10 ** (-hnr / 20)
    strength = f0.track(mixed).strength[5:-5]
    assert f0.hnr_db(strength).mean() == pytest.approx(hnr, abs=1.0)


def test_hnr_of_the_paper() -> None:
    # "99 % of the energy is periodic": 10 lg(99 / 1), Boersma 1993, below eq. 4
    assert f0.hnr_db(np.array([0.99, 0.5])) == pytest.approx([19.956, 0.0], abs=0.001)


def test_a_glide_is_followed() -> None:
    t = np.arange(f0.RATE) / f0.RATE
    hz = 150 * 2 ** (t / 2)  # six semitones in a second
    phase = 2 * np.pi * np.cumsum(hz) / f0.RATE
    track = f0.track(np.sum([np.cos(k * phase) / k for k in range(1, 20)], axis=0))
    centres = (np.arange(100) + 0.5) * f0.STEP
    expected = np.interp(centres, np.arange(f0.RATE), hz)
    assert 1200 * np.abs(np.log2(track.hz / expected))[4:-4].max() < 20


def test_noise_and_silence_are_unvoiced() -> None:
    assert f0.track(white(f0.RATE)).voiced.mean() < 0.02
    assert not f0.track(np.zeros(f0.RATE)).voiced.any()
    assert len(f0.track(np.zeros(100)).hz) == 0


@pytest.mark.parametrize(
    ("hz", "levels"),
    [(120, (0, 1, 1, 1, 1)), (150, (1, 3, 1))],
    ids=["missing fundamental", "strong second harmonic"],
)
def test_the_octave_is_right(hz: float, levels: tuple[float, ...]) -> None:
    t = np.arange(f0.RATE) / f0.RATE
    waves = [level * np.cos(2 * np.pi * hz * k * t) for k, level in enumerate(levels, start=1)]
    assert cents(f0.track(np.sum(waves, axis=0)).hz, hz) < 3


@settings(deadline=None, max_examples=10)
@given(gain_db=st.floats(-60, 40))
def test_the_level_has_no_effect(gain_db: float) -> None:
    voice = pulses(180.0, 0.5) + 0.1 * white(f0.RATE // 2)
    track, other = f0.track(voice), f0.track(voice * 10 ** (gain_db / 20))
    assert np.allclose(track.hz, other.hz, rtol=1e-9, equal_nan=True)
    assert np.allclose(track.strength, other.strength, rtol=1e-9)


def test_the_size_of_blocks_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = pulses(140.0, 1.0) + 0.2 * white(f0.RATE)
    expected = f0.track(voice).hz
    monkeypatch.setattr(f0, "BLOCK", 7)
    assert np.array_equal(f0.track(voice).hz, expected, equal_nan=True)
