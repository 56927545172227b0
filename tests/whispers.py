"""A Whisper model with small random weights, in the form of faster-whisper."""

from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.model_spec import index_spec
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH, HEADS, MELS, FRAMES, POSITIONS, TIMES = 16, 2, 80, 1500, 448, 1501
SPECIAL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip
TOKENS = 600 + len(SPECIAL) + TIMES
"""With a vocabulary of this size, faster-whisper takes the model for English-only."""
WORDS = ("Ġhello", "Ġthere", "Ġworld", ",")  # "Ġ" is a blank
SHAPES = {
    "embeddings/weight": (TOKENS, WIDTH), "projection/weight": (TOKENS, WIDTH),
    "conv1/weight": (WIDTH, MELS, 3), "conv1/bias": (WIDTH,), "conv2/weight": (WIDTH, WIDTH, 3),
    "conv2/bias": (WIDTH,), "beta": (WIDTH,), "gamma": (WIDTH,),
    "self_attention/linear_0/weight": (3 * WIDTH, WIDTH), "self_attention/linear_1/weight": (WIDTH, WIDTH),
    "attention/linear_0/weight": (WIDTH, WIDTH), "attention/linear_1/weight": (2 * WIDTH, WIDTH),
    "attention/linear_2/weight": (WIDTH, WIDTH), "ffn/linear_0/weight": (4 * WIDTH, WIDTH),
    "ffn/linear_1/weight": (WIDTH, 4 * WIDTH),
    "encoder/position_encodings/encodings": (FRAMES, WIDTH),
    "decoder/position_encodings/encodings": (POSITIONS, WIDTH),
}  # fmt: skip


def build(folder: Path) -> None:
    """Write the model into an existing folder; its text tokens are `WORDS`, repeated, each with a number."""
    generator = np.random.default_rng(0)
    spec: Any = WhisperSpec(1, HEADS, 1, HEADS)
    for part in ("encoder", "decoder"):
        getattr(spec, part).position_encodings.encodings = None
    for part in ("conv1", "conv2"):
        getattr(spec.encoder, part).bias = None
    for name, value in spec.variables(ordered=True):
        if value is None:
            owner, _, last = name.rpartition("/")
            shape = next(shape for end, shape in SHAPES.items() if name.endswith(end))
            setattr(index_spec(spec, owner), last, generator.normal(0, 0.3, shape).astype(np.float32))
    text = [f"{WORDS[i % len(WORDS)]}{i}" for i in range(TOKENS - TIMES - len(SPECIAL))]
    vocabulary = [*text, *SPECIAL, *(f"<|{i * 0.02:.2f}|>" for i in range(TIMES))]
    spec.register_vocabulary(vocabulary)
    spec.config.lang_ids = spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [len(text)]
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.save(str(folder))
    table = {token: i for i, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(table, unk_token="<|endoftext|>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.save(str(folder / "tokenizer.json"))
