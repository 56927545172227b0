"""Check what is published, and mend it: `python -m stages.publishing.remote_repair`.

DVC names each object by the md5 of its content and asks a remote for names only, so `dvc push` believes in
an object that was damaged there. This reads every object of the version that is checked out, compares it with
its name, and puts back from the local cache what is damaged or missing.
"""

import hashlib
from pathlib import Path
from typing import IO, Any

from stages.core.errors import UserError, main


def md5(file: IO[bytes]) -> str:
    """Hex digest of a file's bytes."""
    return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()  # type: ignore[arg-type]


def state(fs: Any, path: str, oid: str) -> str:
    """`sound`, `damaged` or `missing`.

    Args:
        fs: of the remote, or of the cache.
        path: of the object there.
        oid: its name, an md5; that of a folder's listing ends in `.dir`.
    """
    try:
        with fs.open(path, "rb") as file:
            return "sound" if md5(file) == oid.removesuffix(".dir") else "damaged"
    except FileNotFoundError:
        return "missing"


def mend(remote: Any, cache: Any, oid: str, name: str) -> tuple[str, bool]:
    """Look at one object; put it back from the cache unless it is sound.

    Returns:
        One line for the user (empty if the object is sound), and whether all is well now.
    """
    there = remote.oid_to_path(oid)
    found = state(remote.fs, there, oid)
    if found == "sound":
        return "", True
    here = cache.oid_to_path(oid)
    held = state(cache.fs, here, oid)
    if held == "sound":
        remote.fs.put_file(here, there)
    done = "put back from the cache" if held == "sound" else f"cannot be put back: in the cache it is {held}"
    return f"{name}: {found} on the remote ({there}); {done}", held == "sound"


def run() -> None:
    """Check and mend every published object of the version that is checked out.

    Raises:
        UserError: some object is damaged or missing, and the cache cannot mend it.
    """
    from dvc.repo import Repo

    with Repo(str(Path.cwd())) as repo:
        remote, cache = repo.cloud.get_remote_odb(), repo.cache.local
        used = [obj for objs in repo.used_objs(push=True).values() for obj in objs]
        lines, well = [], True
        for obj in sorted(used, key=lambda obj: (obj.obj_name or "", obj.value)):
            line, mended = mend(remote, cache, obj.value, obj.obj_name or obj.value)
            well &= mended
            lines += [line] if line else []
    print("\n".join([*lines, f"{len(used)} objects read, {len(lines)} not sound"]))
    if not well:
        raise UserError("the remote is not whole; run this again where the dataset was built")


if __name__ == "__main__":
    main(run)
