"""Work on every clip of a corpus as it was recorded."""

from collections.abc import Iterable

from stages.core import audio, params, workers


def tasks(catalog: Iterable[workers.Row], settings: params.Section) -> list[workers.Task]:
    """Make one task per clip, for a function of `path`, `channel` and the settings.

    Args:
        catalog: rows of `tables.Catalog`.
        settings: all of them enter the key of each row.
    """
    stated = settings.model_dump()
    return [
        workers.Task(
            {"clip_id": clip["clip_id"]},
            {"path": clip["path"], "channel": audio.channel_of(clip["source_channel"]), **stated},
            clip["sha256"],
        )
        for clip in catalog
    ]
