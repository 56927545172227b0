"""Table `loudness`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID, LOUDNESS_METHODS


class Loudness(Table):
    """One row per clip, and one more, denoised, if it is noisy: which gain brings the cut to the target?"""

    KEY = ("clip_id", "denoised")
    clip_id: str = column("see catalog", str_matches=ID)
    denoised: bool = column("measured after noise reduction")
    denoise_gain_floor_db: float = column(
        "lowest gain of that reduction; null for none", "dB", 2, nullable=True
    )
    cache_key: str = column("digest of all that the measures depend on")
    start: int = column(
        "of the cut: trim, widened to hold every word", "samples of the file", ge=0, nullable=True
    )
    end: int = column("of the cut", "samples of the file", ge=1, nullable=True)
    loudness_method: str = column(
        "integrated: BS.1770 gated; ungated_short: cut under 400 ms, K-weighted mean", isin=LOUDNESS_METHODS
    )
    lufs: float = column("of the cut at 24 kHz, by `loudness_method`", "LUFS", 3, nullable=True)
    true_peak_dbtp: float = column("of the cut at 24 kHz, oversampled four times", "dBTP", 3, nullable=True)
    gain_db: float = column("to the target, lowered to the ceiling where needed", "dB", 3, nullable=True)
    gain_capped: bool = column("the true-peak ceiling kept the gain below the target")
    target_lufs: float = column("that the gain aims at", "LUFS", 2)
    max_true_peak_dbtp: float = column("that the true peak does not exceed", "dBTP", 2)
