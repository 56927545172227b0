"""One verdict per clip, with the first failing reason, counted."""

from typing import Any

import pytest

from stages import screen
from stages.core import tables
from stages.screening.drop_rules import ScreenParams
from tests import makers

LIMITS = ScreenParams(
    min_bit_depth=16, min_sample_rate_hz=16000, min_speech_s=0.3, max_speech_s=30,
    max_clipping_run_samples=20, max_dc_offset=0.05, min_bandwidth_hz=3400, min_bandwidth_of_nyquist=0.5,
    max_digital_silence_share=0.9, min_snr_db=10, denoise_below_snr_db=20, min_align_confidence=0.5,
    max_unaligned_speech_s=0.12,
)  # fmt: skip

CASES: dict[str, dict[str, Any]] = {
    "license": {"permitted": False},
    **{fault: {"fault": fault, "sample_rate": None, "n_samples": None} for fault in tables.FAULTS},
    "ambiguous_channel": {"rejection_reason": "ambiguous_channel"},
    "dialogue_text_mismatch": {"rejection_reason": "dialogue_text_mismatch"},
    "low_bit_depth": {"bit_depth": 8},
    "low_sample_rate": {"sample_rate": 8000, "expected_sample_rate": 8000},
    "unexpected_sample_rate": {"sample_rate": 16000},
    "no_signal": {"peak_db": None},
    "no_label": {"emotion_intended": None, "corpus_label": ""},
    "no_agreement": {"emotion_intended": None, "corpus_label": "X"},
    "unknown_speaker": {"speaker": f"demo_{tables.UNKNOWN_SPEAKER}"},
    "no_speech": {"speech_start": None, "speech_end": None, "start": None, "end": None},
    "too_short": {"speech_start": 24000, "speech_end": 24000 + 14399},
    "too_long": {"n_samples": 48000 * 40, "speech_end": 24000 + 48000 * 30 + 1, "end": 48000 * 40},
    "clipped": {"clipping_run_samples": 21},
    "dc_offset": {"dc_offset": -0.06},
    "narrow_band": {"bandwidth_hz": 3000.0},
    "digital_silence": {"digital_silence_share": 0.95},
    "low_snr": {"snr_db": 9.99},
    "no_transcript": {"status": "no_transcript"},
    "no_aligner_for_language": {"status": "no_aligner_for_language"},
    "alignment_failed": {"status": "failed"},
    "transcript_mismatch": {"confidence": 0.499},
    "unaligned_speech": {"unaligned_speech_s": 0.13},
}


@pytest.mark.parametrize("reason", CASES)
def test_each_reason_drops_its_clip_and_no_other(reason: str) -> None:
    made = screen.verdicts(makers.decided({}, CASES[reason]), LIMITS)
    assert made.verdict.tolist() == ["keep", "drop"]
    assert made.reason[1] == reason


def test_every_reason_has_a_case() -> None:
    groups = {
        "duplicate_label_conflict",
        "duplicate_audio",
        "near_duplicate_label_conflict",
        "near_duplicate",
    } | {"duplicate_dialogue"}
    assert {*CASES, *groups, "other_channel_dropped"} == set(tables.DROP_REASONS)


def test_one_side_of_a_dialogue_does_not_go_without_the_other() -> None:
    one, two = {"path": "1.wav", "dialogue": "1"}, {"path": "2.wav", "dialogue": "2"}
    sides = [
        {**one, "source_channel": 0},
        {**one, "source_channel": 1, "status": "partner", "snr_db": 1.0},
        {**two, "source_channel": 1, "speech_end": 24000 + 48000 * 31, "digital_silence_share": 0.95},
        {**two, "source_channel": 0, "status": "partner"},
    ]
    made = screen.verdicts(makers.decided(*sides), LIMITS)
    assert made.reason.fillna("kept").tolist() == ["other_channel_dropped", "low_snr", "kept", "kept"]


def test_silence_by_level_not_by_size() -> None:
    # no integrated loudness: all of three seconds is below -70 LUFS; of 0.3 s, only the block is missing
    made = screen.verdicts(
        makers.decided(
            {"lufs": None},
            {
                "lufs": None,
                "n_samples": 14400,
                "speech_start": 0,
                "speech_end": 14400,
                "start": 0,
                "end": 14400,
            },
        ),
        LIMITS,
    )
    assert made.reason.fillna("kept").tolist() == ["no_signal", "kept"]


def test_first_reason_wins() -> None:
    made = screen.verdicts(
        makers.decided({"snr_db": 1.0, "clipping_run_samples": 99, "bit_depth": 8}), LIMITS
    )
    assert made.reason.tolist() == ["low_bit_depth"]


def test_noisy_clips_are_kept_with_noise_reduction() -> None:
    made = screen.verdicts(makers.decided({"snr_db": 19.9}, {"snr_db": 20.0}), LIMITS)
    assert made.verdict.tolist() == ["keep_denoised", "keep"]


def test_same_audio_under_one_label_stays_once_and_under_two_not_at_all() -> None:
    agree, differ = {"audio_sha256": "a" * 64}, {"audio_sha256": "b" * 64}
    made = screen.verdicts(
        makers.decided(
            agree, agree, agree, differ, {**differ, "emotion_intended": "sad"}, {"audio_sha256": "c" * 64}
        ),
        LIMITS,
    )
    assert made.reason.fillna("kept").tolist() == [
        "kept", "duplicate_audio", "duplicate_audio", "duplicate_label_conflict", "duplicate_label_conflict",
        "kept",
    ]  # fmt: skip


def test_a_copy_that_may_be_used_outlives_one_that_may_not() -> None:
    same = {"audio_sha256": "a" * 64}
    made = screen.verdicts(makers.decided({**same, "permitted": False}, same, same), LIMITS)
    assert made.reason.fillna("kept").tolist() == ["license", "kept", "duplicate_audio"]


def test_same_audio_with_other_words_contradicts() -> None:
    same = {"audio_sha256": "a" * 64}
    made = screen.verdicts(makers.decided(same, {**same, "transcript": "c d"}), LIMITS)
    assert set(made.reason) == {"duplicate_label_conflict"}


def test_undecodable_clips_are_compared_with_nothing() -> None:
    empty = {"fault": "empty_file", "audio_sha256": None}
    made = screen.verdicts(makers.decided(empty, {**empty, "emotion_intended": "sad"}), LIMITS)
    assert set(made.reason) == {"empty_file"}


def test_metrics_count_every_clip_once() -> None:
    clips = makers.decided(
        {}, {"snr_db": 5.0}, {"emotion_intended": "sad"}, {"snr_db": 15.0, "corpus": "ravdess"}
    )
    made = screen.verdicts(clips, LIMITS).assign(emotion_intended=clips.emotion_intended)
    found = screen.metrics(made)
    # every reason has its line, so that the first clip dropped for it shows as 0 -> 1
    assert list(found["all"]["reasons"]) == list(tables.DROP_REASONS)
    found["all"]["reasons"] = {reason: n for reason, n in found["all"]["reasons"].items() if n}
    assert found["all"] == {
        "clips_in": 4, "clips_kept": 3, "clips_kept_denoised": 1, "clips_dropped": 1, "dropped_share": 0.25,
        "reasons": {"low_snr": 1},
    }  # fmt: skip
    assert found["by_emotion"]["happy"]["dropped_share"] == 0.3333
    assert found["by_emotion"]["sad"]["reasons"] == {}
    assert found["by_corpus"]["ravdess"]["clips_kept_denoised"] == 1
