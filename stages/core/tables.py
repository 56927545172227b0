"""The tables: the closed vocabularies, and one class per table.

Every column has a type, a range or a closed vocabulary, a unit and a meaning; every table has a primary key,
see `stages.core.contract`. `stages.core.store` reads, checks and writes tables.
"""

from stages.core.contract import Table, column, rule

EMOTIONS = (
    "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "contempt", "other",
)  # fmt: skip
LABEL_SOURCES = ("acted", "synthetic", "perceived", "stated", "text")
"""Asked of an actor, set in a synthesiser, consensus of listeners, said by who made it, read off the text."""
CONSENTS = ("own_voice", "written", "published")
"""The speaker made the recording, or has agreed in writing, or has published it under its licence."""
SUSPECTS = ("label_differs", "wording_differs")
"""Two places of the corpus give a clip different labels; or its words are not those of its repetitions."""
MODALITIES = ("voice", "face", "both", "unknown")
UNKNOWN_SPEAKER = "unknown"
"""In place of a speaker's name: such a clip can never be held apart from anyone's, so `screen` drops it."""
INTENSITIES = ("low", "normal", "strong", "unspecified")
STYLES = ("normal", "whispering", "shouting", "excited", "tense", "calm", "subdued", "sarcastic")
EFFORTS = ("whispered", "soft", "normal", "loud", "shouted")
SENTENCE_TYPES = ("declarative", "interrogative", "exclamatory")
LENGTH_CLASSES = ("short", "medium", "long")
REFERENCES = ("neutral", "all")
GENDERS = ("female", "male", "unknown")
SPLITS = ("train", "validation")
CHANNELS = ("left", "right")
ROLES = ("main", "partner")
REJECTIONS = ("ambiguous_channel", "join_mismatch")
"""Why a corpus's module cannot believe a clip's labels, in the order in which they are looked for."""
VERDICTS = ("keep", "keep_denoised", "drop")
CLEAN_SNR_DB = 30.0
"""Only below it may `screen` ask for noise reduction; a cleaner clip is never measured denoised."""
ALIGNMENT_STATES = (
    "aligned",
    "failed",
    "no_transcript",
    "no_aligner_for_language",
    "faulty_audio",
    "partner",
)
LOUDNESS_RULES = ("integrated", "ungated_short", "unmeasurable")


FAULTS = (
    "empty_file", "lfs_pointer", "html_page", "wrong_container", "truncated", "undecodable",
    "too_many_channels", "channels_differ", "channel_missing", "not_finite",
)  # fmt: skip
"""Why a file is no usable recording, in the order in which they are looked for."""

REASONS = (
    "licence",
    *FAULTS,
    *REJECTIONS,
    "bit_depth", "sample_rate", "resampled_copy", "no_signal", "no_label", "no_agreement",
    "unknown_speaker", "contradicting_labels", "duplicate_audio",
    "near_contradicting_labels", "near_duplicate", "same_dialogue",
    "no_speech", "too_short", "too_long", "clipped", "dc_offset", "narrow_band", "digital_zeros", "low_snr",
    "no_transcript", "no_aligner_for_language", "alignment_failed", "transcript_mismatch",
    "unexplained_speech", "other_side_dropped",
)  # fmt: skip
"""Why `screen` drops a clip; the first that holds is the one recorded."""

SMALLEST_VALIDATION = 16
"""Fewest validation samples: with less than one batch, moshi-finetune's evaluation loss is NaN."""

UNCHOSEN = ("emotion_excluded", "speaker_cap", "sentence_cap", "emotion_capped", "over_target")
"""Why `balance` leaves out a kept clip; the first that holds. Excluded: not among `balance.emotions`. Caps:
with the clip, the cap would be passed. Emotion capped: the emotion has its equal minutes. Over target: the
clip would move the other attributes further from their targets than it is worth."""

ID = r"^[A-Za-z0-9_-]+$"
"""Identifiers become file names and manifest paths, which consumers split on `,` and `:`."""
SHA256 = r"^[0-9a-f]{64}$"


