"""Table `inventory`."""

from stages.core.contract import Table, column, rule
from stages.core.tables.vocabularies import (
    DROP_REASONS,
    EMOTIONS,
    EXCLUSION_REASONS,
    ID,
    INTENSITIES,
    SPLITS,
    STYLES,
)


class Inventory(Table):
    """One row per clip of all corpora: what became of it? Published, so that versions can be compared."""

    KEY = ("clip_id",)
    clip_id: str = column("see catalog", str_matches=ID)
    corpus: str = column("see catalog", str_matches=ID)
    speaker: str = column("see catalog", str_matches=ID)
    license: str = column("see catalog")
    corpus_label: str = column("see catalog")
    intensity: str = column("see catalog", isin=INTENSITIES)
    emotion: str = column(
        "see timeline; as intended if the clip is in no sample", isin=EMOTIONS, nullable=True
    )
    style: str = column("see timeline; null if the clip is in no sample", isin=STYLES, nullable=True)
    split: str = column("see split; null if the clip is in no sample", isin=SPLITS, nullable=True)
    reason: str = column(
        "see screen, then balance; null if used", isin=(*DROP_REASONS, *EXCLUSION_REASONS), nullable=True
    )
    samples: int = column("number of rendered samples that contain the clip", ge=0)
    seconds: float = column("total length of the clip in them, as cut", "s", 3, ge=0)
    wav_digest: str = column("digest of their WAV files", str_matches=r"^[0-9a-f]{12}$", nullable=True)
    sidecar_digest: str = column("digest of their JSON files", str_matches=r"^[0-9a-f]{12}$", nullable=True)

    @rule("style, split and digests if and only if the clip is in a sample")
    @staticmethod
    def used(
        samples: int,
        style: str | None,
        split: str | None,
        wav_digest: str | None,
        sidecar_digest: str | None,
    ) -> bool:
        values = (style, split, wav_digest, sidecar_digest)
        return all((value is None) == (samples == 0) for value in values)
