"""Search for duplicates in near-linear time: exact copies, and near duplicates by fingerprint.

Near duplicates are symmetric and do not depend on the order of clips; groups are connected components.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stages.signal.fingerprint import CODE_BITS, Codes, decode
from stages.text.text_normalization import normalize

MAX_ERROR = 0.18
"""Maximum share of differing bits. Copies of RAVDESS clips with all changes of `benchmarks/duplicates.py`
reach 0.07, in Vorbis at 40 kbit/s 0.09, very quiet ones in MP3 at 35 kbit/s 0.2; two takes of one sentence by
one actor differ by 0.25 or more, typically by 0.45."""
MIN_FRAMES = 24
"""Minimum frames of 16 ms with sound in both clips: fewer bits may agree by chance."""
MIN_COVERED = 0.5
"""Minimum share of the longer clip's frames with sound: an utterance is not a duplicate of its dialogue."""
MIN_HITS = 2
"""Minimum equal codes at one offset for two clips to be compared."""
NEIGHBOURS = 4
"""Maximum number of following clips with the same code, in a fixed order, that are compared with a clip: a
common sound then takes linear time. A chain of copies is still one group."""
OFFSETS = 1 << 13
"""Maximum offset in frames, over two minutes; keeps (clip, clip, offset) in one integer."""


