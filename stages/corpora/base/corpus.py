"""The interface of a corpus, and how to add one.

A corpus is one module of some 50-100 lines in `stages/corpora/`; its file name is the corpus's name, and
there is no registry. To add one:

1. Copy the most similar module. Its docstring shows the tree and names the pitfalls.
2. Write all facts as UPPERCASE constants (see `Corpus`): source and checksums of the files, license,
   citation, language, sample rate, number of clips, and the codebooks as dicts. Faults of the corpus itself
   are corrected by `CORRECTIONS`: data with a reason, never silent code.
3. Write `clips(root)`: one `Clip` per audio file below `root`, however the user has unpacked it. Look codes
   up with `decode`, list files with `recordings`, read tables with `read_csv`: their errors name the file,
   the code and the codes that were expected. Never guess, skip or default.
4. The shared code does the rest: `stages/fetch.py` downloads, verifies, unpacks, copies and counts;
   `stages/catalog.py` finds duplicate trees, prefixes ids, takes digests, adds license and citation, writes.
5. Give the corpus its tree in `tests/trees.py`, in its exact shape, and name it in `TREES` of
   `tests/corpora/test_corpora.py`; the conformance suite does the rest. Add its section below `fetch:` and
   its name to `corpora:` in params.yaml.
"""

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, cast

from stages.corpora.base.clips import Clip, Correction
from stages.corpora.base.sources import Archive, FileList, Generated, Hub, Local


class Corpus(Protocol):
    """The facts that every module in `stages/corpora/` states.

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
    """Of the complete corpus; 0 if the user decides or the supplied release has a list (`Local.listed`)."""
    NAMES: Mapping[str, str]
    """Every clip's name -> its speaker, so that errors can tell what is missing; {} if not known."""
    CORRECTIONS: Mapping[str, Correction]

    def clips(self, root: Path) -> Iterable[Clip]:
        """Return every recording below `root`; duplicates in the tree are repeated.

        Raises:
            UserError: a file or table that does not fit the corpus's own rules.
        """


def load(name: str) -> Corpus:
    """Import the module of a corpus that `params.corpora` has found to exist."""
    return cast(Corpus, importlib.import_module(f"stages.corpora.{name}"))
