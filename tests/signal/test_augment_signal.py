"""Tempo, pitch and noise have their configured values; the sound at t is at t / tempo afterwards."""

from functools import cache

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stages.signal import augment, f0, quality
from stages.signal.frames import frames, runs
from stages.signal.resample import resample
from stages.text import espeak
from tests import makers, voices

RATE = 24000
CHANGES = [(t, s) for t in (0.77, 0.91, 1.0, 1.1, 1.3) for s in (-2.0, 0.0, 0.7, 2.0) if (t, s) != (1, 0)]
TEXT = "They painted every door on our street yellow, but nobody knew why the lights went out."


@cache
def spoken(voice: str) -> tuple[NDArray[np.float32], list[float]]:
    """A sentence at 24 kHz and the exact starts and ends of its words in seconds."""
    speech = espeak.synthesise(TEXT, voice)
    samples = resample(speech.samples.astype(np.float32) / np.float32(32768), speech.sample_rate, RATE)
    edges = {edge / speech.sample_rate for word in speech.words for edge in (word.start, word.end)}
    return samples, sorted(edges)


def envelope(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Smoothed magnitude above 300 Hz at every millisecond, compressed like in the ear."""
    sections = scipy.signal.butter(2, 300, "highpass", fs=RATE, output="sos")
    power = np.square(scipy.signal.sosfiltfilt(sections, samples.astype(np.float64)))
    smooth = np.convolve(power, np.hanning(242)[1:-1] / 120, "same")[::24]
    return np.power(smooth, 0.25)


def displacement_ms(old: NDArray[np.float64], new: NDArray[np.float64], tempo: float, at: float) -> float:
    """Delay of the sound around `at` seconds against at / tempo, by the best match of the envelopes."""
    window = at * 1000 / tempo + np.arange(-100, 101)
    lags = np.arange(-40, 40.5, 0.5)
    before = np.interp(window * tempo, np.arange(len(old)), old)
    after = np.interp(window + lags[:, np.newaxis], np.arange(len(new)), new)
    return float(lags[np.argmax(np.corrcoef(before, after)[0, 1:])])


@pytest.mark.parametrize("voice", ["en-us+m3", "en+f2", "en-us+whisper"])
def test_words_are_at_their_times_over_tempo(voice: str) -> None:
    before, edges = spoken(voice)
    inner = [edge for edge in edges if 0.15 < edge < len(before) / RATE - 0.15]
    assert len(inner) >= 15
    old = envelope(before)
    for tempo, semitones in CHANGES:
        after = envelope(augment.stretch(before, RATE, tempo, semitones))
        off = [displacement_ms(old, after, tempo, edge) for edge in inner]
        assert max(map(abs, off)) < 10, (tempo, semitones, off)


def test_a_shift_is_measured_as_displacement() -> None:
    before, edges = spoken("en-us+m3")
    old, late = envelope(before), envelope(np.pad(before, (12 * 24, 0)))
    for at in edges[4:8]:
        assert displacement_ms(old, late, 1.0, at) == pytest.approx(12, abs=1)


@pytest.mark.parametrize(("tempo", "semitones"), CHANGES)
def test_clicks_are_at_their_times_over_tempo(tempo: float, semitones: float) -> None:
    for at in (0, 50, 24000, 47999):
        click = np.zeros(48000, np.float32)
        click[at] = 0.9
        made = np.square(augment.stretch(click, RATE, tempo, semitones).astype(np.float64))
        centre = np.arange(len(made)) @ made / made.sum()
        assert 1000 * centre / RATE == pytest.approx(1000 * at / tempo / RATE, abs=4)  # ms


@pytest.mark.parametrize(("tempo", "semitones"), CHANGES)
def test_syllables_start_and_end_at_their_times_over_tempo(tempo: float, semitones: float) -> None:
    onsets = np.array([0.2, 0.6, 1.1, 1.5])
    clean = voices.syllables(RATE, onsets.tolist(), ramp=0.001).astype(np.float32)
    made = augment.stretch(clean, RATE, tempo, semitones)
    loud = np.sqrt(np.convolve(np.square(made, dtype=np.float64), np.ones(240) / 240, "same")) > 0.03
    expected = np.stack([onsets, onsets + 0.25], axis=1) / tempo
    assert runs(loud) / RATE == pytest.approx(expected, abs=0.010)


@cache
def vowel(hz: float, formants: tuple[float, ...]) -> NDArray[np.float32]:
    """1.5 s of a buzz through resonators of 80 Hz bandwidth."""
    t = np.arange(round(1.5 * RATE)) / RATE
    harmonics = np.arange(1, int(6000 / hz) + 1)
    buzz = np.cos(2 * np.pi * hz * np.outer(harmonics, t)).sum(axis=0)
    for formant in formants:
        pole = np.exp(-np.pi * 80 / RATE) * np.exp(2j * np.pi * formant / RATE)
        buzz = scipy.signal.lfilter([1.0], [1, -2 * pole.real, abs(pole) ** 2], buzz)
    return np.asarray(0.2 * buzz / np.max(np.abs(buzz)), np.float32)


@pytest.mark.parametrize("hz", [85.0, 140.0, 220.0, 330.0])
@pytest.mark.parametrize(("tempo", "semitones"), CHANGES)
def test_pitch_changes_by_the_semitones(hz: float, tempo: float, semitones: float) -> None:
    made = augment.stretch(vowel(hz, (700, 1200, 2600)), RATE, tempo, semitones)
    middle = resample(made[len(made) // 5 : -len(made) // 5], RATE, f0.RATE)
    changed = 12 * np.log2(np.nanmedian(f0.track(middle).hz) / hz)
    assert changed == pytest.approx(semitones, abs=0.1)  # 10 cents


def test_formants_move_with_the_pitch() -> None:
    def formant(samples: NDArray[np.float32]) -> float:
        """Centre of the energy around the only resonance."""
        frequencies, power = scipy.signal.welch(samples, RATE, nperseg=4096)
        near = (frequencies > 1100) & (frequencies < 2000)
        return float(frequencies[near] @ power[near] / power[near].sum())

    before = vowel(60, (1500,))
    for semitones in (-2.0, 2.0):
        moved = formant(augment.stretch(before, RATE, 1.0, semitones)) / formant(before)
        assert 12 * np.log2(moved) == pytest.approx(semitones, abs=0.5)


@given(n=st.integers(1, 60000), tempo=st.floats(0.75, 1.34), semitones=st.floats(-4, 4))
@settings(max_examples=25, deadline=None)
def test_duration_is_exact(n: int, tempo: float, semitones: float) -> None:
    made = augment.stretch(makers.tone(n / RATE, RATE), RATE, tempo, semitones)
    assert abs(len(made) - n / tempo) <= 0.51  # samples: 0.02 ms
    assert np.isfinite(made).all()


def test_no_change_returns_the_same_array_and_equal_calls_give_equal_bytes() -> None:
    speech = spoken("en+f2")[0]
    assert augment.stretch(speech, RATE, 1.0, 0.0) is speech
    again = [augment.stretch(speech, RATE, 1.07, -1.2) for _ in range(2)]
    assert again[0].tobytes() == again[1].tobytes()
    with pytest.raises(ValueError, match=r"tempo 2\.5"):
        augment.stretch(speech, RATE, 2.5, 0.0)


def test_edges_keep_their_level() -> None:
    steady = makers.tone(1.0, RATE)
    made = augment.stretch(steady, RATE, 1.1, 1.0)
    for edge in (made[:480], made[-480:]):
        assert 10 * np.log10(voices.power(edge) / voices.power(steady)) > -4


@pytest.mark.parametrize(("colour", "slope"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_colours_fall_by_3_db_per_octave_and_step(colour: str, slope: float) -> None:
    noise = augment.coloured_noise(40 * RATE, RATE, colour, 3)
    hz, power = scipy.signal.welch(noise, RATE, nperseg=4800)
    band = (hz >= 100) & (hz <= 8000)
    assert np.polyfit(np.log2(hz[band]), 10 * np.log10(power[band]), 1)[0] == pytest.approx(slope, abs=0.1)
    assert noise.tobytes() == augment.coloured_noise(40 * RATE, RATE, colour, 3).tobytes()
    assert abs(np.corrcoef(noise, augment.coloured_noise(40 * RATE, RATE, colour, 4))[0, 1]) < 0.05


@given(snr=st.floats(0, 60), seed=st.integers(0, 2**64 - 1), colour=st.sampled_from(sorted(augment.SLOPES)))
@settings(max_examples=40, deadline=None)
def test_snr_over_speech_is_exact(snr: float, seed: int, colour: str) -> None:
    speech = spoken("en-us+m3")[0]
    noise = augment.coloured_noise(len(speech), RATE, colour, seed)
    added = augment.add_noise(speech, noise, RATE, snr).astype(np.float64) - speech
    active = np.repeat(quality.active_frames(frames(speech, RATE), 16), 240)  # 10 ms frames, 16-bit recording
    loud, quiet = (voices.power(x[: len(active)][active].astype(np.float64)) for x in (speech, added))
    assert 10 * np.log10(loud / quiet) == pytest.approx(snr, abs=0.1)
    assert np.corrcoef(added, noise)[0, 1] > 0.99


def test_pauses_do_not_count_as_speech() -> None:
    """Silence as long as the speech would otherwise lower the noise by 3 dB."""
    speech, _ = spoken("en-us+m3")
    noise = augment.coloured_noise(2 * len(speech), RATE, "white", 1)
    clips = (speech, np.pad(speech, (0, len(speech)), constant_values=1e-5))
    alone, padded = (
        voices.power(augment.add_noise(clip, noise[: len(clip)], RATE, 20.0).astype(np.float64) - clip)
        for clip in clips
    )
    assert 10 * np.log10(padded / alone) == pytest.approx(0, abs=0.8)


def test_noise_starts_and_ends_without_a_click() -> None:
    speech = makers.tone(1, RATE)
    added = augment.add_noise(speech, np.ones(RATE), RATE, 20.0) - speech
    assert np.abs(added[[0, -1]]).max() < 0.01 * added[RATE // 2]
    assert added[150] == pytest.approx(added[RATE // 2], rel=1e-3)


@pytest.mark.parametrize("silent", ["speech", "noise"])
def test_silence_has_no_snr(silent: str) -> None:
    speech, noise = makers.tone(1, RATE) * (silent != "speech"), np.ones(RATE) * (silent != "noise")
    with pytest.raises(ValueError, match=f"the {silent} has no power"):
        augment.add_noise(speech, noise, RATE, 20.0)


@given(m=st.integers(1, 500), n=st.integers(1, 1500), seed=st.integers(0, 2**64 - 1))
def test_an_excerpt_is_a_part_of_the_repeated_recording(m: int, n: int, seed: int) -> None:
    made = augment.excerpt(np.arange(m, dtype=np.float32), n, seed)
    assert len(made) == n
    assert set(np.diff(made)) <= {1.0, 1.0 - m}  # the next sample, or from the end to the start
    if n <= m:
        assert (np.diff(made) == 1).all()
