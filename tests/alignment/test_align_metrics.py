"""Values of metrics/align.json, computed by hand."""

from typing import Any

from stages.alignment import metrics
from tests import makers


def test_words_that_start_in_the_frame_of_the_word_before_are_counted() -> None:
    # 48 kHz: a frame is 3,840 samples; the segment starts at 20,160
    edge = 20160 + 2 * 3840
    clips = makers.decided(
        {"starts": [edge, edge + 3839], "ends": [edge + 10, edge + 5000]},  # same frame
        {"starts": [edge - 1, edge], "ends": [edge, edge + 5000]},  # one sample apart, two frames
        {"starts": [edge, edge + 9000], "ends": [edge + 10, edge + 9900]},
    )
    assert metrics.token_collisions(clips) == 1


def test_clips_and_words_of_each_corpus() -> None:
    nothing: dict[str, Any] = {
        "status": "no_transcript", "score": None, "confidence": None, "unaligned_speech_s": None,
        "words": [], "starts": [], "ends": [],
    }  # fmt: skip
    clips = makers.decided(
        {"score": -3.0, "margin": 1.0, "confidence": 0.5, "oov_words": 1}, {"score": -1.0}, nothing,
        {"corpus": "ravdess", **nothing},
    )  # fmt: skip
    found = metrics.by_corpus(clips)
    assert found["demo"]["status"] == {"aligned": 2, "no_transcript": 1}
    assert found["demo"]["score"]["median"] == -2.0
    assert found["demo"]["confidence"]["median"] == 0.745
    assert found["demo"]["competing_transcripts_share"] == 0.5
    assert (found["demo"]["words"], found["demo"]["oov_words"]) == (4, 1)
    assert found["demo"]["engines"] == ["test"]
    assert found["ravdess"]["score"] == {}
    assert found["ravdess"]["token_collision_share"] is None