class Catalog(Table):
    """One row per clip: which clips are there, and what do their labels say?"""

    KEY = ("clip_id",)
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
    emotion_intended: str = column(
        "canonical emotion that the speaker was asked for, or that `label_source` says; null without a label",
        isin=EMOTIONS,
        nullable=True,
    )
    emotion_perceived: str = column(
        "canonical emotion that most listeners heard", isin=EMOTIONS, nullable=True
    )
    intensity: str = column("of the emotion, as the corpus states it", isin=INTENSITIES)
    style: str = column("speaking style, where the corpus states one", isin=STYLES, nullable=True)
    expected_sample_rate: int = column("of the corpus's originals", "Hz", ge=8000)
    licence: str = column("of the clip", "SPDX id")
    citation: str = column("how to credit the source")
    consent: str = column("what allows the use of the voice", isin=CONSENTS, nullable=True)
    partition: str = column("side of the corpus's own split", str_matches=ID, nullable=True)
    activation: float = column("mean of listeners, calm to active", "1-7", 4, ge=1, le=7, nullable=True)
    valence: float = column("mean of listeners, negative to positive", "1-7", 4, ge=1, le=7, nullable=True)
    dominance: float = column("mean of listeners, weak to strong", "1-7", 4, ge=1, le=7, nullable=True)
    suspect: str = column("how the corpus contradicts itself", isin=SUSPECTS, nullable=True)
    source_channel: int = column(
        "channel of the file that holds the voice; null: the only one", "counted from 0", ge=0, nullable=True
    )
    dialogue: str = column("the corpus's own name of the dialogue", str_matches=ID, nullable=True)
    turn: int = column(
        "of the dialogue; null where the clip holds several", "counted from 0", ge=0, nullable=True
    )
    role: str = column("partner: the side of a dialogue that goes to the user's channel", isin=ROLES)
    split_unit: str = column("speakers who share it stand on one side of the split", str_matches=ID)
    rejected: str = column("why the labels cannot be believed", isin=REJECTIONS, nullable=True)
    given_words: list[str] = column("words whose times ship with the corpus; empty if none do")
    given_starts_s: list[float] = column("of these words", "s")
    given_ends_s: list[float] = column("of these words", "s")


class Dialogue(Table):
    """One row per clip of a dialogue: which of its turns are heard in it, when, and what do they say?"""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    key: str = column("digest of all that the row depends on")
    turns: list[int] = column("turns that were found in the sound", "counted from 0 in the dialogue")
    starts: list[int] = column("first sample of each turn", "samples of the file")
    ends: list[int] = column("one past the last sample of each turn", "samples of the file")
    levels_db: list[float] = column("root mean square of each turn", "dBFS")
    words: list[int] = column("words of each turn, as the text has them", "words")
    labels: list[str] = column("the corpus's own emotion label of each turn")
    emotions: list[str] = column("the same as canonical emotions")
    acts: list[str] = column("dialogue act of each turn, in the corpus's own words")
    topics: list[str] = column("topic of each turn's dialogue, in the corpus's own words")
    not_found: int = column("turns of the text that no sound was found for", "turns", ge=0)


class Votes(Table):
    """One row per clip, modality, rater and label: what did listeners hear? Empty without votes."""

    KEY = ("clip_id", "modality", "rater", "label")
    clip_id: str = column("see catalog", str_matches=ID)
    modality: str = column("what the raters had of the clip", isin=MODALITIES)
    rater: str = column("corpus name and the corpus's own rater; null for counts only", nullable=True)
    label: str = column("as the raters said it")
    emotion: str = column("canonical emotion of the label", isin=EMOTIONS)
    count: int = column("how many said so", "votes", ge=1)


class Quality(Table):
    """One row per clip: how good is the recording? Measures are null where `fault` says why."""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    key: str = column("digest of all that the row depends on")
    fault: str = column("why the file is no usable recording", isin=FAULTS, nullable=True)
    fault_detail: str = column("what was found", nullable=True)
    sample_rate: int = column("of the file", "Hz", ge=1, nullable=True)
    channels: int = column("of the file", ge=1, nullable=True)
    bits: int = column("per sample of the file", "bit", ge=8, nullable=True)
    n_samples: int = column("length", "samples of the file", ge=1, nullable=True)
    audio_sha256: str = column("digest of the decoded mono samples", str_matches=SHA256, nullable=True)
    fingerprint: str = column("Haitsma-Kalker codes, see signal/fingerprint", "base64", nullable=True)
    peak_db: float = column("largest magnitude; null if all samples are zero", "dBFS", 2, nullable=True)
    dc_offset: float = column("mean", "of full scale", 6, ge=-1.5, le=1.5, nullable=True)
    clipped_samples: int = column("samples in runs at the clip's own peak", "samples", ge=0, nullable=True)
    clipped_run: int = column("longest such run", "samples", ge=0, nullable=True)
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


