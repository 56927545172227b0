"""What the consumers of the dataset rely on, as checks of rendered files.

The rules are those of moshi-finetune (commit 2acc879) and its reader sphn, and of the CSM trainers: most of
them are broken silently, by training on less or on the wrong thing.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
import sphn
from numpy.typing import NDArray

from stages.core import files, tables
from stages.samples import augmented_copies
from stages.signal import loudness
from stages.signal.lengths import SAMPLE_RATE
from stages.text.language import HAN

SPEAKER = "SPEAKER_MAIN"
FRAME_S = 0.08
"""One step of Mimi at 12.5 Hz, which holds one text token."""
ROUNDING_S = 0.0001
"""Resolution of the times in a JSON."""
LOUDNESS_TOLERANCE = 0.2
PEAK_TOLERANCE = 0.1
MOST_ALIKE = 0.5
"""Correlation of the channels: two voices have next to none, a recording that hears the other side faintly
some."""
LABELS = ("emotion", "style", "corpus", "speaker", "license")


class Sample(NamedTuple):
    """The files of one sample and its line in the manifest.

    Attributes:
        line: of the manifest.
        sidecar: the JSON file.
        samples: float32, shape (n, 2), full scale 1.0.
    """

    line: dict[str, Any]
    sidecar: dict[str, Any]
    samples: NDArray[np.float32]


def lines_of(manifest: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The lines of a manifest, and what is wrong with it as a file."""
    if manifest.is_symlink():
        return [], [
            f"{manifest}: is a symlink: readers resolve it, and find no sample beside its target; "
            "set `cache.type` to reflink,hardlink,copy and run `dvc checkout --relink`"
        ]
    if not manifest.is_file():
        return [], [f"{manifest}: not found"]
    lines, faults = [], []
    for number, text in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
        except json.JSONDecodeError as error:
            faults.append(f"{manifest}:{number}: blank or no JSON: {error}")
            continue
        missing = {"path", "duration", *LABELS} - set(line if isinstance(line, dict) else ())
        if missing:
            faults.append(f"{manifest}:{number}: has no {', '.join(sorted(missing))}")
        else:
            lines.append(line)
    return lines, faults


def load(line: dict[str, Any], root: Path) -> tuple[Sample | None, list[str]]:
    """Read one sample as a consumer would, or say why that fails.

    Args:
        line: of the manifest.
        root: folder of the manifest, to which `path` is relative.
    """
    path = Path(line["path"])
    if path.is_absolute() or ".." in path.parts or set(",:") & set(line["path"]):
        return None, ["path must be relative, inside the dataset, without ',' and ':'"]
    wav, beside = root / path, (root / path).with_suffix(".json")
    for file in (wav, beside):
        if not file.is_file():
            return None, [f"{file.name} not found"]
    try:
        info = soundfile.info(wav)
        found = (info.format, info.subtype, info.samplerate, info.channels)
        if found != ("WAV", "PCM_16", SAMPLE_RATE, 2):
            return None, [f"expected WAV PCM_16 24000 Hz stereo, found {found}"]
        sidecar = json.loads(beside.read_text(encoding="utf-8"), parse_constant=_no_number)
        return Sample(line, sidecar, soundfile.read(wav, dtype="float32")[0]), []
    except (ValueError, soundfile.LibsndfileError) as error:  # ValueError: no JSON, or no UTF-8
        return None, [f"unreadable: {error}"]


def _no_number(name: str) -> float:
    raise ValueError(f"JSON holds {name}, which is no number")


def violations(sample: Sample, wav: Path) -> list[str]:
    """Every promise that one sample breaks."""
    if not isinstance(sample.sidecar, dict) or "alignments" not in sample.sidecar:
        return ["JSON has no `alignments`"]
    try:
        return list(_violations(sample, wav))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return [f"JSON or manifest is of another shape than `render` writes: {type(error).__name__}: {error}"]


def _violations(sample: Sample, wav: Path) -> Iterator[str]:
    yield from _format(sample, wav)
    yield from _copies(sample)
    yield from _sources(sample)
    yield from _words(sample)
    yield from _sound(sample)


