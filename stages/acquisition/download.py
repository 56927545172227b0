"""Download of one file: verified, resumed, retried, from the first address that serves the right bytes.

pooch computes the digests; its own downloader restarts after every interruption, so the transfer is done
here. Received bytes are kept in `<target>.part`, also if the process is killed.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from stages.core.progress import bar

A = TypeVar("A")
B = TypeVar("B")
RETRIES = 5
TIMEOUT = (10, 60)
"""Seconds to wait for a connection, and for the next bytes."""
THREADS = 8
KINDS = {
    "lfs_pointer": "a Git LFS pointer in place of the file",
    "html_page": "an HTML page in place of the file",
    "empty": "an empty file",
}

Received = Callable[[int], object]
"""Called with the number of received bytes; negative for bytes that must be sent again."""


class Unavailable(Exception):
    """An error: no address serves the file; the text has one line per address.

    Attributes:
        absent: every address answered that it has no such file.
    """

    def __init__(self, text: str, absent: bool) -> None:
        super().__init__(text)
        self.absent = absent


class WrongBytes(Exception):
    """An error: the address serves other bytes; the text has what was expected and found."""


class Client:
    """Connections to download with, shared by threads.

    Args:
        backoff: seconds of the first wait before a retry; each further one is twice as long.
    """

    def __init__(self, backoff: float = 0.5) -> None:
        self.backoff = backoff
        # retries for busy servers only, after their Retry-After; for broken connections see `_complete`
        policy = Retry(
            RETRIES, connect=0, read=0, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False,
            backoff_factor=backoff, retry_after_max=TIMEOUT[1],
        )  # fmt: skip
        adapter = HTTPAdapter(pool_maxsize=THREADS, max_retries=policy)
        self.session = requests.Session()
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)
        # a compressed transfer could not be resumed at a byte of the file
        self.session.headers["Accept-Encoding"] = "identity"

    def get(
        self, urls: Sequence[str], target: Path, checksum: str, received: Received = lambda count: None
    ) -> None:
        """Download a file with this checksum to `target`, unless it is there already.

        Args:
            urls: addresses in the order in which they are tried.
            checksum: see `has_checksum`.

        Raises:
            Unavailable: no address serves it.
        """
        if has_checksum(target, checksum):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        reasons, absent = [], True
        for url in urls:
            try:
                return self._download(url, target, checksum, received)
            except WrongBytes as error:
                reason, missing = str(error), False
            except requests.RequestException as error:
                status = None if error.response is None else error.response.status_code
                reason, missing = _explain(error), status in (404, 410)
            reasons.append(f"{url}: {reason}")
            absent &= missing
        raise Unavailable("\n".join(reasons), absent)

    def _download(self, url: str, target: Path, checksum: str, received: Received) -> None:
        part = target.with_name(f"{target.name}.part")
        resumed = part.exists()
        self._complete(url, part, received)
        if has_checksum(part, checksum):
            part.replace(target)
            return
        found = describe(part, checksum)
        received(-part.stat().st_size)
        part.unlink()
        if not resumed:
            raise WrongBytes(f"expected {checksum}, found {found}")
        # the fault may be in the part of an earlier run, not at the address
        self._download(url, target, checksum, received)

    def _complete(self, url: str, part: Path, received: Received) -> None:
        """Transfer all bytes; resume after breaks, up to `RETRIES` in a row without new bytes."""
        reached, failures = 0, 0
        while True:
            try:
                return self._transfer(url, part, received)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                failures = 0 if _size(part) > reached else failures + 1
                reached = max(reached, _size(part))
                if failures > RETRIES:
                    raise
                time.sleep(self.backoff * 2 ** (failures - 1))

    def _transfer(self, url: str, part: Path, received: Received) -> None:
        size = _size(part)
        headers = {"Range": f"bytes={size}-"} if size else {}
        with self.session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if size and answer.status_code == 416:
                return  # no bytes follow the part: the part is complete, or its checksum is wrong
            answer.raise_for_status()
            follows = answer.headers.get("Content-Range", "").startswith(f"bytes {size}-")
            resumes = answer.status_code == 206 and follows
            if size and not resumes:
                received(-size)
            with part.open("ab" if resumes else "wb") as file:
                for block in answer.iter_content(1 << 16):
                    file.write(block)
                    received(len(block))


def in_threads(function: Callable[[A], B], items: Sequence[A], name: str) -> list[B]:
    """Apply a function to all files in threads, results in order; the first error cancels the rest."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(bar(name, len(items), unit="file", iterable=pool.map(function, items)))


def has_checksum(path: Path, checksum: str) -> bool:
    """Return whether a file exists and has this checksum (`md5:...`, `sha256:...` or `git:...`)."""
    return path.is_file() and digest(path, checksum) == checksum


def digest(path: Path, checksum: str) -> str:
    """Compute the file's checksum, by the algorithm of `checksum`."""
    algorithm = checksum.partition(":")[0]
    if algorithm == "git":  # as git names a blob: of a header and the content
        content = path.read_bytes()
        blob = b"blob %d\0" % len(content) + content
        return f"git:{hashlib.sha1(blob, usedforsecurity=False).hexdigest()}"
    import pooch  # slow to import

    return f"{algorithm}:{pooch.file_hash(str(path), alg=algorithm)}"


def describe(path: Path, checksum: str) -> str:
    """Describe an unexpected file: its kind, or its checksum and size."""
    from stages.core.audio import sniff  # slow to import

    with path.open("rb") as file:
        kind = sniff(file.read(64))
    return KINDS.get(kind, f"{digest(path, checksum)} ({path.stat().st_size:,} bytes)")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _explain(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    cause = error.args[0] if error.args else error
    return f"no connection, or connection lost: {getattr(cause, 'reason', cause)}"
