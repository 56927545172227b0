"""An optional speech recogniser: faster-whisper (MIT) with a model that the user supplies.

The folder contains a Whisper model as CTranslate2 writes it (`ct2-transformers-converter`, or a download of a
converted model): weights, configuration, vocabulary, and the tokenizer, which the library would otherwise try
to download. The `model.bin` of CTranslate2 is not a pickle.
"""

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stages.core import model_folder
from stages.core.errors import UserError
from stages.signal.resample import resample
from stages.signal.types import Recording
from stages.text.language import language_of

RATE = 16_000
"""Input of Whisper, in Hz."""
PARTS = ("model.bin", "config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
OPTIONAL = ("preprocessor_config.json",)
INSTALL = "pip install --require-hashes -r requirements-asr.txt"


def parts(folder: Path) -> list[str]:
    """Return the names of the model's files, weights first; [] if there are none.

    Raises:
        UserError: a file is missing.
    """
    names = model_folder.names(folder, "transcribe.model_dir")
    if not names:
        return []
    missing = [name for name in PARTS if name not in names]
    if not names.intersection(VOCABULARIES):
        missing.append(" or ".join(VOCABULARIES))
    if missing:
        raise UserError(
            f"{folder}: expected a Whisper model as CTranslate2 writes it, "
            f"found no {', no '.join(missing)}.\n"
            "Convert it with `ct2-transformers-converter --model ... --copy_files tokenizer.json "
            "preprocessor_config.json --output_dir ...`"
        )
    return [name for name in (*PARTS, *VOCABULARIES, *OPTIONAL) if name in names]


@cache
def load_model(folder: Path) -> Any:
    """Load the model once per process, in single precision on one thread, so that results are repeatable.

    Raises:
        UserError: faster-whisper is not installed, or cannot read the files.
    """
    try:
        from faster_whisper import WhisperModel
    except ImportError:
        raise UserError(
            f"{folder} contains a model, but faster-whisper is not installed: {INSTALL}, or remove the files"
        ) from None
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return WhisperModel(str(folder), device="cpu", compute_type="float32", cpu_threads=1, num_workers=1)
    except Exception as error:  # CTranslate2 and tokenizers have no common class of their errors
        raise UserError(f"{folder}: faster-whisper cannot read this model: {error}") from None


def supports(folder: Path, language: str) -> bool:
    """Return whether the model knows a language; English-only models write English words for any language.

    Raises:
        UserError: see `load_model`.
    """
    return language_of(language) in load_model(folder).supported_languages


def engine(network: Sequence[str]) -> str:
    """Return name, version and digest of the model, from the digests of its `parts`."""
    return f"faster-whisper {version('faster-whisper')} {network[0][:12]}"


def transcribe(folder: Path, recording: Recording, language: str, beam_size: int) -> tuple[str, float | None]:
    """Transcribe a clip; return its text and the mean probability of its tokens, ("", None) without words.

    Args:
        folder: of the model.
        recording: of the clip.
        language: BCP 47 tag.
        beam_size: maximum number of hypotheses.
    """
    # temperature 0, because others sample at random; no earlier text, because it causes repetitions
    segments, _ = load_model(folder).transcribe(
        resample(*recording[:2], RATE), language=language_of(language), beam_size=beam_size,
        temperature=0.0, condition_on_previous_text=False, vad_filter=False,
    )  # fmt: skip
    found = [segment for segment in segments if segment.text.strip()]
    if not found:
        return "", None
    tokens = [len(segment.tokens) for segment in found]
    total = sum(s.avg_logprob * n for s, n in zip(found, tokens, strict=True)) / sum(tokens)
    return " ".join(" ".join(segment.text.split()) for segment in found), min(math.exp(total), 1.0)
