"""Checks of the audio of a sample: channels, loudness, true peak, and level inside and outside words."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from stages.checks.files import Sample
from stages.core import tables
from stages.signal import loudness
from stages.signal.lengths import SAMPLE_RATE

LOUDNESS_TOLERANCE = 0.2  # LU
PEAK_TOLERANCE = 0.1  # dB
MAX_CORRELATION = 0.5
"""Maximum correlation of the channels: near 0 for two voices, higher with crosstalk, 1 for an echo."""


def right_channel(sample: Sample) -> Iterator[str]:
    """Check that the right channel is silent without a partner, and is not a copy of the left with one."""
    left, right = sample.samples.T
    partner = any(source["channel"] == "right" for source in sample.sidecar["sources"])
    if not partner and right.any():
        yield "the right channel is not digital silence"
    if partner and not right.any():
        yield "the right channel is silent, but has a partner"
    if partner and left.any() and right.any():
        correlation = abs(np.corrcoef(left, right)[0, 1])
        if correlation > MAX_CORRELATION:
            yield f"the right channel is a copy of the left (correlation {correlation:.3f}): an echo"


def left_channel(sample: Sample) -> Iterator[str]:
    """Check that the left channel is not silent and louder inside words, and the level of each source."""
    if not sample.samples[:, 0].any():
        yield "the left channel is silent"
        return
    if sample.sidecar["alignments"] and not louder_in_words(sample):
        yield "audio is louder between the words than in them: word times are wrong"
    for source, gain in zip(sample.sidecar["sources"], gains(sample), strict=True):
        yield from _level(sample, source, gain)


def _level(sample: Sample, source: dict[str, Any], gain: dict[str, Any]) -> Iterator[str]:
    """Check the true peak and the loudness of one source in the sample."""
    channel = tables.CHANNELS.index(source["channel"])
    start, end = (round(source[edge] * SAMPLE_RATE) for edge in ("start_s", "end_s"))
    voice = np.ascontiguousarray(sample.samples[start:end, channel])
    peak = loudness.true_peak_dbtp(voice, SAMPLE_RATE)
    if peak is not None and peak > gain["max_true_peak_dbtp"] + PEAK_TOLERANCE:
        yield f"true peak {peak:.2f} dBTP is above the maximum of {gain['max_true_peak_dbtp']} dBTP"
    if gain["loudness_method"] == "whole_dialogue":  # a window may be louder or softer
        return
    is_short = gain["loudness_method"] == "ungated_short"
    measure = loudness.ungated_lufs if is_short else loudness.integrated_lufs
    level = measure(voice, SAMPLE_RATE)
    error = np.inf if level is None else level - gain["target_lufs"]
    if error > LOUDNESS_TOLERANCE or (error < -LOUDNESS_TOLERANCE and not gain["gain_capped_by_true_peak"]):
        yield f"loudness {level} LUFS is not within {LOUDNESS_TOLERANCE} LU of {gain['target_lufs']} LUFS"


def gains(sample: Sample) -> list[dict[str, Any]]:
    """Find the gain step in the processing chain of each source."""
    chains = [source["chain"] for source in sample.sidecar["sources"]]
    return [step for chain in chains for step in chain if step["step"] == "gain"]


def louder_in_words(sample: Sample) -> bool:
    """Return whether the median power of 10 ms frames inside words is above half the median outside.

    Medians are used because a breath into the microphone may have more energy than all words. The factor is
    for samples with little audio outside words.
    """
    step = SAMPLE_RATE // 100
    left = sample.samples[: len(sample.samples) // step * step, 0]
    power = np.square(left.reshape(-1, step)).mean(axis=1)
    inside = np.zeros(len(power), dtype=bool)
    for _, (start, end), _ in sample.sidecar["alignments"]:
        inside[round(start * 100) : round(end * 100)] = True
    return bool(inside.all() or (inside.any() and 2 * np.median(power[inside]) > np.median(power[~inside])))
