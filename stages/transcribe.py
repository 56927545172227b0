"""What is said in clips that come without a transcript? A row for each, if the user has placed a recogniser.

Without one the table is empty, and `screen` drops these clips with the reason `no_transcript`. What is heard
goes the way of all transcripts: `align` looks for it in the recording, and `screen` drops what does not fit.
"""

from pathlib import Path

import pandas as pd
from pydantic import Field

from stages.core import audio, model_folder, params, store, tables, workers
from stages.core.audio import AudioFault
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.recognition import whisper


class Transcribe(params.Section):
    """Parameters of the stage.

    Attributes:
        model_dir: of a model that the user brings; see `stages.recognition.whisper`.
        beam_size: hypotheses that the recogniser keeps.
    """

    model_dir: str = Field(min_length=1)
    beam_size: int = Field(ge=1, le=20)


def transcribe_clip(
    path: str, language: str, model_dir: str, digests: list[str], beam_size: int, channel: int | None
) -> workers.Row:
    """The row of one clip, without its identity.

    Args:
        path: of the recording.
        language: BCP 47 tag.
        model_dir: of the model.
        digests: of its files.
        beam_size: hypotheses that are kept.
        channel: of the file that holds the voice.
    """
    heard: tuple[str, float | None] = ("", None)
    try:
        samples, rate, *_ = audio.read(Path(path), channel)
        if whisper.speaks(Path(model_dir), language):
            heard = whisper.transcript(Path(model_dir), samples, rate, language, beam_size)
    except AudioFault:  # `quality` says which
        pass
    return {"engine": whisper.engine(digests), "transcript": heard[0], "confidence": heard[1]}


def tasks(catalog: pd.DataFrame, settings: Transcribe) -> list[workers.Task]:
    """One task per clip without a transcript; none if there is no model. Nobody asks for a partner's words.

    Raises:
        UserError: there is a model, but it cannot be used.
    """
    mute = catalog[(catalog.transcript == "") & (catalog.role == "main")]
    folder = Path(settings.model_dir)
    parts = whisper.parts(folder)
    if not parts or mute.empty:
        return []
    whisper.model(folder)  # fail before the first clip rather than in a worker
    stated = {"digests": model_folder.digests(folder, parts), **settings.model_dump()}
    return [
        workers.Task(
            {"clip_id": clip.clip_id},
            {"path": clip.path, "language": clip.language, "channel": audio.channel_of(clip.source_channel)}
            | stated,
            clip.sha256,
        )
        for clip in mute.itertuples()
    ]


def run(corpus: str) -> None:
    """Write data/tables/transcribe/<corpus>.parquet."""
    watch = Stopwatch("transcribe", corpus)
    settings = params.section(Transcribe, "transcribe")
    catalog = store.read(store.path("catalog", corpus), tables.Catalog)
    row_cache = store.path("transcribe", corpus)
    table = workers.compute(
        watch.name, transcribe_clip, tasks(catalog, settings), tables.Transcribe, row_cache
    )
    workers.save(table, tables.Transcribe, row_cache)
    watch.end(len(table), ["no_words" if not text else None for text in table.transcript])


if __name__ == "__main__":
    main(run, "corpus")
