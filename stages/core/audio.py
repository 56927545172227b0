"""Reading of audio files, with checks for files that are not usable recordings.

`python -m stages play CLIP` writes one clip after every step of its processing chain, for listening.
"""

from pathlib import Path
from typing import IO, Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from stages.signal.types import Recording as Recording


class AudioFault(Exception):
    """A file that is not a usable recording. `reason` is one of `tables.FAULTS`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


BIT_DEPTHS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
MAGIC = {b"RIFF": "wav", b"RIFX": "wav", b"RF64": "wav", b"fLaC": "flac", b"FORM": "aiff", b"OggS": "ogg",
         b"ID3": "mp3", b"version https://git-lfs": "lfs_pointer"}  # fmt: skip
HTML = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<body")


def sniff(head: bytes) -> str:
    """Recognise the container, or another type of file, from its first bytes (at least 16)."""
    if not head:
        return "empty"
    if head.lstrip()[:9].lower().startswith(HTML):
        return "html_page"
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE0 == 0xE0:
        return "mp3"
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "unknown")


def check_container(path: Path) -> None:
    """Check that the content of a file is audio in the format of its suffix.

    Raises:
        AudioFault: `empty_file`, `lfs_pointer`, `html_page`, `wrong_container` or `truncated`.
    """
    with path.open("rb") as file:
        kind = sniff(file.read(64))
        if kind == "empty":
            raise AudioFault("empty_file", "0 bytes")
        if kind in ("lfs_pointer", "html_page"):
            raise AudioFault(kind, f"{path.stat().st_size} bytes of text instead of audio")
        if kind != path.suffix[1:].lower():
            raise AudioFault("wrong_container", f"named {path.suffix}, content is {kind}")
        if kind == "wav":
            _check_chunks(file, path.stat().st_size)


def _check_chunks(file: IO[bytes], size: int) -> None:
    """Check the RIFF chunks up to `data`, because libsndfile reads a truncated file without an error."""
    file.seek(0)
    order = "big" if file.read(4) == b"RIFX" else "little"
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = file.read(4), int.from_bytes(file.read(4), order)  # type: ignore[arg-type]
        position += 8
        if name in (b"data", b"ds64"):  # ds64: RF64 has its sizes elsewhere; libsndfile checks them
            if name == b"data" and position + length > size:
                found = size - position
                raise AudioFault("truncated", f"expected {length} bytes as in the header, found {found}")
            return
        position += length + length % 2
    raise AudioFault("truncated", "no data chunk")


def read_channels(path: Path) -> tuple[NDArray[Any], int, int]:
    """Decode all channels of a file without conversion.

    Returns:
        int16 or float32, shape (n, channels); sample rate in Hz; bits per sample.

    Raises:
        AudioFault: the file cannot be decoded.
    """
    check_container(path)
    try:
        with soundfile.SoundFile(path) as file:
            bit_depth = BIT_DEPTHS.get(file.subtype, 16)
            # int16 is decoded as int16 and scaled here: several times faster than libsndfile's float path
            dtype = "int16" if file.subtype == "PCM_16" else "float32"
            frames = file.read(dtype=dtype, always_2d=True)
            return frames, file.samplerate, bit_depth
    except soundfile.LibsndfileError as error:
        raise AudioFault("undecodable", str(error)) from None


def read(path: Path, channel: int | None = None) -> Recording:
    """Decode one channel of a file: float32, shape (n,), full scale 1.0.

    Without `channel`, a file with two channels is accepted only if the channels are equal: a mix of different
    channels would comb-filter the voice.

    Args:
        channel: channel of the voice, counted from 0; None: the only one.

    Raises:
        AudioFault: the file cannot be decoded, lacks the channel, is empty, or has NaN or infinite samples.
    """
    frames, sample_rate, bit_depth = read_channels(path)
    if frames.shape[1] > 2:
        raise AudioFault("too_many_channels", f"{frames.shape[1]} channels")
    if channel is not None and channel >= frames.shape[1]:
        raise AudioFault("channel_missing", f"channel {channel} of {frames.shape[1]}, counted from 0")
    integer = frames.dtype == np.int16
    if channel is None and not np.array_equal(frames[:, 0], frames[:, -1], equal_nan=not integer):
        raise AudioFault("channels_differ", "expected one voice, found two different channels")
    mono = frames[:, channel or 0]
    samples = mono.astype(np.float32) / np.float32(32768) if integer else mono.copy()
    if not len(samples):
        raise AudioFault("empty_file", "a header without samples")
    if not np.isfinite(samples).all():
        raise AudioFault("not_finite", f"{int((~np.isfinite(samples)).sum())} NaN or infinite samples")
    return Recording(samples, sample_rate, frames.shape[1], bit_depth)


def channel_of(value: Any) -> int | None:
    """Convert `source_channel` of the catalog to the argument of `read`: a number, or None if it is null."""
    try:
        return int(value)
    except (TypeError, ValueError):  # None, NaN or pandas.NA
        return None
