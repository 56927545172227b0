"""The same audio under two names, found in near-linear time: exact copies, and near ones by fingerprint.

Nearness is symmetric and does not depend on the order of clips; groups are its connected components.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stages.signal.fingerprint import BIT_DEPTHS, Codes, decode
from stages.text.text_normalization import normalised

MAX_ERROR = 0.18
"""Share of differing bits. Copies of RAVDESS clips with all changes of `benchmarks/duplicates.py` reach 0.07,
in Vorbis at 40 kbit/s 0.09, and 0.2 where MP3 at 35 kbit/s has eaten a very quiet one; two takes of one
sentence by one actor never come below 0.25, most lie near 0.45."""
MIN_FRAMES = 24
"""Frames of 16 ms in which both sound: fewer bits may agree by chance."""
MIN_COVERED = 0.5
"""Of the sounding frames of the longer clip: an utterance out of a dialogue is not the dialogue."""
MIN_HITS = 2
"""Equal codes at one offset that make a pair of clips worth comparing."""
NEIGHBOURS = 4
"""Clips with the same code that are paired, in a fixed order: a common sound costs linear time.
A chain of copies is one group all the same."""
OFFSETS = 1 << 13
"""Frames, over two minutes: more than any offset; keeps (clip, clip, offset) in one integer."""


def bit_error(a: Codes, b: Codes, offset: int) -> float:
    """Share of differing bits where `b`, delayed by `offset` frames, sounds together with `a`.

    Returns:
        1.0 where they sound together in too few frames, or in too small a part of the longer.
    """
    start, end = max(0, offset), min(len(a), len(b) + offset)
    if end <= start:
        return 1.0
    x, y = a[start:end], b[start - offset : end - offset]
    both = (x != 0) & (y != 0)
    n = int(np.count_nonzero(both))
    longer = max(np.count_nonzero(a), np.count_nonzero(b))
    if n < MIN_FRAMES or n < MIN_COVERED * longer:
        return 1.0
    return float(np.bitwise_count(x[both] ^ y[both]).sum()) / (BIT_DEPTHS * n)


def candidates(fingerprints: Sequence[Codes]) -> NDArray[np.int64]:
    """Pairs of clips that share codes at one offset, by an inverted index.

    Args:
        fingerprints: one per clip, in an order that depends on nothing but the clips.

    Returns:
        Shape (k, 3): first clip < second clip, and the frames by which the second is delayed in the first.
    """
    lengths = [len(codes) for codes in fingerprints]
    if not sum(lengths):
        return np.zeros((0, 3), np.int64)
    code = np.concatenate(fingerprints)
    clip = np.repeat(np.arange(len(fingerprints)), lengths)
    frame = np.concatenate([np.arange(length) for length in lengths])
    entry = (code.astype(np.uint64) << np.uint64(32)) | clip.astype(np.uint64)
    entry, first = np.unique(entry[code != 0], return_index=True)  # a code that lasts counts once per clip
    frame = frame[code != 0][first]
    code, clip = entry >> np.uint64(32), (entry & np.uint64(0xFFFFFFFF)).astype(np.int64)
    found = []
    for step in range(1, NEIGHBOURS + 1):
        same = np.flatnonzero(code[step:] == code[:-step])
        offset = np.clip(frame[same] - frame[same + step], 1 - OFFSETS, OFFSETS - 1)
        found.append(_pack(clip[same], clip[same + step], offset, len(lengths)))
    pairs, hits = np.unique(np.concatenate(found), return_counts=True)
    return _unpack(pairs[hits >= MIN_HITS], len(lengths))


def _pack(
    a: NDArray[np.int64], b: NDArray[np.int64], offset: NDArray[np.int64], clips: int
) -> NDArray[np.int64]:
    packed: NDArray[np.int64] = (a * clips + b) * (2 * OFFSETS) + offset + OFFSETS
    return packed


def _unpack(packed: NDArray[np.int64], clips: int) -> NDArray[np.int64]:
    pair, offset = np.divmod(packed, 2 * OFFSETS)
    return np.stack([pair // clips, pair % clips, offset - OFFSETS], axis=1)


def near_pairs(fingerprints: Sequence[Codes]) -> NDArray[np.int64]:
    """Pairs of near duplicates among `candidates`, shape (k, 2)."""
    found = candidates(fingerprints)
    near = [
        min(bit_error(fingerprints[a], fingerprints[b], offset + by) for by in (-1, 0, 1)) <= MAX_ERROR
        for a, b, offset in found.tolist()
    ]
    return np.unique(found[np.array(near, dtype=bool), :2], axis=0)


def components(pairs: NDArray[np.int64], clips: int) -> NDArray[np.int64]:
    """The number of each clip's group, shape (clips,); clips that no pair joins are alone in theirs."""
    ones = np.ones(len(pairs), dtype=bool)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(clips, clips))
    groups: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def near_groups(clips: pd.DataFrame) -> pd.Series:
    """A name of the group of each clip: all that sound the same, directly or through others.

    Args:
        clips: columns `clip_id`, `audio_sha256` (null: alone) and `fingerprint` (null or empty: exact only).

    Returns:
        The smallest clip id of the group, on the index of `clips`.
    """
    ordered = clips.sort_values("clip_id")
    exact = ordered.audio_sha256.fillna(ordered.clip_id)
    heads = ordered[~exact.duplicated()]  # exact copies share one fingerprint: compared once
    pairs = near_pairs([decode(text or "") for text in heads.fingerprint.fillna("")])
    group = pd.Series(components(pairs, len(heads)), index=exact[heads.index])
    member = exact.map(group)
    return ordered.clip_id.groupby(member).transform("first").reindex(clips.index)


