"""Stage `style`: prosody, vocal effort, sentence type and style of each clip, before its level is changed.

A noisy clip has two rows: as recorded and denoised. Noise hides pitch, so a clip that is rendered denoised
must be measured denoised. No row depends on `screen`, so an edit of its section decodes no audio before
`render`.
"""

from pathlib import Path

import pandas as pd

from stages.core import audio, params, store, tables, workers
from stages.core.audio import AudioFault
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.prosody.style_columns import Style, style_table, variants
from stages.samples.segments import segment_frame
from stages.signal.denoise import denoise
from stages.signal.prosody import measure
from stages.text import syllables, transcripts


def measure_clip(path: str, cut: workers.Row, words: workers.Row, channel: int | None = None) -> workers.Row:
    """Measure the prosody of one clip; return {} if there is no usable recording or no speech.

    Args:
        path: path of the recording.
        cut: `start`, `end` (see `chain.Cut`; None if there is no speech) and `denoise_gain_floor_db`.
        words: `starts` and `ends` in samples, empty if not aligned; `n_syllables`, 0 if unknown.
        channel: channel of the voice, counted from 0; None: the only one.
    """
    start, end, floor = cut["start"], cut["end"], cut["denoise_gain_floor_db"]
    if start is None or end is None:
        return {}
    try:
        recording = audio.read(Path(path), channel)
    except AudioFault:  # the table of `quality` names the fault
        return {}
    samples, rate = recording.samples, recording.sample_rate
    if floor is not None:
        samples = denoise(samples, rate, floor)
    times = zip(words["starts"], words["ends"], strict=True)
    spans = [((a - start) / rate, (b - start) / rate) for a, b in times]
    return measure(samples[start:end], rate, spans, words["n_syllables"])._asdict()


def tasks(
    catalog: pd.DataFrame, trim: pd.DataFrame, align: pd.DataFrame, loudness: pd.DataFrame
) -> list[workers.Task]:
    """Make one task per row of `loudness`: the segment or, if words are not aligned, the detected speech."""
    speech = trim[["clip_id", "start", "end"]].set_index("clip_id")
    spans = segment_frame(catalog, trim, align).set_index("clip_id").fillna(speech)
    clips = catalog.merge(spans, on="clip_id", validate="1:1")
    clips = clips.merge(align[["clip_id", "starts", "ends"]], on="clip_id", validate="1:1")
    versions = loudness[["clip_id", "denoised", "denoise_gain_floor_db"]]
    work = []
    for clip in clips.merge(versions, on="clip_id", validate="1:m").to_dict("records"):
        edges = {edge: None if pd.isna(clip[edge]) else int(clip[edge]) for edge in ("start", "end")}
        words = {name: [int(time) for time in clip[name]] for name in ("starts", "ends")}
        floor = clip["denoise_gain_floor_db"] if clip["denoised"] else None
        arguments = {
            "path": clip["path"],
            "cut": {**edges, "denoise_gain_floor_db": floor},
            "words": {**words, "n_syllables": syllables.count(clip["transcript"], clip["language"]) or 0},
            "channel": audio.channel_of(clip["source_channel"]),
        }
        identity = {name: clip[name] for name in ("clip_id", "denoised")}
        work.append(workers.Task(identity, arguments, clip["sha256"]))
    return work


def run(corpus: str) -> None:
    """Write data/tables/style/<corpus>.parquet."""
    watch = Stopwatch("style", corpus)
    settings = params.section(Style, "style")
    catalog = transcripts.read(corpus)
    trim, align, loudness = (
        store.read(store.path(stage, corpus), model)
        for stage, model in (("trim", tables.Trim), ("align", tables.Align), ("loudness", tables.Loudness))
    )
    for name, table in (("trim", trim), ("align", align), ("loudness", loudness[~loudness.denoised])):
        store.same_clips(catalog, table, name)
    cache = workers.RowCache(store.path("style", corpus), tables.Style)
    work = tasks(catalog, trim, align, loudness)
    measured = store.frame(workers.compute(watch.name, measure_clip, work, cache), tables.Style)
    plain, denoised = (style_table(rows, catalog, settings) for rows in variants(measured))
    table = store.conform(pd.concat([plain, denoised[denoised.denoised]]), tables.Style)
    cache.save_frame(table)
    spans = {task.identity["clip_id"]: task.arguments["cut"] for task in work}
    rates = catalog.set_index("clip_id").expected_sample_rate
    seconds = sum((cut["end"] - cut["start"]) / rates[clip] for clip, cut in spans.items() if cut["end"])
    missing = table.voiced_share[~table.denoised].isna()
    watch.end(len(missing), ["unmeasured" if absent else None for absent in missing], seconds)


if __name__ == "__main__":
    main(run, "corpus")
