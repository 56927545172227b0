"""Packs: several clips of one voice in one sample, for trainers whose window is longer than a clip.

A sample's labels hold for all of it: clips are packed together only if their columns `ALIKE` are equal.
Copies are packed with copies of the same number, so no recording is in a sample twice. Within a group the
order is that of a digest of the clip's id: takes of one sentence, which are neighbours by name, are
separated, and an added or removed clip changes samples of its own group only.
"""

import hashlib
from collections.abc import Iterable

import pandas as pd

from stages.core import tables
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE

ALIKE = (
    "split", "corpus", "speaker", "language", "emotion_intended", "corpus_label", "style", "license",
    "citation", "copy_number",
)  # fmt: skip


def places(samples: Iterable[int], max_samples: float, gap: int) -> list[tuple[int, int]]:
    """Assign consecutive clips to packs, as many to a pack as fit, at least one.

    Args:
        samples: length of each clip at 24 kHz.
        max_samples: maximum length of a pack.
        gap: silence between two clips, in samples.

    Returns:
        For each clip the number of its pack and its offset there, in samples.
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

    Validation must fill a batch: if packs of `max_pack_s` are too few, those of validation are halved in
    length until there are enough, or each has one clip.

    Args:
        clips: columns `ALIKE`, `sample_id` (their own), `clip_id`, `start`, `end`, `sample_rate`, `tempo`.
        max_pack_s: maximum length of a pack, in seconds; a longer clip is a sample of its own.
        gap_s: silence between two clips, in seconds.

    Returns:
        The clips in another order, with columns `sample_id`, `offset` and `is_primary`. The name of a pack is
        that of its first clip and the number of its clips; a clip that is alone keeps its name.
    """
    spans = zip(clips.start, clips.end, clips.sample_rate, clips.tempo, strict=True)
    length = [lengths.stretched(lengths.resampled(b - a, rate), tempo) for a, b, rate, tempo in spans]
    digest = [hashlib.sha256(clip.encode()).hexdigest() for clip in clips.clip_id]
    ordered = clips.assign(length=length, digest=digest).sort_values([*ALIKE, "digest"])
    made = [_packed_split(rows, max_pack_s, gap_s) for _, rows in ordered.groupby("split")]
    return pd.concat(made or [ordered.assign(offset=0, is_primary=True)]).drop(columns=["length", "digest"])


def _packed_split(clips: pd.DataFrame, max_pack_s: float, gap_s: float) -> pd.DataFrame:
    group = clips.groupby(list(ALIKE), sort=False).ngroup()
    found = clips.length.groupby(group, sort=False).transform(
        lambda own: pd.Series(places(own, max_pack_s * SAMPLE_RATE, round(gap_s * SAMPLE_RATE)), own.index)
    )
    offset = found.str[1].astype("int64")
    minimum = tables.MIN_VALIDATION_SAMPLES if (clips.split == "validation").all() else 1
    if (offset == 0).sum() < min(minimum, len(clips)):
        return _packed_split(clips, max_pack_s / 2, gap_s)
    own = clips.sample_id.groupby([group, found.str[0]])
    first, count = own.transform("first"), own.transform("size")
    name = first.where(count == 1, first + "__p" + count.astype(str))
    return clips.assign(sample_id=name, offset=offset, is_primary=offset == 0)
