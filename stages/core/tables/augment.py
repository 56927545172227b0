"""Table `augment`."""

from stages.core.contract import Table, column, rule
from stages.core.tables.vocabularies import ID, SHA256


class Augment(Table, key=("clip_id", "copy_number")):
    """One row per augmented copy: which pitch, tempo and noise?"""

    clip_id: str = column("see catalog", str_matches=ID)
    copy_number: int = column("number of the copy, counted from 1", ge=1)
    semitones: float = column("pitch shift", "semitones", 3, ge=-12, le=12)
    tempo: float = column("relative tempo; 1.1 is 10 % faster", "", 4, gt=0.5, lt=2)
    noise: str | None = column("colour, or path of a recording; null for none")
    noise_sha256: str | None = column("digest of that recording", str_matches=SHA256)
    noise_snr_db: float | None = column("speech over noise, in active samples of the copy", "dB", 2)
    noise_seed: str | None = column("seed of the noise, or of its offset", str_matches=r"^[0-9a-f]{16}$")

    @rule("a copy differs from its clip")
    @staticmethod
    def changed(semitones: float, tempo: float, noise: str | None) -> bool:
        return semitones != 0 or tempo != 1 or noise is not None

    @rule("SNR and seed if and only if there is noise, a digest only with noise")
    @staticmethod
    def noisy(
        noise: str | None, noise_snr_db: float | None, noise_seed: str | None, noise_sha256: str | None
    ) -> bool:
        drawn = (noise_snr_db is None) == (noise_seed is None) == (noise is None)
        return drawn and (noise is not None or noise_sha256 is None)