def _format(sample: Sample, wav: Path) -> Iterator[str]:
    decoded, rate = sphn.read(wav)
    if rate != SAMPLE_RATE or not np.array_equal(decoded.T, sample.samples):
        yield "sphn decodes other samples than libsndfile"
    frames = len(sample.samples)
    for name, duration in (("manifest", sample.line["duration"]), ("JSON", sample.sidecar.get("duration"))):
        if duration is None or abs(duration * SAMPLE_RATE - frames) > 0.5:
            yield f"{name} says {duration} s, the file has {frames / SAMPLE_RATE} s"
    if "text_conditions" in sample.sidecar:
        yield "JSON has `text_conditions`, on which the stock trainer crashes"
    if sample.sidecar.get("sha256") != files.sha256(wav):
        yield "JSON belongs to another WAV (sha256)"
    for label in LABELS:
        if sample.line[label] != sample.sidecar.get(label):
            yield f"{label}: manifest says {sample.line[label]!r}, JSON {sample.sidecar.get(label)!r}"
    if sample.line["emotion"] not in tables.EMOTIONS or sample.line["style"] not in tables.STYLES:
        yield f"unknown emotion or style: {sample.line['emotion']!r}, {sample.line['style']!r}"


def _copies(sample: Sample) -> Iterator[str]:
    """A copy says that it is one, and how it was made; a clip itself was not changed."""
    sources = sample.sidecar["sources"]
    changed = [any(step["step"] in augmented_copies.STEPS for step in source["chain"]) for source in sources]
    if changed != [source.get("copy_number", 0) > 0 for source in sources]:
        yield "the chain of a source says otherwise than its copy_number whether it is a copy"
    if sample.sidecar.get("augmented") is not any(changed):
        yield f"augmented: JSON says {sample.sidecar.get('augmented')}, its chain says {any(changed)}"


def _sources(sample: Sample) -> Iterator[str]:
    """Each channel is one voice, whose clips stand one after the other; the labels hold for all of them."""
    sources = sample.sidecar["sources"]
    if len({source["clip_id"] for source in sources}) < len(sources):
        yield "a clip is in the sample twice"
    for number, channel in enumerate(tables.CHANNELS):
        own = [source for source in sources if source["channel"] == channel]
        if len({source["speaker"] for source in own}) > 1:
            yield f"several speakers on the {channel} channel"
        edges = [round(source[edge] * SAMPLE_RATE) for source in own for edge in ("start_s", "end_s")]
        if edges != sorted(edges) or any(a == b for a, b in zip(edges[::2], edges[1::2], strict=True)):
            yield f"sources on the {channel} channel are not in order, or overlap"
        elif own and any(sample.samples[a:b, number].any() for a, b in _between(edges, len(sample.samples))):
            yield f"the {channel} channel is not silent where no source is"
    packed = [source for source in sources if source["dialogue"] is None]  # turns of a dialogue may differ
    for label, said in ((label, sample.line[label]) for label in LABELS):
        if odd := {str(source[label]) for source in packed if source.get(label, said) != said}:
            yield f"{label}: manifest says {said!r}, a source {min(odd)!r}"


def _between(edges: list[int], n: int) -> Iterator[tuple[int, int]]:
    """What lies before, between and after spans in a channel of `n` samples."""
    outer = [0, *edges, n]
    return zip(outer[::2], outer[1::2], strict=True)


def _words(sample: Sample) -> Iterator[str]:
    alignments = sample.sidecar["alignments"]
    if not alignments:
        yield "no words"
        return
    if {speaker for _, _, speaker in alignments} != {SPEAKER}:
        yield f"a word is not labelled {SPEAKER}"
    times = np.array([span for _, span, _ in alignments], dtype=np.float64)
    starts, ends = times[:, 0], times[:, 1]
    if not (starts < ends).all():
        yield "a word does not start before it ends"
    if not (np.diff(starts) > 0).all() or not (ends[:-1] <= starts[1:]).all():
        yield "words are not in order, or overlap"
    if starts.min() < 0 or ends.max() * SAMPLE_RATE > len(sample.samples) + 0.5:
        yield "a word lies outside the sample"
    elif not _in_sources(sample, times):
        yield "a word is not within one source"
    for turn in sample.sidecar["turns"]:
        if not 0 <= turn["start_s"] < turn["end_s"] <= len(sample.samples) / SAMPLE_RATE + ROUNDING_S:
            yield f"turn {turn['turn']} lies outside the sample, or does not start before it ends"
    spoken = " ".join(word for word, _, _ in alignments)
    transcript = str(sample.sidecar.get("transcript"))
    if _written(spoken) != _written(transcript):
        yield f"words {spoken!r} are not the transcript {transcript!r}"


def _written(text: str) -> str:
    """With single spaces, and none beside Chinese characters, each of which is a word."""
    return re.sub(rf"\s*({HAN.pattern})\s*", r"\1", " ".join(text.split()))


def _in_sources(sample: Sample, times: NDArray[np.float64]) -> bool:
    """Whether each word, shape (n, 2), lies within a source on the left."""
    own = [source for source in sample.sidecar["sources"] if source["channel"] == "left"]
    starts, ends = (np.array([source[edge] for source in own]) for edge in ("start_s", "end_s"))
    late, early = times[:, None, 0] >= starts - ROUNDING_S, times[:, None, 1] <= ends + ROUNDING_S
    inside = late & early
    return bool(inside.any(axis=1).all())


