"""Closed vocabularies, and limits that several tables or stages share."""

FORMAT_VERSION = 2
"""Version of manifests and JSON files. Raise it if a key or a vocabulary changes: a major version."""

EMOTIONS = (
    "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "contempt", "other",
)  # fmt: skip
LABEL_SOURCES = ("acted", "synthetic", "perceived", "stated", "text")
"""Acted on request, synthesised, perceived by most listeners, stated by the recordist, from the text."""
CONSENTS = ("own_voice", "written", "published")
"""The speaker made the recording, or has agreed in writing, or has published it under its license."""
LABEL_CONFLICTS = ("label_differs", "wording_differs")
"""Two places of the corpus give a clip different labels, or its words differ from those of repetitions."""
MODALITIES = ("voice", "face", "both", "unknown")
UNKNOWN_SPEAKER = "unknown"
"""In place of a speaker's name. The speaker could be in either split, so `screen` drops the clip."""
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
REJECTION_REASONS = ("ambiguous_channel", "dialogue_text_mismatch")
"""Why a corpus's labels of a clip are not reliable, in the order of the checks."""
VERDICTS = ("keep", "keep_denoised", "drop")
CLEAN_SNR_DB = 30.0
"""`screen` may ask for noise reduction below this SNR only; a cleaner clip is never measured denoised."""
ALIGNMENT_STATUSES = (
    "aligned",
    "failed",
    "no_transcript",
    "no_aligner_for_language",
    "faulty_audio",
    "partner",
)
LOUDNESS_METHODS = ("integrated", "ungated_short", "unmeasurable")
FAULTS = (
    "empty_file", "lfs_pointer", "html_page", "wrong_container", "truncated", "undecodable",
    "too_many_channels", "channels_differ", "channel_missing", "not_finite",
)  # fmt: skip
"""Why a file is not a usable recording, in the order of the checks."""

DROP_REASONS = (
    "license", *FAULTS, *REJECTION_REASONS,
    "low_bit_depth", "low_sample_rate", "unexpected_sample_rate", "no_signal", "no_label", "no_agreement",
    "unknown_speaker", "duplicate_label_conflict", "duplicate_audio",
    "near_duplicate_label_conflict", "near_duplicate", "duplicate_dialogue",
    "no_speech", "too_short", "too_long", "clipped", "dc_offset", "narrow_band", "digital_silence", "low_snr",
    "no_transcript", "no_aligner_for_language", "alignment_failed", "transcript_mismatch",
    "unaligned_speech", "other_channel_dropped",
)  # fmt: skip
"""Why `screen` drops a clip: the first reason that applies; see stages/screening/drop_rules.py."""

MIN_VALIDATION_SAMPLES = 16
"""With fewer samples than one batch, moshi-finetune's evaluation loss is NaN."""

EXCLUSION_REASONS = ("emotion_excluded", "speaker_cap", "sentence_cap", "emotion_capped", "over_target")
"""Why `balance` excludes a kept clip: the first reason that applies. Emotion excluded: not among
`balance.emotions`. Caps: the clip would exceed the cap. Emotion capped: the emotion has its equal minutes.
Over target: the clip would move other attributes further from their targets than it is worth."""

ID = r"^[A-Za-z0-9_-]+$"
"""Identifiers become file names and manifest paths, which consumers split on `,` and `:`."""
SHA256 = r"^[0-9a-f]{64}$"
