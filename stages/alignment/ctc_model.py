"""The CTC network of the optional aligner, which the user supplies.

The folder contains `model.onnx` and `vocab.json` (token -> id), as Optimum exports them from a Wav2Vec2ForCTC
model of the language; for Mandarin, its tokens are Chinese characters. Weights in other formats are
refused, because loading them may run code; an ONNX file contains no code.
"""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from stages.core import model_folder
from stages.core.errors import UserError
from stages.core.params import Section
from stages.signal.frames import FRAME_S
from stages.signal.types import Samples

RATE = 16_000
"""Input of wav2vec 2.0, in Hz."""
MODEL, VOCABULARY = "model.onnx", "vocab.json"
BLANKS = ("<pad>", "[PAD]", "<blank>")
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


class CtcParams(Section):
    """Parameters of the optional engine.

    Attributes:
        model_dir: folder of the network.
        languages: that the network aligns, as ISO 639 codes.
    """

    model_dir: str = Field(min_length=1)
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...]


def parts(folder: Path) -> list[str]:
    """Return the names of network, vocabulary and weights; [] if the folder has no network.

    Raises:
        UserError: a file is missing, or the weights are of a kind that may run code.
    """
    names = model_folder.names(folder, "align.ctc.model_dir")
    pickled = sorted(name for name in names if name.endswith(PICKLED))
    if pickled:
        raise UserError(
            f"{folder / pickled[0]}: weights of this kind may run code when they are loaded; "
            f"export the network as {MODEL} and remove this file"
        )
    missing = {MODEL, VOCABULARY} - names
    if len(missing) == 1:
        raise UserError(f"{folder}: expected {MODEL} and {VOCABULARY}, found no {missing.pop()}")
    # the weights of a large network are in more files, with any names
    return [] if missing else [MODEL, *sorted(names - {MODEL})]


@cache
def session(folder: Path) -> Any:
    """Load the network, once per process; with one thread, because results depend on their number.

    Raises:
        UserError: onnxruntime is not installed, or cannot read the file.
    """
    try:
        import onnxruntime
    except ImportError:
        raise UserError(
            f"{folder} contains a network, but onnxruntime is not installed: "
            "pip install --require-hashes -r requirements-neural.txt, or remove the files"
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no common class of its errors
        raise UserError(f"{folder / MODEL}: onnxruntime cannot read this network: {error}") from None


@cache
def vocabulary(folder: Path) -> dict[str, int]:
    """Read the mapping of tokens to ids.

    Raises:
        UserError: the file is not a vocabulary, or has no blank token.
    """
    path = folder / VOCABULARY
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(f"{path}: expected JSON: {error}") from None
    if not isinstance(found, dict) or not all(type(value) is int and value >= 0 for value in found.values()):
        raise UserError(f'{path}: expected tokens with their ids, as in {{"<pad>": 0, "a": 1}}')
    if not any(blank in found for blank in BLANKS):
        raise UserError(f"{path}: expected a blank token, one of {', '.join(BLANKS)}; found none")
    return found


def blank(known: dict[str, int]) -> int:
    """Return the id of the blank of a `vocabulary`."""
    return next(known[name] for name in BLANKS if name in known)


def log_probs(folder: Path, samples: Samples) -> NDArray[np.float64]:
    """Compute log-probabilities of the tokens, shape (frames, tokens).

    Args:
        folder: of the network.
        samples: mono at 16 kHz, shape (n,).

    Raises:
        UserError: the network does not accept such samples, or its output has another shape.
    """
    network = session(folder)
    # zero mean and unit variance, as wav2vec 2.0 was trained on
    scaled = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    try:
        logits = network.run(None, {network.get_inputs()[0].name: scaled[None].astype(np.float32)})[0]
    except Exception as error:  # see `session`
        raise UserError(f"{folder / MODEL}: does not take 16 kHz samples of shape (1, n): {error}") from None
    tokens = max(vocabulary(folder).values()) + 1
    if logits.ndim != 3 or logits.shape[0] != 1 or logits.shape[2] < tokens:
        raise UserError(
            f"{folder / MODEL}: expected logits of shape (1, frames, {tokens} tokens or more), "
            f"as {VOCABULARY} has them, found {logits.shape}"
        )
    found = logits[0].astype(np.float64)
    found -= found.max(axis=1, keepdims=True)
    return np.asarray(found - np.log(np.exp(found).sum(axis=1, keepdims=True)))


@cache
def hop(folder: Path) -> int:
    """Measure the hop of the network's frames in samples at 16 kHz, on inputs of 1 s and of 2 s.

    Raises:
        UserError: see `log_probs`; or the frame rate is higher than that of `stages.signal.frames`.
    """
    short, long = (len(log_probs(folder, np.zeros(seconds * RATE, np.float32))) for seconds in (1, 2))
    if not 1 <= long - short <= 1 / FRAME_S:
        raise UserError(
            f"{folder / MODEL}: expected 1 to {1 / FRAME_S:.0f} frames per second, found {long - short}"
        )
    return round(RATE / (long - short))
