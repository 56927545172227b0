"""Files from a user or a server: checks, then unpacking or copying into one folder and nowhere else."""

import shutil
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from stages.acquisition.download import in_threads
from stages.core import files
from stages.core.errors import UserError
from stages.corpora.base import Archive, Clip, Corpus, FileList

FIXES = {
    "lfs_pointer": "Git LFS pointers of some 130 bytes instead of the files; run `git lfs pull` in the clone",
    "html_page": "HTML pages saved under the names of files; delete them and download these files again",
    "other_bytes": "not the published bytes: converted, or damaged; delete them and download these again",
}
SHOWN = 5
"""Maximum number of names in an error."""


class Target(NamedTuple):
    """A corpus, its name, and the folder in which its tree is built."""

    name: str
    corpus: Corpus
    tree: Path


def unzip(archive: Path, folder: Path) -> Path:
    """Unpack a zip into a folder, which is emptied first, and return the folder.

    Raises:
        UserError: not a zip, damaged, encrypted, larger than the free disk space, or with a member that would
            be outside of the folder. Nothing is unpacked unless all members are safe.
    """
    empty_folder(folder)
    try:
        with zipfile.ZipFile(archive) as content:
            _check_members(archive, content.infolist(), folder)
            content.extractall(folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UserError(
            f"{archive}: expected a complete zip, found: {error}.\nDownload it again, or unpack it yourself "
            "and set the source to the folder."
        ) from None
    return folder


def leaves_folder(name: str) -> bool:
    """Return whether a relative path from outside leads out of its folder."""
    path = PureWindowsPath(name)  # Windows' rules also cover absolute paths and `..` of Unix
    return bool(path.drive or path.root) or ".." in path.parts


def _check_members(archive: Path, members: Sequence[zipfile.ZipInfo], folder: Path) -> None:
    for member in members:
        if leaves_folder(member.filename):
            raise UserError(f"{archive}: refused: member '{member.filename}' would leave the folder")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise UserError(f"{archive}: refused: member '{member.filename}' is a symbolic link")
    needed, free = sum(member.file_size for member in members), shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"{archive}: needs {needed:,} bytes unpacked, {folder} has {free:,} free; "
            "free some space and run `dvc repro` again"
        )


def check_links(folder: Path) -> None:
    """Refuse a folder with symbolic links to files or folders outside of it.

    Raises:
        UserError: names the first such link.
    """
    inside = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise UserError(
                f"{path}: refused: a symbolic link to {path.resolve()}, outside of {folder}; "
                f"make a copy without links, e.g. `cp -rL {folder} COPY`, and set the source to the copy"
            )


def copy(path: Path, source: Path, target: Path) -> None:
    """Copy one file from below `source` to the same place below `target`.

    The bytes are copied, never linked: DVC makes cached files read-only, but must not change the user's
    originals. Permissions are not copied for the same reason.
    """
    place = target / path.relative_to(source)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, place)


