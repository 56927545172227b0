"""DNSMOS P.835: predicted mean opinion scores for speech, background and overall quality.

C. Reddy, V. Gopal and R. Cutler, "DNSMOS P.835: a non-intrusive perceptual objective speech quality metric to
evaluate noise suppressors", ICASSP 2022. The network is in the package `speechmos`. Here it scores one
window, in a sixth of the time of the package, which averages over hops and runs a second network; scores
differ by 0.02 on average. Such networks underrate shouting, whispering and crying: drop no clips by them.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stages.signal.resample import resample
from stages.signal.types import Samples

RATE = 16_000
WINDOW = 144_160
"""Input of the network in samples at 16 kHz: 9.01 s."""
MODEL = "dnsmos_models/sig_bak_ovr.onnx"
SPEECH = (-0.08397278, 1.22083953, 0.0052439)
NOISE = (-0.13166888, 1.60915514, -0.39604546)
OVERALL = (-0.06766283, 1.11546468, 0.04602535)
"""Published polynomials from the network's outputs to scores, highest power first."""


class Scores(NamedTuple):
    """Mean opinion scores from 1 (bad) to 5 (excellent)."""

    speech: float
    noise: float
    overall: float


@cache
def network() -> Any:
    """Load the network once per process, with one thread, because its results depend on their number.

    Raises:
        ImportError: the optional packages are not installed.
    """
    package = find_spec("speechmos")
    if package is None or not package.submodule_search_locations or find_spec("onnxruntime") is None:
        raise ImportError(
            "params.yaml: quality.dnsmos is true, but speechmos or onnxruntime is not installed: "
            "pip install --require-hashes -r requirements-dnsmos.txt, or set quality.dnsmos to false"
        )
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = Path(package.submodule_search_locations[0]) / MODEL
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def dnsmos(samples: Samples, rate: int) -> Scores:
    """Predict the scores of the first 9.01 s of samples at `rate` Hz; a shorter clip is repeated.

    Raises:
        ImportError: the optional packages are not installed.
    """
    window = np.resize(resample(samples, rate, RATE), WINDOW)
    (outputs,) = network().run(None, {"input_1": window[np.newaxis].astype(np.float32)})
    raw = zip((SPEECH, NOISE, OVERALL), outputs[0].astype(np.float64), strict=True)
    return Scores(*(float(np.polyval(polynomial, value)) for polynomial, value in raw))
