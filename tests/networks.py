"""Small networks in the shape of wav2vec 2.0 with a CTC head, as ONNX files, to test the neural aligner."""

import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HOP, FIELD = 320, 400
"""Of wav2vec 2.0 at 16 kHz, in samples: 20 ms from frame to frame, each of which hears 25 ms."""


def _save(folder: Path, nodes: list[onnx.NodeProto], weights: dict[str, NDArray], tokens: list[str]) -> None:
    inputs = [helper.make_tensor_value_info("input_values", TensorProto.FLOAT, ["batch", "samples"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "frames", len(tokens)])]
    stored = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "ctc", inputs, outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    table = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")


def random(folder: Path, tokens: list[str], seed: int = 0) -> None:
    """A convolution and a projection with random weights."""
    generator = np.random.default_rng(seed)
    weights = {
        "axes": np.array([1]),
        "filters": generator.normal(0, 0.05, (16, 1, FIELD)).astype(np.float32),
        "head": generator.normal(0, 1, (16, len(tokens))).astype(np.float32),
    }
    nodes = [
        helper.make_node("Unsqueeze", ["input_values", "axes"], ["waves"]),
        helper.make_node("Conv", ["waves", "filters"], ["heard"], strides=[HOP]),
        helper.make_node("Tanh", ["heard"], ["bent"]),
        helper.make_node("Transpose", ["bent"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "head"], ["logits"]),
    ]
    _save(folder, nodes, weights, tokens)


def of_tones(folder: Path, tokens: list[str], hz: dict[str, float]) -> None:
    """A network that hears tones: each token of `hz` is a sine of that frequency, all others are never heard.

    Its logit is the tone's power within a frame, and the blank's is where nothing is heard.
    """
    at = np.arange(FIELD) / 16000
    waves = [wave(2 * np.pi * tone * at) for tone in hz.values() for wave in (np.sin, np.cos)]
    head = np.zeros((2 * len(hz), len(tokens)), np.float32)
    for i, name in enumerate(hz):
        head[2 * i : 2 * i + 2, tokens.index(name)] = 40.0
    bias = np.full(len(tokens), -20.0, np.float32)
    bias[0] = 10.0
    weights = {
        "axes": np.array([1]),
        "filters": (np.stack(waves)[:, None] / FIELD).astype(np.float32),
        "head": head,
        "bias": bias,
    }
    nodes = [
        helper.make_node("Unsqueeze", ["input_values", "axes"], ["waves"]),
        helper.make_node("Conv", ["waves", "filters"], ["heard"], strides=[HOP]),
        helper.make_node("Mul", ["heard", "heard"], ["power"]),
        helper.make_node("Transpose", ["power"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "head"], ["scores"]),
        helper.make_node("Add", ["scores", "bias"], ["logits"]),
    ]
    _save(folder, nodes, weights, tokens)
