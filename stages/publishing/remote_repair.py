"""Check and repair of published objects: `python -m stages repair`.

DVC names each object by the md5 of its content and asks a remote for names only, so `dvc push` does not
notice an object that was damaged there. The repair reads every object of the version that is checked out,
compares it with its name, and replaces damaged and missing ones from the local cache.
"""

import hashlib
from pathlib import Path
from typing import IO, Any

from stages.core.errors import UserError


def md5(file: IO[bytes]) -> str:
    """Compute the hex digest of a file's bytes."""
    return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()  # type: ignore[arg-type]


def state(fs: Any, path: str, oid: str) -> str:
    """Tell whether an object is `intact`, `damaged` or `missing`.

    Args:
        fs: of the remote, or of the cache.
        path: of the object there.
        oid: its name, an md5; that of a folder's listing ends in `.dir`.
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
    there = remote.oid_to_path(oid)
    found = state(remote.fs, there, oid)
    if found == "intact":
        return "", True
    here = cache.oid_to_path(oid)
    cached = state(cache.fs, here, oid)
    if cached == "intact":
        remote.fs.put_file(here, there)
        return f"{name}: {found} on the remote ({there}); replaced from the cache", True
    return f"{name}: {found} on the remote ({there}); cannot be replaced: in the cache it is {cached}", False


def run() -> None:
    """Check and repair every published object of the version that is checked out.

    Raises:
        UserError: an object is damaged or missing, on the remote and in the cache.
    """
    from dvc.repo import Repo

    with Repo(str(Path.cwd())) as repo:
        remote, cache = repo.cloud.get_remote_odb(), repo.cache.local
        used = [obj for objs in repo.used_objs(push=True).values() for obj in objs]
        used.sort(key=lambda obj: (obj.obj_name or "", obj.value))
        found = [repair(remote, cache, obj.value, obj.obj_name or obj.value) for obj in used]
    lines = [line for line, _ in found if line]
    print("\n".join([*lines, f"{len(used)} objects read, {len(lines)} damaged or missing"]))
    if not all(intact for _, intact in found):
        raise UserError("the remote is incomplete; run `python -m stages repair` where the dataset was built")
