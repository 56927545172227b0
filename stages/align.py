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
from stages.alignment.confidence import CLEAR_SCORE, confidence, decoys
from stages.alignment.ctc_aligner import Neural
from stages.alignment.ctc_model import hop, parts
from stages.core import audio, files, model_folder, params, store, tables, workers
from stages.core.audio import AudioFault
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.signal.unaligned_speech import skipped_s
from stages.text import transcripts
from stages.text.language import language_of


class Network(params.Section):
    """Parameters of the optional engine; see `stages.alignment.ctc_model`.

    Attributes:
        folder: of a network that the user brings.
        languages: that it aligns, if it is there.
    """

    folder: str = Field(min_length=1)
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2,3}$")], ...]


class Sphinx(params.Section):
    """Parameters of the default engine.

    Attributes:
        engine: which aligner.
        beams: tried in turn, widening, until every word is found.
        silence_probability: prior of a pause between two words.
        warps: of the frequency axis, for voices unlike the model's, tried where the score is poor.
        warp_below_score: what a poor score is.
        refine: correct each boundary by what the recording looks like around it.
    """

    engine: Literal["pocketsphinx"]
    beams: tuple[float, ...] = Field(min_length=1)
    silence_probability: float = Field(gt=0, lt=1)
    warps: tuple[Annotated[float, Field(ge=0.7, le=1.4)], ...]
    warp_below_score: float = Field(le=0)
    refine: bool

    @field_validator("beams")
    @classmethod
    def _widening(cls, beams: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < beam < 1 for beam in beams) or list(beams) != sorted(set(beams), reverse=True):
            raise ValueError("must be probabilities between 0 and 1, each smaller than the one before")
        return beams


class Align(Sphinx):
    """Parameters of the stage.

    Attributes:
        neural: the optional engine.
    """

    neural: Network


def aligner(settings: Sphinx, warp: float = 1.0) -> Aligner:
    """The engine that the settings name; `warp` is tried first."""
    return PocketSphinx(
        settings.beams,
        settings.silence_probability,
        settings.warps,
        settings.warp_below_score,
        settings.refine,
        warp,
    )


def rivalry(settings: Sphinx, warp: float) -> Aligner:
    """The engine for decoys, whose times are of no interest; one that needs a wide beam is no rival.

    Args:
        settings: of the transcript's engine.
        warp: at which the transcript was found; it goes by the voice.
    """
    narrow = {"beams": settings.beams[:1], "warps": (), "refine": False}
    return aligner(settings.model_copy(update=narrow), warp)


def lead(
    found: Alignment, engine: Aligner, recording: audio.Recording, language: str, decoys: list[str]
) -> float | None:
    """Score less that of the best decoy; None where the score leaves no doubt, or no decoy can be aligned.

    Args:
        found: alignment of the transcript.
        engine: see `rivalry`.
        recording: of the clip.
        language: BCP 47 tag.
        decoys: see `confidence.decoys`.
    """
    if found.score is None or found.score >= CLEAR_SCORE:
        return None
    rivals = [engine.align(*recording[:2], decoy, language).score for decoy in decoys]
    known = [rival for rival in rivals if rival is not None]
    return found.score - max(known) if known else None


def find(
    path: str,
    transcript: str,
    language: str,
    decoys: list[str],
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
        decoys: other sentences; see `confidence`.
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
    if found.state == "aligned":
        starts, ends = (
            shipped_alignment.widened(found, recording)
            if name == shipped_alignment.ENGINE
            else (found.starts, found.ends)
        )
        skipped = skipped_s(*recording[:2], recording.bits, starts, ends)
    if found.confidence is not None:
        sure = found.confidence
    elif found.score is not None:
        margin = lead(found, rivalry(stated, found.warp), recording, language, decoys)
        sure = confidence(found.score, margin)
    lists = {name: list(getattr(found, name)) for name in ("words", "starts", "ends")}
    return {"engine": name, "state": found.state, "score": found.score,
            "margin": margin, "confidence": sure, "skipped_s": skipped,
            "oov_words": found.oov_words, **lists}  # fmt: skip


def networks(settings: Network, languages: Iterable[str]) -> dict[str, workers.Row]:
    """Language -> arguments of `Neural`, where it is the engine; empty if the user has placed no network.

    Raises:
        UserError: there is one, but it cannot be used.
    """
    folder = Path(settings.folder)
    chosen = [tag for tag in languages if language_of(tag) in settings.languages]
    placed = parts(folder)
    if not (placed and chosen):
        return {}
    hop(folder)  # fail before the first clip rather than in a worker
    digests = model_folder.digests(folder, placed)
    return {tag: {"folder": settings.folder, "digests": digests} for tag in chosen}


def tasks(catalog: pd.DataFrame, settings: Align) -> list[workers.Task]:
    """One task per clip of the catalog."""
    stated = settings.model_dump(mode="json", exclude={"neural"})
    rules = files.sha256(boundary_correction.FILE)  # read by the function too, and no code
    network = networks(settings.neural, catalog.language.unique())
    said = catalog.groupby("language").transcript.unique()
    columns = zip(
        catalog.clip_id, catalog.path, catalog.transcript, catalog.language, catalog.sha256,
        catalog.source_channel, catalog.role,
        catalog.given_words, catalog.given_starts_s, catalog.given_ends_s, strict=True,
    )  # fmt: skip
    return [
        workers.Task(
            {"clip_id": clip_id},
            {
                "path": path,
                "transcript": transcript,
                "language": language,
                "decoys": decoys(transcript, language, said[language]),
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
    memory = store.path("align", corpus)
    table = workers.compute(watch.name, find, tasks(catalog, settings), tables.Align, memory)
    workers.save(table, tables.Align, memory)
    rates = catalog.set_index("clip_id").expected_sample_rate.loc[table.clip_id]
    # the table holds no lengths: audio is counted up to the last word
    seconds = sum(ends[-1] / rate for ends, rate in zip(table.ends, rates, strict=True) if len(ends))
    watch.end(len(table), table.state.where(table.state != "aligned"), seconds)


if __name__ == "__main__":
    main(run, "corpus")