def bit_error(a: Codes, b: Codes, offset: int) -> float:
    """Compute the share of differing bits in the frames where `a` and `b`, delayed by `offset`, have sound.

    Returns:
        1.0 if these frames are fewer than `MIN_FRAMES`, or than `MIN_COVERED` of the longer clip.
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
    return float(np.bitwise_count(x[both] ^ y[both]).sum()) / (CODE_BITS * n)


def candidates(fingerprints: Sequence[Codes]) -> NDArray[np.int64]:
    """Find pairs of clips that share codes at one offset, by an inverted index.

    The order of the fingerprints must depend on the clips alone.

    Returns:
        Shape (k, 3): first clip < second clip, and the delay of the second in frames.
    """
    clips, lengths = len(fingerprints), [len(codes) for codes in fingerprints]
    if not sum(lengths):
        return np.zeros((0, 3), np.int64)
    code = np.concatenate(fingerprints)
    clip = np.repeat(np.arange(clips), lengths)
    frame = np.concatenate([np.arange(length) for length in lengths])
    entry = (code.astype(np.uint64) << np.uint64(32)) | clip.astype(np.uint64)
    entry, first = np.unique(entry[code != 0], return_index=True)  # a code that lasts counts once per clip
    frame = frame[code != 0][first]
    code, clip = entry >> np.uint64(32), (entry & np.uint64(0xFFFFFFFF)).astype(np.int64)
    found = []
    for step in range(1, NEIGHBOURS + 1):
        same = np.flatnonzero(code[step:] == code[:-step])
        offset = np.clip(frame[same] - frame[same + step], 1 - OFFSETS, OFFSETS - 1)
        found.append((clip[same] * clips + clip[same + step]) * (2 * OFFSETS) + offset + OFFSETS)
    packed, hits = np.unique(np.concatenate(found), return_counts=True)
    pair, offset = np.divmod(packed[hits >= MIN_HITS], 2 * OFFSETS)
    return np.stack([*np.divmod(pair, clips), offset - OFFSETS], axis=1)


def near_pairs(fingerprints: Sequence[Codes]) -> NDArray[np.int64]:
    """Find the near duplicates among `candidates`, shape (k, 2)."""
    found = candidates(fingerprints)
    near = [
        min(bit_error(fingerprints[a], fingerprints[b], offset + by) for by in (-1, 0, 1)) <= MAX_ERROR
        for a, b, offset in found.tolist()
    ]
    return np.unique(found[np.array(near, dtype=bool), :2], axis=0)


def components(pairs: NDArray[np.int64], clips: int) -> NDArray[np.int64]:
    """Number the groups that pairs form, shape (clips,): one number per clip; a group may be one clip."""
    ones = np.ones(len(pairs), dtype=bool)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(clips, clips))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def near_groups(clips: pd.DataFrame) -> pd.Series:
    """Name the group of each clip: its near duplicates, their near duplicates and so on.

    Args:
        clips: columns `clip_id`, `audio_sha256` (null: alone) and `fingerprint` (null or empty: exact only).

    Returns:
        The first clip id of the group in alphabetical order, on the index of `clips`.
    """
    ordered = clips.sort_values("clip_id")
    exact = ordered.audio_sha256.fillna(ordered.clip_id)
    heads = ordered[~exact.duplicated()]  # exact copies have one fingerprint: compared once
    pairs = near_pairs([decode(text or "") for text in heads.fingerprint.fillna("")])
    group = pd.Series(components(pairs, len(heads)), index=exact[heads.index])
    member = exact.map(group)
    return ordered.clip_id.groupby(member).transform("first").reindex(clips.index)


def label_conflicts(clips: pd.DataFrame, group: pd.Series) -> pd.Series:
    """Find clips whose group has several emotions or transcripts; an empty transcript does not count.

    Args:
        clips: columns `emotion_intended`, `transcript`.
        group: name of each clip's group, on the same index.
    """
    words = clips.transcript.map(normalize)
    stated = words.mask(words == "")  # nunique ignores nulls
    emotions = clips.emotion_intended.groupby(group).transform("nunique")
    return (emotions > 1) | (stated.groupby(group).transform("nunique") > 1)


def find_duplicates(clips: pd.DataFrame, unfit: pd.Series) -> dict[str, pd.Series]:
    """Find clips whose audio occurs more than once, as a mask per reason on the index of `clips`.

    A group with contradicting labels is dropped completely. Of another group, one clip is kept: preferably
    one that is not dropped for another reason, then that with the maximum sample rate, then the first by id.

    Args:
        clips: columns `clip_id`, `audio_sha256`, `fingerprint`, `sample_rate`, `emotion_intended` and
            `transcript`.
        unfit: clips that are dropped for another reason.
    """
    exact = clips.audio_sha256.fillna(clips.clip_id)
    near = near_groups(clips)
    exact_conflict = label_conflicts(clips, exact)
    near_conflict = label_conflicts(clips, near) & ~exact_conflict
    rate = clips.sample_rate.astype("float64").fillna(0.0)
    ranked = clips.assign(unfit=unfit, rate=-rate).sort_values(["unfit", "rate", "clip_id"]).index
    exact_copy = exact[ranked].duplicated().reindex(clips.index)
    near_copy = near[ranked].duplicated().reindex(clips.index)
    conflict = exact_conflict | near_conflict
    return {
        "duplicate_label_conflict": exact_conflict,
        "duplicate_audio": exact_copy & ~conflict,
        "near_duplicate_label_conflict": near_conflict,
        "near_duplicate": near_copy & ~exact_copy & ~conflict,
    }


def duplicate_dialogues(clips: pd.DataFrame, unfit: pd.Series) -> pd.Series:
    """Find clips of dialogues whose clips in another corpus are kept instead, on the index of `clips`.

    Two corpora share a dialogue if its name and its `split_group` are the same. The dialogue is kept in a
    corpus in which some of its clips are fit, if any; then in two-channel recordings; then first by name.

    Args:
        clips: columns `corpus`, `split_group`, `dialogue` (null: not part of one), `source_channel`.
        unfit: clips that are dropped for another reason.
    """
    rows = clips.assign(unfit=unfit, one_voice=clips.source_channel.isna())[clips.dialogue.notna()]
    ranked = rows.groupby(["split_group", "dialogue", "corpus"])[["unfit", "one_voice"]].all().reset_index()
    ranked = ranked.sort_values(["unfit", "one_voice", "corpus"])
    chosen = ranked.groupby(["split_group", "dialogue"]).corpus.first()
    keys = pd.MultiIndex.from_frame(rows[["split_group", "dialogue"]])
    elsewhere = rows.corpus != chosen.reindex(keys).to_numpy()
    return elsewhere.reindex(clips.index, fill_value=False)
