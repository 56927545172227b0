"""Verdicts on recordings of RAVDESS and CREMA-D that are known to be faulty, on imitations of them."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import soxr

from stages import catalog, quality, screen
from stages.core import store, tables
from stages.corpora import crema_d
from stages.signal.types import Samples
from tests import dialogues
from tests.makers import decided, wav
from tests.screening.test_screen import LIMITS
from tests.trees import crema_d_tables

TWICE = {("1006_TIE_HAP_XX", "1006_TIE_NEU_XX"), ("1013_WSI_DIS_XX", "1013_WSI_SAD_XX"),
         ("1017_IWW_ANG_XX", "1017_IWW_FEA_XX")}  # fmt: skip
SILENT = "1076_MTI_SAD_XX"
OLD_NAME = "1040_ITH_SAD_X"


def speech(text: str, rate: int, speaker: str = "0") -> Samples:
    """Synthetic speech with some hiss, peak at 0.5, shape (n,)."""
    voice = np.pad(dialogues.say(speaker, text).samples, round(0.85 * dialogues.RATE))
    made = soxr.resample(voice + dialogues.hissing(len(voice), 1), dialogues.RATE, rate)
    scaled: Samples = (0.5 * made / np.abs(made).max()).astype(np.float32)
    return scaled


def verdicts(corpus: str) -> dict[str, str | None]:
    """Clip -> reason for which it is dropped, by measures of its file."""
    catalog.run(corpus)
    rows = []
    for clip in store.rows(store.path("catalog", corpus), tables.Catalog):
        measured = quality.measure(clip["path"], dnsmos=False)
        rows.append(clip | {name: value for name, value in measured.items() if value is not None})
        rows[-1] |= {name: None for name in ("lufs", "snr_db", "peak_db") if measured.get(name) is None}
    made = screen.verdicts(decided(*rows), LIMITS)
    names = made.clip_id.str.removeprefix(f"{corpus}_")
    return dict(zip(names, made.reason.astype(object).where(made.reason.notna(), None), strict=True))


def test_equal_digests_are_the_pairs_with_two_labels() -> None:
    names = defaultdict(list)
    for path, digest in crema_d.SOURCE.files.items():
        names[digest].append(Path(path).stem)
    assert {tuple(sorted(same)) for same in names.values() if len(same) > 1} == TWICE


def test_faulty_clips_of_crema_d(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = Path("data/raw/crema_d")
    for k, pair in enumerate(sorted(TWICE)):
        sound = speech(crema_d.SENTENCES[pair[0][5:8]], 16000, speaker=str(k % 2))
        for name in pair:
            wav(root / f"AudioWAV/{name}.wav", sound, 16000)
    noise = np.random.default_rng(0).integers(-1, 2, 41108) / 32768  # as much as rounding makes
    assert wav(root / f"AudioWAV/{SILENT}.wav", noise, 16000).stat().st_size == 82_260
    wav(root / f"AudioWAV/{OLD_NAME}.wav", speech(crema_d.SENTENCES["ITH"], 16000), 16000)
    names = [*(name for pair in TWICE for name in pair), SILENT, f"{OLD_NAME}X"]
    people = [f"{actor},30,Male,x,y" for actor in sorted({name[:4] for name in names})]
    votes = [f"{100001 + k},1,0,0,0,0,0,{name}" for k, name in enumerate(names)]
    crema_d_tables(root, people, [",A,D,F,H,N,S,fileName", *votes])
    assert verdicts("crema_d") == {
        **dict.fromkeys((name for pair in TWICE for name in pair), "duplicate_label_conflict"),
        SILENT: "no_signal",
        f"{OLD_NAME}X": None,
    }


def test_ravdess_keeps_quiet_clips_and_drops_clips_at_16_khz(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """83 originals peak below 0.02, 227 begin with more than 0.3 s of digital zeros: they are not silent."""
    monkeypatch.chdir(tmp_path)
    home = Path("data/raw/ravdess")
    voice = 0.03 * speech("Kids are talking by the door", 48000)
    voice += np.random.default_rng(0).normal(0, 1e-4, len(voice))  # to the top of the band, as microphones
    voice[: round(0.35 * 48000)] = 0
    assert np.abs(voice).max() < 0.02
    wav(home / "03-01-04-01-01-01-02.wav", voice, 48000)
    wav(home / "03-01-04-01-01-02-01.wav", soxr.resample(speech("Kids", 48000), 48000, 16000), 16000)
    assert verdicts("ravdess") == {
        "03-01-04-01-01-01-02": None,
        "03-01-04-01-01-02-01": "unexpected_sample_rate",
    }
