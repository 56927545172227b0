"""Command `play`: one clip after every step of its processing chain, as WAV files, for debugging.

`python -m stages play CLIP_ID` writes `data/play/CLIP_ID.<n>_<step>.wav`: the decoded source, the segment,
the segment after noise reduction (if `screen` requires it), and the rendered clip. `CLIP_ID__a1` is the first
augmented copy. Of a dropped or excluded clip, the steps before rendering are written, and the reason is
printed. The tables of a build must exist.
"""

import html
import webbrowser
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray

from stages.core import audio, files, params, store, tables
from stages.core.errors import UserError
from stages.core.params import near
from stages.samples import processing
from stages.samples.segments import segment_frame
from stages.signal import chain
from stages.signal.lengths import SAMPLE_RATE

FOLDER = Path("data/play")
TABLES = Path("data/tables")
Steps = dict[str, tuple[NDArray[Any], int]]
"""Name of the step -> samples, shape (n,), and their rate in Hz."""


class StepFile(NamedTuple):
    """A written WAV file, and a label with its length and level."""

    path: Path
    label: str


def steps(row: dict[str, Any]) -> Steps:
    """Process a clip or copy step by step; return the audio after each step.

    Args:
        row: row of the timeline; or, for an unused clip, columns `path`, `source_channel`, `start` and `end`
            (None if there is no segment) and `denoise_gain_floor_db`, without `gain_db`.
    """
    recording = audio.read(Path(row["path"]), row["source_channel"])
    rate, samples = recording.sample_rate, recording.samples
    made: Steps = {"source": (samples, rate)}
    if row["start"] is None:
        return made
    span, floor_db = (row["start"], row["end"]), row["denoise_gain_floor_db"]
    made["cut"] = (chain.cut(samples, rate, chain.Cut(*span)), SAMPLE_RATE)
    if floor_db is not None:
        made["denoised"] = (chain.cut(samples, rate, chain.Cut(*span, floor_db)), SAMPLE_RATE)
    if "gain_db" not in row:
        return made
    final = chain.cut(samples, rate, chain.Cut(*span, floor_db, row["fade_in"], row["fade_out"]))
    if row["copy_number"]:
        final = processing.change(final, row)
        made["copy"] = (final, SAMPLE_RATE)
    gain_db = processing.with_gain(final, row)["gain_db"]
    return made | {"rendered": (final * 10 ** (gain_db / 20), SAMPLE_RATE)}


def find_clip(clip_id: str) -> tuple[dict[str, Any] | None, str]:
    """Look up a clip or copy.

    Returns:
        A row for `steps`, None if the file is unusable; and why the clip is unused, empty if it is used.

    Raises:
        UserError: the clip is not in the catalog.
    """
    timeline = store.read(TABLES / "timeline.parquet", tables.Timeline)
    is_clip = (timeline.clip_id == clip_id) & (timeline.copy_number == 0)
    found = timeline[is_clip | (timeline.sample_id == clip_id)]
    if len(found):
        return _record(found), ""
    catalog = store.read_all("catalog", params.corpora(), tables.Catalog)
    clip = catalog[catalog.clip_id == clip_id]
    if clip.empty:
        known = {*catalog.clip_id, *timeline.sample_id}
        raise UserError(f"{clip_id}: not in the catalog{near(clip_id, known)}")
    corpus = str(clip.corpus.iloc[0])
    quality = _record(_rows_of(clip, store.read(store.path("quality", corpus), tables.Quality)))
    if quality["fault"] is not None:
        return None, f"{quality['fault']}: {quality['fault_detail']}"
    return _unused(clip, catalog[catalog.path.isin(clip.path)], corpus)


def _unused(clip: pd.DataFrame, channels: pd.DataFrame, corpus: str) -> tuple[dict[str, Any], str]:
    """Build the row of a dropped or excluded clip, and the reason why it is unused.

    Args:
        clip: row of the catalog; `channels`: rows of all channels of the same file.
        corpus: corpus of the clip.
    """
    screen = _record(_rows_of(clip, store.read(TABLES / "screen.parquet", tables.Screen)))
    reason = f"dropped by screen: {screen['reason']}"
    if screen["verdict"] != "drop":
        balance = _record(_rows_of(clip, store.read(TABLES / "balance.parquet", tables.Balance)))
        reason = f"excluded by balance: {balance['reason']}"
    trim = _rows_of(channels, store.read(store.path("trim", corpus), tables.Trim))
    align = _rows_of(channels, store.read(store.path("align", corpus), tables.Align))
    span = _record(_rows_of(clip, segment_frame(channels, trim, align)))
    if span["start"] is None:  # speech was detected, but words were not aligned
        span = _record(_rows_of(clip, trim))
    loudness = _rows_of(clip, store.read(store.path("loudness", corpus), tables.Loudness))
    loudness = loudness[loudness.denoised == (screen["verdict"] == "keep_denoised")]
    floor_db = _record(loudness)["denoise_gain_floor_db"]
    kept = {"start": span["start"], "end": span["end"], "denoise_gain_floor_db": floor_db}
    return {name: _record(clip)[name] for name in ("path", "source_channel")} | kept, reason


def _rows_of(clips: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    return table[table.clip_id.isin(clips.clip_id)]


def _record(table: pd.DataFrame) -> dict[str, Any]:
    """Return the first row as a dict, with None for null."""
    row = table.head(1).astype(object)
    found: dict[str, Any] = row.where(row.notna(), None).iloc[0].to_dict()
    return found


def page(clip_id: str, reason: str, step_files: list[StepFile]) -> str:
    """Build an HTML page with one player per step."""
    players = "\n".join(
        f'<p>{html.escape(file.label)}<br><audio controls src="{html.escape(file.path.name)}"></audio></p>'
        for file in step_files
    )
    name = html.escape(clip_id)
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{name}</title>\n<h1>{name}</h1>\n'
        f"<p>{html.escape(reason)}</p>\n{players}\n"
    )


def run(clip_id: str, open_in_browser: bool = False) -> None:
    """Write the files; print their lengths and levels and, for an unused clip, the reason.

    Args:
        clip_id: id of a clip, or name of the sample of an augmented copy.
        open_in_browser: also write `data/play/<clip_id>.html` with a player per step, and open it.

    Raises:
        UserError: the clip is not in the catalog.
    """
    row, reason = find_clip(clip_id)
    if reason:
        print(f"{clip_id}: {reason}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    step_files = []
    for number, (step, (samples, rate)) in enumerate(steps(row).items() if row else ()):
        path = FOLDER / f"{clip_id}.{number}_{step}.wav"
        soundfile.write(path, samples, rate, subtype="PCM_16")
        level = 20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-12)
        size = f"{len(samples) / rate:.3f} s, {rate} Hz, {level:.1f} dBFS RMS"
        step_files.append(StepFile(path, f"{step}: {size}"))
        print(f"{path}: {size}")
    if open_in_browser:
        target = FOLDER / f"{clip_id}.html"
        files.write_text(target, page(clip_id, reason, step_files))
        opened = webbrowser.open(target.resolve().as_uri())
        print(f"{target}: {'opened' if opened else 'no browser found; open this file'}")