class Trim(Table):
    """One row per clip: where does speech start and stop? Half-open; null where there is no speech."""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    key: str = column("digest of all that the row depends on")
    speech_start: int = column("first sample of speech", "samples of the file", ge=0, nullable=True)
    speech_end: int = column("one past the last sample of speech", "samples of the file", ge=1, nullable=True)
    start: int = column("speech_start less the pad", "samples of the file", ge=0, nullable=True)
    end: int = column("speech_end plus the pad", "samples of the file", ge=1, nullable=True)

    @rule("0 <= start <= speech_start < speech_end <= end, or all null")
    @staticmethod
    def ordered(start: int | None, speech_start: int | None, speech_end: int | None, end: int | None) -> bool:
        if start is None or speech_start is None or speech_end is None or end is None:
            return start is speech_start is speech_end is end
        return start <= speech_start < speech_end <= end


class Transcribe(Table):
    """One row per clip that comes without a transcript, if there is a recogniser: what is said in it?"""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    key: str = column("digest of all that the row depends on")
    engine: str = column("recogniser, its version and the digest of its weights")
    transcript: str = column("what it heard; empty if nothing, or if it does not know the language")
    confidence: float = column(
        "mean probability of the tokens that it heard", "", 3, ge=0, le=1, nullable=True
    )


class Align(Table):
    """One row per clip: when is each word said? Times are half-open; the lists are empty unless aligned."""

    KEY = ("clip_id",)
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
        "that the words are the transcript's; see stages/alignment/confidence.py",
        "",
        3,
        ge=0,
        le=1,
        nullable=True,
    )
    skipped_s: float = column(
        "longest stretch of speech between two words that is in neither", "s", 3, nullable=True
    )
    oov_words: int = column("words that are not in the dictionary", "words", ge=0)
    words: list[str] = column("words of the transcript, as it spells them")
    starts: list[int] = column("first sample of each word", "samples of the file")
    ends: list[int] = column("one past the last sample of each word", "samples of the file")

    @rule("words in order, start < end, lists of equal length; empty unless aligned")
    @staticmethod
    def timed(state: str, words: list[str], starts: list[int], ends: list[int]) -> bool:
        if state != "aligned":
            return not (words or starts or ends)
        same = len(words) == len(starts) == len(ends) > 0
        ordered = all(b >= a for a, b in zip(ends, starts[1:], strict=False))
        return same and ordered and all(0 <= a < b for a, b in zip(starts, ends, strict=True))


PROSODY = (
    "f0_median_hz", "f0_range_st", "f0_slope_st_s", "voiced_share", "syllables_per_s", "words_per_s",
    "pauses", "pause_s", "level_db", "level_rel_db", "alpha_ratio_db", "tilt_db_oct", "hnr_db", "cpp_db",
    "h1_h2_db", "effort_db",
)  # fmt: skip
"""Measures of `Style` that travel with the clip."""


