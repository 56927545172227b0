"""Types of arrays."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono, shape (n,), full scale = 1.0."""
