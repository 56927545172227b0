"""Fundamental frequency by window-corrected autocorrelation.

P. Boersma (1993), "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio
of a sampled sound", Proc. Institute of Phonetic Sciences Amsterdam 17, 97-110. The absolute level has no
effect: a clip that is recorded 40 dB lower has the same track.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Sample rate of the analysis in Hz; the rate of the file then has no effect."""
STEP = 160
"""Samples between frames: 10 ms."""
FLOOR_HZ = 65.0
CEILING_HZ = 650.0
"""Range of f0 in speech, from low male voices to the screams of RAVDESS's actresses."""
WINDOW = round(3 * RATE / FLOOR_HZ)
"""Three periods of `FLOOR_HZ`, in samples."""
FFT = 1024
"""More than the window plus the maximum lag, so that the autocorrelation does not wrap around."""
FINER = 4
"""Factor of finer lags, by a longer inverse transform: a parabola over plain lags underestimates peaks."""
CANDIDATES = 10
# costs of the path, as in the paper and in Praat
SILENCE = 0.03
VOICING = 0.45
OCTAVE = 0.01
OCTAVE_JUMP = 0.35
VOICED_UNVOICED = 0.14
BLOCK = 512  # frames computed at once; limits memory
FLOOR_POWER = 1e-30


class Track(NamedTuple):
    """One value per frame of 10 ms; frame k is centred on sample 160 k + 80.

    Attributes:
        hz: shape (k,); NaN if unvoiced.
        strength: normalised autocorrelation at the lag of the chosen period, in 0..1; 0 if unvoiced.
    """

    hz: NDArray[np.float64]
    strength: NDArray[np.float64]

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Whether each frame is voiced, shape (k,)."""
        return np.isfinite(self.hz)


def windows(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a window per frame without its mean, not yet tapered, with zeros beyond the ends of the clip.

    The shape is (n // 160, 738) for n samples, mono, at 16 kHz.
    """
    padded = np.pad(samples.astype(np.float64), ((WINDOW - STEP) // 2, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][: len(samples) // STEP]
    return np.asarray(frames - frames.mean(axis=1, keepdims=True))


def _autocorrelation(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the normalised autocorrelation of tapered frames over that of the taper, at lags of 1/64 ms."""
    taper = np.hanning(WINDOW)
    lags = round(FINER * RATE / FLOOR_HZ) + 2

    def correlate(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        power = np.square(np.abs(np.fft.rfft(rows, FFT)))
        found = np.fft.irfft(power, FINER * FFT)[:, :lags]
        return found / np.maximum(found[:, :1], FLOOR_POWER)

    return correlate(frames * taper) / correlate(taper[np.newaxis])


def _candidates(frames: NDArray[np.float64], peak: float) -> tuple[NDArray[np.float64], ...]:
    """Find the candidates of each frame in a clip with maximum magnitude `peak`.

    Returns:
        hz, strength: shape (k, 10), strength -inf if there are fewer; unvoiced strength: shape (k,).
    """
    r = _autocorrelation(frames)
    inner = r[:, 1:-1]
    top = (inner > r[:, :-2]) & (inner >= r[:, 2:]) & (inner > VOICING / 2)
    top[:, : int(FINER * RATE / CEILING_HZ) - 1] = False
    best = np.argsort(np.where(top, -inner, np.inf), axis=1, kind="stable")[:, :CANDIDATES]
    rows = np.arange(len(r))[:, np.newaxis]
    left, middle, right = r[rows, best], r[rows, best + 1], r[rows, best + 2]
    bend = np.where(top[rows, best], left - 2 * middle + right, -1.0)
    shift = np.where(bend < 0, (left - right) / (2 * np.minimum(bend, -1e-12)), 0.0)
    height = middle - (left - right) * shift / 4
    height = np.where(height > 1, 1 / np.maximum(height, 1), height)
    hz = FINER * RATE / (best + 1 + shift)
    valid = top[rows, best] & (hz >= FLOOR_HZ) & (hz <= CEILING_HZ)
    loud = np.abs(frames).max(axis=1, initial=0.0) / max(peak, FLOOR_POWER)
    unvoiced = VOICING + np.maximum(0, 2 - loud / (SILENCE / (1 + VOICING)))
    return np.where(valid, hz, 1.0), np.where(valid, height, -np.inf), unvoiced


def _path(
    hz: NDArray[np.float64], strength: NDArray[np.float64], unvoiced: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Find the best path through the candidates (Viterbi), shape (k,); the last index means unvoiced."""
    octaves = np.log2(hz)
    value = np.column_stack([strength - OCTAVE * np.log2(FLOOR_HZ / hz), unvoiced])
    none = value.shape[1] - 1
    best = value[0]
    back = np.zeros(value.shape, np.intp)
    cost = np.full((none + 1, none + 1), VOICED_UNVOICED)
    cost[none, none] = 0
    for k in range(1, len(value)):
        cost[:none, :none] = OCTAVE_JUMP * np.abs(octaves[k - 1][:, np.newaxis] - octaves[k])
        total = best[:, np.newaxis] - cost
        back[k] = total.argmax(axis=0)
        best = total.max(axis=0) + value[k]
    path = np.zeros(len(value), np.intp)
    path[-1] = best.argmax()
    for k in range(len(value) - 1, 0, -1):
        path[k - 1] = back[k, path[k]]
    return path


def track(samples: NDArray[np.floating]) -> Track:
    """Track f0 in n samples, mono, at 16 kHz: n // 160 frames; no frame is voiced in digital silence."""
    frames = windows(samples)
    if not len(frames) or not np.any(samples):
        return Track(np.full(len(frames), np.nan), np.zeros(len(frames)))
    peak = float(np.abs(samples - np.mean(samples)).max())
    parts = [_candidates(frames[i : i + BLOCK], peak) for i in range(0, len(frames), BLOCK)]
    hz, strength, unvoiced = (np.concatenate(part) for part in zip(*parts, strict=True))
    path = _path(hz, strength, unvoiced)
    voiced = path < hz.shape[1]
    rows, chosen = np.arange(len(path)), np.minimum(path, hz.shape[1] - 1)
    return Track(np.where(voiced, hz[rows, chosen], np.nan), np.where(voiced, strength[rows, chosen], 0.0))


def hnr_db(strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the harmonics-to-noise ratio: 10 lg(r / (1 - r)) (Boersma 1993, eq. 4), maximum 60 dB.

    A window with few periods also limits the ratio: to some 28 dB at 100 Hz, to over 40 dB from 140 Hz.
    """
    r = np.clip(strength, 1e-6, 1 - 1e-6)
    return 10 * np.log10(r / (1 - r))
