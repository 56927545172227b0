"""Noise reduction by a decision-directed Wiener gain.

Y. Ephraim and D. Malah, "Speech enhancement using a minimum mean-square error short-time spectral amplitude
estimator", IEEE Trans. ASSP 32(6), 1984: the decision-directed estimate of the a-priori SNR. P. Scalart and
J. Filho, "Speech enhancement based on a priori signal to noise estimation", ICASSP 1996: the same with the
Wiener gain. O. Cappe, IEEE Trans. SAP 2(2), 1994: why this leaves no musical noise. C. Plapous, C. Marro and
P. Scalart, "Improved signal-to-noise ratio estimation for speech enhancement", IEEE Trans. ASLP 14(6), 2006:
the second step, which removes the estimate's delay of one frame and so keeps soft onsets.
"""

import numpy as np
import scipy
from numpy.typing import NDArray

from stages.signal.frames import recorded_span
from stages.signal.types import Samples

FRAME_S = 0.032
"""Long enough to separate the harmonics of a low voice, short enough to follow consonants."""
QUIETEST = 0.1
"""Share of frames whose mean is the noise: a clip with its natural pauses has more frames without speech."""
SMOOTHING = 0.98
"""Weight of the previous frame in the a-priori SNR, as in the papers above."""
MIN_POWER = np.float32(1e-20)
"""Minimum power of a bin; far below a 24-bit step."""

Power = NDArray[np.float32]


def noise_spectrum(power: Power) -> Power:
    """Estimate the spectrum of the noise from the quietest frames, shape (bins,); zero if there is no frame.

    The power has the shape (frames, bins), without the digital silence before and after the recording.
    Digital silence inside it counts: a recording with silent pauses has no noise.
    """
    if not len(power):
        return np.zeros(power.shape[1], np.float32)
    logs = np.log(power + MIN_POWER)
    count = max(1, round(QUIETEST * len(power)))
    # by the mean logarithm, so that a few bins of hum or rumble do not dominate
    quietest = logs[np.argsort(logs.mean(axis=1), kind="stable")[:count]]
    # the mean of exponentially distributed power is e^gamma times exp(mean log), which unlike the mean itself
    # hardly changes with the fading speech in a clip without noise
    return np.asarray(np.exp(quietest.mean(axis=0) + np.float32(np.euler_gamma)))


def wiener_gain(posterior: Power, floor: float) -> Power:
    """Compute the gain, in [floor, 1], from the power over the noise power, both of shape (frames, bins)."""
    minimum = np.float32(floor / (1 - floor))  # the a-priori SNR at which the Wiener gain is the floor
    excess = np.maximum(posterior - 1, 0)
    increments = excess * np.float32(1 - SMOOTHING)
    gain = np.empty_like(posterior)
    clean = excess[0]
    for frame, (current, increment) in enumerate(zip(posterior, increments, strict=True)):
        prior = np.maximum(np.float32(SMOOTHING) * clean + increment, minimum)
        gain[frame] = prior / (1 + prior)
        clean = np.square(gain[frame]) * current
    prior = np.maximum(np.square(gain) * posterior, minimum)  # second step
    return np.asarray(prior / (1 + prior))


def denoise(samples: Samples, rate: int, floor_db: float) -> Samples:
    """Lower stationary noise without delay; the result has the shape of the samples.

    The noise is estimated from the clip's quietest frames, so pass the complete recording, with its pauses. A
    clip without noise is returned unchanged.

    Args:
        samples: mono float32, shape (n,), at `rate` Hz.
        floor_db: minimum gain in dB, negative; -12 to -15 keeps the character of the room.
    """
    hop = round(FRAME_S * rate / 2)
    halves = np.zeros((-(-len(samples) // hop) + 2, hop), np.float32)
    halves.reshape(-1)[hop : hop + len(samples)] = samples
    # square root of a periodic Hann window, applied twice: overlapping halves add up to one
    window = np.sin(np.pi * np.arange(2 * hop) / (2 * hop)).astype(np.float32)
    spectra = scipy.fft.rfft(np.hstack([halves[:-1], halves[1:]]) * window, axis=1)
    power = np.square(spectra.real) + np.square(spectra.imag)
    sound = recorded_span(np.asarray(halves.any(axis=1)), hop / rate)
    noise = noise_spectrum(power[sound.start : max(sound.stop - 1, 0)])  # frame k is halves k and k + 1
    gain = wiener_gain(power / np.maximum(noise, MIN_POWER), 10 ** (floor_db / 20))
    cleaned = scipy.fft.irfft(spectra * gain, 2 * hop, axis=1) * window
    halves[:] = 0
    halves[:-1] += cleaned[:, :hop]
    halves[1:] += cleaned[:, hop:]
    return halves.reshape(-1)[hop : hop + len(samples)]