class Style(Table):
    """One row per clip, and one more, denoised, if it is noisy: how is it spoken? Measured on the cut.

    Null: cannot be measured.

    The columns `..._z` are z-scores within the speaker, see `reference`.
    """

    KEY = ("clip_id", "denoised")
    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("measured after noise reduction")
    key: str = column("digest of all that the measures depend on")
    voiced_share: float = column("of speech frames", "", 4, ge=0, le=1, nullable=True)
    voiced_power_share: float = column(
        "of the power of speech frames, that of voiced ones", "", 4, ge=0, le=1, nullable=True
    )
    f0_median_hz: float = column(
        "of voiced speech frames (Boersma 1993); null in whispers", "Hz", 2, gt=0, nullable=True
    )
    f0_range_st: float = column("10th to 90th percentile", "semitones", 2, ge=0, nullable=True)
    f0_slope_st_s: float = column("least squares through the whole clip", "semitones/s", 2, nullable=True)
    syllables: int = column("in the dictionary forms of the words", ge=1, nullable=True)
    syllables_per_s: float = column("first to last word, pauses included", "1/s", 3, gt=0, nullable=True)
    words_per_s: float = column("first to last word, pauses included", "1/s", 3, gt=0, nullable=True)
    pauses: int = column("gaps of 250 ms and more between words", ge=0, nullable=True)
    pause_s: float = column("all pauses together", "s", 3, ge=0, nullable=True)
    level_db: float = column("mean power of speech frames, before any gain", "dBFS", 2, nullable=True)
    alpha_ratio_db: float = column(
        "1-5 kHz over 50 Hz-1 kHz, voiced frames (Sundberg & Nordenberg 2006)", "dB", 2, nullable=True
    )
    alpha_speech_db: float = column("the same of all speech frames", "dB", 2, nullable=True)
    tilt_db_oct: float = column(
        "slope of the spectrum, 400 Hz-6.4 kHz, voiced frames", "dB/octave", 2, nullable=True
    )
    hnr_db: float = column("mean harmonics-to-noise ratio (Boersma 1993)", "dB", 2, nullable=True)
    cpp_db: float = column("mean cepstral peak prominence (Hillenbrand 1994)", "dB", 2, nullable=True)
    h1_h2_db: float = column(
        "breathiness: median of first harmonic less second, uncorrected", "dB", 2, nullable=True
    )
    level_rel_db: float = column("level_db less the speaker's median", "dB", 2, nullable=True)
    reference: str = column(
        "clips whose mean is the zero of the z-scores: the speaker's neutral ones, or, where these are too "
        "few, all; their unit is the standard deviation of reference clips within speakers",
        isin=REFERENCES,
        nullable=True,
    )
    f0_z: float = column("f0_median_hz, in semitones", "sd", 2, nullable=True)
    f0_range_z: float = column("f0_range_st", "sd", 2, nullable=True)
    rate_z: float = column("syllables_per_s", "sd", 2, nullable=True)
    level_z: float = column("level_db", "sd", 2, nullable=True)
    alpha_z: float = column("alpha_ratio_db", "sd", 2, nullable=True)
    tilt_z: float = column("tilt_db_oct", "sd", 2, nullable=True)
    hnr_z: float = column("hnr_db", "sd", 2, nullable=True)
    cpp_z: float = column("cpp_db", "sd", 2, nullable=True)
    h1_h2_z: float = column("h1_h2_db", "sd", 2, nullable=True)
    effort_db: float = column(
        "estimated level at the mouth, over the reference, from f0 and alpha_ratio_db", "dB", 2, nullable=True
    )
    effort: str = column("vocal effort; null where there is no evidence", isin=EFFORTS, nullable=True)
    sentence_type: str = column("null if the transcript is empty", isin=SENTENCE_TYPES, nullable=True)
    length_class: str = column("null if the transcript is empty", isin=LENGTH_CLASSES, nullable=True)
    style: str = column("the corpus's, else that of the rule that fired", isin=STYLES)
    style_rule: str = column("name of that rule in params.yaml, or `corpus`")
    description: str = column("how it is spoken, as an English sentence; null if unmeasured", nullable=True)


class Release(Table):
    """One row per clip of all corpora: does its licence permit the use at hand?"""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    licence: str = column("see catalog")
    permitted: bool = column("by the licence, for `release.allow`")


class Screen(Table):
    """One row per clip of all corpora: keep, keep with noise reduction, or drop - and why?"""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    verdict: str = column("what becomes of the clip", isin=VERDICTS)
    reason: str = column("the first that holds; null if kept", isin=REASONS, nullable=True)

    @rule("a reason exactly where the verdict is drop")
    @staticmethod
    def explained(verdict: str, reason: str | None) -> bool:
        return (verdict == "drop") == (reason is not None)


