"""Commands `push` and `pull`: transfer of the dataset to and from a public remote, after a check of licenses.

DVC has no hook before a push. So public remotes are in `.dvc/public/config`, which DVC reads only in these
commands (as its system configuration); plain `dvc push -r REMOTE` does not find them. Before a push, the
licenses of all rendered clips are checked, from `dvc.lock` and the cache. Only the dataset is pushed, never
the tables or recordings of the corpora.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import yaml

from stages.core import store, tables
from stages.core.errors import UserError
from stages.publishing import licenses

PUBLIC = Path(".dvc/public")
LOCK = Path("dvc.lock")
TIMELINE = "data/tables/timeline.parquet"
DATASET = {
    "render": ("data/data_stereo", "data/expressive_dataset.jsonl", "data/expressive_train.jsonl",
               "data/expressive_valid.jsonl"),
    "attribution": ("data/ATTRIBUTION.md",),
}  # fmt: skip
"""Stage -> files that it makes and that are pushed to a public remote."""
TARGETS = [target for targets in DATASET.values() for target in targets]


def dvc(*arguments: str, public: bool = False) -> str:
    """Run DVC, with or without the public remotes, and return its output.

    Raises:
        UserError: DVC failed; the message is that of DVC.
    """
    environment = {key: value for key, value in os.environ.items() if key != "DVC_SYSTEM_CONFIG_DIR"}
    if public:
        environment["DVC_SYSTEM_CONFIG_DIR"] = str(PUBLIC.resolve())
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise UserError(f"dvc {' '.join(arguments)} failed:\n{done.stderr.strip()}")
    return done.stdout


def remotes(public: bool) -> dict[str, str]:
    """List remotes: name -> address; with `public`, include those in `.dvc/public/config`."""
    return dict(re.findall(r"^remote\.(.+)\.url=(.*)$", dvc("config", "--list", public=public), re.M))


def nested(a: str, b: str) -> bool:
    """Return whether two addresses are equal, or one is below the other."""
    x, y = (address.rstrip("/") + "/" for address in (a, b))
    return x.startswith(y) or y.startswith(x)


def check_remote(name: str) -> None:
    """Check that a remote is public, and that plain `dvc push` does not reach its address.

    Raises:
        UserError: the remote is unknown, or is in DVC's own configuration, too.
    """
    private = remotes(public=False)
    public = {remote: address for remote, address in remotes(public=True).items() if remote not in private}
    if name in private:
        raise UserError(
            f"remote '{name}' is in DVC's own configuration, where `dvc push` reaches it unchecked. If it "
            f"is public, move it to {PUBLIC}/config; if it is private, use `dvc push -r {name}`"
        )
    if name not in public:
        raise UserError(
            f"{PUBLIC}/config: no remote '{name}'; found {', '.join(sorted(public)) or 'none'}. "
            "Add it as described in the comment of that file"
        )
    twins = sorted(other for other, address in private.items() if nested(address, public[name]))
    if twins:
        raise UserError(
            f"remote '{name}' is public, and its address {public[name]} is also that of {', '.join(twins)} "
            f"in DVC's own configuration, where `dvc push` reaches it unchecked; "
            f"run `dvc remote remove {twins[0]}`"
        )


def digest(lock: dict[str, Any], stage: str, kind: str, path: str) -> str:
    """Look up the md5 of a dependency or output in `dvc.lock`.

    Raises:
        UserError: the stage has not been run.
    """
    entries = lock.get("stages", {}).get(stage, {}).get(kind, [])
    found = [entry["md5"] for entry in entries if entry["path"] == path and "md5" in entry]
    if not found:
        raise UserError(f"{LOCK}: {path} of stage '{stage}' not found; run `dvc repro`")
    return str(found[0])


def rendered(lock: dict[str, Any], cache: Path) -> list[dict[str, Any]]:
    """Read the timeline from which the dataset in `dvc.lock` was rendered.

    Raises:
        UserError: dataset and attribution are from different builds, or the timeline is not in the cache.
    """
    md5, other = (digest(lock, stage, "deps", TIMELINE) for stage in DATASET)
    for stage, targets in DATASET.items():
        for target in targets:
            digest(lock, stage, "outs", target)
    if md5 != other:
        raise UserError(f"{LOCK}: dataset and ATTRIBUTION.md are from different builds; run `dvc repro`")
    stored = cache / "files" / "md5" / md5[:2] / md5[2:]
    if not stored.exists():
        raise UserError(f"{TIMELINE}: not in DVC's cache ({stored}); run `dvc repro` to restore it")
    return store.rows(stored, tables.Timeline)


def check_licenses(clips: Iterable[tuple[str, str]]) -> None:
    """Check that the licenses of all clips permit redistribution.

    Args:
        clips: corpus and license of each rendered clip.

    Raises:
        UserError: a license forbids it; the message lists corpora, licenses and numbers of clips.
    """
    forbidden = [
        f"{corpus}: {count:,} clips under {license}"
        for (corpus, license), count in sorted(Counter(clips).items())
        if not licenses.permits(licenses.facts(license, corpus), "redistributable")
    ]
    if forbidden:
        raise UserError(
            "nothing was pushed: the dataset has clips that may not be redistributed:\n"
            + "\n".join(forbidden)
            + "\nSet licensing.intended_use: redistributable in params.yaml and run `dvc repro`, "
            "or push to a private remote"
        )


def run(command: Literal["push", "pull"], name: str) -> None:
    """Push the dataset to a public remote after all checks, or pull it from there.

    Args:
        command: command of DVC.
        name: name of the remote in `.dvc/public/config`.

    Raises:
        UserError: a check failed, or DVC failed.
    """
    check_remote(name)
    if command == "push":
        if not LOCK.exists():
            raise UserError(f"{LOCK}: not found; run `dvc repro`")
        lock = yaml.safe_load(LOCK.read_text(encoding="utf-8"))
        clips = rendered(lock, Path(dvc("cache", "dir").strip()))
        check_licenses((clip["corpus"], clip["license"]) for clip in clips)
    print(dvc(command, "-r", name, *TARGETS, public=True).strip())
