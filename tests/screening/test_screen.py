"""Verdicts of `screen`, their reasons and counts."""

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


RELATIONS = {"duplicate_label_conflict", "duplicate_audio", "near_duplicate_label_conflict", "near_duplicate",
             "duplicate_dialogue", "other_channel_dropped"}  # fmt: skip


def reasons(*rows: dict[str, Any]) -> list[str]:
    """The reason of each clip that is dropped, `kept` of the others."""
    found: list[str] = screen.verdicts(makers.decided(*rows), LIMITS).reason.fillna("kept").tolist()
    return found


@pytest.mark.parametrize("reason", CASES)
def test_each_reason_drops_its_clip_and_no_other(reason: str) -> None:
    made = screen.verdicts(makers.decided({}, CASES[reason]), LIMITS)
    assert made.verdict.tolist() == ["keep", "drop"]
    assert made.reason[1] == reason


def test_every_reason_has_a_case() -> None:
    assert {*CASES, *RELATIONS} == set(tables.DROP_REASONS)


def test_a_channel_of_a_dialogue_is_not_kept_without_the_other() -> None:
    one, two = {"path": "1.wav", "dialogue": "1"}, {"path": "2.wav", "dialogue": "2"}
    assert reasons(
        {**one, "source_channel": 0},
        {**one, "source_channel": 1, "status": "partner", "snr_db": 1.0},
        {**two, "source_channel": 1, "speech_end": 24000 + 48000 * 31, "digital_silence_share": 0.95},
        {**two, "source_channel": 0, "status": "partner"},
    ) == ["other_channel_dropped", "low_snr", "kept", "kept"]


def test_silent_clips_are_distinguished_from_short_clips() -> None:
    # without integrated loudness, three seconds are below -70 LUFS; 0.3 s are shorter than a block
    short = {"lufs": None, "n_samples": 14400, "speech_start": 0, "speech_end": 14400}
    assert reasons({"lufs": None}, short) == ["no_signal", "kept"]


def test_the_first_reason_is_recorded() -> None:
    assert reasons({"snr_db": 1.0, "clipping_run_samples": 99, "bit_depth": 8}) == ["low_bit_depth"]


def test_noisy_clips_are_kept_with_noise_reduction() -> None:
    made = screen.verdicts(makers.decided({"snr_db": 19.9}, {"snr_db": 20.0}), LIMITS)
    assert made.verdict.tolist() == ["keep_denoised", "keep"]


A, B = {"audio_sha256": "a" * 64}, {"audio_sha256": "b" * 64}
SAD, EMPTY = {"emotion_intended": "sad"}, {"fault": "empty_file", "audio_sha256": None}
CONFLICT, COPY = "duplicate_label_conflict", "duplicate_audio"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([A, A, A, {"audio_sha256": "c" * 64}], ["kept", COPY, COPY, "kept"]),
        ([B, {**B, **SAD}], [CONFLICT, CONFLICT]),
        ([A, {**A, "transcript": "c d"}], [CONFLICT, CONFLICT]),
        ([{**A, "permitted": False}, A, A], ["license", "kept", COPY]),
        ([EMPTY, {**EMPTY, **SAD}], ["empty_file", "empty_file"]),
    ],
    ids=["one label", "two labels", "two transcripts", "first copy not permitted", "no audio"],
)
def test_copies_of_the_same_audio(rows: list[dict[str, Any]], expected: list[str]) -> None:
    assert reasons(*rows) == expected


def test_metrics_count_every_clip_once() -> None:
    clips = makers.decided(
        {}, {"snr_db": 5.0}, {"emotion_intended": "sad"}, {"snr_db": 15.0, "corpus": "ravdess"}
    )
    made = screen.verdicts(clips, LIMITS).assign(emotion_intended=clips.emotion_intended)
    found = screen.metrics(made)
    assert list(found["all"]["reasons"]) == list(tables.DROP_REASONS)
    found["all"]["reasons"] = {reason: n for reason, n in found["all"]["reasons"].items() if n}
    assert found["all"] == {
        "clips_in": 4, "clips_kept": 3, "clips_kept_denoised": 1, "clips_dropped": 1, "dropped_share": 0.25,
        "reasons": {"low_snr": 1},
    }  # fmt: skip
    assert found["by_emotion"]["happy"]["dropped_share"] == 0.3333
    assert found["by_emotion"]["sad"]["reasons"] == {}
    assert found["by_corpus"]["ravdess"]["clips_kept_denoised"] == 1