class Loudness(Table):
    """One row per clip, and one more, denoised, if it is noisy: which gain brings the cut to the target?"""

    KEY = ("clip_id", "denoised")
    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("measured after noise reduction")
    denoise_floor_db: float = column("lowest gain of that reduction; null for none", "dB", 2, nullable=True)
    key: str = column("digest of all that the measures depend on")
    start: int = column(
        "of the cut: trim, widened to hold every word", "samples of the file", ge=0, nullable=True
    )
    end: int = column("of the cut", "samples of the file", ge=1, nullable=True)
    rule: str = column(
        "integrated: BS.1770 gated; ungated_short: cut under 400 ms, K-weighted mean", isin=LOUDNESS_RULES
    )
    lufs: float = column("of the cut at 24 kHz, by `rule`", "LUFS", 3, nullable=True)
    true_peak_db: float = column("of the cut at 24 kHz, oversampled four times", "dBTP", 3, nullable=True)
    gain_db: float = column("to the target, lowered to the ceiling where needed", "dB", 3, nullable=True)
    limited: bool = column("the true-peak ceiling kept the gain below the target")
    target_lufs: float = column("that the gain aims at", "LUFS", 2)
    ceiling_db: float = column("that the true peak does not exceed", "dBTP", 2)


class Split(Table):
    """One row per speaker: train or validation?"""

    KEY = ("speaker",)
    speaker: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    split: str = column("side on which all clips of the speaker stand", isin=SPLITS)
    position: float = column("digest of seed and speaker, as a number", "", ge=0, lt=1)
    split_unit: str = column("see catalog: what the position is drawn for", str_matches=ID)
    clips: int = column("kept clips", ge=0)
    seconds: float = column("of speech in kept clips, as trimmed", "s", 3, ge=0)


class Balance(Table):
    """One row per kept clip: is it in the dataset, and how many augmented copies of it?"""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    split: str = column("see split", isin=SPLITS)
    chosen: bool = column("the clip becomes a sample")
    copies: int = column("augmented copies wanted; none in validation", ge=0)
    reason: str = column("why not chosen; null if chosen", isin=UNCHOSEN, nullable=True)
    seconds: float = column("of the cut, see loudness", "s", 4, gt=0)
    merit: float = column("order within a cell, best first: see stages/balance.py", "", 1, nullable=True)
    emotion: str = column("canonical intended emotion", isin=EMOTIONS)
    style: str = column("see style", isin=STYLES)
    sentence_type: str = column("see style", isin=SENTENCE_TYPES, nullable=True)
    length_class: str = column("see style", isin=LENGTH_CLASSES, nullable=True)
    gender: str = column("see catalog", isin=GENDERS)
    corpus: str = column("see catalog", str_matches=ID)
    speaker: str = column("see catalog", str_matches=ID)
    sentence: str = column("letters and digits of the transcript, in lower case")

    @rule("a reason exactly where not chosen; copies only of chosen training clips")
    @staticmethod
    def explained(chosen: bool, reason: str | None, copies: int, split: str) -> bool:
        return chosen == (reason is None) and (copies == 0 or (chosen and split == "train"))


class Augment(Table):
    """One row per augmented copy: which pitch, tempo and noise?"""

    KEY = ("clip_id", "copy_number")
    clip_id: str = column("see catalog", str_matches=ID)
    copy_number: int = column("of this clip, counted from 1", ge=1)
    semitones: float = column("by which the pitch rises", "semitones", 3, ge=-12, le=12)
    tempo: float = column("1.1 is 10 % faster", "", 4, gt=0.5, lt=2)
    noise: str = column("colour, or path of a recording; null for none", nullable=True)
    noise_sha256: str = column("digest of that recording", str_matches=SHA256, nullable=True)
    noise_snr_db: float = column("over active samples of the copy", "dB", 2, nullable=True)
    noise_seed: str = column(
        "of the coloured noise, or of the place in the recording",
        str_matches=r"^[0-9a-f]{16}$",
        nullable=True,
    )

    @rule("a copy differs from its clip")
    @staticmethod
    def changed(semitones: float, tempo: float, noise: str | None) -> bool:
        return semitones != 0 or tempo != 1 or noise is not None

    @rule("SNR and seed exactly where there is noise, a digest only there")
    @staticmethod
    def noisy(
        noise: str | None, noise_snr_db: float | None, noise_seed: str | None, noise_sha256: str | None
    ) -> bool:
        if noise is None:
            return noise_snr_db is None and noise_seed is None and noise_sha256 is None
        return noise_snr_db is not None and noise_seed is not None


