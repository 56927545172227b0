"""Keep, keep with noise reduction, or drop - and why? Thresholds on tables alone; no audio is decoded."""

from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field, model_validator

from stages.alignment.metrics import by_corpus
from stages.core import files, params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch, significant, write_metrics
from stages.screening import duplicates
from stages.text import transcripts

TABLE = Path("data/tables/screen.parquet")
ALIGN_METRICS = Path("metrics/align.json")


class Screen(params.Section):
    """Thresholds; a clip is dropped for the first reason, in the order of `tables.DROP_REASONS`, that holds."""

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
    def _ordered(self) -> "Screen":
        if self.max_speech_s <= self.min_speech_s:
            raise ValueError("max_speech_s must be above min_speech_s")
        return self


def failures(clips: pd.DataFrame, limits: Screen) -> dict[str, pd.Series]:
    """One mask per reason of `tables.DROP_REASONS`: the clips for which it holds. A null measure fails nothing.

    Args:
        clips: catalog, quality, trim, align and release, joined on `clip_id`.
        limits: thresholds.
    """
    rate = clips.sample_rate.astype("float64")
    file_s = clips.n_samples.astype("float64") / rate
    speech_s = (clips.speech_end - clips.speech_start).astype("float64") / rate
    masks = {fault: clips.fault == fault for fault in tables.FAULTS}
    masks |= {reason: clips.rejection_reason == reason for reason in tables.REJECTION_REASONS}
    side = clips.source_channel.notna()  # long by nature, and silent while the other one speaks
    masks |= {
        "license": ~clips.permitted,
        "low_bit_depth": clips.bit_depth < limits.min_bit_depth,
        "low_sample_rate": rate < limits.min_sample_rate_hz,
        "unexpected_sample_rate": (rate != clips.expected_sample_rate) & rate.notna(),
        # a file over 400 ms has no integrated loudness only if all of it is below the -70 LUFS gate
        "no_signal": clips.peak_db.isna() | (clips.lufs.isna() & (file_s >= 0.4)),
        "no_label": clips.emotion_intended.isna() & (clips.corpus_label == ""),
        "no_agreement": clips.emotion_intended.isna() & (clips.corpus_label != ""),
        "unknown_speaker": clips.speaker == clips.corpus + f"_{tables.UNKNOWN_SPEAKER}",
        "no_speech": clips.speech_start.isna(),
        "too_short": speech_s < limits.min_speech_s,
        "too_long": (speech_s > limits.max_speech_s) & ~side,
        "clipped": clips.clipping_run_samples > limits.max_clipping_run_samples,
        "dc_offset": clips.dc_offset.abs() > limits.max_dc_offset,
        "narrow_band": (clips.bandwidth_hz < limits.min_bandwidth_hz)
        | (clips.bandwidth_hz < limits.min_bandwidth_of_nyquist * rate / 2),
        "digital_silence": (clips.digital_silence_share > limits.max_digital_silence_share) & ~side,
        "low_snr": clips.snr_db < limits.min_snr_db,
        "no_transcript": clips.status == "no_transcript",
        "no_aligner_for_language": clips.status == "no_aligner_for_language",
        "alignment_failed": clips.status.isin(["failed", "faulty_audio"]),
        "transcript_mismatch": clips.confidence < limits.min_align_confidence,
        "unaligned_speech": clips.unaligned_speech_s > limits.max_unaligned_speech_s,
    }
    found = {reason: mask.fillna(False).astype(bool) for reason, mask in masks.items()}
    unfit = pd.DataFrame(found).any(axis=1)
    # a side of a dialogue is half silent: its fingerprint would be that of its longest turn
    sounds = clips.assign(fingerprint=clips.fingerprint.mask(side))
    found |= {reason: mask.astype(bool) for reason, mask in duplicates.repeated(sounds, unfit).items()}
    # one side of a two-channel recording does not go without the other
    dropped = pd.DataFrame(found).any(axis=1)
    found["other_channel_dropped"] = side & dropped.groupby(clips.path).transform("any")
    found["duplicate_dialogue"] = duplicates.duplicate_dialogue(
        clips, dropped | found["other_channel_dropped"]
    )
    return {reason: found[reason] for reason in tables.DROP_REASONS}


