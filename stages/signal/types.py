"""Types of samples and of decoded files."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono, shape (n,), full scale = 1.0."""


class Recording(NamedTuple):
    """A decoded file.

    Attributes:
        samples: mono float32, shape (n,), full scale 1.0.
        sample_rate: of the file, in Hz.
        channels: of the file; more than one only if all have the same samples.
        bit_depth: of the file, in bits per sample.
    """

    samples: Samples
    sample_rate: int
    channels: int
    bit_depth: int