class Timeline(Table):
    """One row per clip in a sample: what stands where in each sample, on which channel?"""

    KEY = ("sample_id", "clip_id")
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
    gain_db: float = column("see loudness; null for a copy, whose gain render finds", "dB", 3, nullable=True)
    loudness_rule: str = column(
        "see loudness; whole_dialogue: the gain is that of the whole, the sample a window of it",
        isin=(*LOUDNESS_RULES[:2], "whole_dialogue"),
        nullable=True,
    )
    limited: bool = column("see loudness", nullable=True)
    target_lufs: float = column("see loudness", "LUFS", 2)
    ceiling_db: float = column("see loudness", "dBTP", 2)
    words: list[str] = column("see align")
    word_starts: list[float] = column("in the rendered sample", "s")
    word_ends: list[float] = column("in the rendered sample", "s")
    turns: list[int] = column(
        "of a dialogue: those that are heard in the row", "counted from 0 in the dialogue"
    )
    turn_starts: list[float] = column("of each turn, in the rendered sample", "s")
    turn_ends: list[float] = column("of each turn, in the rendered sample", "s")
    turn_labels: list[str] = column("see dialogue, `labels`")
    turn_emotions: list[str] = column("see dialogue, `emotions`")
    turn_acts: list[str] = column("see dialogue, `acts`")
    engine: str = column("see align")
    score: float = column("see align", "", 3, nullable=True)
    snr_db: float = column("see quality", "dB", 2, nullable=True)
    corpus: str = column("see catalog", str_matches=ID)
    speaker: str = column("see catalog", str_matches=ID)
    gender: str = column("see catalog", isin=GENDERS)
    language: str = column("see catalog")
    transcript: str = column("see catalog")
    transcript_source: str = column(
        "corpus, or the recogniser that heard it; null for a partner whose words nobody asked for",
        nullable=True,
    )
    emotion: str = column("canonical intended emotion", isin=EMOTIONS)
    emotion_perceived: str = column("see catalog", isin=EMOTIONS, nullable=True)
    label: str = column("see catalog")
    label_source: str = column("see catalog", isin=LABEL_SOURCES)
    intensity: str = column("see catalog", isin=INTENSITIES)
    style: str = column("see style", isin=STYLES)
    style_rule: str = column("see style")
    effort: str = column("see style", isin=EFFORTS, nullable=True)
    sentence_type: str = column("see style", isin=SENTENCE_TYPES, nullable=True)
    length_class: str = column("see style", isin=LENGTH_CLASSES, nullable=True)
    description: str = column("see style", nullable=True)
    f0_median_hz: float = column("see style", "Hz", 2, nullable=True)
    f0_range_st: float = column("see style", "semitones", 2, nullable=True)
    f0_slope_st_s: float = column("see style", "semitones/s", 2, nullable=True)
    voiced_share: float = column("see style", "", 4, nullable=True)
    syllables_per_s: float = column("see style", "1/s", 3, nullable=True)
    words_per_s: float = column("see style", "1/s", 3, nullable=True)
    pauses: int = column("see style", nullable=True)
    pause_s: float = column("see style", "s", 3, nullable=True)
    level_db: float = column("see style", "dBFS", 2, nullable=True)
    level_rel_db: float = column("see style", "dB", 2, nullable=True)
    alpha_ratio_db: float = column("see style", "dB", 2, nullable=True)
    tilt_db_oct: float = column("see style", "dB/octave", 2, nullable=True)
    hnr_db: float = column("see style", "dB", 2, nullable=True)
    cpp_db: float = column("see style", "dB", 2, nullable=True)
    h1_h2_db: float = column("see style", "dB", 2, nullable=True)
    effort_db: float = column("see style", "dB", 2, nullable=True)
    licence: str = column("see catalog")
    citation: str = column("see catalog")
    source_channel: int = column("see catalog", ge=0, nullable=True)
    dialogue: str = column("see catalog", str_matches=ID, nullable=True)
    turn: int = column("see catalog; of a window, its first", ge=0, nullable=True)
    leads: bool = column("the row whose labels are those of the sample; one per sample")
    copy_number: int = column("see augment; 0 for the clip itself", ge=0)
    semitones: float = column("see augment", "semitones", 3)
    tempo: float = column("see augment", "", 4, gt=0.5, lt=2)
    noise: str = column("see augment", nullable=True)
    noise_sha256: str = column("see augment", str_matches=SHA256, nullable=True)
    noise_snr_db: float = column("see augment", "dB", 2, nullable=True)
    noise_seed: str = column("see augment", nullable=True)

    @rule("one row of each sample leads", by="sample_id")
    @staticmethod
    def one_leads(leads: list[bool]) -> bool:
        return sum(leads) == 1

    @rule("no augmented copy in validation")
    @staticmethod
    def no_leak(copy_number: int, split: str) -> bool:
        return copy_number == 0 or split == "train"


