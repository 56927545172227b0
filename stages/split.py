"""Stage `split`: assignment of speakers to train and validation; see `stages.balancing.speaker_split`."""

from pathlib import Path
from typing import Any

from stages.balancing import speaker_split
from stages.balancing.speaker_split import SplitParams
from stages.core import params, store, tables
from stages.core.errors import main
from stages.core.summary import Stopwatch, pick, write_metrics
from stages.text import transcripts

TABLE = Path("data/tables/split.parquet")


def run() -> None:
    """Write data/tables/split.parquet, and metrics on the size of each split and the overlap of sentences."""
    watch = Stopwatch("split")
    corpora = params.corpora()
    settings = params.section(SplitParams, "split")
    clips = transcripts.read_all(corpora)
    screen = store.read(Path("data/tables/screen.parquet"), tables.Screen).drop(columns="corpus")
    trim = store.read_all("trim", corpora, tables.Trim)
    quality = store.read_all("quality", corpora, tables.Quality)[["clip_id", "sample_rate"]]
    for table in (screen, trim, quality):
        clips = clips.merge(table, on="clip_id", validate="1:1")
    seconds = ((clips.end - clips.start) / clips.sample_rate).astype("float64").fillna(0.0)
    clips = clips.assign(kept=clips.verdict != "drop", seconds=seconds)
    speakers = speaker_split.assign(clips, settings)
    speaker_split.check(clips, speakers, settings)
    store.write(speakers, tables.Split, TABLE)
    kept = clips[clips.kept]
    kept = kept.assign(split=kept.speaker.map(speakers.set_index("speaker").split))
    shares, overlap = speaker_split.summarize(kept, speakers), speaker_split.sentence_overlap(kept)
    compared: dict[str, Any] = {name: pick(part, ("speakers", "minutes")) for name, part in shares.items()}
    compared["sentence_overlap_share"] = overlap["all"]["share_of_sentences"]
    write_metrics("split", compared, {**shares, "sentence_overlap": overlap})
    watch.end(len(clips), clips.reason, float(kept.seconds.sum()))


if __name__ == "__main__":
    main(run)
