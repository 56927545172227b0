"""Stage `compose`: the timeline, which assigns each chosen clip to a sample, a channel and a time."""

from pathlib import Path

from stages.core import params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.samples import decisions
from stages.samples.timeline import ComposeParams, timeline

TABLE = Path("data/tables/timeline.parquet")


def run() -> None:
    """Write data/tables/timeline.parquet."""
    watch = Stopwatch("compose")
    clips = decisions.join(params.corpora())
    made = timeline(clips, params.section(ComposeParams, "compose"))
    store.write(made, tables.Timeline, TABLE)
    seconds = float(((made.end - made.start) / made.sample_rate).sum())
    watch.end(len(clips), seconds=seconds, units="clips and copies")


if __name__ == "__main__":
    main(run)
