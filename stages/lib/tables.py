"""The column contract: the closed vocabularies, and one pandera model per table.

Every column has a dtype, a range or a closed vocabulary, a unit and a meaning. The primary key of a table is
its `Config.unique`. Tables are read and written by `stages.lib.store`, which checks them against these.
"""

from typing import Any

import pandas as pd
import pandera.pandas as pa

EMOTIONS = (
    "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "contempt", "other",
)  # fmt: skip
LABEL_SOURCES = ("acted", "synthetic")
INTENSITIES = ("low", "normal", "strong", "unspecified")
STYLES = ("normal", "whispering")
GENDERS = ("female", "male", "unknown")
SPLITS = ("train", "validation")
CHANNELS = ("left", "right")
VERDICTS = ("keep", "keep_denoised", "drop")
ALIGNMENT_STATES = ("aligned", "failed", "no_transcript", "no_aligner_for_language", "faulty_audio")
LOUDNESS_RULES = ("integrated", "ungated_short", "unmeasurable")

FAULTS = (
    "empty_file", "lfs_pointer", "html_page", "wrong_container", "truncated", "undecodable",
    "too_many_channels", "channels_differ", "not_finite",
)  # fmt: skip
"""Why a file is no usable recording, in the order in which they are looked for."""

REASONS = (
    *FAULTS,
    "bit_depth", "sample_rate", "resampled_copy", "no_signal", "contradicting_labels", "duplicate_audio",
    "no_speech", "too_short", "too_long", "clipped", "dc_offset", "narrow_band", "digital_zeros", "low_snr",
    "no_transcript", "no_aligner_for_language", "alignment_failed", "transcript_mismatch",
    "unexplained_speech",
)  # fmt: skip
"""Why `screen` drops a clip; the first that holds is the one recorded."""

ID = r"^[A-Za-z0-9_-]+$"
"""Identifiers become file names and manifest paths, which consumers split on `,` and `:`."""
SHA256 = r"^[0-9a-f]{64}$"


def column(meaning: str, unit: str = "", decimals: int | None = None, **checks: Any) -> Any:
    """A column of the contract; `decimals` is the resolution at which a measure is stored."""
    return pa.Field(description=meaning, metadata={"unit": unit, "decimals": decimals}, **checks)


class Table(pa.DataFrameModel):
    """Base of all tables: exactly the declared columns, nothing coerced."""

    class Config:
        strict = True


