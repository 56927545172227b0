"""When is each word said? One row per clip, in samples of the file.

A clip that cannot be aligned gets a state that says why, and no times: `screen` drops it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, field_validator

from stages.alignment import boundary_correction, shipped_alignment
from stages.alignment.aligner import Aligner, Alignment, PocketSphinx
from stages.alignment.confidence import CLEAR_SCORE, competing_transcripts, confidence
from stages.alignment.ctc_aligner import Neural
from stages.alignment.ctc_model import hop, parts
from stages.core import audio, files, model_folder, params, store, tables, workers
from stages.core.audio import AudioFault
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.signal.unaligned_speech import unaligned_speech_s
from stages.text import transcripts
from stages.text.language import language_of


class Network(params.Section):
    """Parameters of the optional engine; see `stages.alignment.ctc_model`.

    Attributes:
        model_dir: of a network that the user brings.
        languages: that it aligns, if it is there.
    """

    model_dir: str = Field(min_length=1)
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...]


class Sphinx(params.Section):
    """Parameters of the default engine.

    Attributes:
        engine: which aligner.
        beams: tried in turn, widening, until every word is found.
        silence_probability: prior of a pause between two words.
        vtln_warps: of the frequency axis, for voices unlike the model's, tried where the score is poor.
        vtln_below_score: what a poor score is.
        refine_boundaries: correct each boundary by what the recording looks like around it.
    """

    engine: Literal["pocketsphinx"]
    beams: tuple[float, ...] = Field(min_length=1)
    silence_probability: float = Field(gt=0, lt=1)
    vtln_warps: tuple[Annotated[float, Field(ge=0.7, le=1.4)], ...]
    vtln_below_score: float = Field(le=0)
    refine_boundaries: bool

    @field_validator("beams")
    @classmethod
    def _widening(cls, beams: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < beam < 1 for beam in beams) or list(beams) != sorted(set(beams), reverse=True):
            raise ValueError("must be probabilities between 0 and 1, each smaller than the one before")
        return beams


class Align(Sphinx):
    """Parameters of the stage.

    Attributes:
        ctc: the optional engine.
    """

    ctc: Network


def aligner(settings: Sphinx, warp: float = 1.0) -> Aligner:
    """The engine that the settings name; `warp` is tried first."""
    return PocketSphinx(
        settings.beams,
        settings.silence_probability,
        settings.vtln_warps,
        settings.vtln_below_score,
        settings.refine_boundaries,
        warp,
    )


def competing_aligner(settings: Sphinx, warp: float) -> Aligner:
    """The engine for competing_transcripts, whose times are of no interest; its narrow beam finds no rival that would need a wide one.

    Args:
        settings: of the transcript's engine.
        warp: at which the transcript was found; it goes by the voice.
    """
    narrow = {"beams": settings.beams[:1], "vtln_warps": (), "refine_boundaries": False}
    return aligner(settings.model_copy(update=narrow), warp)


def score_margin(
    found: Alignment,
    engine: Aligner,
    recording: audio.Recording,
    language: str,
    competing_transcripts: list[str],
) -> float | None:
    """Score less that of the best competing transcript; None where the score leaves no doubt, or no competing transcript can be aligned.

    Args:
        found: alignment of the transcript.
        engine: see `competing_aligner`.
        recording: of the clip.
        language: BCP 47 tag.
        competing_transcripts: see `confidence.competing_transcripts`.
    """
    if found.score is None or found.score >= CLEAR_SCORE:
        return None
    scores = [engine.align(*recording[:2], other, language).score for other in competing_transcripts]
    known = [score for score in scores if score is not None]
    return found.score - max(known) if known else None


def align_clip(
    path: str,
    transcript: str,
    language: str,
    competing_transcripts: list[str],
    settings: workers.Row,
    channel: int | None = None,
    role: str = "main",
    shipped: shipped_alignment.Words | None = None,
    network: workers.Row | None = None,
) -> workers.Row:
    """The row of one clip, without its identity.

    Args:
        path: of the recording.
        transcript: what is said; empty if unknown.
        language: BCP 47 tag.
        competing_transcripts: other sentences; see `confidence`.
        settings: see `Sphinx`.
        channel: of the file that holds the voice.
        role: see catalog; a partner without a transcript is not aligned, for nobody asks for its words.
        shipped: word times that the corpus ships; used where they stand the checks of `given.alignment`.
        network: arguments of `Neural`, if it is the engine of this language.
    """
    stated = Sphinx.model_validate(settings)
    engine = Neural(Path(network["folder"]), network["digests"]) if network else aligner(stated)
    try:
        recording = audio.read(Path(path), channel)
        if role == "partner" and not transcript:
            name, found = engine.engine, Alignment("partner")
        else:
            shipped_found = shipped_alignment.alignment(
                shipped, transcript, len(recording.samples), recording.sample_rate
            )
            name = shipped_alignment.ENGINE if shipped_found else engine.engine
            found = shipped_found or engine.align(*recording[:2], transcript, language)
    except AudioFault:  # `quality` says which
        name, found = engine.engine, Alignment("faulty_audio")
    skipped = margin = sure = None
    if found.status == "aligned":
        starts, ends = (
            shipped_alignment.widened(found, recording)
            if name == shipped_alignment.ENGINE
            else (found.starts, found.ends)
        )
        skipped = unaligned_speech_s(*recording[:2], recording.bit_depth, starts, ends)
    if found.confidence is not None:
        sure = found.confidence
    elif found.score is not None:
        margin = score_margin(
            found, competing_aligner(stated, found.warp), recording, language, competing_transcripts
        )
        sure = confidence(found.score, margin)
    lists = {name: list(getattr(found, name)) for name in ("words", "starts", "ends")}
    return {"engine": name, "status": found.status, "score": found.score,
            "margin": margin, "confidence": sure, "unaligned_speech_s": skipped,
            "oov_words": found.oov_words, **lists}  # fmt: skip


def networks(settings: Network, languages: Iterable[str]) -> dict[str, workers.Row]:
    """Language -> arguments of `Neural`, where it is the engine; empty if the user has placed no network.

    Raises:
        UserError: there is one, but it cannot be used.
    """
    folder = Path(settings.model_dir)
    chosen = [tag for tag in languages if language_of(tag) in settings.languages]
    placed = parts(folder)
    if not (placed and chosen):
        return {}
    hop(folder)  # fail before the first clip rather than in a worker
    digests = model_folder.digests(folder, placed)
    return {tag: {"folder": settings.model_dir, "digests": digests} for tag in chosen}


def tasks(catalog: pd.DataFrame, settings: Align) -> list[workers.Task]:
    """One task per clip of the catalog."""
    stated = settings.model_dump(mode="json", exclude={"ctc"})
    rules = files.sha256(boundary_correction.FILE)  # read by the function too, and no code
    network = networks(settings.ctc, catalog.language.unique())
    said = catalog.groupby("language").transcript.unique()
    columns = zip(
        catalog.clip_id, catalog.path, catalog.transcript, catalog.language, catalog.sha256,
        catalog.source_channel, catalog.role,
        catalog.shipped_words, catalog.shipped_starts_s, catalog.shipped_ends_s, strict=True,
    )  # fmt: skip
    return [
        workers.Task(
            {"clip_id": clip_id},
            {
                "path": path,
                "transcript": transcript,
                "language": language,
                "competing_transcripts": competing_transcripts(transcript, language, said[language]),
                "settings": stated,
                "channel": audio.channel_of(channel),
                "role": role,
            }
            | shipped_alignment.argument(shipped)
            | ({"network": network[language]} if language in network else {}),
            sha256 + rules,
        )
        for clip_id, path, transcript, language, sha256, channel, role, *shipped in columns
    ]


def run(corpus: str) -> None:
    """Write data/tables/align/<corpus>.parquet."""
    watch = Stopwatch("align", corpus)
    settings = params.section(Align, "align")
    catalog = transcripts.read(corpus)
    row_cache = store.path("align", corpus)
    table = workers.compute(watch.name, align_clip, tasks(catalog, settings), tables.Align, row_cache)
    workers.save(table, tables.Align, row_cache)
    rates = catalog.set_index("clip_id").expected_sample_rate.loc[table.clip_id]
    # the table holds no lengths: audio is counted up to the last word
    seconds = sum(ends[-1] / rate for ends, rate in zip(table.ends, rates, strict=True) if len(ends))
    watch.end(len(table), table.status.where(table.status != "aligned"), seconds)


if __name__ == "__main__":
    main(run, "corpus")
