"""Types and readers that the modules of corpora share. `corpus` explains how to add one."""

from stages.corpora.base.clips import Clip, Correction, Vote, Word
from stages.corpora.base.corpus import Corpus, load
from stages.corpora.base.reading import checksums, decode, read_csv, read_lines, read_text, recordings
from stages.corpora.base.sources import Archive, FileList, Generated, Hub, Local

__all__ = [
    "Archive",
    "Clip",
    "Corpus",
    "Correction",
    "FileList",
    "Generated",
    "Hub",
    "Local",
    "Vote",
    "Word",
    "checksums",
    "decode",
    "load",
    "read_csv",
    "read_lines",
    "read_text",
    "recordings",
]
