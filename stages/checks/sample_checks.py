"""List of all checks of one rendered sample.

The rules are those of moshi-finetune (commit 2acc879) with its reader sphn, and of the CSM trainers. Most
violations would cause no error in training: the trainer would use less data, or wrong data.
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
    """Run all checks; return one sentence per fault."""
    if not isinstance(sample.sidecar, dict) or "alignments" not in sample.sidecar:
        return ["JSON has no `alignments`"]
    try:
        return [fault for check in CHECKS for fault in check(sample)]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return [f"JSON or manifest is not structured as `render` does: {type(error).__name__}: {error}"]
