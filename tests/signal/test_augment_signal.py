"""Tempo, pitch and noise: what was asked for is measured, and every moment lands where t / tempo is."""

from functools import cache

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stages.signal import augment, quality
from stages.signal.frames import frames
from stages.signal.resample import resample
from stages.text import espeak
from tests import makers, voices

RATE = 24000
CHANGES = [(t, s) for t in (0.77, 0.91, 1.0, 1.1, 1.3) for s in (-2.0, 0.0, 0.7, 2.0) if (t, s) != (1, 0)]
TEXT = "They painted every door on our street yellow, but nobody knew why the lights went out."


@cache
def spoken(voice: str) -> tuple[NDArray[np.float32], list[float]]:
    """A sentence at 24 kHz and the exact times, in seconds, at which its words start and end."""
    speech = espeak.synthesise(TEXT, voice)
    samples = resample(speech.samples.astype(np.float32) / np.float32(32768), speech.sample_rate, RATE)
    edges = {edge / speech.sample_rate for word in speech.words for edge in (word.start, word.end)}
    return samples, sorted(edges)


def envelope(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Smoothed magnitude, at every millisecond, of what lies above 300 Hz, compressed as the ear does it."""
    sections = scipy.signal.butter(2, 300, "highpass", fs=RATE, output="sos")
    power = np.square(scipy.signal.sosfiltfilt(sections, samples.astype(np.float64)))
    smooth = np.convolve(power, np.hanning(242)[1:-1] / 120, "same")[::24]
    return np.power(smooth, 0.25)


def displacement_ms(old: NDArray[np.float64], new: NDArray[np.float64], tempo: float, at: float) -> float:
    """How much later than at / tempo the sound around `at` seconds comes, by the envelopes' best match."""
    window = np.arange(-100, 101)
    centre = at * 1000 / tempo
    reference = np.interp((centre + window) * tempo, np.arange(len(old)), old)
    lags = np.arange(-40, 40.5, 0.5)
    heard = np.interp(centre + window + lags[:, np.newaxis], np.arange(len(new)), new)
    found = np.corrcoef(reference, heard)[0, 1:]
    return float(lags[int(np.argmax(found))])


@pytest.mark.parametrize("voice", ["en-us+m3", "en+f2", "en-us+whisper"])
def test_words_are_where_the_linear_map_puts_them(voice: str) -> None:
    before, edges = spoken(voice)
    inner = [edge for edge in edges if 0.15 < edge < len(before) / RATE - 0.15]
    assert len(inner) >= 15
    old = envelope(before)
    worst = 0.0
    for tempo, semitones in CHANGES:
        after = envelope(augment.stretched(before, RATE, tempo, semitones))
        off = [displacement_ms(old, after, tempo, edge) for edge in inner]
        assert max(map(abs, off)) < 10, (tempo, semitones, off)
        worst = max(worst, *map(abs, off))
    print(f"{voice}: {len(inner)} word boundaries, {len(CHANGES)} changes: off by at most {worst:.1f} ms")


def test_the_measure_of_displacement_sees_a_shift() -> None:
    before, edges = spoken("en-us+m3")
    for at in edges[4:8]:
        late = envelope(np.pad(before, (12 * 24, 0)))
        assert displacement_ms(envelope(before), late, 1.0, at) == pytest.approx(12, abs=1)


@pytest.mark.parametrize(("tempo", "semitones"), CHANGES)
def test_clicks_are_where_the_linear_map_puts_them(tempo: float, semitones: float) -> None:
    for at in (0, 50, 24000, 47999):
        click = np.zeros(48000, np.float32)
        click[at] = 0.9
        made = np.square(augment.stretched(click, RATE, tempo, semitones).astype(np.float64))
        centre = float(np.arange(len(made)) @ made / made.sum())
        off = 1000 * (centre - at / tempo) / RATE
        print(f"tempo {tempo}, {semitones} semitones, click at {at}: {off:.2f} ms")
        assert abs(off) < 4


@pytest.mark.parametrize(("tempo", "semitones"), CHANGES)
def test_bursts_start_and_stop_in_time(tempo: float, semitones: float) -> None:
    """Syllables between silences, found in the result by their own level."""
    onsets = [0.2, 0.6, 1.1, 1.5]
    made = augment.stretched(
        voices.syllables(RATE, onsets, ramp=0.001).astype(np.float32), RATE, tempo, semitones
    )
    loud = np.sqrt(np.convolve(np.square(made, dtype=np.float64), np.ones(240) / 240, "same")) > 0.03
    steps = np.diff(loud.astype(int))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    assert len(starts) == len(ends) == len(onsets)
    for onset, start, end in zip(onsets, starts, ends, strict=True):
        assert abs(start / RATE - onset / tempo) < 0.010
        assert abs(end / RATE - (onset + 0.25) / tempo) < 0.010


def autocorrelation(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """At each lag within the frame."""
    power = np.square(np.abs(np.fft.rfft(frame, 4 * len(frame))))
    return np.fft.irfft(power)[: len(frame)]


def f0_hz(samples: NDArray[np.float32], low: float, high: float) -> float:
    """Median over frames of 60 ms of the autocorrelation's peak, corrected for the window (Boersma 1993)."""
    n = round(0.06 * RATE)
    window = np.hanning(n)
    own = autocorrelation(window)
    found = []
    for start in range(0, len(samples) - n, 240):
        ratio = autocorrelation(samples[start : start + n] * window) / own
        first = int(RATE / high)
        k = first + int(np.argmax(ratio[first : int(RATE / low) + 1]))
        left, top, right = ratio[k - 1 : k + 2]
        found.append(RATE / (k + (left - right) / (2 * (left - 2 * top + right))))
    return float(np.median(found))


@cache
def vowel(f0: float, formants: tuple[float, ...], seconds: float = 1.5) -> NDArray[np.float32]:
    """A buzz through resonators of 80 Hz bandwidth."""
    t = np.arange(round(seconds * RATE)) / RATE
    harmonics = np.arange(1, int(6000 / f0) + 1)
    buzz = np.cos(2 * np.pi * f0 * np.outer(harmonics, t)).sum(axis=0)
    for formant in formants:
        pole = np.exp(-np.pi * 80 / RATE) * np.exp(2j * np.pi * formant / RATE)
        buzz = scipy.signal.lfilter([1.0], [1, -2 * pole.real, abs(pole) ** 2], buzz)
    return (0.2 * buzz / np.max(np.abs(buzz))).astype(np.float32)


@pytest.mark.parametrize("f0", [85.0, 140.0, 220.0, 330.0])
@pytest.mark.parametrize(("tempo", "semitones"), CHANGES)
def test_pitch_changes_by_what_was_asked(f0: float, tempo: float, semitones: float) -> None:
    made = augment.stretched(vowel(f0, (700, 1200, 2600)), RATE, tempo, semitones)
    expected = f0 * 2 ** (semitones / 12)
    middle = made[len(made) // 5 : -len(made) // 5]
    cents = 1200 * np.log2(f0_hz(middle, expected * 0.8, expected * 1.2) / expected)
    print(f"tempo {tempo}, {semitones} semitones, f0 {f0} Hz: {cents:+.1f} cents")
    assert abs(cents) < 10


def test_formants_move_along_with_the_pitch_as_the_module_says() -> None:
    def formant(samples: NDArray[np.float32]) -> float:
        """Centre of the spectrum's energy around the one resonance."""
        frequencies, power = scipy.signal.welch(samples, RATE, nperseg=4096)
        near = (frequencies > 1100) & (frequencies < 2000)
        return float(frequencies[near] @ power[near] / power[near].sum())

    before = vowel(60, (1500,))
    for semitones in (-2.0, 2.0):
        moved = formant(augment.stretched(before, RATE, 1.0, semitones)) / formant(before)
        assert 12 * np.log2(moved) == pytest.approx(semitones, abs=0.5)


@given(n=st.integers(1, 60000), tempo=st.floats(0.75, 1.34), semitones=st.floats(-4, 4))
@settings(max_examples=25, deadline=None)
def test_duration_is_exact(n: int, tempo: float, semitones: float) -> None:
    made = augment.stretched(makers.tone(n / RATE, RATE), RATE, tempo, semitones)
    assert abs(len(made) - n / tempo) <= 0.51  # samples: 0.02 ms
    assert np.isfinite(made).all()


def test_neither_changed_is_the_same_and_equal_calls_are_equal() -> None:
    speech = spoken("en+f2")[0]
    assert augment.stretched(speech, RATE, 1.0, 0.0) is speech
    again = [augment.stretched(speech, RATE, 1.07, -1.2) for _ in range(2)]
    assert again[0].tobytes() == again[1].tobytes()
    with pytest.raises(ValueError, match=r"tempo 2\.5"):
        augment.stretched(speech, RATE, 2.5, 0.0)


def test_edges_keep_their_level() -> None:
    steady = makers.tone(1.0, RATE)
    made = augment.stretched(steady, RATE, 1.1, 1.0)
    for edge in (made[:480], made[-480:]):
        assert 10 * np.log10(voices.power(edge) / voices.power(steady)) > -4


@pytest.mark.parametrize(("colour", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_colours_fall_by_3_db_per_octave_and_step(colour: str, slope: float) -> None:
    noise = augment.coloured(40 * RATE, RATE, colour, 3)
    frequencies, power = scipy.signal.welch(noise, RATE, nperseg=4800)
    octaves = np.log2(frequencies[(frequencies >= 100) & (frequencies <= 8000)])
    level = 10 * np.log10(power[(frequencies >= 100) & (frequencies <= 8000)])
    assert np.polyfit(octaves, level, 1)[0] == pytest.approx(slope, abs=0.1)
    assert noise.tobytes() == augment.coloured(40 * RATE, RATE, colour, 3).tobytes()
    assert abs(np.corrcoef(noise, augment.coloured(40 * RATE, RATE, colour, 4))[0, 1]) < 0.05


@given(snr=st.floats(0, 60), seed=st.integers(0, 2**64 - 1), colour=st.sampled_from(sorted(augment.SLOPES)))
@settings(max_examples=40, deadline=None)
def test_snr_over_speech_is_exact(snr: float, seed: int, colour: str) -> None:
    speech = spoken("en-us+m3")[0]
    noise = augment.coloured(len(speech), RATE, colour, seed)
    added = augment.mixed(speech, noise, RATE, snr).astype(np.float64) - speech
    energy = frames(speech, RATE)
    active = np.flatnonzero(quality.active(energy, 16))  # by the frame, as quality judges a 16-bit recording
    over = np.concatenate([np.arange(240) + 240 * frame for frame in active])
    found = 10 * np.log10(voices.power(speech[over].astype(np.float64)) / voices.power(added[over]))
    assert found == pytest.approx(snr, abs=0.1)
    assert np.corrcoef(added, noise)[0, 1] > 0.99


def test_pauses_do_not_count_as_speech() -> None:
    """As much silence again as there is speech would otherwise ask for 3 dB less noise."""
    speech, _ = spoken("en-us+m3")
    noise = augment.coloured(2 * len(speech), RATE, "white", 1)
    longer = np.concatenate([speech, np.full(len(speech), 1e-5, np.float32)])
    alone, padded = (
        augment.mixed(clip, noise[: len(clip)], RATE, 20.0).astype(np.float64) - clip
        for clip in (speech, longer)
    )
    assert 10 * np.log10(voices.power(padded) / voices.power(alone)) == pytest.approx(0, abs=0.8)


def test_noise_begins_and_ends_without_a_click() -> None:
    speech = makers.tone(1, RATE)
    added = augment.mixed(speech, np.ones(RATE), RATE, 20.0) - speech
    assert abs(added[0]) < 0.01 * added[RATE // 2]
    assert abs(added[-1]) < 0.01 * added[RATE // 2]
    assert added[150] == pytest.approx(added[RATE // 2], rel=1e-3)


def test_no_snr_of_silence() -> None:
    with pytest.raises(ValueError, match="the noise has no power"):
        augment.mixed(makers.tone(1, RATE), np.zeros(RATE), RATE, 20.0)
    with pytest.raises(ValueError, match="the speech has no power"):
        augment.mixed(np.zeros(RATE, np.float32), np.ones(RATE), RATE, 20.0)


@given(m=st.integers(1, 500), n=st.integers(1, 1500), seed=st.integers(0, 2**64 - 1))
def test_an_excerpt_is_a_stretch_of_the_recording(m: int, n: int, seed: int) -> None:
    made = augment.excerpt(np.arange(m, dtype=np.float32), n, seed)
    assert len(made) == n
    assert set(np.diff(made)) <= {1.0, 1.0 - m}  # straight on, or round from the end to the beginning
    if n <= m:
        assert (np.diff(made) == 1).all()
