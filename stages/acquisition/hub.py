"""Recordings from a dataset on the Hugging Face Hub, or from a folder that holds a copy of it.

`huggingface_hub` resolves the revision to a commit and lists its files with size and digest. The transfer is
done by `stages.acquisition.download`: the hub's own client compares sizes, not bytes, and begins a file anew
after a kill.
"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import requests

from stages.acquisition import local_files
from stages.acquisition.download import Client, in_threads
from stages.core import files
from stages.core.errors import UserError
from stages.corpora.base import FileList, Hub, read_text

OFFICIAL = "https://huggingface.co"
METADATA = "metadata.json"
ADDRESS = "address.txt"
"""Beside the downloaded recordings: where they lie on the Hub, of the commit that a branch meant then."""


class Listing(NamedTuple):
    """What a revision holds.

    Attributes:
        base: address below which the files lie, of the commit that the revision names.
        digests: path -> `sha256:...` of files in LFS, `git:...` (of the blob) of others.
    """

    base: str
    digests: dict[str, str]


def is_address(source: str) -> bool:
    """Whether a stated source is to be downloaded."""
    return source.startswith(("http://", "https://"))


def listing(repo: str, revision: str, endpoint: str) -> Listing:
    """All files of a dataset at one commit.

    Raises:
        UserError: no such dataset or revision, or nobody answers.
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
            "Check the connection and `revision`, or download the dataset yourself and state its folder as "
            "`source`"
        ) from None
    digests = {
        entry.path: f"sha256:{entry.lfs.sha256}" if entry.lfs else f"git:{entry.blob_id}"
        for entry in entries
        if isinstance(entry, RepoFile)
    }
    return Listing(f"{endpoint}/datasets/{repo}/resolve/{commit}/", digests)


def chosen(manifest: Path, count: int | None) -> list[str]:
    """Paths of the first recordings that the manifest lists.

    Raises:
        UserError: a line that names none or one outside of the folder, or fewer than wanted.
    """
    paths = []
    for number, line in enumerate(read_text(manifest).splitlines(), start=1):
        try:
            paths.append(str(json.loads(line)["path"]))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise UserError(f'{manifest}:{number}: expected {{"path": ...}}, found: {error!r}') from None
        if local_files.leaves(paths[-1]):
            raise UserError(f"{manifest}:{number}: refused: '{paths[-1]}' would leave the folder")
    if count and len(paths) < count:
        raise UserError(f"{manifest}: expected at least {count:,} dialogues, found {len(paths):,}")
    return paths[:count]


def with_sidecars(paths: Iterable[str]) -> list[str]:
    """Each recording and the JSON beside it."""
    return [name for path in paths for name in (path, str(Path(path).with_suffix(".json").as_posix()))]


def file_list(source: Hub, settings: Any, downloads: Path, client: Client) -> FileList:
    """The recordings that are wanted, their sidecars and the manifest, with digests.

    Args:
        source: facts of the corpus.
        settings: with `source`, `revision` and `dialogues`.
        downloads: where the manifest is kept between runs.
        client: to download it with.

    Raises:
        UserError: the dataset lacks a file that its manifest names.
        Unavailable: the manifest cannot be downloaded.
    """
    endpoint = OFFICIAL if settings.source == "official" else settings.source.rstrip("/")
    found = listing(source.repo, settings.revision, endpoint)
    if source.manifest not in found.digests:
        raise UserError(f"{found.base}: expected {source.manifest}, found {len(found.digests)} other files")
    manifest = downloads / source.manifest
    client.get([found.base + source.manifest], manifest, found.digests[source.manifest])
    wanted = with_sidecars(chosen(manifest, settings.max_dialogues))
    absent = [path for path in wanted if path not in found.digests]
    if absent:
        raise UserError(
            f"{found.base}: {len(absent)} files that {source.manifest} names are not there: "
            f"{local_files.some(absent)}"
        )
    digests = {path: found.digests[path] for path in wanted}
    tables = {source.manifest: found.digests[source.manifest]}
    return FileList(bases=(found.base,), files=digests, tables=tables)


def import_files(source: Hub, folder: Path, count: int | None, tree: Path) -> None:
    """Copy the wanted recordings and their sidecars from a user's folder.

    Raises:
        UserError: links that leave the folder, no manifest, files that it names and the folder lacks, or that
            are not what they are named.
    """
    local_files.check_links(folder)
    manifest = folder / source.manifest
    if not manifest.is_file():
        raise UserError(
            f"{folder}: expected {source.manifest} in it, as on the Hub; state the folder that holds it"
        )
    wanted = [source.manifest, *with_sidecars(chosen(manifest, count))]
    absent = [path for path in wanted if not (folder / path).is_file()]
    if absent:
        raise UserError(
            f"{folder}: {len(absent)} files that {source.manifest} names are not there: "
            f"{local_files.some(absent)}"
        )
    local_files.fresh(tree)

    def one(path: Path) -> str | None:
        local_files.copy(path, folder, tree)
        return local_files.fault(path, None)

    paths = [folder / path for path in wanted]
    local_files.refuse(folder, dict(zip(paths, in_threads(one, paths, f"copy {source.repo}"), strict=True)))


def add_metadata(stated: str, tree: Path, client: Client) -> None:
    """Put DailyTalk's metadata.json into the tree: from a file, a folder that holds one, or an address.

    No checksum of it is published; what it says is checked when it is read.

    Raises:
        UserError: it is not there.
    """
    target = tree / METADATA
    if is_address(stated):
        try:
            answer = client.session.get(stated, timeout=(10, 60))
            answer.raise_for_status()
        except requests.RequestException as error:
            raise UserError(f"{stated}: expected DailyTalk's {METADATA}, found: {error}") from None
        files.write_text(target, answer.text)
        return
    path = Path(stated).expanduser()
    found = sorted(path.rglob(METADATA)) if path.is_dir() else [path] if path.is_file() else []
    if len(found) != 1:
        raise UserError(
            f"metadata: expected DailyTalk's {METADATA} or a folder that holds one, found '{stated}' with "
            f"{len(found)}; it is in dailytalk.zip, to which https://github.com/keonlee9420/DailyTalk links"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found[0], target)
