"""The timeline: exact times, edges that never reach into speech, nothing lost between the tables."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.core import store, tables
from stages.samples import augmented_copies
from stages.samples.timeline import ComposeParams, Place, seconds, timeline, turn_columns
from stages.samples.windows import TurnLabels
from stages.signal import lengths
from stages.signal.lengths import SAMPLE_RATE
from tests import makers

SETTINGS = ComposeParams(fade_s=0.005, max_window_turns=None, max_window_s=None, max_pack_s=None, gap_s=0.4)


def clips(**change: object) -> pd.DataFrame:
    """One kept clip with all decisions made."""
    made = {
        "split": "train", "loudness_method": "integrated", "denoise_gain_floor_db": None, "gain_db": 3.0,
        "gain_capped": False,
        "target_lufs": -23.0, "max_true_peak_dbtp": -1.0, "transcript_source": "corpus",
        "style": "normal", "style_rule": "rest", "effort": "normal",
        "sentence_type": "declarative", "length_class": "short", "description": "A woman speaks.",
        **dict.fromkeys(tables.PROSODY, 1.0),
        **augmented_copies.UNCHANGED, "turn_spans": {}, "turn_labels_said": {},
    }  # fmt: skip
    known = makers.decided({k: v for k, v in change.items() if k not in made})
    return known.assign(**{k: [change.get(k, v)] for k, v in made.items()})


def test_word_times_by_hand() -> None:
    # cut at 20,160 of a 48 kHz file: the word at 24,000 is 3,840 samples later, 80 ms
    row = timeline(clips(), SETTINGS).iloc[0]
    assert row.word_starts == [0.08, 0.83]
    assert row.word_ends == [0.83, 2.08]
    assert (row.start, row.end, row.offset, row.channel) == (20160, 123840, 0, "left")
    assert row["style"] == "normal"
    assert (row.fade_in, row.fade_out) == (240, 240)


def test_fades_keep_out_of_speech() -> None:
    edge = {"speech_start": 20260, "starts": [20200, 60000], "speech_end": 123800, "ends": [60000, 123840]}
    row = timeline(clips(**edge), SETTINGS).iloc[0]
    assert (row.fade_in, row.fade_out) == (40, 0)


@given(
    rate=st.sampled_from([16000, 22050, 24000, 44100, 48000]),
    start=st.integers(0, 10**6),
    spoken=st.lists(st.integers(160, 48000), min_size=1, max_size=20),
    lead=st.integers(0, 5000),
    tail=st.integers(0, 5000),
)
def test_times_stay_in_order_and_inside(
    rate: int, start: int, spoken: list[int], lead: int, tail: int
) -> None:
    edges = [start + lead]
    for length in spoken:
        edges.append(edges[-1] + length)
    end = edges[-1] + tail
    duration = lengths.resampled(end - start, rate, SAMPLE_RATE) / SAMPLE_RATE
    place = Place(start, rate, duration)
    starts, ends = seconds(edges[:-1], place), seconds(edges[1:], place)
    assert starts[0] >= 0
    assert ends[-1] <= duration
    assert all(a < b for a, b in zip(starts, ends, strict=True))
    assert all(b <= a for b, a in zip(ends, starts[1:], strict=False))
    for edge, second in zip(edges, starts, strict=False):
        # 0.05 ms of rounding, and up to half a sample at 24 kHz at the end
        assert second == pytest.approx((edge - start) / rate, abs=0.00005 + 0.5 / SAMPLE_RATE)


def test_labels_travel_with_the_clip() -> None:
    row = timeline(
        clips(
            emotion_intended="sad",
            emotion_perceived="calm",
            style="whispering",
            effort="whispered",
            f0_median_hz=None,
            license="ODbL-1.0",
        ),
        SETTINGS,
    ).iloc[0]
    assert (row.emotion, row.emotion_perceived, row["style"]) == ("sad", "calm", "whispering")
    assert (row.effort, row.sentence_type, row.length_class) == ("whispered", "declarative", "short")
    assert pd.isna(row.f0_median_hz)
    assert row.license == "ODbL-1.0"
    store.check(timeline(clips(), SETTINGS), tables.Timeline, "timeline")


def test_turns_by_hand() -> None:
    # cut at 20,160 of a 48 kHz file, placed one second into the sample; the second turn ends with the cut
    said = {
        4: TurnLabels("anger", "angry", 3, "question"),
        6: TurnLabels("no emotion", "neutral", 2, "inform"),
    }
    spans = {4: (24000, 48000), 6: (60000, 10**6), 8: (10**6, 10**6 + 1)}
    made = clips(turn_spans=spans, turn_labels_said=said).assign(offset=SAMPLE_RATE)
    found = turn_columns(made, [1 + 103680 / 48000])
    assert {name: rows[0] for name, rows in found.items()} == {
        "turns": [4, 6], "turn_starts": [1.08, 1.83], "turn_ends": [1.58, 3.16],
        "turn_labels": ["anger", "no emotion"], "turn_emotions": ["angry", "neutral"],
        "turn_acts": ["question", "inform"],
    }  # fmt: skip
