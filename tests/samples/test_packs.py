"""Packs: exact places, one voice and one label in each, nothing twice, changes stay in their group."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.samples import augmented_copies, packs
from stages.samples.timeline import timeline
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE
from tests.samples.test_compose import SETTINGS, clips


def spoken(count: int, **change: object) -> pd.DataFrame:
    """So many clips of one speaker, of 2 s each."""
    plain = {"split": "train", "copy_number": 0, "sample_rate": 48000, "start": 0, "end": 96000, "tempo": 1.0}
    plain = dict.fromkeys(packs.ALIKE, "x") | plain | change
    rows = [plain | {"clip_id": f"demo_{i}"} for i in range(count)]
    made = pd.DataFrame(rows)
    return made.assign(sample_id=list(map(augmented_copies.sample_id, made.clip_id, made.copy_number)))


def test_places_by_hand() -> None:
    # the third does not fit any more; the fourth is longer than a pack and has one of its own
    assert packs.places([4, 5, 1, 20, 3], 10, 1) == [(0, 0), (0, 5), (1, 0), (2, 0), (3, 0)]
    assert packs.places([], 10, 1) == []


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["demo_1", "demo_2"]), st.sampled_from(["happy", "sad"]), st.integers(0, 2),
            st.integers(4800, 10 * 48000), st.sampled_from([0.9, 1.0, 1.1]),
        ),
        min_size=1, max_size=30,
    ),
    max_pack_s=st.floats(1, 30),
)  # fmt: skip
def test_a_pack_is_one_voice_in_line(rows: list[tuple[str, str, int, int, float]], max_pack_s: float) -> None:
    names = ["speaker", "emotion_intended", "copy_number", "end", "tempo"]
    made = spoken(len(rows)).assign(**pd.DataFrame(rows, columns=names))
    made = made.assign(sample_id=list(map(augmented_copies.sample_id, made.clip_id, made.copy_number)))
    found = packs.packed(made, max_pack_s, 0.5)
    assert sorted(found.clip_id) == sorted(made.clip_id)
    assert (found.groupby("sample_id").is_primary.sum() == 1).all()
    for name, own in found.groupby("sample_id"):
        assert len(own[list(packs.ALIKE)].drop_duplicates()) == 1
        assert own.clip_id.is_unique
        spans = zip(own.end, own.tempo, strict=True)
        ends = own.offset + [lengths.stretched(lengths.resampled(n, 48000), tempo) for n, tempo in spans]
        assert (own.offset.to_numpy()[1:] == ends.to_numpy()[:-1] + SAMPLE_RATE // 2).all()
        assert len(own) == 1 or ends.max() <= max_pack_s * SAMPLE_RATE
        assert (name in set(made.sample_id)) == (len(own) == 1)


def test_order_of_rows_does_not_matter() -> None:
    made = spoken(20)
    one, other = packs.packed(made, 10, 0.4), packs.packed(made[::-1], 10, 0.4)
    assert set(zip(one.clip_id, one.sample_id, one.offset, strict=True)) == set(
        zip(other.clip_id, other.sample_id, other.offset, strict=True)
    )


def test_a_dropped_clip_changes_its_own_group_only() -> None:
    made = pd.concat(
        [spoken(20), spoken(20, speaker="demo_2").assign(clip_id=[f"other_{i}" for i in range(20)])]
    )
    made = made.assign(sample_id=made.clip_id)
    before, after = packs.packed(made, 10, 0.4), packs.packed(made[made.clip_id != "other_7"], 10, 0.4)
    one, other = (found[found.speaker == "demo_1"].sort_values("clip_id") for found in (before, after))
    pd.testing.assert_frame_equal(one, other)


def test_validation_keeps_a_batch_of_samples() -> None:
    # 40 clips of 2 s: 4 packs of 25 s, 8 of 12.5 s (5 clips each), 20 of 6.25 s (2 each)
    assert packs.packed(spoken(40, split="validation"), 25, 0.4).is_primary.sum() == 20
    assert packs.packed(spoken(40), 25, 0.4).is_primary.sum() == 4
    # fewer clips than a batch: each alone
    assert packs.packed(spoken(15, split="validation"), 25, 0.4).is_primary.sum() == 15


def test_words_are_shifted_by_whole_samples() -> None:
    # two clips of 2.16 s; 2.16 + 0.4 s later, in whole samples, begins the second
    pair = [
        clips(clip_id="demo_1", copy_number=1, tempo=0.9),
        clips(clip_id="demo_2", copy_number=1, tempo=0.9),
    ]
    made = timeline(pd.concat(pair, ignore_index=True), SETTINGS.model_copy(update={"max_pack_s": 10.0}))
    made = made.sort_values("offset")
    assert set(made.sample_id) == {f"{made.clip_id.iloc[0]}__a1__p2"}
    # 51,840 samples at 24 kHz are 57,600 after the tempo, and the gap 9,600
    assert made.offset.tolist() == [0, 57600 + 9600]
    assert made.word_starts.tolist() == [[0.0889, 0.9222], [2.8889, 3.7222]]
    assert made.word_ends.tolist() == [[0.9222, 2.3111], [3.7222, 5.1111]]
    assert made.is_primary.tolist() == [True, False]
