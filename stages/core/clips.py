"""Tasks for functions that analyse every clip of a corpus as recorded."""

from collections.abc import Iterable

from stages.core import audio, params, workers


def tasks(catalog: Iterable[workers.Row], settings: params.Section) -> list[workers.Task]:
    """Make one task per clip, for a function of `path`, `channel` and the settings.

    Args:
        catalog: rows of `tables.Catalog`.
        settings: keyword arguments of the function; the cache key of each row depends on all.
    """
    made, arguments = [], settings.model_dump()
    for clip in catalog:
        source = {"path": clip["path"], "channel": audio.channel_of(clip["source_channel"])}
        made.append(workers.Task({"clip_id": clip["clip_id"]}, source | arguments, clip["sha256"]))
    return made
