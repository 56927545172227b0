"""Types and readers that the modules of corpora share. CONTRIBUTING.md explains how to add a corpus."""

from stages.corpora.base.clips import Clip, Correction, Vote, Word
from stages.corpora.base.corpus import Corpus, load
from stages.corpora.base.reading import checksums, decode, name_parts, read_csv, read_text, recordings
from stages.corpora.base.sources import Archive, FileList, Generated, Hub, Local

__all__ = [
    "Archive", "Clip", "Corpus", "Correction", "FileList", "Generated", "Hub", "Local", "Vote", "Word",
    "checksums", "decode", "load", "name_parts", "read_csv", "read_text", "recordings",
]  # fmt: skip
