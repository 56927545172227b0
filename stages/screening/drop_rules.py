"""Rules by which `screen` drops a clip.

To add a reason, add it to `DROP_REASONS` of stages/core/tables/vocabularies.py, whose order determines which
of several reasons is recorded, and add its rule to one of the functions of `RULES`.
"""

from collections.abc import Callable

import pandas as pd
from pydantic import Field, model_validator

from stages.core import tables
from stages.core.params import Section
from stages.screening import duplicates
from stages.signal.loudness import BLOCK_S


class ScreenParams(Section):
    """The section `screen` of params.yaml: thresholds."""

    min_bit_depth: int = Field(ge=8, le=32)
    min_sample_rate_hz: int = Field(ge=8000)
    min_speech_s: float = Field(ge=0)
    max_speech_s: float = Field(gt=0)
    max_clipping_run_samples: int = Field(ge=2)
    max_dc_offset: float = Field(ge=0, le=1)
    min_bandwidth_hz: float = Field(ge=0)
    min_bandwidth_of_nyquist: float = Field(ge=0, le=1)
    max_digital_silence_share: float = Field(ge=0, le=1)
    min_snr_db: float
    denoise_below_snr_db: float = Field(le=tables.CLEAN_SNR_DB)
    min_align_confidence: float = Field(ge=0, le=1)
    max_unaligned_speech_s: float = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> "ScreenParams":
        if self.max_speech_s <= self.min_speech_s:
            raise ValueError("max_speech_s must be above min_speech_s")
        return self


Masks = dict[str, pd.Series]
"""Reason -> whether it applies to each clip; null if the measure is null."""


def file_rules(clips: pd.DataFrame, limits: ScreenParams) -> Masks:
    """Check that the file is a usable recording in the format of its corpus."""
    rate = clips.sample_rate.astype("float64")
    long_enough = clips.n_samples.astype("float64") / rate >= BLOCK_S
    return {fault: clips.fault == fault for fault in tables.FAULTS} | {
        "low_bit_depth": clips.bit_depth < limits.min_bit_depth,
        "low_sample_rate": rate < limits.min_sample_rate_hz,
        "unexpected_sample_rate": (rate != clips.expected_sample_rate) & rate.notna(),
        # a file of one block or more without integrated loudness is below the gate at -70 LUFS
        "no_signal": clips.peak_db.isna() | (clips.lufs.isna() & long_enough),
    }


def label_rules(clips: pd.DataFrame, limits: ScreenParams) -> Masks:
    """Check license, label and speaker."""
    return {reason: clips.rejection_reason == reason for reason in tables.REJECTION_REASONS} | {
        "license": ~clips.permitted,
        "no_label": clips.emotion_intended.isna() & (clips.corpus_label == ""),
        "no_agreement": clips.emotion_intended.isna() & (clips.corpus_label != ""),
        "unknown_speaker": clips.speaker == clips.corpus + f"_{tables.UNKNOWN_SPEAKER}",
    }


def signal_rules(clips: pd.DataFrame, limits: ScreenParams) -> Masks:
    """Check the quality of the recording. A channel of a dialogue is silent while the other speaker talks."""
    nyquist = clips.sample_rate.astype("float64") / 2
    min_bandwidth = (limits.min_bandwidth_of_nyquist * nyquist).clip(lower=limits.min_bandwidth_hz)
    silent = clips.digital_silence_share > limits.max_digital_silence_share
    return {
        "clipped": clips.clipping_run_samples > limits.max_clipping_run_samples,
        "dc_offset": clips.dc_offset.abs() > limits.max_dc_offset,
        "narrow_band": clips.bandwidth_hz < min_bandwidth,
        "digital_silence": silent & clips.source_channel.isna(),
        "low_snr": clips.snr_db < limits.min_snr_db,
    }


def speech_rules(clips: pd.DataFrame, limits: ScreenParams) -> Masks:
    """Check the length of the speech. A channel of a dialogue may have any length."""
    speech_s = (clips.speech_end - clips.speech_start).astype("float64") / clips.sample_rate.astype("float64")
    return {
        "no_speech": clips.speech_start.isna(),
        "too_short": speech_s < limits.min_speech_s,
        "too_long": (speech_s > limits.max_speech_s) & clips.source_channel.isna(),
    }


def transcript_rules(clips: pd.DataFrame, limits: ScreenParams) -> Masks:
    """Check that the words are known and were found in the audio."""
    return {
        "no_transcript": clips.status == "no_transcript",
        "no_aligner_for_language": clips.status == "no_aligner_for_language",
        "alignment_failed": clips.status.isin(["failed", "faulty_audio"]),
        "transcript_mismatch": clips.confidence < limits.min_align_confidence,
        "unaligned_speech": clips.unaligned_speech_s > limits.max_unaligned_speech_s,
    }


RULES: tuple[Callable[[pd.DataFrame, ScreenParams], Masks], ...] = (
    file_rules, label_rules, signal_rules, speech_rules, transcript_rules,
)  # fmt: skip


def failures(clips: pd.DataFrame, limits: ScreenParams) -> Masks:
    """Apply all rules to catalog, quality, trim, align and licensing, joined on `clip_id`.

    Returns:
        A boolean mask for each of `tables.DROP_REASONS`, in that order; false if the measure is null.
    """
    masks = {reason: mask for rules in RULES for reason, mask in rules(clips, limits).items()}
    found = {reason: mask.fillna(False).astype(bool) for reason, mask in masks.items()}
    found |= _relations(clips, pd.DataFrame(found).any(axis=1))
    return {reason: found[reason] for reason in tables.DROP_REASONS}


def _relations(clips: pd.DataFrame, dropped: pd.Series) -> Masks:
    """Compare clips with each other: duplicates, channels of one recording, dialogues of two corpora."""
    channel = clips.source_channel.notna()
    # a channel of a dialogue is half silent: its fingerprint would be that of its longest turn
    found = duplicates.find_duplicates(clips.assign(fingerprint=clips.fingerprint.mask(channel)), dropped)
    dropped = dropped | pd.DataFrame(found).any(axis=1)
    found["other_channel_dropped"] = channel & dropped.groupby(clips.path).transform("any")
    dropped = dropped | found["other_channel_dropped"]
    return found | {"duplicate_dialogue": duplicates.duplicate_dialogues(clips, dropped)}
