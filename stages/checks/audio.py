"""Checks of the audio of a sample: channels, level, and whether words are louder than the rest."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from stages.checks.files import Sample
from stages.core import tables
from stages.signal import loudness
from stages.signal.lengths import SAMPLE_RATE

LOUDNESS_TOLERANCE = 0.2
PEAK_TOLERANCE = 0.1
MAX_CORRELATION = 0.5
"""Of the channels: two voices have next to none, a recording with faint crosstalk some."""


def right_channel(sample: Sample) -> Iterator[str]:
    """Check the user's channel: silent without a partner, a voice of its own with one."""
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
    """Check the model's channel: not silent, louder in the words, each source at its level."""
    if not sample.samples[:, 0].any():
        yield "the left channel is silent"
        return
    if sample.sidecar["alignments"] and not louder_in_words(sample):
        yield "audio is louder between the words than in them: the times are wrong"
    for source, gain in zip(sample.sidecar["sources"], gains(sample), strict=True):
        yield from _level(sample, source, gain)


def _level(sample: Sample, source: dict[str, Any], gain: dict[str, Any]) -> Iterator[str]:
    """Check peak and loudness of one source, in its place in the sample."""
    channel = tables.CHANNELS.index(source["channel"])
    start, end = (round(source[edge] * SAMPLE_RATE) for edge in ("start_s", "end_s"))
    voice = np.ascontiguousarray(sample.samples[start:end, channel])
    peak = loudness.true_peak_dbtp(voice, SAMPLE_RATE)
    if peak is not None and peak > gain["max_true_peak_dbtp"] + PEAK_TOLERANCE:
        yield f"true peak {peak:.2f} dBTP is above the limit of {gain['max_true_peak_dbtp']} dBTP"
    if gain["loudness_method"] == "whole_dialogue":  # a window may be louder or softer
        return
    short = gain["loudness_method"] == "ungated_short"
    measure = loudness.ungated_lufs if short else loudness.integrated_lufs
    level = measure(voice, SAMPLE_RATE)
    off = np.inf if level is None else level - gain["target_lufs"]
    if off > LOUDNESS_TOLERANCE or (off < -LOUDNESS_TOLERANCE and not gain["gain_capped_by_true_peak"]):
        yield f"loudness {level} LUFS is not within {LOUDNESS_TOLERANCE} LU of {gain['target_lufs']} LUFS"


def gains(sample: Sample) -> list[dict[str, Any]]:
    """Find the gain step of each source's chain."""
    chains = [source["chain"] for source in sample.sidecar["sources"]]
    return [step for chain in chains for step in chain if step["step"] == "gain"]


def louder_in_words(sample: Sample) -> bool:
    """Tell whether the typical 10 ms inside the words is louder than the typical 10 ms outside them.

    Medians, not means: a breath into the microphone may hold more energy than all words. If little is
    outside the words, a weak end of one decides, so the times are wrong only from twice the power on.
    """
    step = SAMPLE_RATE // 100
    left = sample.samples[: len(sample.samples) // step * step, 0]
    power = np.square(left.reshape(-1, step)).mean(axis=1)
    inside = np.zeros(len(power), dtype=bool)
    for _, (start, end), _ in sample.sidecar["alignments"]:
        inside[round(start * 100) : round(end * 100)] = True
    return bool(inside.all() or (inside.any() and 2 * np.median(power[inside]) > np.median(power[~inside])))
