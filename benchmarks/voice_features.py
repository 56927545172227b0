"""What an utterance sounds like, as some hundred numbers: the features of `benchmarks.expressivity`.

The kinds of descriptors and functionals are those of eGeMAPS (F. Eyben et al., "The Geneva Minimalistic
Acoustic Parameter Set (GeMAPS) for voice research and affective computing", IEEE Trans. Affective Computing
7(2), 2016), written anew in numpy: numbers differ from openSMILE's, which may be used for research only.
Everything is measured over the frames of speech, so that silence before and after it does not count.
"""

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

from stages.signal.types import Samples

Values = NDArray[np.float64]
RATE = 16_000
"""At which features are taken, in Hz, whatever the recording has."""
HOP_S, SHORT_S, LONG_S = 0.01, 0.025, 0.06
SPEECH_DB = 35
"""Frames this far below the 95th percentile are pauses."""
F0_HZ = (60.0, 600.0)
VOICED = 0.5
"""Autocorrelation at the period, of one at no lag, from which a frame counts as voiced."""
MELS, CEPSTRA = 26, 13
SLOPES_HZ = ((50, 500), (500, 1500))
FUNCTIONALS = ("mean", "sd", "p20", "p50", "p80")


def framed(samples: Samples, length: int, hop: int) -> Values:
    """Windowed frames, shape (k, length), centred on every hop-th sample."""
    padded = np.pad(samples.astype(np.float64), length // 2)
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop] * np.hanning(length)


def pitch(samples: Samples) -> tuple[Values, Values]:
    """Fundamental in semitones above 27.5 Hz, and harmonicity r, of each frame.

    By the autocorrelation of P. Boersma, "Accurate short-term analysis of the fundamental frequency and the
    harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17, 1993.
    """
    length = round(LONG_S * RATE)
    frames = framed(samples, length, round(HOP_S * RATE))
    size = scipy.fft.next_fast_len(2 * length)
    window = scipy.fft.irfft(np.square(np.abs(scipy.fft.rfft(np.hanning(length), size))), size)
    raw = scipy.fft.irfft(np.square(np.abs(scipy.fft.rfft(frames, size))), size)
    lags = np.arange(int(RATE / F0_HZ[1]), int(RATE / F0_HZ[0]) + 1)
    ratio = raw[:, lags] / np.maximum(raw[:, :1], 1e-12) * window[0] / window[lags]
    # an octave down a periodic frame scores as high: prefer the shorter of nearly equal periods
    best = np.argmax(ratio - 0.02 * np.log2(lags * F0_HZ[0] / RATE + 1), axis=1)
    strength = np.clip(ratio[np.arange(len(ratio)), best], 0, 0.9999)
    return 12 * np.log2(RATE / lags[best] / 27.5), strength


def mel_filters(bins: int) -> Values:
    """Triangles on the mel scale from 20 Hz to 8 kHz, shape (MELS, bins)."""
    mels = np.linspace(2595 * np.log10(1 + 20 / 700), 2595 * np.log10(1 + RATE / 2 / 700), MELS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    frequencies = np.linspace(0, RATE / 2, bins)
    rise = (frequencies - edges[:-2, np.newaxis]) / np.diff(edges)[:-1, np.newaxis]
    fall = (edges[2:, np.newaxis] - frequencies) / np.diff(edges)[1:, np.newaxis]
    triangles: Values = np.maximum(0, np.minimum(rise, fall))
    return triangles


def spectral(power: Values) -> dict[str, Values]:
    """Balance of each frame's spectrum, and its cepstrum; none of it depends on level.

    Args:
        power: shape (k, bins), from 0 Hz to the half of `RATE`.
    """
    frequencies = np.linspace(0, RATE / 2, power.shape[1])
    db = 10 * np.log10(power + 1e-12)

    def band(low: float, high: float) -> NDArray[np.bool_]:
        return (frequencies >= low) & (frequencies < high)

    def level(low: float, high: float) -> Values:
        inside: Values = power[:, band(low, high)].sum(axis=1)
        return 10 * np.log10(inside + 1e-12)

    peak = [power[:, band(low, high)].max(axis=1) for low, high in ((50, 2000), (2000, 5000))]
    found = {
        "alpha_ratio": level(1000, 5000) - level(50, 1000),
        "hammarberg": 10 * np.log10((peak[0] + 1e-12) / (peak[1] + 1e-12)),
    }
    for low, high in SLOPES_HZ:
        inside = band(low, high)
        found[f"slope_{low}_{high}"] = np.polyfit(frequencies[inside] / 1000, db[:, inside].T, 1)[0]
    mel = np.log(power @ mel_filters(power.shape[1]).T + 1e-12)
    cepstra = scipy.fft.dct(mel, norm="ortho", axis=1)[:, 1:CEPSTRA]
    return found | {f"mfcc{i + 1}": column for i, column in enumerate(cepstra.T)}


def functionals(name: str, values: Values) -> dict[str, float]:
    """Mean, standard deviation and percentiles of one descriptor; zeros where there is no frame."""
    if not len(values):
        return {f"{name}_{kind}": 0.0 for kind in FUNCTIONALS}
    found = [values.mean(), values.std(), *np.percentile(values, [20, 50, 80])]
    return {f"{name}_{kind}": float(value) for kind, value in zip(FUNCTIONALS, found, strict=True)}


def features(samples: Samples) -> dict[str, float]:
    """All features of one utterance. Those whose names begin with `level` depend on its absolute level.

    Args:
        samples: mono, at `RATE`, shape (n,), with speech in it.
    """
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    samples = (samples / level).astype(np.float32)  # so that the floors below logarithms stand still
    power = np.square(
        np.abs(scipy.fft.rfft(framed(samples, round(SHORT_S * RATE), round(HOP_S * RATE)), 512))
    )
    energy = 10 * np.log10(power.sum(axis=1) + 1e-12)
    semitones, strength = pitch(samples)
    count = min(len(power), len(semitones))
    power, energy, semitones, strength = power[:count], energy[:count], semitones[:count], strength[:count]
    speech = energy > np.percentile(energy, 95) - SPEECH_DB
    voiced = speech & (strength > VOICED)
    found = functionals("level", energy[speech] + 20 * np.log10(level))
    found |= functionals("f0", semitones[voiced])
    found |= functionals("f0_step", np.abs(np.diff(semitones))[voiced[1:] & voiced[:-1]])
    found |= functionals("hnr", 10 * np.log10(strength[voiced] / (1 - strength[voiced])))
    for name, values in spectral(power).items():
        found |= functionals(name, values[speech])
        found |= functionals(f"voiced_{name}", values[voiced])
    first, last = np.flatnonzero(speech)[[0, -1]]
    inside = slice(first, last + 1)
    found["duration"] = float(last - first) * HOP_S
    found["voiced_share"] = float(voiced[inside].mean())
    found["pause_share"] = 1 - float(speech[inside].mean())
    found["onsets_per_s"] = float(np.sum(np.diff(voiced[inside].astype(int)) == 1)) / max(
        found["duration"], HOP_S
    )
    found["energy_sd"] = float(energy[speech].std())  # relative: the level itself falls out
    found["energy_range"] = float(np.ptp(np.percentile(energy[speech], [20, 80])))
    return found
