"""Where the files of a corpus come from, and what proves them genuine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stages.core.params import Section


@dataclass(frozen=True)
class Archive:
    """The corpus is one zip.

    Attributes:
        urls: the official address, then mirrors; all serve the same bytes.
        name: of the zip; a mirror that the user runs has it below its base address.
        size: in bytes.
        checksum: as published, `md5:...` or `sha256:...`.
    """

    urls: tuple[str, ...]
    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class FileList:
    """The corpus is many files with a digest each.

    Attributes:
        bases: official base address, then mirrors; a file's address is base + path. files: path of each
        recording -> sha256, or `<algorithm>:<digest>`; the file's stem is the clip's name. tables: path of
        each label table -> sha256. table_bases: base addresses of the tables, where they differ.
    """

    bases: tuple[str, ...]
    files: Mapping[str, str]
    tables: Mapping[str, str] = field(default_factory=dict)
    table_bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Local:
    """The corpus is given out by form or agreement only: the user places its folder or zip.

    No checksum is published: the digest of what is placed is recorded on first use and enforced after (see
    `stages.acquisition.user_supplied`).

    Attributes:
        howto: how to get it; what `source: official` is answered with.
        tables: patterns of file names that belong to it beside the recordings.
        listed: from the placed tree, all clips that it should hold -> their speakers, where the corpus has a
            list of its own; `N_CLIPS` and `NAMES` do not count then.
    """

    howto: str
    tables: tuple[str, ...] = ()
    listed: Callable[[Path], Mapping[str, str]] | None = None


@dataclass(frozen=True)
class Generated:
    """The corpus is made by `fetch`, the same bytes for the same settings: synthesised, or the user's own.

    Attributes:
        make: writes the tree into an existing empty folder; called with the folder and the settings.
        settings: model of `fetch.<corpus>` in params.yaml, in place of `source` and `expected_clips`.
    """

    make: Callable[[Path, Any], None]
    settings: type[Section]


@dataclass(frozen=True)
class Hub:
    """The corpus is a dataset of the Hugging Face Hub; its recordings are `data_stereo/<n>.wav`.

    Attributes:
        repo: owner and name.
        manifest: JSON lines that name each recording, in the corpus's order.
        settings: model of `fetch.<corpus>` in params.yaml, in place of `source` and `expected_clips`.
    """

    repo: str
    manifest: str
    settings: type[Section]
