"""Work on every clip of a corpus as it was recorded."""

import pandas as pd

from stages.core import audio, params, workers


def tasks(catalog: pd.DataFrame, settings: params.Section) -> list[workers.Task]:
    """Make one task per clip, for a function of `path`, `channel` and the settings.

    Args:
        catalog: rows of `tables.Catalog`.
        settings: all of them enter the key of each row.
    """
    arguments = settings.model_dump()
    return [
        workers.Task(
            {"clip_id": clip}, {"path": path, "channel": audio.channel_of(channel), **arguments}, sha256
        )
        for clip, path, channel, sha256 in zip(
            catalog.clip_id, catalog.path, catalog.source_channel, catalog.sha256, strict=True
        )
    ]