class Render(Table):
    """One row per rendered sample: what was written, and from what? (The memory of `render`.)"""

    KEY = ("sample_id",)
    sample_id: str = column("see timeline", str_matches=ID)
    key: str = column("digest of all that the files depend on")
    n_samples: int = column("length", "samples at 24 kHz", ge=1)
    wav_sha256: str = column("digest of the WAV file", str_matches=SHA256)
    json_sha256: str = column("digest of the JSON file", str_matches=SHA256)


class Validation(Table):
    """One row per rendered sample: what was found in its files? Measures are null where it has faults."""

    KEY = ("sample_id",)
    sample_id: str = column("name of the rendered files", str_matches=ID)
    key: str = column("digest of the sample's files and its line in the manifest")
    faults: list[str] = column("promises that the sample breaks, as sentences")
    emotion: str = column("see timeline", isin=EMOTIONS, nullable=True)
    style: str = column("see style", isin=STYLES, nullable=True)
    corpus: str = column("see catalog", str_matches=ID, nullable=True)
    speaker: str = column("see catalog", str_matches=ID, nullable=True)
    clips: int = column("source clips in the sample", ge=1, nullable=True)
    duration_s: float = column("of the WAV file", "s", 4, gt=0, nullable=True)
    lufs: float = column("integrated loudness; null under 400 ms", "LUFS", 2, nullable=True)
    true_peak_db: float = column("oversampled four times", "dBTP", 2, nullable=True)
    snr_db: float = column("as in quality, of the rendered sample", "dB", 2, nullable=True)
    limited: bool = column("its JSON says that the ceiling held the gain down", nullable=True)
    augmented: bool = column("its JSON says that it is a copy", nullable=True)
    clip_ids: list[str] = column("source clips, as its JSON names them; empty where it has faults")
    words: int = column("in the alignment", ge=1, nullable=True)
    shared_frames: int = column(
        "words whose tokens are lost: the next word starts in the same 80 ms frame", ge=0, nullable=True
    )


class Ledger(Table):
    """One row per clip of all corpora: what became of it? Published, so that versions can be compared."""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    speaker: str = column("see catalog", str_matches=ID)
    licence: str = column("see catalog")
    label: str = column("see catalog")
    intensity: str = column("see catalog", isin=INTENSITIES)
    emotion: str = column(
        "see timeline; as intended where the clip is in no sample", isin=EMOTIONS, nullable=True
    )
    style: str = column("see timeline; null where the clip is in no sample", isin=STYLES, nullable=True)
    split: str = column("see split; null where the clip is in no sample", isin=SPLITS, nullable=True)
    reason: str = column("see screen, then balance; null if used", isin=(*REASONS, *UNCHOSEN), nullable=True)
    samples: int = column("rendered samples that hold the clip", ge=0)
    seconds: float = column("of the clip in them, as cut", "s", 3, ge=0)
    audio: str = column("digest of their WAV files", str_matches=r"^[0-9a-f]{12}$", nullable=True)
    facts: str = column("digest of their JSON files", str_matches=r"^[0-9a-f]{12}$", nullable=True)

    @rule("style, split and digests exactly where the clip is in a sample")
    @staticmethod
    def used(
        samples: int, style: str | None, split: str | None, audio: str | None, facts: str | None
    ) -> bool:
        return all((value is None) == (samples == 0) for value in (style, split, audio, facts))
