"""Where is each clip in each sample, on which channel? All decisions, joined into one timeline."""

from pathlib import Path

from stages.core import params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch
from stages.samples import decisions
from stages.samples.timeline import ComposeParams, timeline

TABLE = Path("data/tables/timeline.parquet")


def run() -> None:
    """Write the timeline."""
    watch = Stopwatch("compose")
    clips = decisions.join(params.corpora())
    made = timeline(clips, params.section(ComposeParams, "compose"))
    store.write(made, tables.Timeline, TABLE)
    watch.end(len(clips), seconds=float(((made.end - made.start) / made.sample_rate).sum()))


if __name__ == "__main__":
    main(run)