def _sound(sample: Sample) -> Iterator[str]:
    left, right = sample.samples.T
    yield from _right(sample, left, right)
    if not left.any():
        yield "the left channel is silent"
        return
    if sample.sidecar["alignments"] and not louder_in_words(sample):
        yield "it is louder between the words than in them: the times are wrong"
    for source, gain in zip(sample.sidecar["sources"], gains(sample), strict=True):
        yield from _level(sample, source, gain)


def _right(sample: Sample, left: NDArray[np.float32], right: NDArray[np.float32]) -> Iterator[str]:
    """The user's channel: silent where nobody is on it, a voice of its own where a partner is."""
    partner = any(source["channel"] == "right" for source in sample.sidecar["sources"])
    if not partner and right.any():
        yield "the right channel is not digital silence"
    if partner and not right.any():
        yield "the right channel is silent, but has a partner"
    if partner and left.any() and right.any():
        likeness = abs(np.corrcoef(left, right)[0, 1])
        if likeness > MOST_ALIKE:
            yield f"the right channel is a copy of the left (correlation {likeness:.3f}): an echo"


def _level(sample: Sample, source: dict[str, Any], gain: dict[str, Any]) -> Iterator[str]:
    """Peak and loudness of one source, where it stands in the sample."""
    channel = tables.CHANNELS.index(source["channel"])
    start, end = (round(source[edge] * SAMPLE_RATE) for edge in ("start_s", "end_s"))
    voice = np.ascontiguousarray(sample.samples[start:end, channel])
    peak = loudness.true_peak_dbtp(voice, SAMPLE_RATE)
    if peak is not None and peak > gain["max_true_peak_dbtp"] + PEAK_TOLERANCE:
        yield f"true peak {peak:.2f} dBTP is above the ceiling {gain['max_true_peak_dbtp']} dBTP"
    if gain["loudness_method"] == "whole_dialogue":  # a window of it may be louder or softer than the whole
        return
    short = gain["loudness_method"] == "ungated_short"
    measure = loudness.ungated_lufs if short else loudness.integrated_lufs
    level = measure(voice, SAMPLE_RATE)
    off = np.inf if level is None else level - gain["target_lufs"]
    if off > LOUDNESS_TOLERANCE or (off < -LOUDNESS_TOLERANCE and not gain["gain_capped_by_true_peak"]):
        yield f"loudness {level} LUFS is not within {LOUDNESS_TOLERANCE} LU of {gain['target_lufs']} LUFS"


def gains(sample: Sample) -> list[dict[str, Any]]:
    """The gain step of each source's chain."""
    chains = [source["chain"] for source in sample.sidecar["sources"]]
    return [step for chain in chains for step in chain if step["step"] == "gain"]


def louder_in_words(sample: Sample) -> bool:
    """Whether the typical 10 ms inside the words is louder than the typical 10 ms outside them.

    Medians, not means: a breath into the microphone may hold more energy than all words. Where little lies
    outside the words, a weak end of one decides, so the times are wrong only from twice the power on.
    """
    step = SAMPLE_RATE // 100
    left = sample.samples[: len(sample.samples) // step * step, 0]
    power = np.square(left.reshape(-1, step)).mean(axis=1)
    inside = np.zeros(len(power), dtype=bool)
    for _, (start, end), _ in sample.sidecar["alignments"]:
        inside[round(start * 100) : round(end * 100)] = True
    return bool(inside.all() or (inside.any() and 2 * np.median(power[inside]) > np.median(power[~inside])))


def token_collisions(alignments: list[Any]) -> int:
    """Words whose tokens are all lost: the next word starts in the same 80 ms frame and replaces them."""
    frames = [int(start / FRAME_S) for _, (start, _), _ in alignments]
    return sum(a == b for a, b in pairwise(frames))


def read_through(manifest: Path, longest_s: float) -> tuple[int, int]:
    """Read a manifest with the trainer's own reader.

    Args:
        manifest: JSON lines.
        longest_s: duration of the longest sample, so that each is one window.

    Returns:
        Windows that came out, and their samples without padding.
    """
    reader = sphn.dataset_jsonl(
        str(manifest), duration_sec=longest_s, num_threads=1, sample_rate=SAMPLE_RATE, pad_last_segment=True
    )
    lengths = [window["unpadded_len"] for window in reader.seq(skip=0, step_by=1)]
    return len(lengths), sum(lengths)
