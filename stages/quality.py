"""Stage `quality`: acoustic quality of each recording. One row per clip; each clip is decoded once."""

import hashlib
from pathlib import Path

from stages.core import audio, clips, params, store, tables, workers
from stages.core.audio import AudioFault, Recording
from stages.core.errors import UserError, main
from stages.core.summary import Stopwatch
from stages.signal import dnsmos as mos
from stages.signal import fingerprint
from stages.signal import quality as measures
from stages.signal.frames import frames
from stages.signal.loudness import integrated_lufs

MIN_RATE = 8000
"""Minimum sample rate, in Hz (telephone speech): the filters of BS.1770 do not exist below it."""


class Quality(params.Section):
    """Parameters of the stage."""

    dnsmos: bool
    """Whether to predict DNSMOS scores (about 0.5 s per clip)."""


def measure(path: str, dnsmos: bool, channel: int | None = None) -> workers.Row:
    """Measure one clip; return its row of `tables.Quality` without `clip_id`; only `fault` if unusable."""
    try:
        recording = audio.read(Path(path), channel)
    except AudioFault as fault:
        return {"fault": fault.reason, "fault_detail": fault.detail}
    row = _of_file(recording)
    if recording.sample_rate >= MIN_RATE:
        row |= _of_sound(recording)
        if dnsmos:
            scores = mos.dnsmos(recording.samples, recording.sample_rate)
            row |= {f"dnsmos_{name}": score for name, score in scores._asdict().items()}
    return row


def _of_file(recording: Recording) -> workers.Row:
    samples = recording.samples
    clipping = measures.clipping(samples)
    return {
        "sample_rate": recording.sample_rate,
        "channels": recording.channels,
        "bit_depth": recording.bit_depth,
        "n_samples": len(samples),
        "audio_sha256": hashlib.sha256(samples.astype("<f4").tobytes()).hexdigest(),
        "peak_db": measures.peak_db(samples),
        "dc_offset": measures.dc_offset(samples),
        "clipping_samples": clipping.samples,
        "clipping_run_samples": clipping.longest_run,
        "digital_silence_share": measures.digital_silence_share(samples),
    }


def _of_sound(recording: Recording) -> workers.Row:
    samples, rate = recording.samples, recording.sample_rate
    energy = frames(samples, rate)
    return {
        "fingerprint": fingerprint.encode(fingerprint.codes(samples, rate)),
        "snr_db": measures.snr_db(energy, recording.bit_depth),
        "wada_snr_db": measures.wada_snr_db(samples),
        "bandwidth_hz": measures.bandwidth_hz(samples, rate, recording.bit_depth),
        "silence_share": measures.silence_share(energy, recording.bit_depth),
        "lufs": integrated_lufs(samples, rate),
    }


def run(corpus: str) -> None:
    """Write data/tables/quality/<corpus>.parquet."""
    watch = Stopwatch("quality", corpus)
    settings = params.section(Quality, "quality")
    if settings.dnsmos:
        try:
            mos.network()
        except ImportError as error:
            raise UserError(str(error)) from None
    catalog = store.rows(store.path("catalog", corpus), tables.Catalog)
    cache = workers.RowCache(store.path("quality", corpus), tables.Quality)
    rows = workers.compute(watch.name, measure, clips.tasks(catalog, settings), cache)
    cache.save(rows)
    seconds = sum(row["n_samples"] / row["sample_rate"] for row in rows if row["n_samples"])
    watch.end(len(rows), (row["fault"] for row in rows), seconds)


if __name__ == "__main__":
    main(run, "corpus")
