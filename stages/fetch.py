"""Stage `fetch`: a complete and genuine copy of each corpus, downloaded or from the user's own files.

The folder is built in `data/downloads/<corpus>/tree` and moved to `data/raw/<corpus>` when it is complete.
Files that were downloaded before an interruption are used by the next run. A downloaded zip is kept, so that
it is not downloaded again; it may be deleted at any time.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, PositiveInt

from stages.acquisition import hub, local_files, user_supplied
from stages.acquisition.download import Client, Unavailable, describe, has_checksum, in_threads
from stages.acquisition.local_files import Target
from stages.core import files
from stages.core.errors import UserError, main
from stages.core.params import Section, section
from stages.core.progress import bar
from stages.core.summary import Stopwatch
from stages.corpora.base import Archive, FileList, Generated, Hub, Local, load

RAW = Path("data/raw")


class Source(Section):
    """Source of a corpus: `fetch.<corpus>` in params.yaml.

    Attributes:
        source: `official`, a folder, a zip, or the http(s) base address of a mirror.
        expected_clips: number of clips in that source; None for the complete corpus.
    """

    source: str = Field(min_length=1)  # an empty path would be the current folder
    expected_clips: PositiveInt | None


@dataclass(frozen=True)
class Job:
    """One corpus to fetch, its source, and the connections to use."""

    target: Target
    settings: Source
    client: Client

    def urls(self, official: Sequence[str], path: str) -> Sequence[str]:
        """Return the addresses of one file: the official ones, or the one on the user's mirror."""
        mirror = self.settings.source
        return official if mirror == "official" else [f"{mirror.rstrip('/')}/{path}"]

    def error(self, text: str) -> UserError:
        """Make an error that ends with instructions to use a local copy instead."""
        name = self.target.name
        return UserError(
            f"{name}: {text}\nTo use your own copy (a folder or a zip), set its path in params.yaml; "
            f"nothing will be downloaded.\n  fetch.{name}.source: /path/to/{name}"
        )


def download_archive(job: Job, source: Archive) -> Path:
    """Download the corpus's zip unless it exists, and return its path.

    Raises:
        UserError: the zip could not be downloaded from any address.
    """
    target = job.target.tree.parent / source.name
    part = target.with_name(f"{target.name}.part")
    downloaded = part.stat().st_size if part.exists() else 0
    with bar(f"fetch@{job.target.name}", source.size, downloaded, "B", unit_scale=True) as shown:
        try:
            job.client.get(job.urls(source.urls, source.name), target, source.checksum, shown.update)
        except Unavailable as error:
            raise job.error(f"{source.name} could not be downloaded:\n{error}") from None
    return target


def download_files(job: Job, source: FileList) -> None:
    """Download a corpus file by file; copy intact files from `data/raw` instead.

    Raises:
        UserError: a file could not be downloaded. Absent recordings are not an error if `expected_clips` is
            configured: the clips are counted later.
    """
    wanted = {path: (digest, source.bases) for path, digest in source.files.items()}
    wanted |= {path: (digest, source.table_bases or source.bases) for path, digest in source.tables.items()}
    last, tree = RAW / job.target.name, job.target.tree

    def fetch_file(path: str) -> None:
        sha256, bases = wanted[path]
        checksum = sha256 if ":" in sha256 else f"sha256:{sha256}"
        if not has_checksum(tree / path, checksum) and has_checksum(last / path, checksum):
            local_files.copy(last / path, last, tree)
        try:
            job.client.get(job.urls([base + path for base in bases], path), tree / path, checksum)
        except Unavailable as error:
            if not (error.absent and job.settings.expected_clips and path in source.files):
                raise job.error(f"{path} could not be downloaded:\n{error}") from None

    in_threads(fetch_file, list(wanted), f"fetch@{job.target.name}")
    for path in tree.rglob("*"):
        if path.is_file() and path.relative_to(tree).as_posix() not in wanted:
            path.unlink()  # left by an interrupted run


