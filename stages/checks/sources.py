"""Checks of the source clips in a sample: their processing chain, places and labels."""

from collections.abc import Iterator

from stages.checks.files import Sample
from stages.core import tables
from stages.samples import augmented_copies
from stages.samples.sidecar import MANIFEST_LABELS
from stages.signal.lengths import SAMPLE_RATE


def copies(sample: Sample) -> Iterator[str]:
    """Check that copies, and copies only, are marked as such and have the steps of a copy."""
    sources = sample.sidecar["sources"]
    changed = [any(step["step"] in augmented_copies.STEPS for step in source["chain"]) for source in sources]
    if changed != [source.get("copy_number", 0) > 0 for source in sources]:
        yield "the chain of a source and its copy_number differ on whether it is a copy"
    if sample.sidecar.get("augmented") is not any(changed):
        yield f"augmented: JSON says {sample.sidecar.get('augmented')}, its chain says {any(changed)}"


def places(sample: Sample) -> Iterator[str]:
    """Check that each channel has one speaker, whose clips follow each other with silence between them."""
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


def packed_labels(sample: Sample) -> Iterator[str]:
    """Check that the labels hold for all packed clips; turns of a dialogue may differ."""
    packed = [source for source in sample.sidecar["sources"] if source["dialogue"] is None]
    for label, value in ((label, sample.line[label]) for label in MANIFEST_LABELS):
        if odd := {str(source[label]) for source in packed if source.get(label, value) != value}:
            yield f"{label}: manifest says {value!r}, a source {min(odd)!r}"


def _between(edges: list[int], n: int) -> Iterator[tuple[int, int]]:
    """Return the spans before, between and after spans in a channel of `n` samples."""
    outer = [0, *edges, n]
    return zip(outer[::2], outer[1::2], strict=True)