def empty_folder(folder: Path) -> Path:
    """Empty a folder, or create it, and return it."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def copy_all(target: Target, paths: Sequence[Path], folder: Path, digests: Mapping[Path, str | None]) -> None:
    """Copy files from below `folder` into an empty tree.

    Args:
        digests: sha256 of the files that have a published one. Only the first bytes of others are checked;
            `quality` checks whether a recording is usable.

    Raises:
        UserError: files with other content than their names suggest.
    """
    empty_folder(target.tree)

    def copy_one(path: Path) -> str | None:
        copy(path, folder, target.tree)
        return find_fault(path, digests.get(path))

    faults = in_threads(copy_one, paths, f"fetch@{target.name}")
    raise_faults(folder, dict(zip(paths, faults, strict=True)))


def import_files(target: Target, source: Archive | FileList, folder: Path) -> None:
    """Check the corpus's files in a user's folder, and copy these files only.

    Raises:
        UserError: links to outside of the folder, no recordings, or files with other content than expected.
    """
    check_links(folder)
    digests = source.files if isinstance(source, FileList) else {}
    folder, tables = _find_tables(folder, source.tables if isinstance(source, FileList) else {})
    raise_faults(folder, {path: find_fault(path, digest) for path, digest in tables.items()})
    by_name = {Path(path).stem: digest for path, digest in digests.items()}
    clips = {clip.path: by_name.get(clip.name) for clip in target.corpus.clips(folder)}
    if not clips:
        raise UserError(
            f"{folder}: expected the recordings of {target.name} (.wav), found none below this folder"
        )
    copy_all(target, [*clips, *tables], folder, clips)


def _find_tables(folder: Path, tables: Mapping[str, str]) -> tuple[Path, dict[Path, str]]:
    """Return the folder of the label tables (this folder, or the only one in it), and their digests."""
    place = folder
    while tables and not any((place / path).exists() for path in tables):
        inner = [path for path in place.iterdir() if path.is_dir() and not path.name.startswith(".")]
        if len(inner) != 1:
            break
        place = inner[0]
    if absent := [path for path in tables if not (place / path).is_file()]:
        raise UserError(
            f"{folder}: expected the corpus's label tables, not found: {', '.join(absent)}; "
            "set the source to the folder that contains tables and recordings, as published"
        )
    return place, {place / path: digest for path, digest in tables.items()}


def raise_faults(folder: Path, faults: Mapping[Path, str | None]) -> None:
    """Raise one error for all files that have a fault, a key of `FIXES`.

    Raises:
        UserError: for each fault, the number of its files and the fix.
    """
    lines = []
    for kind, fix in FIXES.items():
        if found := [str(path.relative_to(folder)) for path, fault in faults.items() if fault == kind]:
            lines.append(f"{folder}: {len(found):,} of {len(faults):,} files are {fix}: {first_names(found)}")
    if lines:
        raise UserError("\n".join(lines))


def find_fault(path: Path, digest: str | None) -> str | None:
    """Return the fault of a file's content, a key of `FIXES`; None if it has none."""
    from stages.core.audio import sniff  # slow to import

    with path.open("rb") as file:
        kind = sniff(file.read(64))
    if kind in FIXES:
        return kind
    return "other_bytes" if digest and files.sha256(path) != digest else None


def check_count(
    target: Target, clips: Sequence[Clip], configured: int | None, names: Mapping[str, str] | None = None
) -> None:
    """Check that all clips are present; duplicates count once.

    Args:
        configured: number of clips in this copy, by params.yaml; None for the complete corpus.
        names: all clips -> their speakers, if the copy has a list; None for that of the corpus's module.

    Raises:
        UserError: more or fewer clips; with their names if the corpus has a list.
    """
    name, corpus = target.name, target.corpus
    found = {clip.name for clip in clips}
    names, total = (names, len(names)) if names else (corpus.NAMES, corpus.N_CLIPS)
    expected = configured or total or len(found)
    if len(found) == expected:
        return
    complete = f" (the complete corpus has {total:,})" if configured and total else ""
    raise UserError(
        f"{name}: expected {expected:,} clips{complete}, found {len(found):,}.{_compare(names, found)}\n"
        f"If this copy is meant to have {len(found):,}, set `fetch.{name}.expected_clips: {len(found)}` in "
        "params.yaml."
    )


def _compare(names: Mapping[str, str], found: set[str]) -> str:
    """Describe the missing names (name -> speaker), and found names that are not of the corpus."""
    absent, present = names.keys() - found, names.keys() & found
    speakers = sorted({names[name] for name in absent} - {names[name] for name in present})
    others = sorted(name for name in absent if names[name] not in speakers)
    foreign = sorted(found - names.keys()) if names else []
    parts = [f"all clips of speakers {', '.join(speakers)}"] if speakers else []
    parts += [f"{len(others):,} of other speakers ({first_names(others)})"] if others else []
    missing = f" Missing: {'; '.join(parts)}." if parts else ""
    return missing + (f" Not clips of the corpus: {first_names(foreign)}." if foreign else "")


def first_names(names: Sequence[str]) -> str:
    """Join the first names, up to `SHOWN`."""
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
