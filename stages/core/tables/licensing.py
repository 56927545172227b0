"""Table `licensing`."""

from stages.core.contract import Table, column, copied
from stages.core.tables.catalog import Catalog


class Licensing(Table, key=("clip_id",)):
    """One row per clip of all corpora: does its license permit the intended use?"""

    CLIP = copied(Catalog, "clip_id", "corpus", "license")
    permitted: bool = column("whether the license permits `licensing.intended_use`")
