"""Checks of the source clips in a sample: processing chain, position and labels."""

from collections.abc import Iterator

from stages.checks.files import Sample
from stages.core import tables
from stages.samples import augmented_copies
from stages.samples.sidecar import MANIFEST_LABELS
from stages.signal.lengths import SAMPLE_RATE


def copies(sample: Sample) -> Iterator[str]:
    """Check that augmented copies, and no others, are marked as copies and have the steps of a copy."""
    sources = sample.sidecar["sources"]
    is_copy = [any(step["step"] in augmented_copies.STEPS for step in source["chain"]) for source in sources]
    if is_copy != [source.get("copy_number", 0) > 0 for source in sources]:
        yield "copy_number does not match the processing chain of a source"
    if sample.sidecar.get("augmented") is not any(is_copy):
        yield f"augmented: expected {any(is_copy)} from the chains, found {sample.sidecar.get('augmented')}"


def places(sample: Sample) -> Iterator[str]:
    """Check that each channel has one speaker, and consecutive clips with silence between them."""
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
        elif own and any(sample.samples[a:b, number].any() for a, b in _gaps(edges, len(sample.samples))):
            yield f"the {channel} channel is not silent outside the sources"


def packed_labels(sample: Sample) -> Iterator[str]:
    """Check that all packed clips have the labels of the sample; turns of a dialogue may differ."""
    packed = [source for source in sample.sidecar["sources"] if source["dialogue"] is None]
    for label, value in ((label, sample.line[label]) for label in MANIFEST_LABELS):
        if odd := {str(source[label]) for source in packed if source.get(label, value) != value}:
            yield f"{label}: manifest has {value!r}, a source {min(odd)!r}"


def _gaps(edges: list[int], n: int) -> Iterator[tuple[int, int]]:
    """Yield the gaps before, between and after the sources in a channel of `n` samples."""
    outer = [0, *edges, n]
    return zip(outer[::2], outer[1::2], strict=True)
