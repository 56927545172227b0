"""Sample-rate conversion: length, delay, level and aliases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.signal import lengths
from stages.signal.resample import resample
from tests.makers import tone

RATES = [8000, 16000, 22050, 24000, 44100, 48000, 96000]


@settings(max_examples=60, deadline=None)
@given(n=st.integers(0, 5000), rate_in=st.sampled_from(RATES), rate_out=st.sampled_from(RATES))
def test_length_is_that_of_the_formula(n: int, rate_in: int, rate_out: int) -> None:
    converted = resample(np.ones(n, np.float32), rate_in, rate_out)
    assert len(converted) == lengths.resampled(n, rate_in, rate_out)
    assert converted.dtype == np.float32
    assert abs(len(converted) - n * rate_out / rate_in) <= 0.5


def test_equal_rates_return_the_same_array() -> None:
    samples = tone(0.1)
    assert resample(samples, 48000, 48000) is samples


@pytest.mark.parametrize(("rate_in", "rate_out"), [(48000, 24000), (16000, 24000), (44100, 24000)])
def test_a_tone_keeps_level_and_phase(rate_in: int, rate_out: int) -> None:
    converted = resample(tone(1.0, rate_in), rate_in, rate_out)
    middle = slice(rate_out // 4, 3 * rate_out // 4)
    assert np.abs(converted - tone(1.0, rate_out))[middle].max() < 1e-6


def test_an_impulse_stays_where_it_is() -> None:
    impulse = np.zeros(48000, np.float32)
    impulse[24000] = 1
    assert np.argmax(resample(impulse, 48000, 24000)) == 12000


def test_frequencies_above_the_new_nyquist_are_removed_without_aliases() -> None:
    converted = resample(tone(1.0, 48000, level=0.5, hz=15000.0), 48000, 24000)
    assert np.abs(converted[6000:18000]).max() < 0.5 * 10 ** (-120 / 20)
