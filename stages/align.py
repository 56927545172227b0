"""Stage `align`: word times by forced alignment. One row per clip; times are samples of the source file.

A clip that cannot be aligned has no times, and `status` is the cause; `screen` drops the clip.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from stages.alignment import boundary_correction, shipped_alignment
from stages.alignment.base import Aligner, Alignment
from stages.alignment.confidence import competing_transcripts, confidence, score_margin
from stages.alignment.ctc_aligner import CtcAligner
from stages.alignment.ctc_model import CtcParams, hop, parts
from stages.alignment.pocketsphinx_aligner import PocketSphinx, PocketSphinxParams
from stages.core import audio, files, model_folder, params, store, tables, workers
from stages.core.audio import AudioFault, Recording
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.signal.unaligned_speech import unaligned_speech_s
from stages.text import transcripts
from stages.text.language import language_of


class Align(PocketSphinxParams):
    """Parameters of the stage; `ctc` is the optional second aligner."""

    ctc: CtcParams


class Clip(NamedTuple):
    """A clip to align.

    Attributes:
        path: path of the recording.
        transcript: empty if unknown.
        language: BCP 47 tag.
        competing_transcripts: other sentences, to be aligned for comparison; see `confidence`.
        channel: channel of the voice, counted from 0; None: the only one.
        role: see `tables.Catalog`; a partner without a transcript is not aligned: its words are not used.
        shipped: word times from the corpus; used if they pass the checks of `shipped_alignment`.
    """

    path: str
    transcript: str
    language: str
    competing_transcripts: list[str]
    channel: int | None = None
    role: str = "main"
    shipped: shipped_alignment.Words | None = None


def align_clip(clip: workers.Row, settings: workers.Row, ctc: workers.Row | None = None) -> workers.Row:
    """Align one clip; return its row of `tables.Align` without `clip_id`.

    Args:
        clip: see `Clip`.
        settings: see `PocketSphinxParams`.
        ctc: arguments of `CtcAligner`, if it aligns this language.
    """
    request = Clip(**clip)
    default = PocketSphinx(PocketSphinxParams.model_validate(settings))
    engine = CtcAligner(Path(ctc["folder"]), ctc["digests"]) if ctc else default
    try:
        recording = audio.read(Path(request.path), request.channel)
    except AudioFault:  # the table of `quality` names the fault
        return _row(engine.engine, Alignment("faulty_audio"))
    name, found = find_words(request, recording, engine)
    row = _row(name, found)
    if found.status == "aligned":
        starts, ends = found.starts, found.ends
        if name == shipped_alignment.ENGINE:
            starts, ends = shipped_alignment.widen_words(found, recording)
        row["unaligned_speech_s"] = unaligned_speech_s(recording, starts, ends)
    if found.confidence is None and found.score is not None:
        scores = competing_scores(default.fast(found.warp), request, recording)
        row["margin"] = score_margin(found.score, scores)
        row["confidence"] = confidence(found.score, row["margin"])
    return row


def find_words(clip: Clip, recording: Recording, engine: Aligner) -> tuple[str, Alignment]:
    """Return an engine's name and its words: the corpus's if they pass the checks, else the engine's."""
    if clip.role == "partner" and not clip.transcript:
        return engine.engine, Alignment("partner")
    length, rate = len(recording.samples), recording.sample_rate
    if shipped := shipped_alignment.check_times(clip.shipped, clip.transcript, length, rate):
        return shipped_alignment.ENGINE, shipped
    return engine.engine, engine.align(recording.samples, rate, clip.transcript, clip.language)


def competing_scores(engine: Aligner, clip: Clip, recording: Recording) -> Iterator[float | None]:
    """Yield the score of each competing transcript; None if it cannot be aligned."""
    for other in clip.competing_transcripts:
        yield engine.align(recording.samples, recording.sample_rate, other, clip.language).score


def _row(engine: str, found: Alignment) -> workers.Row:
    columns = {name: list(v) if isinstance(v, tuple) else v for name, v in found._asdict().items()}
    del columns["warp"]
    return {"engine": engine, "margin": None, "unaligned_speech_s": None, **columns}


def ctc_arguments(settings: CtcParams, languages: Iterable[str]) -> dict[str, workers.Row]:
    """Return language -> arguments of `CtcAligner`, for languages of the network; {} if there is no network.

    Raises:
        UserError: there is a network, but it cannot be used.
    """
    folder = Path(settings.model_dir)
    names = parts(folder)
    chosen = [tag for tag in languages if language_of(tag) in settings.languages]
    if not (names and chosen):
        return {}
    hop(folder)  # a faulty network fails here rather than in a worker
    arguments = {"folder": settings.model_dir, "digests": model_folder.digests(folder, names)}
    return dict.fromkeys(chosen, arguments)


def tasks(catalog: list[workers.Row], settings: Align) -> list[workers.Task]:
    """Make one task per clip of the catalog."""
    pocketsphinx = settings.model_dump(mode="json", exclude={"ctc"})
    trees = files.sha256(boundary_correction.FILE)  # the decision trees are an input, but not code
    transcripts_of: dict[str, set[str]] = {}
    for row in catalog:
        transcripts_of.setdefault(row["language"], set()).add(row["transcript"])
    competing = {
        language: {text: competing_transcripts(text, language, texts) for text in texts}
        for language, texts in transcripts_of.items()
    }
    ctc = ctc_arguments(settings.ctc, sorted(transcripts_of))
    work = []
    for row in catalog:
        transcript, language = row["transcript"], row["language"]
        shipped = shipped_alignment.shipped_words(row)
        channel = audio.channel_of(row["source_channel"])
        others = competing[language][transcript]
        clip = Clip(row["path"], transcript, language, others, channel, row["role"], shipped)
        arguments = {"clip": clip._asdict(), "settings": pocketsphinx, "ctc": ctc.get(language)}
        work.append(workers.Task({"clip_id": row["clip_id"]}, arguments, row["sha256"] + trees))
    return work


def run(corpus: str) -> None:
    """Write data/tables/align/<corpus>.parquet."""
    watch = Stopwatch("align", corpus)
    settings = params.section(Align, "align")
    catalog = transcripts.rows(corpus)
    cache = workers.RowCache(store.path("align", corpus), tables.Align)
    rows = workers.compute(watch.name, align_clip, tasks(catalog, settings), cache)
    cache.save(rows)
    rates = {clip["clip_id"]: clip["expected_sample_rate"] for clip in catalog}
    # the table has no durations: count the audio up to the last word
    seconds = sum(row["ends"][-1] / rates[row["clip_id"]] for row in rows if row["ends"])
    watch.end(len(rows), (row["status"] for row in rows if row["status"] != "aligned"), seconds)


if __name__ == "__main__":
    main(run, "corpus")
