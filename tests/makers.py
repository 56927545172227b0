"""Small in-memory tables and recordings for tests."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray

from stages.core import store, tables

SHA = "0" * 64


def catalog(*rows: dict[str, Any]) -> pd.DataFrame:
    """Make a catalog whose rows differ from a plain clip as stated."""
    plain = {
        "corpus": "demo", "path": "data/raw/demo/a.wav", "sha256": SHA, "file_count": 1, "speaker": "demo_1",
        "gender": "female", "language": "en", "transcript": "a b", "corpus_label": "happy",
        "label_source": "acted", "emotion_intended": "happy", "intensity": "normal",
        "expected_sample_rate": 48000, "license": "CC0-1.0", "citation": "none", "role": "main",
        "split_group": "demo_1", "shipped_words": [], "shipped_starts_s": [], "shipped_ends_s": [],
    }  # fmt: skip
    made = [{**plain, "clip_id": f"demo_{i}", **row} for i, row in enumerate(rows)]
    return store.check(store.frame(made, tables.Catalog), tables.Catalog, "catalog")


def save_catalog(corpus: str, rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Write the catalog of a corpus, and an empty table of recognised words; see `catalog`."""
    made = catalog(*rows)
    store.write(made, tables.Catalog, store.path("catalog", corpus))
    store.write(store.frame([], tables.Transcribe), tables.Transcribe, store.path("transcribe", corpus))
    return made


def decided(*rows: dict[str, Any]) -> pd.DataFrame:
    """Make catalog, quality, trim, align and licensing as one table: clips without unstated faults."""
    measured = {
        "fault": None, "fault_detail": None, "sample_rate": 48000, "channels": 1, "bit_depth": 16,
        "n_samples": 144000, "audio_sha256": None, "peak_db": -6.0, "dc_offset": 0.0, "clipping_samples": 0,
        "clipping_run_samples": 0, "snr_db": 40.0, "wada_snr_db": 40.0, "bandwidth_hz": 20000.0,
        "silence_share": 0.3, "digital_silence_share": 0.0, "fingerprint": None, "permitted": True,
        "lufs": -23.0, "speech_start": 24000, "speech_end": 120000, "start": 20160, "end": 123840,
        "engine": "test", "status": "aligned", "score": -2.0, "margin": None, "confidence": 0.99,
        "unaligned_speech_s": 0.0, "oov_words": 0, "words": ["a", "b"], "starts": [24000, 60000],
        "ends": [60000, 120000],
    }  # fmt: skip
    parts = [catalog(*({k: v for k, v in row.items() if k not in measured} for row in rows))]
    for model in (tables.Quality, tables.Trim, tables.Align, tables.Licensing):
        known = [name for name in model.COLUMNS if name in measured]
        made = store.frame([{name: (measured | row)[name] for name in known} for row in rows], model)
        parts.append(made[known])
    return pd.concat(parts, axis="columns")


def tone(seconds: float, rate: int = 48000, level: float = 0.1, hz: float = 440.0) -> NDArray[np.float32]:
    """Make a sine, shape (n,), of `seconds` at `rate` Hz."""
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def wav(path: Path, samples: NDArray[Any], rate: int = 48000, subtype: str = "PCM_16") -> Path:
    """Write a recording and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype=subtype, format="WAV")
    return path


def timeline(*rows: dict[str, Any]) -> pd.DataFrame:
    """Make a timeline of single clips that differ from a plain one as stated."""
    plain = {
        "split": "train", "channel": "left", "offset": 0, "path": "data/raw/demo/a.wav", "sha256": SHA,
        "start": 0, "end": 48000, "fade_in": 0, "fade_out": 0, "sample_rate": 48000,
        "gain_db": 0.0, "loudness_method": "integrated", "gain_capped": False, "target_lufs": -23.0,
        "max_true_peak_dbtp": -1.0, "words": ["a"], "word_starts": [0.1], "word_ends": [0.2],
        "engine": "test", "score": -2.0, "snr_db": 40.0, "corpus": "demo", "speaker": "demo_1",
        "gender": "female", "language": "en", "transcript": "a", "transcript_source": "corpus",
        "emotion": "happy", "corpus_label": "happy", "label_source": "acted", "intensity": "normal",
        "style": "normal", "license": "CC0-1.0", "citation": "none", "style_rule": "rest", "is_primary": True,
        "copy_number": 0, "semitones": 0.0, "tempo": 1.0,
        **{f"turn{what}": [] for what in ("s", "_starts", "_ends", "_labels", "_emotions", "_acts")},
    }  # fmt: skip
    made = [{**plain, "sample_id": f"demo_{i}", "clip_id": f"demo_{i}", **row} for i, row in enumerate(rows)]
    return store.check(store.frame(made, tables.Timeline), tables.Timeline, "timeline")
