"""Table `loudness`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID, LOUDNESS_METHODS


class Loudness(Table, key=("clip_id", "denoised")):
    """One row per clip, and one more, denoised, if it is noisy: which gain brings the cut to the target?"""

    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("whether it is measured after noise reduction")
    denoise_gain_floor_db: float | None = column("minimum gain of noise reduction; null without", "dB", 2)
    cache_key: str = column("digest of all inputs of the row")
    start: int | None = column("first sample of the cut: trim and all words", "samples of the file", ge=0)
    end: int | None = column("one past the last sample of the cut", "samples of the file", ge=1)
    loudness_method: str = column(
        "integrated: BS.1770 gated; ungated_short: cut under 400 ms, K-weighted mean", isin=LOUDNESS_METHODS
    )
    lufs: float | None = column("loudness of the cut at 24 kHz, by `loudness_method`", "LUFS", 3)
    true_peak_dbtp: float | None = column("true peak of the cut at 24 kHz, oversampled 4 times", "dBTP", 3)
    gain_db: float | None = column("gain to the target, reduced to keep the maximum true peak", "dB", 3)
    gain_capped: bool = column("whether the true-peak maximum reduced the gain")
    target_lufs: float = column("target loudness", "LUFS", 2)
    max_true_peak_dbtp: float = column("maximum true peak", "dBTP", 2)
