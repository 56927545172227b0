"""Prosody of one clip, in the field's units: pitch, pace, pauses, level, spectrum, voice quality.

All measures are of the rendered cut, at 16 kHz and in frames of 10 ms from its first sample, so the rendered
file has the measures of its source. Only `level_db` depends on the level of the recording.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stages.signal import f0, voice
from stages.signal.resample import resample
from stages.signal.types import Samples

SPEECH_RANGE_DB = 30.0
"""Frames of words this far below the clip's strong frames are closures, not speech."""
LEVEL_PERCENTILE = 95
MIN_VOICED = 5
"""Minimum voiced frames (50 ms); with fewer, pitch and voice quality are null."""
MIN_VOICED_POWER = 0.3
"""Minimum share of the power of speech; below it the tracker's pitch is random (whispers of the demo: maximum
0.23; voices of RAVDESS, CREMA-D and the demo: minimum 0.40)."""
PAUSE_S = 0.25
"""F. Goldman-Eisler (1968), Psycholinguistics: minimum pause; shorter gaps are articulation."""
RANGE_PERCENTILES = (10, 90)
"""Robust against the octave errors that remain at the edges of voiced stretches."""
SILENCE_POWER = 1e-20


class Prosody(NamedTuple):
    """Measures of one clip; None if there is nothing to measure. See `tables.Style` for the units."""

    voiced_share: float | None = None
    voiced_power_share: float | None = None
    f0_median_hz: float | None = None
    f0_range_st: float | None = None
    f0_slope_st_s: float | None = None
    syllables_per_s: float | None = None
    words_per_s: float | None = None
    pause_count: int | None = None
    pause_total_s: float | None = None
    level_db: float | None = None
    alpha_ratio_db: float | None = None
    alpha_speech_db: float | None = None
    spectral_tilt_db_per_octave: float | None = None
    hnr_db: float | None = None
    cpp_db: float | None = None
    h1_h2_db: float | None = None


Spans = list[tuple[float, float]]
"""Start and end of each word in seconds from the start of the cut, in order."""


def frames_in_words(spans: Spans, count: int) -> NDArray[np.bool_]:
    """Find frames whose centre is in a word, shape (count,); all frames if no word is known."""
    if not spans:
        return np.ones(count, bool)
    centres = (np.arange(count) + 0.5) * f0.STEP / f0.RATE
    return np.asarray(np.any([(centres >= start) & (centres < end) for start, end in spans], axis=0))


def speech_frames(power: NDArray[np.float64], spans: Spans) -> NDArray[np.bool_]:
    """Find frames of words within 30 dB of the strong ones; `power`: mean square per frame, shape (k,)."""
    words = frames_in_words(spans, len(power)) & (power > 0)
    if not words.any():
        return words
    strong = np.percentile(power[words], LEVEL_PERCENTILE)
    return words & (power > strong * 10 ** (-SPEECH_RANGE_DB / 10))


def pace(spans: Spans, syllables: int) -> dict[str, Any]:
    """Compute words and syllables per second from the first word to the last, and count the pauses."""
    if not spans:
        return {}
    seconds = spans[-1][1] - spans[0][0]
    # rounded to 0.1 ms, so that rounding errors of a difference have no effect
    gaps = [round(b[0] - a[1], 4) for a, b in pairwise(spans)]
    pauses = [gap for gap in gaps if gap >= PAUSE_S]
    rates = {
        "words_per_s": len(spans) / seconds,
        "pause_count": len(pauses),
        "pause_total_s": sum(pauses, 0.0),
    }
    return rates | ({"syllables_per_s": syllables / seconds} if syllables else {})


def pitch(hz: NDArray[np.float64], seconds: NDArray[np.float64]) -> dict[str, Any]:
    """Compute median, range and slope of f0 from voiced frames and their times, both of shape (k,), k > 1."""
    semitones = 12 * np.log2(hz)
    low, high = np.percentile(semitones, RANGE_PERCENTILES)
    return {
        "f0_median_hz": float(np.median(hz)),
        "f0_range_st": float(high - low),
        "f0_slope_st_s": float(np.polyfit(seconds - seconds.mean(), semitones, 1)[0]),
    }


def measure(samples: Samples, rate: int, spans: Spans, syllables: int) -> Prosody:
    """Measure one cut.

    Args:
        samples: mono, shape (n,), full scale 1.0, as recorded.
        rate: in Hz.
        spans: of the words; empty if they are not known.
        syllables: of all words; 0 if not known.
    """
    at_rate = resample(samples, rate, f0.RATE)
    count = len(at_rate) // f0.STEP
    power = np.square(at_rate[: count * f0.STEP].astype(np.float64)).reshape(count, f0.STEP).mean(axis=1)
    speech = speech_frames(power, spans)
    if not speech.any():
        return Prosody(**pace(spans, syllables))
    track = f0.track(at_rate)
    frames = f0.windows(at_rate)
    voiced = speech & track.voiced
    spectra = voice.power_spectra(frames[speech])
    found: dict[str, Any] = {
        "voiced_share": float(voiced.sum() / speech.sum()),
        "voiced_power_share": float(power[voiced].sum() / power[speech].sum()),
        "level_db": 10 * float(np.log10(max(power[speech].mean(), SILENCE_POWER))),
        "alpha_speech_db": voice.alpha_ratio_db(spectra.mean(axis=0)),
        "cpp_db": float(voice.cpp_db(spectra).mean()),
    }
    if voiced.sum() >= MIN_VOICED and found["voiced_power_share"] >= MIN_VOICED_POWER:
        mean = voice.power_spectra(frames[voiced]).mean(axis=0)
        found |= pitch(track.hz[voiced], np.flatnonzero(voiced) * f0.STEP / f0.RATE) | {
            "alpha_ratio_db": voice.alpha_ratio_db(mean),
            "spectral_tilt_db_per_octave": voice.tilt_db_per_octave(mean),
            "hnr_db": float(f0.hnr_db(track.strength[voiced]).mean()),
            "h1_h2_db": float(np.median(voice.h1_h2_db(frames[voiced], track.hz[voiced]))),
        }
    return Prosody(**found, **pace(spans, syllables))
