"""Packs: exact places, one voice and one label in each, no clip twice, changes in their own group only."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.samples import augmented_copies, packs
from stages.samples.timeline import timeline
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE
from tests.samples.test_compose import SETTINGS, clips


def spoken(count: int, **change: object) -> pd.DataFrame:
    """Make clips of one speaker, of 2 s each."""
    plain = {"split": "train", "copy_number": 0, "sample_rate": 48000, "start": 0, "end": 96000, "tempo": 1.0}
    made = pd.DataFrame({"clip_id": [f"demo_{i}" for i in range(count)]})
    return named(made.assign(**dict.fromkeys(packs.GROUP_BY, "x") | plain | change))


def named(clips: pd.DataFrame) -> pd.DataFrame:
    return clips.assign(sample_id=list(map(augmented_copies.sample_id, clips.clip_id, clips.copy_number)))


def test_places_by_hand() -> None:
    # the third does not fit; the fourth is longer than a pack and has its own
    assert packs.assign_packs([4, 5, 1, 20, 3], 10, 1) == [(0, 0), (0, 5), (1, 0), (2, 0), (3, 0)]
    assert packs.assign_packs([], 10, 1) == []


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
def test_a_pack_has_one_voice_and_fixed_gaps(
    rows: list[tuple[str, str, int, int, float]], max_pack_s: float
) -> None:
    names = ["speaker", "emotion_intended", "copy_number", "end", "tempo"]
    made = named(spoken(len(rows)).assign(**pd.DataFrame(rows, columns=names)))
    found = packs.packed(made, max_pack_s, 0.5)
    assert sorted(found.clip_id) == sorted(made.clip_id)
    assert (found.groupby("sample_id").is_primary.sum() == 1).all()
    for name, own in found.groupby("sample_id"):
        assert len(own[list(packs.GROUP_BY)].drop_duplicates()) == 1
        assert own.clip_id.is_unique
        spans = zip(own.end, own.tempo, strict=True)
        ends = own.offset + [lengths.stretched(lengths.resampled(n, 48000), tempo) for n, tempo in spans]
        assert (own.offset.to_numpy()[1:] == ends.to_numpy()[:-1] + SAMPLE_RATE // 2).all()
        assert len(own) == 1 or ends.max() <= max_pack_s * SAMPLE_RATE
        assert (name in set(made.sample_id)) == (len(own) == 1)


def test_packs_do_not_depend_on_other_groups_or_on_order() -> None:
    other = spoken(20, speaker="demo_2")
    made = named(pd.concat([spoken(20), other.assign(clip_id="other" + other.clip_id)]))
    before = packs.packed(made, 10, 0.4)
    after = packs.packed(made[made.clip_id != "otherdemo_7"][::-1], 10, 0.4)
    one, other = (found[found.speaker == "x"].sort_values("clip_id") for found in (before, after))
    assert len(one) == 20
    pd.testing.assert_frame_equal(one, other)


def test_validation_keeps_a_batch_of_samples() -> None:
    # 40 clips of 2 s: 4 packs of 25 s, 8 of 12.5 s (5 clips each), 20 of 6.25 s (2 each); 15: each alone
    for count, split, packs_made in ((40, "validation", 20), (40, "train", 4), (15, "validation", 15)):
        assert packs.packed(spoken(count, split=split), 25, 0.4).is_primary.sum() == packs_made


def test_words_are_shifted_by_whole_samples() -> None:
    # two clips of 2.16 s; the second starts 2.16 + 0.4 s later, in whole samples
    pair = [clips(clip_id=f"demo_{number}", copy_number=1, tempo=0.9) for number in (1, 2)]
    settings = SETTINGS.model_copy(update={"max_pack_s": 10.0})
    made = timeline(pd.concat(pair, ignore_index=True), settings).sort_values("offset")
    assert set(made.sample_id) == {f"{made.clip_id.iloc[0]}__a1__p2"}
    # 51,840 samples at 24 kHz are 57,600 after the tempo, and the gap 9,600
    assert made.offset.tolist() == [0, 57600 + 9600]
    assert made.word_starts.tolist() == [[0.0889, 0.9222], [2.8889, 3.7222]]
    assert made.word_ends.tolist() == [[0.9222, 2.3111], [3.7222, 5.1111]]
    assert made.is_primary.tolist() == [True, False]
