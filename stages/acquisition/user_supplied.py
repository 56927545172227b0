"""Corpora that users supply themselves: imported from a folder or zip, and compared with the first copy.

They are distributed by form or agreement only, and without a checksum. The digest of the first copy is
recorded in `sources.lock` beside params.yaml, in the form of `sha256sum`: `<sha256>  <corpus>/<clips>`. If
the file is committed, every later copy must be equal. The digest is over names and bytes of recordings and
label files, so a zip and its unpacked folder have the same digest.
"""

import hashlib
from pathlib import Path

from stages.acquisition import local_files
from stages.acquisition.local_files import Target
from stages.core import files
from stages.core.errors import UserError
from stages.corpora.base import Local

LOCK = Path("sources.lock")


def build(target: Target, source: Local, configured: str) -> None:
    """Build the tree from the folder or zip that the user has configured.

    Raises:
        UserError: no such path, or no usable file in it; for `official`, how to get the corpus.
    """
    place, name = Path(configured).expanduser(), target.name
    if not place.exists():
        found = "" if configured == "official" else f": expected a folder or a zip, found no '{configured}'"
        raise UserError(
            f"{name}: fetch.{name}.source{found}.\n{source.howto}\nThen set its path in params.yaml, "
            f"a folder or a zip:\n  fetch.{name}.source: /path/to/{name}"
        )
    if place.is_file():
        place = local_files.unzip(place, target.tree.with_name("unpacked"))
    import_files(target, source, place)


def import_files(target: Target, source: Local, folder: Path) -> None:
    """Copy the corpus's files from a folder, and no other files.

    Raises:
        UserError: links to outside of the folder, no recordings, or files with other content than expected.
    """
    local_files.check_links(folder)
    clips = {clip.path for clip in target.corpus.clips(folder)}
    if not clips:
        raise UserError(f"{folder}: expected the recordings of {target.name}, found none below this folder")
    found = (path for pattern in source.tables for path in folder.rglob(pattern) if path.is_file())
    tables = {path for path in found if not path.name.startswith(".")}
    local_files.copy_all(target, sorted(clips | tables), folder, {})


def digest(tree: Path) -> str:
    """Compute the digest of names and bytes of all files below a folder; duplicates count once."""
    lines = {f"{files.sha256(path)}  {path.name}\n" for path in tree.rglob("*") if path.is_file()}
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def read_lock() -> dict[str, str]:
    """Read the recorded digests: `<corpus>/<clips>` -> sha256."""
    lines = LOCK.read_text("utf-8").splitlines() if LOCK.exists() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines if line)}


def verify_or_record(name: str, clips: int, tree: Path) -> None:
    """Record the digest of a copy with this many clips, or compare it with the recorded one.

    Raises:
        UserError: other bytes than those of the first copy.
    """
    known, entry, found = read_lock(), f"{name}/{clips}", digest(tree)
    expected = known.get(entry, found)
    if expected != found:
        raise UserError(
            f"{name}: expected the copy that was used first (sha256 {expected} in {LOCK}), found other "
            f"bytes or names (sha256 {found}).\nUse the same release, unchanged. To use the new copy, "
            f"remove the line '{entry}' from {LOCK} and run `dvc repro` again."
        )
    if entry not in known:
        known[entry] = found
        files.write_text(LOCK, "".join(f"{sha}  {key}\n" for key, sha in sorted(known.items())))
        print(
            f"{name}: recorded the digest of this copy in {LOCK}; commit it, so that all builds use this copy"
        )
