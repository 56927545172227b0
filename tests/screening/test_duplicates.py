"""Duplicates: robustness of the fingerprint, groups, and which of their clips are dropped."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks import duplicates as bench
from stages.core import audio
from stages.screening import duplicates
from stages.signal import fingerprint
from stages.signal.fingerprint import Codes
from stages.signal.types import Samples
from tests import makers
from tests.pipeline import RECORDINGS
from tests.voices import pink, syllables, white

RATE = 48000


def voice(seed: int) -> Samples:
    """Three seconds of noise in the rhythm of syllables, like a whisper."""
    rhythm = np.abs(syllables(RATE, [0.5, 0.9, 1.3, 1.9, 2.3, 2.7])) > 0
    whisper: Samples = (0.05 * pink(len(rhythm), seed) * rhythm).astype(np.float32)
    return whisper


@pytest.mark.parametrize("change", bench.CHANGES.values(), ids=bench.CHANGES)
@pytest.mark.parametrize("seed", range(3))
def test_a_changed_copy_is_near_and_another_voice_is_not(change: Any, seed: int) -> None:
    originals = [fingerprint.codes(voice(other), RATE) for other in range(4)]
    copy = fingerprint.codes(*change((voice(seed), RATE), np.random.default_rng(seed)))
    assert duplicates.near_pairs([*originals, copy]).tolist() == [[seed, 4]]


def test_gain_changes_no_bit() -> None:
    quiet, loud = (fingerprint.codes(voice(1) * np.float32(g), RATE) for g in (0.25, 2.0))
    np.testing.assert_array_equal(quiet, loud)  # powers of two are exact


def test_one_bit_per_pair_of_bands_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    # one band rises between frames: the slope to its left falls, the slope to its right grows
    energies = np.zeros((5, fingerprint.BANDS), np.float32)
    energies[4, 2] = 1.0
    monkeypatch.setattr(fingerprint, "band_energies", lambda samples, rate: energies)
    assert fingerprint.codes(np.zeros(1, np.float32), RATE).tolist() == [1 << (31 - 2)]


@pytest.mark.parametrize("n", [0, 1, 100, 12287, 12288, 20000])
def test_short_and_silent_clips_have_no_codes(n: int) -> None:
    codes = fingerprint.codes(np.zeros(n, np.float32), RATE)
    assert len(codes) == 0
    assert duplicates.near_pairs([codes] * 3).tolist() == []


@given(st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_text_of_codes_is_lossless(values: list[int]) -> None:
    codes = np.array(values, np.uint32)
    assert fingerprint.decode(fingerprint.encode(codes)).tolist() == values


def noise_codes(rng: np.random.Generator, length: int) -> Codes:
    return rng.integers(1, 2**32, length, np.uint32)


@given(st.integers(0, 10**6), st.integers(1, 80), st.integers(1, 80), st.integers(-90, 90))
def test_bit_error_is_symmetric(seed: int, n: int, m: int, offset: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = noise_codes(rng, n), noise_codes(rng, m)
    assert duplicates.bit_error(a, b, offset) == duplicates.bit_error(b, a, -offset)


def test_bit_error_by_hand() -> None:
    a = np.full(40, 0xFFFFFFFF, np.uint32)
    b = np.concatenate([np.full(10, 0xFFFFFFFF, np.uint32), np.full(20, 0xFFFFFFFE, np.uint32)])
    assert duplicates.bit_error(a, b, 5) == pytest.approx(20 / (32 * 30))
    assert duplicates.bit_error(a, b, 17) == 1.0  # 23 frames in common, the minimum is 24
    assert duplicates.bit_error(np.full(61, 1, np.uint32), b, 0) == 1.0  # less than half of the longer


def clips(rng: np.random.Generator, copies: list[int]) -> pd.DataFrame:
    """`copies[i]` near duplicates for each i, with different edges and a few wrong bits."""
    rows: list[dict[str, Any]] = []
    for group, count in enumerate(copies):
        original = noise_codes(rng, 100)
        for copy in range(count):
            codes = original[rng.integers(0, 10) : 100 - rng.integers(0, 10)].copy()
            codes[rng.integers(0, len(codes), 5)] ^= np.uint32(1) << np.uint32(rng.integers(0, 32))
            rows.append({"clip_id": f"c_{len(rows):03d}", "group": group, "audio_sha256": f"{group}-{copy}",
                         "fingerprint": fingerprint.encode(codes)})  # fmt: skip
    return pd.DataFrame(rows)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 12), min_size=1, max_size=6))
@example(0, [300])
def test_groups_are_the_planted_ones_in_any_order(seed: int, copies: list[int]) -> None:
    rng = np.random.default_rng(seed)
    table = clips(rng, copies)
    found = duplicates.near_groups(table)
    first = table.groupby("group").clip_id.transform("min")
    assert found.tolist() == first.tolist()
    shuffled = table.iloc[rng.permutation(len(table))]
    assert duplicates.near_groups(shuffled).sort_index().tolist() == found.tolist()


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=20))
def test_components_equal_a_plain_union_find(pairs: list[tuple[int, int]]) -> None:
    parent = list(range(16))

    def root(x: int) -> int:
        return x if parent[x] == x else root(parent[x])

    for a, b in pairs:
        parent[root(a)] = root(b)
    found = duplicates.components(np.array(pairs, np.int64).reshape(-1, 2), 16)
    same = [[root(a) == root(b) for a in range(16)] for b in range(16)]
    assert (found[:, None] == found[None, :]).tolist() == same


def test_a_common_sound_costs_linear_time() -> None:
    # 3,000 clips that share half a second and nothing else: 4.5 million pairs, of which few are candidates
    rng = np.random.default_rng(0)
    shared = noise_codes(rng, 30)
    codes = [np.concatenate([noise_codes(rng, 100), shared]) for _ in range(3000)]
    assert len(duplicates.candidates(codes)) <= 20 * 3000
    assert len(duplicates.near_pairs(codes[:50])) == 0


A, B, C = {"sound": "a"}, {"sound": "b"}, {"sound": "c"}
SAD, SLOW, TWIN = {"emotion_intended": "sad"}, {"sample_rate": 16000}, {**A, "audio_sha256": "f" * 64}
SPELLED = [{**A, "transcript": text} for text in ("It's time.", "its  TIME", "")]
EXACT, EXACT_CONFLICT = "duplicate_audio", "duplicate_label_conflict"
NEAR, NEAR_CONFLICT = "near_duplicate", "near_duplicate_label_conflict"


@pytest.mark.parametrize(
    ("rows", "unfit", "expected"),
    [
        ([A, A, B, {**B, **SAD}, C], None, ["kept", NEAR, NEAR_CONFLICT, NEAR_CONFLICT, "kept"]),
        ([TWIN, TWIN, A], None, ["kept", EXACT, NEAR]),
        ([TWIN, {**TWIN, **SAD}, A], None, [EXACT_CONFLICT, EXACT_CONFLICT, NEAR_CONFLICT]),
        ([A, A], 0, [NEAR, "kept"]),
        ([{**A, **SLOW}, A], None, [NEAR, "kept"]),
        ([{**A, **SLOW}, A], 1, ["kept", NEAR]),
        (SPELLED, None, ["kept", NEAR, NEAR]),
        ([*SPELLED, {**A, "transcript": "It's late."}], None, [NEAR_CONFLICT] * 4),
    ],
    ids=["near", "exact and near", "exact, two labels", "first unfit", "highest rate", "fit before rate",
         "spelling and missing words", "other words"],
)  # fmt: skip
def test_copies_are_kept_once_or_not_at_all(
    rows: list[dict[str, Any]], unfit: int | None, expected: list[str]
) -> None:
    """Rows with an equal `sound` are near duplicates."""
    rng = np.random.default_rng(0)
    sounds = {name: fingerprint.encode(noise_codes(rng, 60)) for name in "abc"}
    table = makers.decided(*({k: v for k, v in row.items() if k != "sound"} for row in rows))
    table["fingerprint"] = [sounds[row["sound"]] for row in rows]
    table["audio_sha256"] = [row.get("audio_sha256", str(i) * 64) for i, row in enumerate(rows)]
    masks = pd.DataFrame(duplicates.find_duplicates(table, pd.Series(table.index == unfit)))
    assert masks.sum(axis=1).max() <= 1
    assert masks.assign(kept=~masks.any(axis=1)).idxmax(axis=1).tolist() == expected


@pytest.mark.skipif(not (RECORDINGS / "ravdess").exists(), reason="no recordings")
def test_takes_of_one_actor_are_not_duplicates_and_the_identical_pair_is() -> None:
    paths = sorted(p for n in ("01", "07") for p in (RECORDINGS / "ravdess").rglob(f"*-{n}.wav"))
    assert len(paths) == 120
    codes = [fingerprint.codes(*audio.read(path)[:2]) for path in paths]
    found = [(paths[a].stem, paths[b].stem) for a, b in duplicates.near_pairs(codes).tolist()]
    assert found == [("03-01-03-01-02-01-07", "03-01-03-01-02-02-07")]


def test_clips_of_noise_are_not_duplicates() -> None:
    codes = [fingerprint.codes(white(2 * RATE, seed).astype(np.float32), RATE) for seed in range(5)]
    assert len(duplicates.near_pairs(codes)) == 0


def talks(*rows: tuple[str, str | None, int | None]) -> pd.DataFrame:
    """Clips of a corpus, a dialogue and a channel, if the recording has two."""
    made = pd.DataFrame(rows, columns=["corpus", "dialogue", "source_channel"])
    return made.assign(split_group="actors", source_channel=made.source_channel.astype("Int64"))


def test_a_dialogue_of_two_corpora_is_taken_from_the_two_channel_recording() -> None:
    clips = talks(("a", "0", None), ("a", "0", None), ("a", "1", None), ("b", "0", 0), ("b", "0", 1))
    nothing = pd.Series(False, clips.index)
    assert duplicates.duplicate_dialogues(clips, nothing).tolist() == [True, True, False, False, False]
    unfit = pd.Series([False, True, False, True, True])  # a part of the dialogue is better than nothing
    assert duplicates.duplicate_dialogues(clips, unfit).tolist() == [False, False, False, True, True]
    others = clips.assign(split_group=["x"] * 3 + ["y"] * 2)  # equal numbers of different dialogues
    assert not duplicates.duplicate_dialogues(others, nothing).any()
    no_dialogue = talks(("a", None, None), ("b", None, None))
    assert not duplicates.duplicate_dialogues(no_dialogue, nothing[:2]).any()
