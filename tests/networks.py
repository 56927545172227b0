"""Small networks like wav2vec 2.0 with a CTC head, as ONNX files, for tests of the CTC aligner."""

import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HOP, FIELD = 320, 400
"""Of wav2vec 2.0, in samples at 16 kHz: a frame of 25 ms every 20 ms."""


def _save(folder: Path, tokens: list[str], operation: onnx.NodeProto, weights: dict[str, NDArray]) -> None:
    """Write a convolution, an operation on its output, and a projection to the logits of the tokens."""
    nodes = [
        helper.make_node("Unsqueeze", ["input_values", "axes"], ["waves"]),
        helper.make_node("Conv", ["waves", "filters"], ["filtered"], strides=[HOP]),
        operation,
        helper.make_node("Transpose", ["features"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "head"], ["scores"]),
        helper.make_node("Add", ["scores", "bias"], ["logits"]),
    ]
    inputs = [helper.make_tensor_value_info("input_values", TensorProto.FLOAT, ["batch", "samples"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "frames", len(tokens)])]
    stored = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    stored.append(numpy_helper.from_array(np.array([1]), "axes"))
    graph = helper.make_graph(nodes, "ctc", inputs, outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    table = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")


def random(folder: Path, tokens: list[str], seed: int = 0) -> None:
    """Write a network with random weights into an existing folder."""
    generator = np.random.default_rng(seed)
    filters, head = generator.normal(0, 0.05, (16, 1, FIELD)), generator.normal(0, 1, (16, len(tokens)))
    weights = {"filters": filters, "head": head, "bias": np.zeros(len(tokens))}
    _save(folder, tokens, helper.make_node("Tanh", ["filtered"], ["features"]), weights)


def of_tones(folder: Path, tokens: list[str], hz: dict[str, float]) -> None:
    """Write a network that recognises tones: sines of the frequencies `hz` of the tokens.

    The logit of a token is the power of its tone in a frame. The blank, token 0, wins without a tone.
    """
    at = np.arange(FIELD) / 16000
    waves = [wave(2 * np.pi * tone * at) for tone in hz.values() for wave in (np.sin, np.cos)]
    head = np.zeros((2 * len(hz), len(tokens)))
    for i, name in enumerate(hz):
        head[2 * i : 2 * i + 2, tokens.index(name)] = 40.0
    bias = np.full(len(tokens), -20.0)
    bias[0] = 10.0
    weights = {"filters": np.stack(waves)[:, None] / FIELD, "head": head, "bias": bias}
    _save(folder, tokens, helper.make_node("Mul", ["filtered", "filtered"], ["features"]), weights)
