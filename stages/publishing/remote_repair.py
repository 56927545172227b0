"""Command `repair`: check of all objects on the default remote, and replacement of damaged ones.

DVC names each object by the md5 of its content and compares only names, so `dvc push` does not notice a
damaged object. This command reads every object of the version that is checked out, compares its md5 with its
name, and replaces damaged and missing objects from the local cache.
"""

import hashlib
from pathlib import Path
from typing import IO, Any

from stages.core.errors import UserError


def md5(file: IO[bytes]) -> str:
    """Compute the MD5 hex digest of a file."""
    return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()  # type: ignore[arg-type]


def state(fs: Any, path: str, oid: str) -> str:
    """Return whether an object is `intact`, `damaged` or `missing`.

    Args:
        fs: file system of the remote or of the cache.
        path: path of the object.
        oid: name of the object: an md5, followed by `.dir` for the listing of a folder.
    """
    try:
        with fs.open(path, "rb") as file:
            return "intact" if md5(file) == oid.removesuffix(".dir") else "damaged"
    except FileNotFoundError:
        return "missing"


def repair(remote: Any, cache: Any, oid: str, name: str) -> tuple[str, bool]:
    """Check one object; replace it from the cache unless it is intact.

    Returns:
        One line for the user (empty if the object is intact), and whether the object is intact now.
    """
    path = remote.oid_to_path(oid)
    found = state(remote.fs, path, oid)
    if found == "intact":
        return "", True
    cached_path = cache.oid_to_path(oid)
    cached = state(cache.fs, cached_path, oid)
    if cached == "intact":
        remote.fs.put_file(cached_path, path)
        return f"{name}: {found} on the remote ({path}); replaced from the cache", True
    return f"{name}: {found} on the remote ({path}); cannot be replaced: in the cache it is {cached}", False


def run() -> None:
    """Check and repair every published object of the version that is checked out.

    Raises:
        UserError: no default remote, or an object is damaged or missing both on the remote and in the cache.
    """
    from dvc.config import NoRemoteError
    from dvc.repo import Repo

    with Repo(str(Path.cwd())) as repo:
        try:
            remote, cache = repo.cloud.get_remote_odb(), repo.cache.local
        except NoRemoteError:
            raise UserError("no default remote; run `dvc remote add --default storage ADDRESS`") from None
        used = [obj for objs in repo.used_objs(push=True).values() for obj in objs]
        used.sort(key=lambda obj: (obj.obj_name or "", obj.value))
        found = [repair(remote, cache, obj.value, obj.obj_name or obj.value) for obj in used]
    lines = [line for line, _ in found if line]
    print("\n".join([*lines, f"{len(used)} objects read, {len(lines)} damaged or missing"]))
    if not all(intact for _, intact in found):
        raise UserError("the remote is incomplete; run `python -m stages repair` where the dataset was built")
