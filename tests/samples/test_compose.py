"""The timeline: exact times, fades outside speech, labels of the clips."""

from itertools import accumulate

import numpy as np
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
    """Make one kept clip with all decisions."""
    made = {
        "split": "train", "loudness_method": "integrated", "denoise_gain_floor_db": None, "gain_db": 3.0,
        "gain_capped": False, "target_lufs": -23.0, "max_true_peak_dbtp": -1.0,
        "transcript_source": "corpus", "style": "normal", "style_rule": "rest", "effort": "normal",
        "sentence_type": "declarative", "length_class": "short", "description": "A woman speaks.",
        **dict.fromkeys(tables.PROSODY, 1.0), **augmented_copies.UNCHANGED,
        "turn_spans": {}, "labels_by_turn": {},
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


def test_fades_end_before_speech() -> None:
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
def test_times_are_in_order_and_inside_the_cut(
    rate: int, start: int, spoken: list[int], lead: int, tail: int
) -> None:
    edges = list(accumulate([start + lead, *spoken]))
    end = edges[-1] + tail
    duration = lengths.resampled(end - start, rate, SAMPLE_RATE) / SAMPLE_RATE
    place = Place(start, rate, duration)
    starts, ends = (np.array(seconds(times, place)) for times in (edges[:-1], edges[1:]))
    assert starts[0] >= 0
    assert ends[-1] <= duration
    assert (starts < ends).all()
    assert (ends[:-1] <= starts[1:]).all()
    # 0.05 ms of rounding, and up to half a sample at 24 kHz at the end
    exact = (np.array(edges[:-1]) - start) / rate
    assert starts == pytest.approx(exact, abs=0.00005 + 0.5 / SAMPLE_RATE)


def test_the_timeline_has_the_labels_of_the_clip() -> None:
    labels = {"emotion_perceived": "calm", "style": "whispering", "effort": "whispered"}
    change = {"emotion_intended": "sad", "f0_median_hz": None, "license": "ODbL-1.0"}
    row = timeline(clips(**labels, **change), SETTINGS).iloc[0]
    assert row[list(labels)].to_dict() == labels
    assert (row.emotion, row.license) == ("sad", "ODbL-1.0")
    assert (row.sentence_type, row.length_class) == ("declarative", "short")
    assert pd.isna(row.f0_median_hz)
    store.check(timeline(clips(), SETTINGS), tables.Timeline, "timeline")


def test_turns_by_hand() -> None:
    # cut at 20,160 of a 48 kHz file, placed one second into the sample; the second turn ends with the cut
    anger = TurnLabels("anger", "angry", 3, "question")
    said = {4: anger, 6: TurnLabels("no emotion", "neutral", 2, "inform")}
    spans = {4: (24000, 48000), 6: (60000, 10**6), 8: (10**6, 10**6 + 1)}
    made = clips(turn_spans=spans, labels_by_turn=said).assign(offset=SAMPLE_RATE)
    found = turn_columns(made, [1 + 103680 / 48000])
    assert {name: rows[0] for name, rows in found.items()} == {
        "turns": [4, 6], "turn_starts": [1.08, 1.83], "turn_ends": [1.58, 3.16],
        "turn_labels": ["anger", "no emotion"], "turn_emotions": ["angry", "neutral"],
        "turn_acts": ["question", "inform"],
    }  # fmt: skip
