"""Table `render`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import ID, SHA256


class Render(Table, key=("sample_id",)):
    """One row per rendered sample: digests of its files and of their inputs (the row cache of `render`)."""

    sample_id: str = column("see timeline", str_matches=ID)
    cache_key: str = column("digest of all inputs of the files")
    n_samples: int = column("length", "samples at 24 kHz", ge=1)
    wav_sha256: str = column("digest of the WAV file", str_matches=SHA256)
    json_sha256: str = column("digest of the JSON file", str_matches=SHA256)
