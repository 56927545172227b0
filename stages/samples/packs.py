"""Clips of one voice in one sample, for trainers whose window is longer than a clip.

What a sample says of itself holds for all of it: clips are packed together only if they are alike in `ALIKE`.
Copies are packed with copies of the same number, so no recording stands twice in a sample. Within a group the
order is that of a digest of the clip's id: takes of one sentence, which are neighbours by name, are parted,
and a clip that comes or goes changes samples of its own group only.
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


def places(samples: Iterable[int], longest: float, gap: int) -> list[tuple[int, int]]:
    """Number of the pack and offset in it for each clip in turn: as many to a pack as fit, at least one.

    Args:
        samples: length of each clip at 24 kHz.
        longest: length of a pack, in samples.
        gap: silence between two clips, in samples.
    """
    made: list[tuple[int, int]] = []
    pack, at = -1, 0
    for length in samples:
        if not made or at + length > longest:
            pack, at = pack + 1, 0
        made.append((pack, at))
        at += length + gap
    return made


def packed(clips: pd.DataFrame, max_pack_s: float, gap_s: float) -> pd.DataFrame:
    """The same clips with the places that they have in packs.

    Validation must fill a batch: where packs of `max_pack_s` are fewer, its packs are made half as long,
    again and again, until there are enough, or each has one clip.

    Args:
        clips: columns `ALIKE`, `sample_id` (their own), `clip_id`, `start`, `end`, `sample_rate`, `tempo`.
        max_pack_s: longest pack, in seconds; a longer clip is a sample of its own.
        gap_s: silence between two clips, in seconds.

    Returns:
        Sorted otherwise, with columns `sample_id`, `offset` and `is_primary`. A pack is named by its first
        clip and by how many it holds; a clip that is alone keeps its name.
    """
    spans = zip(clips.start, clips.end, clips.sample_rate, clips.tempo, strict=True)
    length = [lengths.stretched(lengths.resampled(b - a, rate), tempo) for a, b, rate, tempo in spans]
    digest = [hashlib.sha256(clip.encode()).hexdigest() for clip in clips.clip_id]
    ordered = clips.assign(length=length, digest=digest).sort_values([*ALIKE, "digest"])
    made = [_side(rows, max_pack_s, gap_s) for _, rows in ordered.groupby("split")]
    return pd.concat(made or [ordered.assign(offset=0, is_primary=True)]).drop(columns=["length", "digest"])


def _side(clips: pd.DataFrame, max_pack_s: float, gap_s: float) -> pd.DataFrame:
    fewest = tables.MIN_VALIDATION_SAMPLES if (clips.split == "validation").all() else 1
    made = _packs(clips, max_pack_s, gap_s)
    while made.is_primary.sum() < min(fewest, len(clips)):
        max_pack_s /= 2
        made = _packs(clips, max_pack_s, gap_s)
    return made


def _packs(clips: pd.DataFrame, max_pack_s: float, gap_s: float) -> pd.DataFrame:
    group = clips.groupby(list(ALIKE), sort=False).ngroup()
    found = clips.length.groupby(group, sort=False).transform(
        lambda own: pd.Series(places(own, max_pack_s * SAMPLE_RATE, round(gap_s * SAMPLE_RATE)), own.index)
    )
    offset = found.map(lambda place: place[1]).astype("int64")
    pack = [group, found.map(lambda place: place[0])]
    first = clips.sample_id.groupby(pack).transform("first")
    count = clips.sample_id.groupby(pack).transform("size")
    name = first.where(count == 1, first + "__p" + count.astype(str))
    return clips.assign(sample_id=name, offset=offset, is_primary=offset == 0)
