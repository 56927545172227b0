"""The interface of a corpus: a module in `stages/corpora/`, whose file name is the corpus's name.

There is no registry. `stages/fetch.py` downloads, verifies, unpacks, copies and counts; `stages/catalog.py`
finds duplicate trees, prefixes ids, computes digests, adds license and citation.
"""

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, cast

from stages.corpora.base.clips import Clip, Correction
from stages.corpora.base.sources import Archive, FileList, Generated, Hub, Local


class Corpus(Protocol):
    """The constants and functions of every module in `stages/corpora/`.

    A corpus with ratings also has `votes(root) -> Iterable[Vote]`; one with dialogues,
    `clip_turns(root) -> Iterable[ClipTurns]`, see `stages.corpora.base.turns`.
    """

    SOURCE: Archive | FileList | Generated | Hub | Local
    LICENSE: str
    """SPDX id."""
    CITATION: str
    LANGUAGE: str
    """BCP 47 tag."""
    SAMPLE_RATE: int
    """Of the originals, in Hz."""
    N_CLIPS: int
    """Of the complete corpus; 0 if the user decides, or a release has a list (`Local.list_clips`)."""
    NAMES: Mapping[str, str]
    """Every clip's name -> its speaker, so that errors can name missing clips; {} if not known."""
    CORRECTIONS: Mapping[str, Correction]

    def clips(self, root: Path) -> Iterable[Clip]:
        """Return every recording below `root`; duplicates in the tree are repeated.

        Raises:
            UserError: a file or table does not follow the corpus's own rules.
        """


def load(name: str) -> Corpus:
    """Import the module of a corpus that `params.corpora` has found to exist."""
    return cast(Corpus, importlib.import_module(f"stages.corpora.{name}"))
