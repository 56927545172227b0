"""Table `quality`."""

from stages.core.contract import Table, column
from stages.core.tables.vocabularies import FAULTS, ID, SHA256


class Quality(Table, key=("clip_id",)):
    """One row per clip: how good is the recording? Measures are null if there is a fault."""

    clip_id: str = column("see catalog", str_matches=ID)
    cache_key: str = column("digest of all inputs of the row")
    fault: str | None = column("why the file is not a usable recording", isin=FAULTS)
    fault_detail: str | None = column("detail of the fault")
    sample_rate: int | None = column("sample rate of the file", "Hz", ge=1)
    channels: int | None = column("channels of the file", ge=1)
    bit_depth: int | None = column("bits per sample of the file", "bit", ge=8)
    n_samples: int | None = column("length", "samples of the file", ge=1)
    audio_sha256: str | None = column("digest of the decoded mono samples", str_matches=SHA256)
    fingerprint: str | None = column("Haitsma-Kalker codes, see signal/fingerprint", "base64")
    peak_db: float | None = column("largest magnitude; null if all samples are zero", "dBFS", 2)
    dc_offset: float | None = column("mean of the samples", "of full scale", 6, ge=-1.5, le=1.5)
    clipping_samples: int | None = column("samples in runs at the clip's own peak", "samples", ge=0)
    clipping_run_samples: int | None = column("longest such run", "samples", ge=0)
    snr_db: float | None = column("active frames over the 10th percentile of frame energies", "dB", 2)
    wada_snr_db: float | None = column("WADA-SNR (Kim & Stern 2008), reliable below 20 dB", "dB", 2)
    bandwidth_hz: float | None = column("highest frequency with energy", "Hz", 0, ge=0)
    silence_share: float | None = column("share of frames below the speech threshold", "", 4, ge=0, le=1)
    digital_silence_share: float | None = column("share of samples that are zero", "", 4, ge=0, le=1)
    lufs: float | None = column("integrated loudness of the whole file (BS.1770)", "LUFS", 2)
    dnsmos_overall: float | None = column("DNSMOS P.835, if enabled", "MOS", 2, ge=0.5, le=5.5)
    dnsmos_speech: float | None = column("DNSMOS P.835, if enabled", "MOS", 2, ge=0.5, le=5.5)
    dnsmos_noise: float | None = column("DNSMOS P.835, if enabled", "MOS", 2, ge=0.5, le=5.5)
