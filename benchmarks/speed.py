"""Speed of the processing from a recording to a sample: `python -m benchmarks.speed`, from the root.

The peer is a simple script: librosa.load, librosa.effects.trim, pyloudnorm, soundfile, clip after clip. Both
write stereo WAV at 24 kHz from the same files, in one process, in turn; the result is the ratio of CPU
seconds in each round. Clips are RAVDESS if `EXPRESSIVE_CORPORA` (default ../shared/corpora) has it, else
the demo.
"""

import os
import statistics
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import librosa
import numpy as np
import pyloudnorm
import soundfile
from threadpoolctl import threadpool_limits

from stages import render
from stages.core import audio, params
from stages.signal import chain, gain
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.vad import pad_span, speech_span
from stages.trim import Trim

CLIPS = 60
ROUNDS = 5
TARGET = -23.0


def ours(path: Path, out: Path, trim: Trim) -> None:
    """Decode, trim, cut, resample, measure loudness and peak, quantise, write."""
    samples, rate, *_ = audio.read(path)
    span = speech_span(samples, rate, trim.vad)
    assert span is not None
    start, end = pad_span(span, round(trim.pad_s * rate), len(samples))
    cut = chain.cut(samples, rate, chain.Cut(start, end))
    found = gain.to_target(cut, TARGET, -1.0)
    left = cut.astype(np.float64) * 10 ** (found["gain_db"] / 20)
    soundfile.write(out, render.quantise(np.stack([left, 0 * left], axis=1)), SAMPLE_RATE)


def peer(path: Path, out: Path, trim: Trim) -> None:
    """Do the same with librosa and pyloudnorm."""
    samples, rate = librosa.load(path, sr=SAMPLE_RATE)
    cut, _ = librosa.effects.trim(samples, top_db=30)
    found = pyloudnorm.Meter(rate).integrated_loudness(cut)
    loud = pyloudnorm.normalize.loudness(cut, found, TARGET)
    soundfile.write(out, np.stack([loud, 0 * loud], axis=1), rate, subtype="PCM_16")


def seconds(process: Callable[[Path, Path, Trim], None], paths: list[Path], out: Path, trim: Trim) -> float:
    """Measure CPU seconds for all clips."""
    began = process_time()
    for path in paths:
        process(path, out / path.name, trim)
    return process_time() - began


def main() -> None:
    """Print speeds and the ratio."""
    corpora = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
    paths = sorted((corpora / "ravdess").rglob("*.wav")) or sorted(Path("data/raw/demo").rglob("*.wav"))
    paths = paths[:: max(1, len(paths) // CLIPS)][:CLIPS]
    trim = params.section(Trim, "trim")
    audio_s = sum(soundfile.info(path).duration for path in paths)
    with TemporaryDirectory() as folder, threadpool_limits(1):
        out = Path(folder)
        for process in (ours, peer):
            process(paths[0], out / "warm.wav", trim)
        pairs = [(seconds(ours, paths, out, trim), seconds(peer, paths, out, trim)) for _ in range(ROUNDS)]
    corpus = paths[0].parents[1].name
    print(f"{len(paths)} clips of {corpus}, {audio_s:.0f} s of audio, {ROUNDS} rounds in turn")
    for name, spent in zip(("ours", "peer"), zip(*pairs, strict=True), strict=True):
        print(f"  {name}: {audio_s / statistics.median(spent):.0f} s of audio per CPU second (median)")
    ratios = sorted(b / a for a, b in pairs)
    print(f"  ours is {statistics.median(ratios):.2f} times as fast ({ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
