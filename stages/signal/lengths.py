"""Length of a clip in samples after resampling or a change of tempo."""

SAMPLE_RATE = 24_000
"""Of the dataset, in Hz: what Mimi, the codec of Moshi and CSM, takes."""


def resampled(n: int, rate_in: int, rate_out: int = SAMPLE_RATE) -> int:
    """Count the samples that `resample.resample` makes of `n`: n * rate_out / rate_in, halves rounded up."""
    return (2 * n * rate_out + rate_in) // (2 * rate_in)


def stretched(n: int, tempo: float) -> int:
    """Count the samples that `augment.stretched` makes of `n`: n / tempo, halves rounded up."""
    return int(n / tempo + 0.5)


def rendered(n: int, rate: int, tempo: float) -> int:
    """Count the samples at 24 kHz of `n` samples of a file at `rate` Hz, played at `tempo`."""
    return stretched(resampled(n, rate), tempo)
