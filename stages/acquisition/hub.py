"""Recordings from a dataset on the Hugging Face Hub, or from a folder with a copy of it.

`huggingface_hub` resolves the revision to a commit and lists its files with size and digest. The transfer is
done by `stages.acquisition.download`: the hub's own client compares sizes, not bytes, and restarts a
file after a kill.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import requests

from stages.acquisition import local_files
from stages.acquisition.download import TIMEOUT, Client
from stages.acquisition.local_files import Target
from stages.core import files
from stages.core.errors import UserError
from stages.corpora.base import FileList, Hub, read_text

METADATA = "metadata.json"
ADDRESS = "address.txt"
"""File beside the downloaded recordings: their address on the Hub, with the commit and not the branch."""


def is_address(source: str) -> bool:
    """Return whether a configured source is an http(s) address."""
    return source.startswith(("http://", "https://"))


def list_files(repo: str, revision: str, endpoint: str) -> tuple[str, dict[str, str]]:
    """List all files of a dataset at one commit.

    Returns:
        Address of their folder at that commit, and path -> `sha256:...` of files in LFS, `git:...` (of the
        blob) of others.

    Raises:
        UserError: no such dataset or revision, or no answer.
    """
    import httpx2  # the hub's own client; slow to import
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.hf_api import RepoFile

    api = HfApi(endpoint=endpoint, token=False)
    try:
        commit = api.repo_info(repo, revision=revision, repo_type="dataset").sha
        entries = list(api.list_repo_tree(repo, recursive=True, revision=commit, repo_type="dataset"))
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        raise UserError(
            f"{endpoint}: expected the dataset {repo} at revision '{revision}', found: {error}.\n"
            "Check the connection and `revision`, or download the dataset yourself and set `source` to "
            "its folder"
        ) from None
    digests = {
        entry.path: f"sha256:{entry.lfs.sha256}" if entry.lfs else f"git:{entry.blob_id}"
        for entry in entries
        if isinstance(entry, RepoFile)
    }
    return f"{endpoint}/datasets/{repo}/resolve/{commit}/", digests


def list_recordings(manifest: Path, count: int | None) -> list[str]:
    """Return the paths of the first `count` recordings in the manifest, each with the JSON beside it.

    Raises:
        UserError: a line without a path, a path outside of the folder, or fewer than `count`.
    """
    paths = []
    for number, line in enumerate(read_text(manifest).splitlines(), start=1):
        try:
            paths.append(str(json.loads(line)["path"]))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise UserError(f'{manifest}:{number}: expected {{"path": ...}}, found: {error!r}') from None
        if local_files.leaves_folder(paths[-1]):
            raise UserError(f"{manifest}:{number}: refused: '{paths[-1]}' would leave the folder")
    if count and len(paths) < count:
        raise UserError(f"{manifest}: expected {count:,} dialogues or more, found {len(paths):,}")
    return [name for path in paths[:count] for name in (path, Path(path).with_suffix(".json").as_posix())]


def file_list(source: Hub, settings: Any, downloads: Path, client: Client) -> FileList:
    """List the configured recordings, their sidecars and the manifest, with digests.

    Args:
        source: facts of the corpus.
        settings: with `source`, `revision` and `max_dialogues`.
        downloads: folder that keeps the manifest between runs.
        client: for the download.

    Raises:
        UserError: the dataset lacks a file that its manifest names.
        Unavailable: the manifest cannot be downloaded.
    """
    endpoint = "https://huggingface.co" if settings.source == "official" else settings.source.rstrip("/")
    base, digests = list_files(source.repo, settings.revision, endpoint)
    if source.manifest not in digests:
        raise UserError(f"{base}: expected {source.manifest}, found {len(digests)} other files")
    manifest, digest = downloads / source.manifest, digests[source.manifest]
    client.get([base + source.manifest], manifest, digest)
    wanted = list_recordings(manifest, settings.max_dialogues)
    _refuse_absent([path for path in wanted if path not in digests], base, source.manifest)
    return FileList((base,), {path: digests[path] for path in wanted}, {source.manifest: digest})


def _refuse_absent(absent: list[str], place: object, manifest: str) -> None:
    if absent:
        raise UserError(
            f"{place}: {len(absent)} files of {manifest} not found: {local_files.first_names(absent)}"
        )


def import_files(target: Target, source: Hub, folder: Path, count: int | None) -> None:
    """Copy the first `count` recordings (None: all) with sidecars from a user's folder.

    Raises:
        UserError: links to outside of the folder, no manifest, missing files of the manifest, or files with
            other content than their names suggest.
    """
    local_files.check_links(folder)
    manifest = folder / source.manifest
    if not manifest.is_file():
        raise UserError(
            f"{folder}: expected {source.manifest}, as on the Hub; set `source` to the folder that has it"
        )
    wanted = [source.manifest, *list_recordings(manifest, count)]
    _refuse_absent([path for path in wanted if not (folder / path).is_file()], folder, source.manifest)
    local_files.copy_all(target, [folder / path for path in wanted], folder, {})


def add_metadata(source: Hub, configured: str, tree: Path, client: Client) -> None:
    """Copy the texts and labels (metadata.json) into the tree, from a file, folder or address.

    The file has no published checksum; its content is checked when it is read.

    Raises:
        UserError: metadata.json is not found, or found more than once.
    """
    target = tree / METADATA
    if is_address(configured):
        try:
            answer = client.session.get(configured, timeout=TIMEOUT)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise UserError(f"{configured}: expected {METADATA}, found: {error}") from None
        files.write_text(target, answer.text)
        return
    path = Path(configured).expanduser()
    found = sorted(path.rglob(METADATA)) if path.is_dir() else [path] if path.is_file() else []
    if len(found) != 1:
        raise UserError(
            f"metadata: expected {METADATA} or a folder that contains one, found '{configured}' with "
            f"{len(found)}; {source.metadata_howto}"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found[0], target)
