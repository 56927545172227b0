"""Table `inventory`."""

from stages.core.contract import Table, column, copied, rule
from stages.core.tables.catalog import Catalog
from stages.core.tables.vocabularies import DROP_REASONS, EMOTIONS, EXCLUSION_REASONS, SPLITS, STYLES

DIGEST = r"^[0-9a-f]{12}$"
Text = str | None


class Inventory(Table, key=("clip_id",)):
    """One row per clip of all corpora: what became of it? Published, so that versions can be compared."""

    CLIP = copied(Catalog, "clip_id", "corpus", "speaker", "license", "corpus_label", "intensity")
    emotion: str | None = column("see timeline; as intended if the clip is not in a sample", isin=EMOTIONS)
    style: str | None = column("see timeline; null if the clip is not in a sample", isin=STYLES)
    split: str | None = column("see split; null if the clip is not in a sample", isin=SPLITS)
    reason: str | None = column("see screen, balance; null if used", isin=DROP_REASONS + EXCLUSION_REASONS)
    samples: int = column("number of rendered samples that contain the clip", ge=0)
    seconds: float = column("total length of the clip in these samples, as cut", "s", 3, ge=0)
    wav_digest: str | None = column("digest of the WAV files", str_matches=DIGEST)
    sidecar_digest: str | None = column("digest of the JSON files", str_matches=DIGEST)

    @rule("style, split and digests if and only if the clip is in a sample")
    @staticmethod
    def used(*, samples: int, style: Text, split: Text, wav_digest: Text, sidecar_digest: Text) -> bool:
        values = (style, split, wav_digest, sidecar_digest)
        return all((value is None) == (samples == 0) for value in values)
