"""Sample-rate conversion."""

import numpy as np
import soxr

from stages.signal.lengths import resampled
from stages.signal.types import Samples

QUALITY = "VHQ"
"""Linear phase, no delay, alias rejection above 140 dB; bit-identical from run to run."""


def resample(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """Convert n samples to another rate in Hz without delay (sinc interpolation by soxr).

    Returns:
        float32, shape (lengths.resampled(n, rate_in, rate_out),). Sample k is at k / rate_out seconds. If the
        rates are equal, the samples are returned unchanged.
    """
    if rate_in == rate_out or not len(samples):
        return samples
    converted: Samples = soxr.resample(samples.astype(np.float32, copy=False), rate_in, rate_out, QUALITY)
    # soxr rounds a half sometimes up, sometimes down
    length = resampled(len(samples), rate_in, rate_out)
    return np.pad(converted[:length], (0, max(0, length - len(converted))))
