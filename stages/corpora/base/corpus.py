"""What a corpus is: the manual for adding one, and the few types that it is written in.

A corpus is one module of some 50-100 lines in `stages/corpora/`; its file name is the corpus's name, and
there is no registry. To add one:

1. Copy the module that is most like yours. Its docstring shows the tree and names the traps.
2. State the facts as UPPERCASE constants, all of them (see `Corpus`): where the files come from and what
   proves them genuine, license, citation, language, sample rate, number of clips, and the codebooks as dicts.
   What is wrong in the corpus itself is corrected by `CORRECTIONS`: data with a reason, never silent code.
3. Write `clips(root)`: one `Clip` per audio file below `root`, however the user has unpacked it. Look codes
   up with `decode`, list files with `recordings`, read tables with `read_csv`: their errors name the file,
   the code and the codes that were expected. Never guess, skip or default.
4. Leave the rest to the frame: `stages/fetch.py` downloads, verifies, unpacks, copies and counts;
   `stages/catalog.py` finds doubled trees, prefixes ids, takes digests, adds license and citation, writes.
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

    One whose clips were judged by listeners has a function more, `votes(root) -> Iterable[Vote]`.
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
    """Of the whole corpus; 0 where the user decides (custom) or the placed release says (`Local.listed`)."""
    NAMES: Mapping[str, str]
    """Every clip's name -> its speaker, so that errors can tell what is missing; {} if not known."""
    CORRECTIONS: Mapping[str, Correction]

    def clips(self, root: Path) -> Iterable[Clip]:
        """Every recording below `root`; one that the tree holds twice comes twice.

        Raises:
            UserError: a file or table that does not fit the corpus's own rules.
        """


def load(name: str) -> Corpus:
    """The module of a corpus that `params.corpora` has found to exist."""
    return cast(Corpus, importlib.import_module(f"stages.corpora.{name}"))
