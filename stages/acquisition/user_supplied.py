"""Corpora that the user places himself: taken over from a folder or zip, and held to what was there first.

They are given out by form or agreement, so nobody publishes a checksum. The digest of the first copy is
recorded in `sources.lock` beside params.yaml, in the form of `sha256sum`: `<sha256>  <corpus>/<clips>`.
Commit it, and every other copy - a colleague's, or one's own after a disk failure - must be the same. The
digest is over names and bytes of recordings and label files, so a zip and its unpacked folder have the same.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from stages.acquisition import local_files
from stages.acquisition.download import in_threads
from stages.core import files
from stages.core.errors import UserError
from stages.corpora.base import Corpus, Local

LOCK = Path("sources.lock")


def build(name: str, corpus: Corpus, source: Local, stated: str, tree: Path) -> None:
    """Build the tree from the folder or zip that the user has stated.

    Raises:
        UserError: nothing there, or nothing usable; for `official`, how to get the corpus.
    """
    place = Path(stated).expanduser()
    if not place.exists():
        found = "" if stated == "official" else f": expected a folder or a zip, found no '{stated}'"
        raise UserError(
            f"{name}: fetch.{name}.source{found}.\n{source.howto}\nThen state in params.yaml where it lies, "
            f"a folder or a zip:\n  fetch.{name}.source: /path/to/{name}"
        )
    if place.is_file():
        unpacked = local_files.fresh(tree.with_name("unpacked"))
        local_files.unzip(place, unpacked)
        place = unpacked
    import_files(name, corpus, source, place, tree)


def import_files(name: str, corpus: Corpus, source: Local, folder: Path, tree: Path) -> None:
    """Copy the corpus's files out of a folder, and nothing else.

    Raises:
        UserError: links that leave the folder, no recordings, or files that are not what they are named.
    """
    local_files.check_links(folder)
    clips = {clip.path for clip in corpus.clips(folder)}
    if not clips:
        raise UserError(f"{folder}: expected the recordings of {name}, found none below this folder")
    found = (path for pattern in source.tables for path in folder.rglob(pattern) if path.is_file())
    tables = {path for path in found if not path.name.startswith(".")}
    local_files.fresh(tree)

    def one(path: Path) -> str | None:
        local_files.copy(path, folder, tree)
        return local_files.fault(path, None)

    paths = sorted(clips | tables)
    local_files.refuse(folder, dict(zip(paths, in_threads(one, paths, f"fetch {name}"), strict=True)))


def digest(tree: Path) -> str:
    """Of the names and bytes of all files, wherever they lie; one that is there twice counts once."""
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    lines = {f"{files.sha256(path)}  {path.name}\n" for path in paths}
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def recorded(lock: Path) -> dict[str, str]:
    """`<corpus>/<clips>` -> sha256."""
    lines = lock.read_text("utf-8").splitlines() if lock.exists() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines if line)}


def verify_or_record(name: str, clips: int, tree: Path, lock: Path = LOCK) -> None:
    """Record the digest of a copy with this many clips, or hold it to what was recorded.

    Raises:
        UserError: other bytes than those of the first copy.
    """
    known, entry, found = recorded(lock), f"{name}/{clips}", digest(tree)
    expected = known.get(entry, found)
    if expected != found:
        raise UserError(
            f"{name}: expected the copy that was used first (sha256 {expected} in {lock}), found other "
            f"bytes or names (sha256 {found}).\nUse the same release, unchanged. If the new copy is meant, "
            f"remove the line '{entry}' from {lock} and run `dvc repro` again."
        )
    if entry not in known:
        known[entry] = found
        files.write_text(lock, "".join(f"{sha}  {key}\n" for key, sha in sorted(known.items())))
        print(f"{name}: recorded the digest of this copy in {lock}; commit it, so that others are held to it")


def listing(source: Local, corpus: Corpus, tree: Path) -> Mapping[str, str]:
    """Every clip's name -> its speaker, as the placed release lists them, or as the facts do."""
    return source.listed(tree) if source.listed else corpus.NAMES
