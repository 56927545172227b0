"""Packs: several clips of one speaker in one sample, for trainers whose window is longer than a clip.

The labels of a sample are valid for all of its clips: only clips with equal columns `GROUP_BY` are packed
together. Copies are packed with copies of the same number, so no recording is in a sample twice. Within a
group, clips are sorted by a digest of their ids: takes of one sentence, which are adjacent by name, are
separated, and an added or removed clip changes samples of its own group only.
"""

import hashlib
from collections.abc import Iterable

import pandas as pd

from stages.core import tables
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE

GROUP_BY = (
    "split", "corpus", "speaker", "language", "emotion_intended", "corpus_label", "style", "license",
    "citation", "copy_number",
)  # fmt: skip


def assign_packs(samples: Iterable[int], max_samples: float, gap: int) -> list[tuple[int, int]]:
    """Assign consecutive clips to packs: as many to each pack as fit, at least one.

    Args:
        samples: length of each clip, in samples at 24 kHz.
        max_samples: maximum length of a pack, in samples.
        gap: silence between two clips, in samples.

    Returns:
        Number of the pack of each clip, and offset of the clip in the pack, in samples.
    """
    made: list[tuple[int, int]] = []
    pack, offset = -1, 0
    for length in samples:
        if not made or offset + length > max_samples:
            pack, offset = pack + 1, 0
        made.append((pack, offset))
        offset += length + gap
    return made


def packed(clips: pd.DataFrame, max_pack_s: float, gap_s: float) -> pd.DataFrame:
    """Pack clips.

    Validation must fill a batch: if there are too few packs of `max_pack_s` in validation, the maximum length
    is halved there until there are enough, or each pack has one clip.

    Args:
        clips: columns `GROUP_BY`, `sample_id` (single), `clip_id`, `start`, `end`, `sample_rate`, `tempo`.
        max_pack_s: maximum length of a pack, in seconds; a longer clip is a separate sample.
        gap_s: silence between two clips, in seconds.

    Returns:
        The clips in another order, with columns `sample_id`, `offset` and `is_primary`. A pack is named
        after its first clip and the number of its clips; a single clip keeps its name.
    """
    spans = zip(clips.start, clips.end, clips.sample_rate, clips.tempo, strict=True)
    length = [lengths.rendered(b - a, rate, tempo) for a, b, rate, tempo in spans]
    digest = [hashlib.sha256(clip.encode()).hexdigest() for clip in clips.clip_id]
    ordered = clips.assign(length=length, digest=digest).sort_values([*GROUP_BY, "digest"])
    made = [_packed_split(rows, max_pack_s, gap_s) for _, rows in ordered.groupby("split")]
    return pd.concat(made or [ordered.assign(offset=0, is_primary=True)]).drop(columns=["length", "digest"])


def _packed_split(clips: pd.DataFrame, max_pack_s: float, gap_s: float) -> pd.DataFrame:
    gap, group = round(gap_s * SAMPLE_RATE), clips.groupby(list(GROUP_BY), sort=False).ngroup()
    found = clips.length.groupby(group, sort=False).transform(
        lambda own: pd.Series(assign_packs(own, max_pack_s * SAMPLE_RATE, gap), own.index)
    )
    offset = found.str[1].astype("int64")
    minimum = tables.MIN_VALIDATION_SAMPLES if (clips.split == "validation").all() else 1
    if (offset == 0).sum() < min(minimum, len(clips)):
        return _packed_split(clips, max_pack_s / 2, gap_s)
    members = clips.sample_id.groupby([group, found.str[0]])
    first, count = members.transform("first"), members.transform("size")
    name = first.where(count == 1, first + "__p" + count.astype(str))
    return clips.assign(sample_id=name, offset=offset, is_primary=offset == 0)
