"""Are the corpus's files here, whole and genuine? If not, get them.

The tree is built in `data/downloads/<corpus>/tree` and takes its place `data/raw/<corpus>` once it is
complete. What was downloaded before a kill is there for the next run; a downloaded zip stays beside the
tree, so that it is not downloaded again, and may be deleted at any time.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field, PositiveInt
from tqdm import tqdm

from stages.acquisition import hub, local_files, user_supplied
from stages.acquisition.download import Client, Unavailable, describe, genuine, in_threads
from stages.core import files
from stages.core.errors import UserError, main
from stages.core.params import Section, section
from stages.core.summary import Stopwatch
from stages.corpora.base import Archive, Corpus, FileList, Generated, Hub, Local, load

RAW = Path("data/raw")
DOWNLOADS = Path("data/downloads")


class Source(Section):
    """Where a corpus comes from: `fetch.<corpus>` in params.yaml.

    Attributes:
        source: `official`, a folder, a zip, or the http(s) base address of a mirror.
        expected_clips: how many clips that copy has; None for the whole corpus.
    """

    source: str = Field(min_length=1)  # an empty path is the project's own folder
    expected_clips: PositiveInt | None


@dataclass(frozen=True)
class Job:
    """One corpus to fetch, and its places on disk.

    Attributes:
        tree: where it is built; a sibling of all that is downloaded for it.
        raw: where it goes; what lies there from last time is reused.
    """

    name: str
    settings: Source
    tree: Path
    raw: Path
    client: Client = field(default_factory=Client)

    def urls(self, official: Sequence[str], bases: Sequence[str], path: str) -> list[str]:
        """Addresses of one file: the official ones, or below the mirror that the user runs."""
        if self.settings.source != "official":
            return [f"{self.settings.source.rstrip('/')}/{path}"]
        return [*official, *(base + path for base in bases)]

    def error(self, text: str) -> UserError:
        """An error that ends with how to bring the files by other means."""
        return UserError(
            f"{self.name}: {text}\nTo use a copy that you have, state in params.yaml where it lies (a folder "
            f"or a zip); nothing is downloaded then:\n  fetch.{self.name}.source: /path/to/{self.name}"
        )


def download_archive(job: Job, source: Archive) -> Path:
    """The corpus's zip, downloaded unless it is there already.

    Raises:
        UserError: no address serves it.
    """
    target = job.tree.parent / source.name
    part = target.with_name(f"{target.name}.part")
    have = part.stat().st_size if part.exists() else 0
    with tqdm(total=source.size, initial=have, desc=f"fetch {job.name}", unit="B", unit_scale=True) as bar:
        try:
            job.client.get(job.urls(source.urls, (), source.name), target, source.checksum, bar.update)
        except Unavailable as error:
            raise job.error(f"{source.name} could not be downloaded:\n{error}") from None
    return target


def download_files(job: Job, source: FileList) -> None:
    """Build the tree of files, from last time's where they are genuine.

    Raises:
        UserError: no address serves one of them. Where the user has stated how many clips his mirror has,
            absent recordings are left to be counted.
    """
    wanted = {path: (digest, source.bases) for path, digest in source.files.items()}
    wanted |= {path: (digest, source.table_bases or source.bases) for path, digest in source.tables.items()}

    def one(path: str) -> None:
        sha256, bases = wanted[path]
        target, checksum = job.tree / path, sha256 if ":" in sha256 else f"sha256:{sha256}"
        if not genuine(target, checksum) and genuine(job.raw / path, checksum):
            local_files.copy(job.raw / path, job.raw, job.tree)
        try:
            job.client.get(job.urls((), bases, path), target, checksum)
        except Unavailable as error:
            if not (error.absent and job.settings.expected_clips and path in source.files):
                raise job.error(f"{path} could not be downloaded:\n{error}") from None

    in_threads(one, list(wanted), f"fetch {job.name}")
    for path in job.tree.rglob("*"):
        if path.is_file() and path.relative_to(job.tree).as_posix() not in wanted:
            path.unlink()  # the rest of an interrupted run


def unpack(job: Job, corpus: Corpus, source: Archive | FileList, archive: Path) -> None:
    """Build the tree from a zip.

    Raises:
        UserError: not the published zip, or one that is not safe to unpack.
    """
    if isinstance(source, FileList):  # its zip has no published checksum, but each file in it has
        unpacked = local_files.fresh(job.tree.with_name("unpacked"))
        local_files.unzip(archive, unpacked)
        local_files.import_files(job.name, corpus, source, unpacked, job.tree)
        return
    if not genuine(archive, source.checksum):
        raise job.error(
            f"{archive}: expected {source.checksum} ({source.size:,} bytes), found "
            f"{describe(archive, source.checksum)}: not the published archive, or damaged.\n"
            "If you trust it, unpack it and state the folder instead."
        )
    local_files.unzip(archive, local_files.fresh(job.tree))


def build(job: Job, corpus: Corpus, source: Archive | FileList) -> None:
    """Build the tree from wherever the user has said.

    Raises:
        UserError: nothing usable is there.
    """
    stated = job.settings.source
    path = Path(stated).expanduser()
    if stated == "official" or stated.startswith(("http://", "https://")):
        if isinstance(source, FileList):
            return download_files(job, source)
        path = download_archive(job, source)
    if path.is_dir():
        return local_files.import_files(job.name, corpus, source, path, job.tree)
    if path.is_file():
        return unpack(job, corpus, source, path)
    raise job.error(
        f"fetch.{job.name}.source: expected `official`, a folder, a zip or an http(s) address, "
        f"found '{stated}', and no such file or folder exists"
    )


def build_dialogues(corpus: str, source: Hub, settings: Any, client: Client) -> int | None:
    """Build the tree of two-channel dialogues; how many clips it must hold, None for the whole corpus.

    Raises:
        UserError: nothing usable is there.
    """
    downloads = DOWNLOADS / corpus
    if settings.source == "official" or hub.is_address(settings.source):
        job = Job(
            corpus, Source(source="official", expected_clips=None), downloads / "tree", RAW / corpus, client
        )
        try:
            wanted = hub.file_list(source, settings, downloads, client)
        except Unavailable as error:
            raise job.error(f"{source.manifest} could not be downloaded:\n{error}") from None
        download_files(job, wanted)
        files.write_text(job.tree / hub.ADDRESS, f"{wanted.bases[0]}\n")
    else:
        hub.import_files(
            source, Path(settings.source).expanduser(), settings.max_dialogues, downloads / "tree"
        )
    hub.add_metadata(settings.metadata, downloads / "tree", client)
    return None if settings.max_dialogues is None else 2 * int(settings.max_dialogues)


def install(tree: Path, raw: Path) -> None:
    """Put a complete tree in its place; a kill leaves the old one, here or beside."""
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
    """Make `data/raw/<corpus>` complete.

    Raises:
        UserError: it cannot be; `data/raw/<corpus>` is as it was.
    """
    watch = Stopwatch("fetch", corpus)
    module = load(corpus)
    source, tree = module.SOURCE, DOWNLOADS / corpus / "tree"
    stated: int | None = None
    if isinstance(source, Generated):
        source.make(local_files.fresh(tree), section(source.settings, "fetch", corpus))
    elif isinstance(source, Hub):
        asked = section(source.settings, "fetch", corpus)
        stated = build_dialogues(corpus, source, asked, client or Client())
    else:
        settings = section(Source, "fetch", corpus)
        stated = settings.expected_clips
        if isinstance(source, Local):
            user_supplied.build(corpus, module, source, settings.source, tree)
        else:
            build(Job(corpus, settings, tree, RAW / corpus, client or Client()), module, source)
    clips = list(module.clips(tree))
    listed = user_supplied.listing(source, module, tree) if isinstance(source, Local) else None
    local_files.check_count(corpus, module, clips, stated, listed)
    if isinstance(source, Local):
        user_supplied.verify_or_record(corpus, len({clip.name for clip in clips}), tree)
    install(tree, RAW / corpus)
    shutil.rmtree(tree.with_name("unpacked"), ignore_errors=True)
    watch.end(len(clips))


if __name__ == "__main__":
    main(run, "corpus")
