"""Accuracy and speed of the search for near duplicates: `python -m benchmarks.duplicates`.

On real recordings (`EXPRESSIVE_CORPORA`): false positives (two takes of one sentence by one actor are not
duplicates), minimum bit error of two takes, and recall of changed copies. On random fingerprints with planted
copies: time against the number of clips.
"""

import io
import os
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import scipy.signal
import soundfile

from stages.core import audio
from stages.screening import duplicates
from stages.signal import fingerprint
from stages.signal.fingerprint import Codes
from stages.signal.resample import resample
from stages.signal.types import Samples

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
Sound = tuple[Samples, int]
"""Samples and their rate in Hz."""


def scale(sound: Sound, rng: np.random.Generator, db: float) -> Sound:
    """Change the level, and round to 16 bits again."""
    samples = np.rint(sound[0] * 10 ** (db / 20) * 32768).clip(-32768, 32767) / 32768
    return samples.astype(np.float32), sound[1]


def trim(sound: Sound, rng: np.random.Generator) -> Sound:
    """Remove up to 0.3 s at each end."""
    start, end = (rng.uniform(0, 0.3, 2) * sound[1]).astype(int)
    return sound[0][start : len(sound[0]) - end], sound[1]


def convert_rate(sound: Sound, rng: np.random.Generator) -> Sound:
    """Resample to 16, 24 and 44.1 kHz."""
    samples, rate = sound
    for other in (16000, 24000, 44100):
        samples, rate = resample(samples, rate, other), other
    return samples, rate


def low_pass(sound: Sound, rng: np.random.Generator) -> Sound:
    """Remove frequencies above 5.5 kHz, like a codec at a low rate."""
    sections = scipy.signal.butter(6, 5500, fs=sound[1], output="sos")
    return scipy.signal.sosfilt(sections, sound[0]).astype(np.float32), sound[1]


def add_noise(sound: Sound, rng: np.random.Generator) -> Sound:
    """Add white noise 25 dB below the clip's mean power, more than coding at a low rate adds."""
    level = np.sqrt(np.mean(np.square(sound[0]))) * 10 ** (-25 / 20)
    return (sound[0] + rng.normal(0, level, len(sound[0]))).astype(np.float32), sound[1]


def code(sound: Sound, rng: np.random.Generator, **written: Any) -> Sound:
    """Encode to a lossy file and decode it; `written`: options of `soundfile.write`."""
    file = io.BytesIO()
    soundfile.write(file, *sound, **written)
    file.seek(0)
    samples, rate = soundfile.read(file, dtype="float32")
    return samples, rate


def combine(sound: Sound, rng: np.random.Generator) -> Sound:
    """Trim, resample, low-pass, add noise and lower by 12 dB."""
    for change in (trim, convert_rate, low_pass, add_noise, partial(scale, db=-12)):
        sound = change(sound, rng)
    return sound


CHANGES: dict[str, Callable[..., Sound]] = {
    "12 dB quieter": partial(scale, db=-12), "6 dB louder": partial(scale, db=6), "trimmed": trim,
    "resampled": convert_rate, "low-passed": low_pass, "noisy": add_noise,
    "MP3 at 35 kbit/s": partial(code, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.95),
    "Vorbis at 40 kbit/s": partial(code, format="OGG", subtype="VORBIS", compression_level=0.95),
    "Opus at 55 kbit/s": partial(code, format="OGG", subtype="OPUS", compression_level=0.8),
    "all but louder": combine,
}  # fmt: skip


def nearest(a: Codes, b: Codes) -> float:
    """Compute the minimum bit error over all offsets, which the index may miss."""
    return min(duplicates.bit_error(a, b, offset) for offset in range(1 - len(b), len(a)))


def false_positives(corpus: str, clips: dict[str, Sound]) -> list[Codes]:
    """Print the near duplicates among clips; return the fingerprints."""
    started = perf_counter()
    codes = [fingerprint.codes(*sound) for sound in clips.values()]
    per_clip = (perf_counter() - started) / len(clips)
    names = list(clips)
    pairs = [f"{names[a]} = {names[b]}" for a, b in duplicates.near_pairs(codes)]
    size = np.mean([len(fingerprint.encode(code)) for code in codes])
    print(f"{corpus}: {len(clips)} clips, {1000 * per_clip:.1f} ms and {size:.0f} bytes each")
    print(f"  near duplicates: {', '.join(pairs) or 'none'}")
    if corpus == "ravdess":
        takes = [
            nearest(codes[a], codes[b])
            for a, b in combinations(range(len(names)), 2)
            if names[a][12:14] == names[b][12:14] and names[a][-2:] == names[b][-2:]
        ]
        print(f"  {len(takes)} pairs of one actor and sentence: bit error median {np.median(takes):.3f}")
        print(f"    minimum {', '.join(f'{error:.3f}' for error in sorted(takes)[:4])}")
    return codes


def detection(clips: dict[str, Sound], codes: list[Codes]) -> None:
    """Print, per change, the number of changed copies that are found among all originals."""
    rng = np.random.default_rng(1)
    n = len(codes)
    known = {(x, y) for a, b in duplicates.near_pairs(codes).tolist() for x, y in ((a, b), (b, a))}
    for name, change in CHANGES.items():
        copies = [fingerprint.codes(*change(sound, rng)) for sound in clips.values()]
        pairs = duplicates.near_pairs([*codes, *copies])
        found = {b - n for a, b in pairs.tolist() if b - a == n}
        wrong = [(a, b) for a, b in pairs.tolist() if a % n != b % n and (a % n, b % n) not in known]
        errors = [nearest(a, b) for a, b in zip(codes[::8], copies[::8], strict=True)]
        print(f"  {name}: {len(found)} of {n} found, {len(wrong)} false pairs")
        print(f"    bit error: median {np.median(errors):.3f}, maximum {max(errors):.3f}")


def synthetic(clips: int, rng: np.random.Generator) -> list[Codes]:
    """Make random walks of codes like those of speech: 120 frames, each with some 4 bits changed.

    The last hundredth are copies of the first, later by 5 frames and with 5 % of their bits flipped.
    """
    fresh = clips - clips // 100
    walk = rng.integers(0, 2**32, (fresh, 120), np.uint32)
    changes = (walk & np.roll(walk, 1, 0)) & (np.roll(walk, 2, 0))  # 4 bits of 32
    codes = np.bitwise_xor.accumulate(np.concatenate([walk[:, :1], changes[:, 1:]], axis=1), axis=1)
    flips = rng.random((clips // 100, 115, fingerprint.CODE_BITS)) < 0.05
    masks = np.packbits(flips, axis=2).view(np.uint32)[..., 0]
    return [*codes, *(codes[: clips // 100, 5:] ^ masks)]


def speed() -> None:
    """Print the time of the search over many fingerprints."""
    for clips in (10_000, 30_000, 100_000):
        codes = synthetic(clips, np.random.default_rng(1))
        started = perf_counter()
        pairs = duplicates.near_pairs(codes)
        seconds = perf_counter() - started
        print(
            f"{clips:,} synthetic fingerprints: {seconds:.1f} s; {len(pairs)} of {clips // 100} pairs found"
        )


if __name__ == "__main__":
    for corpus in ("crema_d", "ravdess"):
        recorded = {path.stem: audio.read(path)[:2] for path in sorted((CORPORA / corpus).rglob("*.wav"))}
        detection(recorded, false_positives(corpus, recorded))
    speed()