class Catalog(Table):
    """One row per clip: which clips are there, and what do their labels say?"""

    clip_id: str = column("corpus name and the corpus's own name of the clip", str_matches=ID)
    corpus: str = column("module in stages/corpora", str_matches=ID)
    path: str = column("file, relative to the repository")
    sha256: str = column("digest of the file's bytes", str_matches=SHA256)
    copies: int = column("files of this name and content that the tree holds", ge=1)
    speaker: str = column("corpus name and the corpus's own speaker id", str_matches=ID)
    gender: str = column("of the speaker, as the corpus states it", isin=GENDERS)
    language: str = column("of the transcript", "BCP 47 tag", str_matches=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    transcript: str = column("what is said, as the corpus spells it; empty if unknown")
    label: str = column("the corpus's own emotion label")
    label_source: str = column("what the label rests on", isin=LABEL_SOURCES)
    emotion_intended: str = column("canonical emotion that the speaker was asked for", isin=EMOTIONS)
    emotion_perceived: str = column(
        "canonical emotion that most listeners heard", isin=EMOTIONS, nullable=True
    )
    intensity: str = column("of the emotion, as the corpus states it", isin=INTENSITIES)
    style: str = column("speaking style, where the corpus states one", isin=STYLES, nullable=True)
    expected_sample_rate: int = column("of the corpus's originals", "Hz", ge=8000)
    licence: str = column("of the clip", "SPDX id")
    citation: str = column("how to credit the source")

    class Config:
        unique = ["clip_id"]


class Quality(Table):
    """One row per clip: how good is the recording? Measures are null where `fault` says why."""

    clip_id: str = column("see catalog", str_matches=ID)
    key: str = column("digest of all that the row depends on")
    fault: str = column("why the file is no usable recording", isin=FAULTS, nullable=True)
    fault_detail: str = column("what was found", nullable=True)
    sample_rate: pd.Int64Dtype = column("of the file", "Hz", ge=1, nullable=True)
    channels: pd.Int64Dtype = column("of the file", ge=1, nullable=True)
    bits: pd.Int64Dtype = column("per sample of the file", "bit", ge=8, nullable=True)
    n_samples: pd.Int64Dtype = column("length", "samples of the file", ge=1, nullable=True)
    audio_sha256: str = column("digest of the decoded mono samples", str_matches=SHA256, nullable=True)
    peak_db: float = column("largest magnitude; null if all samples are zero", "dBFS", 2, nullable=True)
    dc_offset: float = column("mean", "of full scale", 6, ge=-1.5, le=1.5, nullable=True)
    clipped_samples: pd.Int64Dtype = column(
        "samples in runs at the clip's own peak", "samples", ge=0, nullable=True
    )
    clipped_run: pd.Int64Dtype = column("longest such run", "samples", ge=0, nullable=True)
    snr_db: float = column(
        "active frames against the 10th percentile of frame energies", "dB", 2, nullable=True
    )
    wada_snr_db: float = column(
        "WADA-SNR (Kim & Stern 2008), trustworthy below 20 dB", "dB", 2, nullable=True
    )
    bandwidth_hz: float = column("highest frequency with energy", "Hz", 0, ge=0, nullable=True)
    silence_share: float = column("of frames below the speech threshold", "", 4, ge=0, le=1, nullable=True)
    digital_zero_share: float = column("of samples that are exactly zero", "", 4, ge=0, le=1, nullable=True)
    lufs: float = column("integrated loudness of the whole file (BS.1770)", "LUFS", 2, nullable=True)
    dnsmos_overall: float = column("DNSMOS P.835, if switched on", "MOS", 2, ge=0.5, le=5.5, nullable=True)
    dnsmos_speech: float = column("DNSMOS P.835, if switched on", "MOS", 2, ge=0.5, le=5.5, nullable=True)
    dnsmos_noise: float = column("DNSMOS P.835, if switched on", "MOS", 2, ge=0.5, le=5.5, nullable=True)

    class Config:
        unique = ["clip_id"]


class Trim(Table):
    """One row per clip: where does speech start and stop? Half-open; null where there is no speech."""

    clip_id: str = column("see catalog", str_matches=ID)
    key: str = column("digest of all that the row depends on")
    speech_start: pd.Int64Dtype = column("first sample of speech", "samples of the file", ge=0, nullable=True)
    speech_end: pd.Int64Dtype = column(
        "one past the last sample of speech", "samples of the file", ge=1, nullable=True
    )
    start: pd.Int64Dtype = column("speech_start less the pad", "samples of the file", ge=0, nullable=True)
    end: pd.Int64Dtype = column("speech_end plus the pad", "samples of the file", ge=1, nullable=True)

    class Config:
        unique = ["clip_id"]

    @pa.dataframe_check(error="0 <= start <= speech_start < speech_end <= end, or all null")
    def ordered(self, t: pd.DataFrame) -> pd.Series:
        ok = (t.start <= t.speech_start) & (t.speech_start < t.speech_end) & (t.speech_end <= t.end)
        return ok.fillna(True) & (
            t[["start", "end", "speech_start", "speech_end"]].isna().sum(axis=1) % 4 == 0
        )


class Align(Table):
    """One row per clip: when is each word said? Times are half-open; the lists are empty unless aligned."""

    clip_id: str = column("see catalog", str_matches=ID)
    key: str = column("digest of all that the row depends on")
    engine: str = column("aligner and its version")
    state: str = column("how it went", isin=ALIGNMENT_STATES)
    score: float = column(
        "mean acoustic log-likelihood ratio per frame; higher is surer", "", 3, nullable=True
    )
    margin: float = column(
        "score less that of the best decoy sentence; null where the score leaves no doubt",
        "",
        3,
        nullable=True,
    )
    confidence: float = column(
        "that the words are the transcript's; see stages/lib/confidence.py", "", 3, ge=0, le=1, nullable=True
    )
    skipped_s: float = column(
        "longest stretch of speech between two words that is in neither", "s", 3, nullable=True
    )
    oov_words: int = column("words that are not in the dictionary", "words", ge=0)
    words: object = column("words of the transcript, as it spells them")
    starts: object = column("first sample of each word", "samples of the file")
    ends: object = column("one past the last sample of each word", "samples of the file")

    class Config:
        unique = ["clip_id"]

    @pa.dataframe_check(error="words in order, start < end, lists of equal length; empty unless aligned")
    def timed(self, t: pd.DataFrame) -> pd.Series:
        rows = zip(t.state, t.words, t.starts, t.ends, strict=True)
        return pd.Series([_in_order(*row) for row in rows], index=t.index, dtype=bool)


def _in_order(state: str, words: list[str], starts: list[int], ends: list[int]) -> bool:
    if state != "aligned":
        return not (len(words) or len(starts) or len(ends))
    same = len(words) == len(starts) == len(ends) > 0
    ordered = all(b >= a for a, b in zip(ends, starts[1:], strict=False))
    return same and ordered and all(0 <= a < b for a, b in zip(starts, ends, strict=True))


class Screen(Table):
    """One row per clip of all corpora: keep, keep with noise reduction, or drop - and why?"""

    clip_id: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    verdict: str = column("what becomes of the clip", isin=VERDICTS)
    reason: str = column("the first that holds; null if kept", isin=REASONS, nullable=True)

    class Config:
        unique = ["clip_id"]

    @pa.dataframe_check(error="a reason exactly where the verdict is drop")
    def explained(self, t: pd.DataFrame) -> pd.Series:
        return (t.verdict == "drop") == t.reason.notna()


class Loudness(Table):
    """Two rows per clip, as it is and denoised: which gain brings the cut to the target?"""

    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("measured after noise reduction")
    denoise_floor_db: float = column("lowest gain of that reduction; null for none", "dB", 2, nullable=True)
    key: str = column("digest of all that the measures depend on")
    start: pd.Int64Dtype = column(
        "of the cut: trim, widened to hold every word", "samples of the file", ge=0, nullable=True
    )
    end: pd.Int64Dtype = column("of the cut", "samples of the file", ge=1, nullable=True)
    rule: str = column(
        "integrated: BS.1770 gated; ungated_short: cut under 400 ms, K-weighted mean", isin=LOUDNESS_RULES
    )
    lufs: float = column("of the cut at 24 kHz, by `rule`", "LUFS", 3, nullable=True)
    true_peak_db: float = column("of the cut at 24 kHz, oversampled four times", "dBTP", 3, nullable=True)
    gain_db: float = column("to the target, lowered to the ceiling where needed", "dB", 3, nullable=True)
    limited: bool = column("the true-peak ceiling kept the gain below the target")
    target_lufs: float = column("that the gain aims at", "LUFS", 2)
    ceiling_db: float = column("that the true peak does not exceed", "dBTP", 2)

    class Config:
        unique = ["clip_id", "denoised"]


class Split(Table):
    """One row per speaker: train or validation?"""

    speaker: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    split: str = column("side on which all clips of the speaker stand", isin=SPLITS)
    position: float = column("digest of seed and speaker, as a number", "", ge=0, lt=1)
    clips: int = column("kept clips", ge=0)
    seconds: float = column("of speech in kept clips, as trimmed", "s", 3, ge=0)

    class Config:
        unique = ["speaker"]


class Timeline(Table):
    """One row per clip in a sample: what stands where in each sample, on which channel?"""

    sample_id: str = column("name of the rendered files", str_matches=ID)
    clip_id: str = column("see catalog", str_matches=ID)
    split: str = column("see split", isin=SPLITS)
    channel: str = column("left = model, right = user", isin=CHANNELS)
    offset: int = column("where the clip begins in the sample", "samples at 24 kHz", ge=0)
    path: str = column("see catalog")
    sha256: str = column("see catalog", str_matches=SHA256)
    start: int = column("of the cut", "samples of the file", ge=0)
    end: int = column("of the cut", "samples of the file", ge=1)
    fade_in: int = column("ramp inside the pad before the first word", "samples of the file", ge=0)
    fade_out: int = column("ramp inside the pad after the last word", "samples of the file", ge=0)
    sample_rate: int = column("of the file", "Hz", ge=1)
    denoise_floor_db: float = column("see loudness; null for no noise reduction", "dB", 2, nullable=True)
    gain_db: float = column("see loudness", "dB", 3)
    loudness_rule: str = column("see loudness", isin=LOUDNESS_RULES[:2])
    limited: bool = column("see loudness")
    target_lufs: float = column("see loudness", "LUFS", 2)
    ceiling_db: float = column("see loudness", "dBTP", 2)
    words: object = column("see align")
    word_starts: object = column("in the rendered sample", "s")
    word_ends: object = column("in the rendered sample", "s")
    engine: str = column("see align")
    score: float = column("see align", "", 3)
    snr_db: float = column("see quality", "dB", 2, nullable=True)
    corpus: str = column("see catalog", str_matches=ID)
    speaker: str = column("see catalog", str_matches=ID)
    gender: str = column("see catalog", isin=GENDERS)
    language: str = column("see catalog")
    transcript: str = column("see catalog")
    emotion: str = column("canonical intended emotion", isin=EMOTIONS)
    emotion_perceived: str = column("see catalog", isin=EMOTIONS, nullable=True)
    label: str = column("see catalog")
    label_source: str = column("see catalog", isin=LABEL_SOURCES)
    intensity: str = column("see catalog", isin=INTENSITIES)
    style: str = column("of the corpus, else normal", isin=STYLES)
    licence: str = column("see catalog")
    citation: str = column("see catalog")

    class Config:
        unique = ["sample_id", "clip_id"]


class Render(Table):
    """One row per rendered sample: what was written, and from what? (The memory of `render`.)"""

    sample_id: str = column("see timeline", str_matches=ID)
    key: str = column("digest of all that the files depend on")
    n_samples: int = column("length", "samples at 24 kHz", ge=1)
    wav_sha256: str = column("digest of the WAV file", str_matches=SHA256)
    json_sha256: str = column("digest of the JSON file", str_matches=SHA256)

    class Config:
        unique = ["sample_id"]


class Validation(Table):
    """One row per rendered sample: what was found in its files? Measures are null where it has faults."""

    sample_id: str = column("name of the rendered files", str_matches=ID)
    key: str = column("digest of the sample's files and its line in the manifest")
    faults: object = column("promises that the sample breaks, as sentences")
    emotion: str = column("see timeline", isin=EMOTIONS, nullable=True)
    corpus: str = column("see catalog", str_matches=ID, nullable=True)
    speaker: str = column("see catalog", str_matches=ID, nullable=True)
    clips: pd.Int64Dtype = column("source clips in the sample", ge=1, nullable=True)
    duration_s: float = column("of the WAV file", "s", 4, gt=0, nullable=True)
    lufs: float = column("integrated loudness; null under 400 ms", "LUFS", 2, nullable=True)
    true_peak_db: float = column("oversampled four times", "dBTP", 2, nullable=True)
    snr_db: float = column("as in quality, of the rendered sample", "dB", 2, nullable=True)
    limited: pd.BooleanDtype = column("its JSON says that the ceiling held the gain down", nullable=True)
    words: pd.Int64Dtype = column("in the alignment", ge=1, nullable=True)
    shared_frames: pd.Int64Dtype = column(
        "words whose tokens are lost: the next word starts in the same 80 ms frame", ge=0, nullable=True
    )

    class Config:
        unique = ["sample_id"]
