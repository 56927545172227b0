"""Some hundred acoustic features of an utterance, for `benchmarks.expressivity`.

The kinds of descriptors and functionals are those of eGeMAPS (F. Eyben et al., "The Geneva Minimalistic
Acoustic Parameter Set (GeMAPS) for voice research and affective computing", IEEE Trans. Affective Computing
7(2), 2016), in numpy: values differ from those of openSMILE, which may be used for research only. All
features are of frames of speech: silence before and after speech does not count.
"""

import numpy as np
import scipy.fft
import scipy.signal
from numpy.typing import NDArray

from stages.signal.types import Samples

Values = NDArray[np.float64]
RATE = 16_000
"""Sample rate of the features' input, in Hz."""
HOP_S, SHORT_S, LONG_S = 0.01, 0.025, 0.06
SPEECH_DB = 35
"""Frames with an energy this far below the 95th percentile, in dB, are pauses."""
F0_HZ = (60.0, 600.0)
VOICED = 0.5
"""Minimum autocorrelation of a voiced frame at its period, relative to that at lag 0."""
MELS, CEPSTRA = 26, 13
SLOPES_HZ = ((50, 500), (500, 1500))
FUNCTIONALS = ("mean", "sd", "p20", "p50", "p80")


def framed(samples: Samples, length: int, hop: int) -> Values:
    """Return windowed frames, shape (k, length), centred on every hop-th sample."""
    padded = np.pad(samples.astype(np.float64), length // 2)
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop] * np.hanning(length)


def pitch(samples: Samples) -> tuple[Values, Values]:
    """Compute the f0 in semitones above 27.5 Hz, and the harmonicity r, of each frame; both of shape (k,).

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
    # twice the period has an equal score: prefer the shorter of nearly equal periods
    best = np.argmax(ratio - 0.02 * np.log2(lags * F0_HZ[0] / RATE + 1), axis=1)
    strength = np.clip(ratio[np.arange(len(ratio)), best], 0, 0.9999)
    return 12 * np.log2(RATE / lags[best] / 27.5), strength


def mel_filters(bins: int) -> Values:
    """Compute triangular filters on the mel scale from 20 Hz to 8 kHz, shape (MELS, bins)."""
    mels = np.linspace(2595 * np.log10(1 + 20 / 700), 2595 * np.log10(1 + RATE / 2 / 700), MELS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    frequencies = np.linspace(0, RATE / 2, bins)
    rise = (frequencies - edges[:-2, np.newaxis]) / np.diff(edges)[:-1, np.newaxis]
    fall = (edges[2:, np.newaxis] - frequencies) / np.diff(edges)[1:, np.newaxis]
    triangles: Values = np.maximum(0, np.minimum(rise, fall))
    return triangles


def spectral(power: Values) -> dict[str, Values]:
    """Compute descriptors of each frame's spectral balance and its cepstrum, which do not depend on level.

    Args:
        power: shape (k, bins), from 0 Hz to half of `RATE`.

    Returns:
        Name -> shape (k,).
    """
    frequencies = np.linspace(0, RATE / 2, power.shape[1])
    db = 10 * np.log10(power + 1e-12)

    def band(low: float, high: float) -> NDArray[np.bool_]:
        return (frequencies >= low) & (frequencies < high)

    sums = [power[:, band(*edges)].sum(axis=1) + 1e-12 for edges in ((50, 1000), (1000, 5000))]
    peaks = [power[:, band(*edges)].max(axis=1) + 1e-12 for edges in ((50, 2000), (2000, 5000))]
    found = {
        "alpha_ratio": 10 * np.log10(sums[1] / sums[0]),
        "hammarberg": 10 * np.log10(peaks[0] / peaks[1]),
    }
    for low, high in SLOPES_HZ:
        inside = band(low, high)
        found[f"slope_{low}_{high}"] = np.polyfit(frequencies[inside] / 1000, db[:, inside].T, 1)[0]
    mel = np.log(power @ mel_filters(power.shape[1]).T + 1e-12)
    cepstra = scipy.fft.dct(mel, norm="ortho", axis=1)[:, 1:CEPSTRA]
    return found | {f"mfcc{i + 1}": column for i, column in enumerate(cepstra.T)}


def functionals(name: str, values: Values) -> dict[str, float]:
    """Compute mean, standard deviation and percentiles of one descriptor; zeros if there is no frame."""
    values = values if len(values) else np.zeros(1)
    found = [values.mean(), values.std(), *np.percentile(values, [20, 50, 80])]
    return {f"{name}_{kind}": float(value) for kind, value in zip(FUNCTIONALS, found, strict=True)}


def features(samples: Samples) -> dict[str, float]:
    """Compute all features of one utterance. Those named `level_...` depend on its absolute level.

    Args:
        samples: mono, at `RATE`, shape (n,), with speech in it.
    """
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    samples = (samples / level).astype(np.float32)  # the floors of logarithms become relative to the level
    frames = framed(samples, round(SHORT_S * RATE), round(HOP_S * RATE))
    power = np.square(np.abs(scipy.fft.rfft(frames, 512)))
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
    onsets = float(np.sum(np.diff(voiced[inside].astype(int)) == 1))
    found["onsets_per_s"] = onsets / max(found["duration"], HOP_S)
    found["energy_sd"] = float(energy[speech].std())  # does not depend on the level
    found["energy_range"] = float(np.ptp(np.percentile(energy[speech], [20, 80])))
    return found
