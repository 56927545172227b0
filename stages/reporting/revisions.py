"""What a git revision says of the dataset, without its audio: the inventory, the metrics and `dvc.lock`."""

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.parquet
import yaml

from stages.core.errors import UserError

LEDGER = "data/tables/inventory.parquet"
WORKSPACE = "workspace"
"""What DVC calls the files as they lie there."""
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


def read(name: str) -> Revision:
    """Read a revision of the repository in the current folder, or what lies there, committed or not.

    Only the inventory (some 40 bytes per clip) may have to be fetched from the remote.

    Args:
        name: a git revision, or `WORKSPACE`.

    Raises:
        UserError: no such revision; it has no inventory; the remote does not give it, or gives another file.
    """
    with _explained(name):
        return _read(name)


def _read(name: str) -> Revision:
    from dvc.api import DVCFileSystem

    fs = DVCFileSystem(rev=None if name == WORKSPACE else name)
    metrics = {}
    for path in sorted(fs.glob("metrics/*.json")):
        metrics[path.split("/")[-1].removesuffix(".json")] = json.loads(fs.read_text(path))
    lock = yaml.safe_load(fs.read_text("dvc.lock"))
    return Revision(name, _ledger(name, fs.read_bytes(LEDGER), _digest(lock)), metrics, lock)


def _digest(lock: dict[str, Any]) -> str:
    outs = (out for stage in lock.get("stages", {}).values() for out in stage.get("outs", []))
    return next((out["md5"] for out in outs if out["path"] == LEDGER), "")


def _ledger(name: str, content: bytes, md5: str) -> pd.DataFrame:
    """The table, if it is the one of `dvc.lock`; its columns are those of its own version."""
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5 and name == WORKSPACE:
        raise UserError(f"{LEDGER}: not the one of dvc.lock; run `dvc repro`")
    if found != md5:
        raise UserError(
            f"{LEDGER} of '{name}': expected md5 {md5}, found {found}; the object on the remote is damaged.\n"
            'See "When something is wrong" in the README.'
        )
    table = pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas()
    missing = sorted(NEEDED - set(table.columns))
    if missing:
        raise UserError(f"{LEDGER} of '{name}': columns {missing} are missing; expected one row per clip")
    return table


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """What goes wrong between DVC, git and the remote, as a `UserError`."""
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
            "If the version has a inventory, it was not pushed: run `dvc push` where it was made, or build it: "
            "`git checkout` and `dvc repro`."
        ) from None
    except (BotoCoreError, ClientError, DvcException, OSError) as error:
        raise UserError(
            f"'{name}': the remote does not give {LEDGER}: {error}.\n"
            'Check the credentials and the address; see "Publish and pull" in the README.'
        ) from None
