"""Git revisions of the dataset: inventory, metrics and `dvc.lock`, without audio."""

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import pyarrow.parquet
import yaml

from stages.core.errors import UserError

INVENTORY = "data/tables/inventory.parquet"
FORMER_INVENTORY = "data/tables/ledger.parquet"
FORMER_COLUMNS = {
    "licence": "license", "label": "corpus_label", "audio": "wav_digest", "facts": "sidecar_digest",
}  # fmt: skip
"""Column of the inventory in format 1 -> column today."""
WORKSPACE = "workspace"
"""DVC's name for the current files, committed or not."""
REQUIRED = {
    "clip_id", "corpus", "speaker", "license", "emotion", "split", "reason", "samples", "seconds",
    "wav_digest", "sidecar_digest",
}  # fmt: skip


@dataclass(frozen=True)
class Revision:
    """One version of the dataset: name, inventory, metrics by file name, and content of `dvc.lock`."""

    name: str
    inventory: pd.DataFrame
    metrics: dict[str, Any]
    lock: dict[str, Any]

    @property
    def format_version(self) -> int:
        """Value of `tables.FORMAT_VERSION` in that version; 1 if its metrics lack it."""
        return int(self.metrics.get("validate", {}).get("format_version", 1))


def read(name: str) -> Revision:
    """Read a revision of the repository in the current folder.

    Only the inventory (about 40 bytes per clip) is fetched from the remote, if it is not in the cache.

    Args:
        name: a git revision, or `WORKSPACE`.

    Raises:
        UserError: the revision does not exist, or its inventory is missing, damaged or cannot be fetched.
    """
    from dvc.api import DVCFileSystem

    with _with_user_errors(name):
        fs = DVCFileSystem(rev=None if name == WORKSPACE else name)
        paths = sorted(fs.glob("metrics/*.json"))
        metrics = {PurePosixPath(path).stem: json.loads(fs.read_text(path)) for path in paths}
        lock = yaml.safe_load(fs.read_text("dvc.lock"))
        outs = (out for stage in lock.get("stages", {}).values() for out in stage.get("outs", []))
        digests = {out["path"]: out.get("md5", "") for out in outs}
        path = FORMER_INVENTORY if INVENTORY not in digests and FORMER_INVENTORY in digests else INVENTORY
        table = inventory(f"{path} of '{name}'", fs.read_bytes(path), digests.get(path, ""))
    return Revision(name, table, metrics, lock)


def inventory(name: str, content: bytes, md5: str) -> pd.DataFrame:
    """Read an inventory of any format version; return it with the column names of today.

    Args:
        name: file and revision, for errors.
        content: bytes of the file.
        md5: digest of the file in `dvc.lock`.

    Raises:
        UserError: the digest differs, or a column is missing.
    """
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise UserError(
            f"{name}: expected md5 {md5 or '(none)'} as in dvc.lock, found {found}.\n"
            "If it is the current build, run `dvc repro`; if not, the object on the remote is damaged: "
            'see "When something is wrong" in the README.'
        )
    table = pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas().rename(columns=FORMER_COLUMNS)
    if missing := sorted(REQUIRED - set(table.columns)):
        raise UserError(f"{name}: columns {missing} are missing; expected one row per clip")
    return table


@contextmanager
def _with_user_errors(name: str) -> Iterator[None]:
    """Turn failures of DVC, git and the remote into a `UserError`."""
    from botocore.exceptions import BotoCoreError, ClientError
    from dvc.exceptions import DvcException
    from dvc.scm import SCMError

    try:
        yield
    except SCMError as error:
        raise UserError(f"'{name}': no such git revision ({error}); see `git tag` and `git log`") from None
    except FileNotFoundError as error:
        raise UserError(
            f"'{name}': {error.filename or error}: neither in git, in the cache, nor on the remote.\n"
            "If the version has an inventory, it was not pushed: run `dvc push` where it was made, or build "
            "it with `git checkout` and `dvc repro`."
        ) from None
    except (BotoCoreError, ClientError, DvcException, OSError) as error:
        raise UserError(
            f"'{name}': {INVENTORY} could not be read from the remote: {error}.\n"
            'Check the credentials and the address; see "Publish and pull" in the README.'
        ) from None
