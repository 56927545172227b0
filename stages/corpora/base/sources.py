"""Sources of a corpus's files, and the checksums that verify them."""

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
        name: of the zip; also its path below the base address of a user's own mirror.
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
        bases: official base address, then mirrors; a file's address is base + path.
        files: path of each recording -> sha256, or `<algorithm>:<digest>`; its stem is the clip's name.
        tables: path of each label table -> sha256.
        table_bases: base addresses of the tables, if they differ.
    """

    bases: tuple[str, ...]
    files: Mapping[str, str]
    tables: Mapping[str, str] = field(default_factory=dict)
    table_bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Local:
    """The corpus is distributed by form or agreement only: the user supplies its folder or zip.

    No checksum is published: later copies must have the digest of the first one, which is recorded.

    Attributes:
        howto: how to get the corpus; part of the error for `source: official`.
        tables: patterns of the names of other files of the corpus.
        list_clips: returns all clips -> speakers that the supplied tree must contain, if the corpus has such
            a list, which replaces `N_CLIPS` and `NAMES`.
    """

    howto: str
    tables: tuple[str, ...] = ()
    list_clips: Callable[[Path], Mapping[str, str]] | None = None


@dataclass(frozen=True)
class Generated:
    """The corpus is made by `fetch`: synthesised, or from the user's files. Equal settings give equal bytes.

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
        settings: model of `fetch.<corpus>` in params.yaml: `source`, `revision`, `max_dialogues`, `metadata`.
        metadata_howto: how to get metadata.json, which the dataset lacks.
    """

    repo: str
    manifest: str
    settings: type[Section]
    metadata_howto: str
