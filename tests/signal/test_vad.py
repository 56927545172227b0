"""The speech gate: constructed onsets, and hand-labelled real speech."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trim import ALLOWED_LOSS_S, CORPORA, timit
from stages.core import params
from stages.signal.vad import Vad, padded, speech_span
from stages.trim import Trim
from tests.voices import Signal, pink, power, syllables, white

RATE = 16000
ONSETS = [0.8, 1.1, 1.5, 1.9]
SPOKEN = (round(0.8 * RATE), round(2.15 * RATE))
GATE = Vad(low_db=4.0, high_db=8.0, top_db=40.0, min_silence_s=0.15)


def span(samples: Signal, rate: int = RATE) -> tuple[int, int] | None:
    return speech_span(samples.astype(np.float32), rate, GATE)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("noise", [0.0, 1e-5, 1e-3])
def test_onset_and_end_are_found_within_a_few_frames(rate: int, noise: float) -> None:
    clean = syllables(rate, ONSETS)
    found = span(clean + noise * white(len(clean)), rate)
    assert found is not None
    assert found[0] / rate == pytest.approx(0.8, abs=0.025)
    assert found[1] / rate == pytest.approx(2.15, abs=0.025)


def test_a_breathy_onset_belongs_to_the_vowel_that_follows() -> None:
    clean = syllables(RATE, ONSETS)
    breath = slice(round(0.68 * RATE), round(0.8 * RATE))
    clean[breath] += 0.1 * 10 ** (-30 / 20) * white(breath.stop - breath.start)  # 30 dB below the vowel
    found = span(clean + 1e-4 * white(len(clean), 1))
    assert found is not None
    assert found[0] <= breath.start + 0.01 * RATE


def test_a_whisper_in_noise_is_found() -> None:
    envelope = np.zeros(round(2.5 * RATE))
    envelope[round(0.8 * RATE) : round(1.6 * RATE)] = 1
    found = span(0.01 * envelope * white(len(envelope)) + 0.001 * pink(len(envelope), 1))
    assert found is not None
    assert found[0] / RATE == pytest.approx(0.8, abs=0.02)
    assert found[1] / RATE == pytest.approx(1.6, abs=0.02)


def test_a_released_stop_after_its_closure_is_kept() -> None:
    clean = syllables(RATE, ONSETS)
    release = slice(round(2.25 * RATE), round(2.28 * RATE))
    clean[release] += 0.1 * 10 ** (-28 / 20) * white(release.stop - release.start)
    found = span(clean + 1e-4 * white(len(clean), 1))
    assert found is not None
    assert found[1] >= release.stop - 0.01 * RATE


def test_a_click_is_no_speech() -> None:
    clean = syllables(RATE, ONSETS)
    clean[round(0.2 * RATE) : round(0.21 * RATE)] = 0.2
    found = span(clean + 1e-4 * white(len(clean)))
    assert found is not None
    assert found[0] > 0.7 * RATE


def test_rumble_and_offset_below_the_voice_do_not_open_the_gate() -> None:
    clean = syllables(RATE, ONSETS)
    t = np.arange(len(clean)) / RATE
    found = span(clean + 0.003 * np.sin(2 * np.pi * 15 * t) + 0.05 + 1e-4 * white(len(clean)))
    assert found is not None
    assert found[0] / RATE == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("noise", [white, pink])
def test_steady_noise_and_silence_hold_no_speech(noise: "type") -> None:
    assert span(0.1 * noise(3 * RATE)) is None
    assert span(np.zeros(3 * RATE)) is None
    assert span(np.zeros(0)) is None
    assert span(0.1 * np.ones(50)) is None


@settings(max_examples=20, deadline=None)
@given(lead=st.integers(0, 200), gain=st.sampled_from([2.0**-6, 0.25, 1.0, 2.0]))
def test_digital_silence_and_gain_do_not_move_the_cut(lead: int, gain: float) -> None:
    """No absolute level, and a lead-in of exact zeros does not pass for the noise floor."""
    clean = syllables(RATE, ONSETS)
    noisy = clean + 1e-3 * white(len(clean))
    before = lead * 160
    found = span(gain * np.concatenate([np.zeros(before), noisy]))
    expected = span(noisy)
    assert found is not None
    assert expected is not None
    assert abs(found[0] - before - expected[0]) <= 160
    assert abs(found[1] - before - expected[1]) <= 160


@settings(max_examples=30, deadline=None)
@given(snr=st.floats(0, 60), seed=st.integers(0, 1000), n=st.integers(1, 40000))
def test_a_span_lies_in_the_clip(snr: float, seed: int, n: int) -> None:
    clean = syllables(RATE, ONSETS)
    level = np.sqrt(power(clean[clean != 0]) / 10 ** (snr / 10))
    found = span((clean + level * pink(len(clean), seed))[:n])
    assert found is None or 0 <= found[0] < found[1] <= n


def test_pads_stop_at_the_ends_of_the_clip() -> None:
    assert padded((100, 200), 50, 1000) == (50, 250)
    assert padded((10, 990), 50, 1000) == (0, 1000)


@pytest.mark.skipif(not (CORPORA / "timit_sample").is_dir(), reason=f"no {CORPORA / 'timit_sample'}")
def test_no_labelled_word_loses_more_than_20_ms() -> None:
    cuts = timit(params.section(Trim, "trim"))
    assert len(cuts) == 129
    short = [clip for clip in cuts if clip is None or min(clip.before, clip.after) < -ALLOWED_LOSS_S]
    assert not short
