"""Stage `transcribe`: transcripts by Whisper, one row per clip without a transcript.

Without a model the table is empty, and `screen` drops these clips with the reason `no_transcript`. `align`
aligns recognised words like any transcript, and `screen` drops the clip if they do not match the audio.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pydantic import Field

from stages.core import audio, model_folder, params, store, tables, workers
from stages.core.audio import AudioFault
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.recognition import whisper


class Transcribe(params.Section):
    """Parameters of the stage.

    Attributes:
        model_dir: folder of the user's Whisper model; see `stages.recognition.whisper`.
        beam_size: maximum number of hypotheses that the recogniser keeps.
    """

    model_dir: str = Field(min_length=1)
    beam_size: int = Field(ge=1, le=20)


def transcribe_clip(path: str, language: str, model: workers.Row, channel: int | None = None) -> workers.Row:
    """Transcribe one clip; return its row of `tables.Transcribe` without `clip_id`.

    Args:
        path: path of the recording.
        language: BCP 47 tag.
        model: `model_dir`, the `digests` of its files, and `beam_size`.
        channel: channel of the voice, counted from 0; None: the only one.
    """
    folder = Path(model["model_dir"])
    row: workers.Row = {"engine": whisper.engine(model["digests"]), "transcript": "", "confidence": None}
    with suppress(AudioFault):  # the table of `quality` names the fault
        recording = audio.read(Path(path), channel)
        if whisper.supports(folder, language):
            text, confidence = whisper.transcribe(folder, recording, language, model["beam_size"])
            row |= {"transcript": text, "confidence": confidence}
    return row


def tasks(catalog: Iterable[workers.Row], settings: Transcribe) -> list[workers.Task]:
    """Make one task per clip without a transcript, except partners; none if there is no model.

    Raises:
        UserError: there is a model, but it cannot be used.
    """
    missing = [clip for clip in catalog if not clip["transcript"] and clip["role"] == "main"]
    folder = Path(settings.model_dir)
    parts = whisper.parts(folder)
    if not (parts and missing):
        return []
    whisper.load_model(folder)  # a faulty model fails here rather than in a worker
    model = {"digests": model_folder.digests(folder, parts), **settings.model_dump()}
    work = []
    for clip in missing:
        channel = audio.channel_of(clip["source_channel"])
        arguments = {"path": clip["path"], "language": clip["language"], "model": model, "channel": channel}
        work.append(workers.Task({"clip_id": clip["clip_id"]}, arguments, clip["sha256"]))
    return work


def run(corpus: str) -> None:
    """Write data/tables/transcribe/<corpus>.parquet."""
    watch = Stopwatch("transcribe", corpus)
    settings = params.section(Transcribe, "transcribe")
    catalog = store.rows(store.path("catalog", corpus), tables.Catalog)
    cache = workers.RowCache(store.path("transcribe", corpus), tables.Transcribe)
    rows = workers.compute(watch.name, transcribe_clip, tasks(catalog, settings), cache)
    cache.save(rows)
    watch.end(len(rows), (None if row["transcript"] else "no_words" for row in rows))


if __name__ == "__main__":
    main(run, "corpus")
