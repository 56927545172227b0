"""Table `licensing`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID


class Licensing(Table):
    """One row per clip of all corpora: does its license permit the intended use?"""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    license: str = column("see catalog")
    permitted: bool = column("whether the license permits `licensing.intended_use`")
