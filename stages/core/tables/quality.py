"""Table `quality`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import FAULTS, ID, SHA256


class Quality(Table, key=("clip_id",)):
    """One row per clip: how good is the recording? Measures are null if there is a fault."""

    clip_id: str = column("see catalog", str_matches=ID)
    cache_key: str = column("digest of all inputs of the row")
    fault: str = column("why the file is not a usable recording", isin=FAULTS, nullable=True)
    fault_detail: str = column("detail of the fault", nullable=True)
    sample_rate: int = column("sample rate of the file", "Hz", ge=1, nullable=True)
    channels: int = column("channels of the file", ge=1, nullable=True)
    bit_depth: int = column("bits per sample of the file", "bit", ge=8, nullable=True)
    n_samples: int = column("length", "samples of the file", ge=1, nullable=True)
    audio_sha256: str = column("digest of the decoded mono samples", str_matches=SHA256, nullable=True)
    fingerprint: str = column("Haitsma-Kalker codes, see signal/fingerprint", "base64", nullable=True)
    peak_db: float = column("largest magnitude; null if all samples are zero", "dBFS", 2, nullable=True)
    dc_offset: float = column("mean of the samples", "of full scale", 6, ge=-1.5, le=1.5, nullable=True)
    clipping_samples: int = column("samples in runs at the clip's own peak", "samples", ge=0, nullable=True)
    clipping_run_samples: int = column("longest such run", "samples", ge=0, nullable=True)
    snr_db: float = column("active frames over the 10th percentile of energies", "dB", 2, nullable=True)
    wada_snr_db: float = column("WADA-SNR (Kim & Stern 2008), reliable below 20 dB", "dB", 2, nullable=True)
    bandwidth_hz: float = column("highest frequency with energy", "Hz", 0, ge=0, nullable=True)
    silence_share: float = column("frames below the speech threshold", "", 4, ge=0, le=1, nullable=True)
    digital_silence_share: float = column("samples that are zero", "", 4, ge=0, le=1, nullable=True)
    lufs: float = column("integrated loudness of the whole file (BS.1770)", "LUFS", 2, nullable=True)
    dnsmos_overall: float = column("DNSMOS P.835, if enabled", "MOS", 2, ge=0.5, le=5.5, nullable=True)
    dnsmos_speech: float = column("DNSMOS P.835, if enabled", "MOS", 2, ge=0.5, le=5.5, nullable=True)
    dnsmos_noise: float = column("DNSMOS P.835, if enabled", "MOS", 2, ge=0.5, le=5.5, nullable=True)