def verdicts(clips: pd.DataFrame, limits: Screen) -> pd.DataFrame:
    """One verdict per clip, with the first failing reason.

    Args:
        clips: catalog, quality, trim, align and release, joined on `clip_id`.
        limits: thresholds.

    Returns:
        Columns of `tables.Screen`.
    """
    reason = pd.Series(None, index=clips.index, dtype="str")
    for name, mask in failures(clips, limits).items():
        reason = reason.mask(mask & reason.isna(), name)
    noisy = (clips.snr_db < limits.denoise_below_snr_db).fillna(False)
    verdict = pd.Series("keep", index=clips.index, dtype="str").mask(noisy, "keep_denoised")
    verdict = verdict.mask(reason.notna(), "drop")
    return pd.DataFrame(
        {"clip_id": clips.clip_id, "corpus": clips.corpus, "verdict": verdict, "reason": reason}
    )


def counts(clips: pd.DataFrame) -> dict[str, Any]:
    """How many clips came in, stay and go, and why.

    Args:
        clips: columns `verdict` and `reason`.
    """
    dropped = clips.reason.value_counts()
    return {
        "clips_in": len(clips),
        "clips_kept": int((clips.verdict != "drop").sum()),
        "clips_kept_denoised": int((clips.verdict == "keep_denoised").sum()),
        "clips_dropped": int((clips.verdict == "drop").sum()),
        "dropped_share": significant((clips.verdict == "drop").mean()),
        "reasons": {reason: int(dropped[reason]) for reason in tables.DROP_REASONS if reason in dropped},
    }


def metrics(clips: pd.DataFrame) -> dict[str, Any]:
    """Counts in all, per corpus and per emotion: a filter that rejects one emotion more must be seen.

    Args:
        clips: columns `corpus`, `emotion_intended`, `verdict`, `reason`.
    """
    emotions = [emotion for emotion in tables.EMOTIONS if (clips.emotion_intended == emotion).any()]
    in_all = counts(clips)
    # every reason has its line here, so that a first clip dropped for it shows as 0 -> 1
    in_all["reasons"] = {reason: in_all["reasons"].get(reason, 0) for reason in tables.DROP_REASONS}
    return {
        "all": in_all,
        "by_corpus": {corpus: counts(group) for corpus, group in clips.groupby("corpus")},
        "by_emotion": {emotion: counts(clips[clips.emotion_intended == emotion]) for emotion in emotions},
    }


def join(corpora: list[str]) -> pd.DataFrame:
    """Catalog, quality, trim, align and release of all corpora, one row per clip."""
    clips = transcripts.read_all(corpora)
    for name, model in (("quality", tables.Quality), ("trim", tables.Trim), ("align", tables.Align)):
        table = store.read_all(name, corpora, model).drop(columns="cache_key")
        store.same_clips(clips, table, name)
        clips = clips.merge(table, on="clip_id", validate="1:1")
    release = store.read(Path("data/tables/licensing.parquet"), tables.Licensing)
    store.same_clips(clips, release, "release")
    return clips.merge(release[["clip_id", "permitted"]], on="clip_id", validate="1:1")


def run() -> None:
    """Write the verdicts and their counts."""
    watch = Stopwatch("screen")
    clips = join(params.corpora())
    decided = verdicts(clips, params.section(Screen, "screen"))
    store.write(decided, tables.Screen, TABLE)
    counted = metrics(decided.assign(emotion_intended=clips.emotion_intended))
    write_metrics("screen", {"all": counted["all"]}, counted)
    files.write_json(ALIGN_METRICS, by_corpus(clips))
    watch.end(len(clips), decided.reason, float((clips.n_samples / clips.sample_rate).sum()))


if __name__ == "__main__":
    main(run)
