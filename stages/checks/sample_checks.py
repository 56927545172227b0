"""All checks of one rendered sample.

The rules are those of moshi-finetune (commit 2acc879) and its reader sphn, and of the CSM trainers. Most
failures would be silent: a trainer would use less data, or wrong data.
"""

from collections.abc import Callable, Iterator

from stages.checks import audio, files, sources, words
from stages.checks.files import Sample

CHECKS: tuple[Callable[[Sample], Iterator[str]], ...] = (
    files.decoders, files.durations, files.sidecar, files.labels,
    sources.copies, sources.places, sources.packed_labels,
    words.words, words.turns, words.transcript,
    audio.right_channel, audio.left_channel,
)  # fmt: skip


def violations(sample: Sample) -> list[str]:
    """Run all checks; return what is wrong, as sentences."""
    if not isinstance(sample.sidecar, dict) or "alignments" not in sample.sidecar:
        return ["JSON has no `alignments`"]
    try:
        return [fault for check in CHECKS for fault in check(sample)]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return [f"JSON or manifest is of another shape than `render` writes: {type(error).__name__}: {error}"]
