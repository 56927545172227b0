"""A git revision of the dataset, without its audio: the inventory, the metrics and `dvc.lock`."""

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
"""Names of format 1: file, and column -> column today."""
WORKSPACE = "workspace"
"""DVC's name for the files that are checked out, committed or not."""
NEEDED = {
    "clip_id", "corpus", "speaker", "license", "emotion", "split", "reason", "samples", "seconds",
    "wav_digest", "sidecar_digest",
}  # fmt: skip


@dataclass(frozen=True)
class Revision:
    """One version: its name, inventory, metrics by file name, and lock."""

    name: str
    inventory: pd.DataFrame
    metrics: dict[str, Any]
    lock: dict[str, Any]

    @property
    def format_version(self) -> int:
        """See `tables.FORMAT_VERSION`; 1 in versions that do not state it."""
        return int(self.metrics.get("validate", {}).get("format_version", 1))


def read(name: str) -> Revision:
    """Read a revision of the repository in the current folder.

    Only the inventory (some 40 bytes per clip) may have to be fetched from the remote.

    Args:
        name: a git revision, or `WORKSPACE`.

    Raises:
        UserError: no such revision; it has no inventory; the remote lacks it, or has a damaged one.
    """
    from dvc.api import DVCFileSystem

    with _explained(name):
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
    """Read an inventory of any format, with the column names of today.

    Args:
        name: of file and revision, for errors.
        content: of the file.
        md5: its digest in `dvc.lock`.

    Raises:
        UserError: another digest, or a column is missing.
    """
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise UserError(
            f"{name}: expected md5 {md5 or '(none)'} as in dvc.lock, found {found}.\n"
            "If it is the current build, run `dvc repro`; if not, the object on the remote is damaged: "
            'see "When something is wrong" in the README.'
        )
    table = pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas().rename(columns=FORMER_COLUMNS)
    if missing := sorted(NEEDED - set(table.columns)):
        raise UserError(f"{name}: columns {missing} are missing; expected one row per clip")
    return table


@contextmanager
def _explained(name: str) -> Iterator[None]:
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
            "it: `git checkout` and `dvc repro`."
        ) from None
    except (BotoCoreError, ClientError, DvcException, OSError) as error:
        raise UserError(
            f"'{name}': the remote does not give {INVENTORY}: {error}.\n"
            'Check the credentials and the address; see "Publish and pull" in the README.'
        ) from None
