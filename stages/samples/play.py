"""One clip after every step of its processing chain, as WAV files to listen to and for debugging.

`python -m stages play CLIP_ID` writes `data/play/CLIP_ID.<n>_<step>.wav`: the source as decoded, the segment,
the segment with noise reduction if `screen` wants it, and what is rendered. `CLIP_ID__a1` is the first
augmented copy. A clip that is dropped or excluded is written as far as its chain goes, and the reason is
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


class Played(NamedTuple):
    """A file that was written, and its length and level in words."""

    path: Path
    label: str


def steps(row: dict[str, Any]) -> Steps:
    """Process a clip or copy of the timeline, one step after the other.

    Args:
        row: of the timeline; or, for an unused clip, columns `path`, `source_channel`, `start` and `end`
            (None if there is no cut) and `denoise_gain_floor_db`, without `gain_db`.
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


def find(clip_id: str) -> tuple[dict[str, Any] | None, str]:
    """Look up a clip or copy.

    Returns:
        A row for `steps`, None if the file has a fault; and why the clip is not used, empty if it is.

    Raises:
        UserError: the catalog has no such clip.
    """
    timeline = store.read(TABLES / "timeline.parquet", tables.Timeline)
    itself = (timeline.clip_id == clip_id) & (timeline.copy_number == 0)
    found = timeline[itself | (timeline.sample_id == clip_id)]
    if len(found):
        return _record(found), ""
    catalog = store.read_all("catalog", params.corpora(), tables.Catalog)
    clip = catalog[catalog.clip_id == clip_id]
    if clip.empty:
        known = {*catalog.clip_id, *timeline.sample_id}
        raise UserError(f"{clip_id}: not in the catalog{near(clip_id, known)}")
    corpus = str(clip.corpus.iloc[0])
    quality = _record(_of(clip, store.read(store.path("quality", corpus), tables.Quality)))
    if quality["fault"] is not None:
        return None, f"{quality['fault']}: {quality['fault_detail']}"
    return _unused(clip, catalog[catalog.path.isin(clip.path)], corpus)


def _unused(clip: pd.DataFrame, channels: pd.DataFrame, corpus: str) -> tuple[dict[str, Any], str]:
    """Build the row of a dropped or excluded clip, and say why it is not used.

    Args:
        clip: its row of the catalog; `channels`: the rows of all channels of its file.
        corpus: that has it.
    """
    screen = _record(_of(clip, store.read(TABLES / "screen.parquet", tables.Screen)))
    reason = f"dropped by screen: {screen['reason']}"
    if screen["verdict"] != "drop":
        balance = _record(_of(clip, store.read(TABLES / "balance.parquet", tables.Balance)))
        reason = f"excluded by balance: {balance['reason']}"
    trim = _of(channels, store.read(store.path("trim", corpus), tables.Trim))
    align = _of(channels, store.read(store.path("align", corpus), tables.Align))
    span = _record(_of(clip, segment_frame(channels, trim, align)))
    if span["start"] is None:  # speech was found, but no words
        span = _record(_of(clip, trim))
    loudness = _of(clip, store.read(store.path("loudness", corpus), tables.Loudness))
    loudness = loudness[loudness.denoised == (screen["verdict"] == "keep_denoised")]
    floor_db = _record(loudness)["denoise_gain_floor_db"]
    kept = {"start": span["start"], "end": span["end"], "denoise_gain_floor_db": floor_db}
    return {name: _record(clip)[name] for name in ("path", "source_channel")} | kept, reason


def _of(clips: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    return table[table.clip_id.isin(clips.clip_id)]


def _record(table: pd.DataFrame) -> dict[str, Any]:
    """Take the first row, with None for null."""
    row = table.head(1).astype(object)
    found: dict[str, Any] = row.where(row.notna(), None).iloc[0].to_dict()
    return found


def page(clip_id: str, reason: str, played: list[Played]) -> str:
    """Build an HTML page with a player per step."""
    players = "\n".join(
        f'<p>{html.escape(one.label)}<br><audio controls src="{html.escape(one.path.name)}"></audio></p>'
        for one in played
    )
    name = html.escape(clip_id)
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{name}</title>\n<h1>{name}</h1>\n'
        f"<p>{html.escape(reason)}</p>\n{players}\n"
    )


def run(clip_id: str, open_in_browser: bool = False) -> None:
    """Write the files; print their levels and, of an unused clip, why it is not used.

    Args:
        clip_id: of a clip, or the name of the sample of an augmented copy.
        open_in_browser: also write `data/play/<clip_id>.html` with a player per step, and open it.

    Raises:
        UserError: the catalog has no such clip.
    """
    row, reason = find(clip_id)
    if reason:
        print(f"{clip_id}: {reason}")
    if row is None:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    played = []
    for number, (step, (samples, rate)) in enumerate(steps(row).items()):
        path = FOLDER / f"{clip_id}.{number}_{step}.wav"
        soundfile.write(path, samples, rate, subtype="PCM_16")
        level = 20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-12)
        size = f"{len(samples) / rate:.3f} s, {rate} Hz, {level:.1f} dBFS RMS"
        played.append(Played(path, f"{step}: {size}"))
        print(f"{path}: {size}")
    if open_in_browser:
        target = FOLDER / f"{clip_id}.html"
        files.write_text(target, page(clip_id, reason, played))
        webbrowser.open(target.resolve().as_uri())
