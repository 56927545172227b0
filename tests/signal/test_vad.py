"""Voice activity detection on constructed onsets and on hand-labelled recordings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trim import ALLOWED_LOSS_S, CORPORA, timit
from stages.core import params
from stages.signal.vad import Vad, pad_span, speech_span
from stages.trim import Trim
from tests.voices import Signal, pink, power, syllables, white

RATE = 16000
ONSETS = [0.8, 1.1, 1.5, 1.9]
GATE = Vad(low_db=4.0, high_db=8.0, top_db=40.0, min_silence_s=0.15)


def detected(samples: Signal, rate: int = RATE) -> tuple[int, int] | None:
    return speech_span(samples.astype(np.float32), rate, GATE)


def span(samples: Signal, rate: int = RATE) -> tuple[int, int]:
    """The span of speech, which must exist."""
    found = detected(samples, rate)
    assert found is not None
    return found


def burst(start: float, end: float, below_db: float) -> Signal:
    """Syllables and faint noise; from `start` to `end` seconds, noise `below_db` below the syllables."""
    samples = syllables(RATE, ONSETS)
    part = samples[round(start * RATE) : round(end * RATE)]
    part += 0.1 * 10 ** (-below_db / 20) * white(len(part))
    mixed: Signal = samples + 1e-4 * white(len(samples), 1)
    return mixed


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("noise", [0.0, 1e-5, 1e-3])
def test_onset_and_end_are_found_within_a_few_frames(rate: int, noise: float) -> None:
    clean = syllables(rate, ONSETS)
    found = span(clean + noise * white(len(clean)), rate)
    assert np.array(found) / rate == pytest.approx([0.8, 2.15], abs=0.025)


def test_a_breathy_onset_belongs_to_the_vowel_that_follows() -> None:
    assert span(burst(0.68, 0.8, below_db=30))[0] <= 0.69 * RATE


def test_a_released_stop_after_its_closure_is_kept() -> None:
    assert span(burst(2.25, 2.28, below_db=28))[1] >= 2.27 * RATE


def test_a_click_is_not_speech() -> None:
    assert span(burst(0.2, 0.21, below_db=-6))[0] > 0.7 * RATE


def test_a_whisper_in_noise_is_found() -> None:
    envelope = np.zeros(round(2.5 * RATE))
    envelope[round(0.8 * RATE) : round(1.6 * RATE)] = 1
    found = span(0.01 * envelope * white(len(envelope)) + 0.001 * pink(len(envelope), 1))
    assert np.array(found) / RATE == pytest.approx([0.8, 1.6], abs=0.02)


def test_rumble_and_offset_below_the_voice_do_not_open_the_gate() -> None:
    clean = syllables(RATE, ONSETS)
    t = np.arange(len(clean)) / RATE
    found = span(clean + 0.003 * np.sin(2 * np.pi * 15 * t) + 0.05 + 1e-4 * white(len(clean)))
    assert found[0] / RATE == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    "samples",
    [0.1 * white(3 * RATE), 0.1 * pink(3 * RATE), np.zeros(3 * RATE), np.zeros(0), 0.1 * np.ones(50)],
    ids=["white noise", "pink noise", "silence", "no samples", "less than a frame"],
)
def test_steady_noise_and_silence_have_no_speech(samples: Signal) -> None:
    assert detected(samples) is None


@settings(max_examples=20, deadline=None)
@given(lead=st.integers(0, 200), gain=st.sampled_from([2.0**-6, 0.25, 1.0, 2.0]))
def test_digital_silence_and_gain_do_not_move_the_cut(lead: int, gain: float) -> None:
    """The absolute level has no effect, and exact zeros before the recording are not the noise floor."""
    clean = syllables(RATE, ONSETS)
    noisy = clean + 1e-3 * white(len(clean))
    found = span(gain * np.concatenate([np.zeros(lead * 160), noisy]))
    assert np.subtract(found, lead * 160) == pytest.approx(span(noisy), abs=160)


@settings(max_examples=30, deadline=None)
@given(snr=st.floats(0, 60), seed=st.integers(0, 1000), n=st.integers(1, 40000))
def test_a_span_is_within_the_clip(snr: float, seed: int, n: int) -> None:
    clean = syllables(RATE, ONSETS)
    level = np.sqrt(power(clean[clean != 0]) / 10 ** (snr / 10))
    found = detected((clean + level * pink(len(clean), seed))[:n])
    assert found is None or 0 <= found[0] < found[1] <= n


def test_pads_end_at_the_ends_of_the_clip() -> None:
    assert pad_span((100, 200), 50, 1000) == (50, 250)
    assert pad_span((10, 990), 50, 1000) == (0, 1000)


@pytest.mark.skipif(not (CORPORA / "timit_sample").is_dir(), reason=f"no {CORPORA / 'timit_sample'}")
def test_no_labelled_word_loses_more_than_20_ms() -> None:
    cuts = timit(params.section(Trim, "trim"))
    assert len(cuts) == 129
    short = [clip for clip in cuts if clip is None or min(clip.before, clip.after) < -ALLOWED_LOSS_S]
    assert not short