def unpack(job: Job, source: Archive, archive: Path) -> None:
    """Unpack the corpus's zip.

    Raises:
        UserError: the zip is not the published one, or is not safe to unpack.
    """
    if not has_checksum(archive, source.checksum):
        raise job.error(
            f"{archive}: expected {source.checksum} ({source.size:,} bytes), found "
            f"{describe(archive, source.checksum)}: not the published archive, or damaged.\n"
            "If you trust this file, unpack it and set the source to the folder."
        )
    local_files.unzip(archive, job.target.tree)


def build(job: Job, source: Archive | FileList) -> None:
    """Copy or download a corpus from the configured source.

    Raises:
        UserError: the source is not usable.
    """
    configured = job.settings.source
    path = Path(configured).expanduser()
    if configured == "official" or hub.is_address(configured):
        if isinstance(source, FileList):
            return download_files(job, source)
        path = download_archive(job, source)
    if path.is_file() and isinstance(source, Archive):
        return unpack(job, source, path)
    if path.is_file():  # a zip without a published checksum; each file in it has one
        path = local_files.unzip(path, job.target.tree.with_name("unpacked"))
    if path.is_dir():
        return local_files.import_files(job.target, source, path)
    raise job.error(
        f"fetch.{job.target.name}.source: expected `official`, a folder, a zip or an http(s) address, "
        f"found '{configured}', and no such file or folder exists"
    )


def build_dialogues(target: Target, source: Hub, settings: Any, client: Client) -> None:
    """Copy or download a corpus of two-channel dialogues.

    Raises:
        UserError: the source is not usable.
    """
    if settings.source == "official" or hub.is_address(settings.source):
        job = Job(target, Source(source="official", expected_clips=None), client)
        try:
            wanted = hub.file_list(source, settings, target.tree.parent, client)
        except Unavailable as error:
            raise job.error(f"{source.manifest} could not be downloaded:\n{error}") from None
        download_files(job, wanted)
        files.write_text(target.tree / hub.ADDRESS, f"{wanted.bases[0]}\n")
    else:
        hub.import_files(target, source, Path(settings.source).expanduser(), settings.max_dialogues)
    hub.add_metadata(source, settings.metadata, target.tree, client)


def install(tree: Path, raw: Path) -> None:
    """Move a complete folder to `raw`; after an interruption, the old one is there or in `.<name>.old`."""
    old = raw.with_name(f".{raw.name}.old")
    raw.parent.mkdir(parents=True, exist_ok=True)
    if raw.exists():
        if old.exists():
            shutil.rmtree(old)
        raw.replace(old)
    tree.replace(raw)
    if old.exists():
        shutil.rmtree(old)


def run(corpus: str, client: Client | None = None) -> None:
    """Fetch a corpus into `data/raw/<corpus>`.

    Raises:
        UserError: the corpus cannot be fetched; `data/raw/<corpus>` is unchanged.
    """
    watch = Stopwatch("fetch", corpus)
    module = load(corpus)
    target = Target(corpus, module, Path("data/downloads") / corpus / "tree")
    expected = obtain(target, client or Client())
    clips, source = list(module.clips(target.tree)), module.SOURCE
    listed = source.list_clips(target.tree) if isinstance(source, Local) and source.list_clips else None
    local_files.check_count(target, clips, expected, listed)
    if isinstance(source, Local):
        user_supplied.verify_or_record(corpus, len({clip.name for clip in clips}), target.tree)
    install(target.tree, RAW / corpus)
    shutil.rmtree(target.tree.with_name("unpacked"), ignore_errors=True)
    watch.end(len(clips))


def obtain(target: Target, client: Client) -> int | None:
    """Copy, download or generate a corpus; return its expected number of clips, None if it must be complete.

    Raises:
        UserError: the source is not usable.
    """
    source, corpus = target.corpus.SOURCE, target.name
    if isinstance(source, Generated):
        source.make(local_files.empty_folder(target.tree), section(source.settings, "fetch", corpus))
        return None
    if isinstance(source, Hub):
        wanted: Any = section(source.settings, "fetch", corpus)
        build_dialogues(target, source, wanted, client)
        return None if wanted.max_dialogues is None else 2 * int(wanted.max_dialogues)
    settings = section(Source, "fetch", corpus)
    if isinstance(source, Local):
        user_supplied.build(target, source, settings.source)
    else:
        build(Job(target, settings, client), source)
    return settings.expected_clips


if __name__ == "__main__":
    main(run, "corpus")
