"""Augmentation of a clip: tempo, pitch, and noise at a chosen SNR.

Signalsmith Stretch (MIT, package `python-stretch`) changes tempo and pitch: a phase vocoder that predicts
each bin from its neighbours in time and in frequency and so keeps clicks sharp. Its time map is linear: audio
at t seconds of the input is at t / tempo of the output, because its latency is removed. The f0 of a
voice is exact to 3 cents; single weak partials may be off by 20.

Its pitch shift moves the formants too: two semitones up make the vocal tract 11 % shorter. A shift of one
or two semitones sounds like a similar speaker, a larger one like another person.
"""

import numpy as np
import python_stretch
import scipy
from numpy.typing import NDArray

from stages.signal import lengths, quality
from stages.signal.frames import frames
from stages.signal.types import Samples

SLOPES = {"white": 0.0, "pink": 0.5, "brown": 1.0}
"""Exponent a of the amplitude spectrum f ** -a: power falls by 0, 3 and 6 dB per octave."""
MIN_NOISE_HZ = 50.0
"""Minimum frequency of coloured noise: most power of brown noise is below it, where it is inaudible."""
RAMP_S = 0.005
"""Length of the fades at both ends of the noise; prevents clicks."""
BIT_DEPTH = 32
"""Passed to `quality.active_frames`: the quantisation noise of float32 is negligible."""


def stretch(samples: Samples, rate: int, tempo: float, semitones: float) -> Samples:
    """Change tempo and pitch without delay.

    Args:
        samples: mono float32, shape (n,).
        rate: in Hz.
        tempo: 1.1 is 10 % faster; above 0.5 and below 2, because the engine is random outside this range.
        semitones: change of pitch and formants; positive is up.

    Returns:
        float32, shape (lengths.stretched(n, tempo),). Sample k moves to k / tempo, within some 0.5 ms.
        With tempo 1 and no semitones, the samples are returned unchanged.

    Raises:
        ValueError: tempo outside the range.
    """
    if not 0.5 < tempo < 2:
        raise ValueError(f"tempo {tempo}: expected more than 0.5 and less than 2")
    if (tempo == 1 and semitones == 0) or not len(samples):
        return samples
    engine = python_stretch.Signalsmith.Stretch()
    engine.preset(1, rate)
    engine.setTimeFactor(tempo)
    engine.setTransposeSemitones(semitones)
    # pad with silence, because the engine overlaps too few windows at the edges of its input and fades
    lead = engine.blockSamples()
    tail = int(np.ceil(2 * tempo)) + lead
    padded = np.pad(samples.astype(np.float32, copy=False), (lead, tail))
    output = np.asarray(engine.process(padded[np.newaxis]))[0]
    first = lengths.stretched(lead, tempo)
    cropped: Samples = output[first : first + lengths.stretched(len(samples), tempo)].copy()
    return cropped


def coloured_noise(n: int, rate: int, colour: str, seed: int) -> NDArray[np.float64]:
    """Make Gaussian noise of a colour of `SLOPES`, shape (n,), at `rate` Hz; equal seeds give equal noise."""
    length = scipy.fft.next_fast_len(n, real=True)
    spectrum = scipy.fft.rfft(np.random.Generator(np.random.PCG64(seed)).standard_normal(length))
    frequencies = scipy.fft.rfftfreq(length, 1 / rate)
    kept = frequencies >= MIN_NOISE_HZ
    spectrum[kept] *= (frequencies[kept] / MIN_NOISE_HZ) ** -SLOPES[colour]
    spectrum[~kept] = 0
    return np.asarray(scipy.fft.irfft(spectrum, length)[:n])


def excerpt(recording: Samples, n: int, seed: int) -> NDArray[np.float64]:
    """Take `n` samples of a noise recording, shape (m,), m > 0, from the position that the seed selects.

    A short recording is repeated. The seed must not be negative.
    """
    spare = len(recording) - n
    start = seed % (spare + 1) if spare >= 0 else seed % len(recording)
    return np.take(recording, np.arange(start, start + n), mode="wrap").astype(np.float64)


def active_samples(samples: Samples, rate: int) -> NDArray[np.bool_]:
    """Find samples of speech, shape (n,), by `quality.active_frames`; if no frame is active (a tone), all."""
    energy = frames(samples, rate)
    mask = np.repeat(quality.active_frames(energy, BIT_DEPTH), energy.length)
    mask = np.pad(mask, (0, len(samples) - len(mask)))
    return mask if mask.any() else np.ones(len(samples), bool)


def add_noise(speech: Samples, noise: NDArray[np.float64], rate: int, snr_db: float) -> Samples:
    """Add noise at an SNR: mean power of speech over that of noise, both over active samples.

    The speech is mono float32 at `rate` Hz, shape (n,), like the result. The noise, shape (n,), may have any
    level; it is faded at both ends.

    Raises:
        ValueError: the speech, or the noise during speech, has no power.
    """
    edge = np.minimum(np.arange(len(noise)), np.arange(len(noise))[::-1]) + 0.5
    shaped = noise * (1 - np.cos(np.pi * np.minimum(edge / (RAMP_S * rate), 1))) / 2
    active = active_samples(speech, rate)
    speech_power = float(np.mean(np.square(speech[active], dtype=np.float64)))
    noise_power = float(np.mean(np.square(shaped[active])))
    if speech_power == 0 or noise_power == 0:
        raise ValueError(f"SNR undefined: {'the speech' if speech_power == 0 else 'the noise'} has no power")
    factor = np.sqrt(speech_power / noise_power * 10 ** (-snr_db / 10))
    noisy: Samples = (speech.astype(np.float64) + factor * shaped).astype(np.float32)
    return noisy
