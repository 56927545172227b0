"""Length of a clip in samples after resampling or a change of tempo."""

SAMPLE_RATE = 24_000
"""Sample rate of the dataset in Hz, that of Mimi, the codec of Moshi and CSM."""


def resampled(n: int, rate_in: int, rate_out: int = SAMPLE_RATE) -> int:
    """Return the length after `resample.resample`: n * rate_out / rate_in, halves rounded up."""
    return (2 * n * rate_out + rate_in) // (2 * rate_in)


def stretched(n: int, tempo: float) -> int:
    """Return the length after `augment.stretch`: n / tempo, halves rounded up."""
    return int(n / tempo + 0.5)


def rendered(n: int, rate: int, tempo: float) -> int:
    """Return the length at 24 kHz of `n` samples of a file at `rate` Hz, after a change of tempo."""
    return stretched(resampled(n, rate), tempo)