def contradicting(clips: pd.DataFrame, group: pd.Series) -> pd.Series:
    """The clips whose group disagrees about emotion or words: none of them can be believed.

    A transcript that is not known contradicts nothing.

    Args:
        clips: columns `emotion_intended`, `transcript`.
        group: the name of each clip's group, on the same index.
    """
    words = clips.transcript.map(normalised)
    stated = words.mask(words == "")  # nunique passes over nulls
    emotions = clips.emotion_intended.groupby(group).transform("nunique")
    return (emotions > 1) | (stated.groupby(group).transform("nunique") > 1)


def repeated(clips: pd.DataFrame, unfit: pd.Series) -> dict[str, pd.Series]:
    """Clips whose audio occurs more than once, as one mask per reason, on the index of `clips`.

    Of a group that contradicts itself all go. Of one that agrees, one stays: fit for the dataset if any is,
    then of the highest sample rate, then the first by clip id.

    Args:
        clips: columns `clip_id`, `audio_sha256`, `fingerprint`, `sample_rate`, `emotion_intended` and
            `transcript`.
        unfit: clips that are dropped for another reason.
    """
    exact = clips.audio_sha256.fillna(clips.clip_id)
    near = near_groups(clips)
    exact_clash = contradicting(clips, exact)
    near_clash = contradicting(clips, near) & ~exact_clash
    rate = clips.sample_rate.astype("float64").fillna(0.0)
    ranked = clips.assign(unfit=unfit, rate=-rate).sort_values(["unfit", "rate", "clip_id"]).index
    again = exact[ranked].duplicated().reindex(clips.index)
    surplus = near[ranked].duplicated().reindex(clips.index)
    clash = exact_clash | near_clash
    return {
        "duplicate_label_conflict": exact_clash,
        "duplicate_audio": again & ~clash,
        "near_duplicate_label_conflict": near_clash,
        "near_duplicate": surplus & ~again & ~clash,
    }


def duplicate_dialogue(clips: pd.DataFrame, unfit: pd.Series) -> pd.Series:
    """Clips of dialogues that another corpus holds too, on the index of `clips`, as DailyTalk has two.

    Two corpora share a dialogue if its name and its `split_group` are the same. It is taken from a corpus in
    which some of it is fit, if any; then from two-channel recordings, which hear both voices; then from the
    corpus that comes first by name.

    Args:
        clips: columns `corpus`, `split_group`, `dialogue` (null: no part of one), `source_channel`.
        unfit: clips that are dropped for another reason.
    """
    talks = clips.assign(unfit=unfit, one_voice=clips.source_channel.isna())[clips.dialogue.notna()]
    ranked = talks.groupby(["split_group", "dialogue", "corpus"])[["unfit", "one_voice"]].all().reset_index()
    ranked = ranked.sort_values(["unfit", "one_voice", "corpus"])
    taken = ranked.groupby(["split_group", "dialogue"]).corpus.first()
    keys = pd.MultiIndex.from_frame(talks[["split_group", "dialogue"]])
    elsewhere = talks.corpus != taken.reindex(keys).to_numpy()
    return elsewhere.reindex(clips.index, fill_value=False)
