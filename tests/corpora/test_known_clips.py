"""Recordings of RAVDESS and CREMA-D that are known to be odd, in their shape, up to their verdict."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from stages import catalog, quality, screen
from stages.core import store, tables
from stages.corpora import crema_d
from stages.signal.types import Samples
from tests import dialogues
from tests.corpora.test_corpora import real
from tests.makers import decided
from tests.screening.test_screen import LIMITS

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
    """Clip -> why it is dropped, by what is measured in its file."""
    catalog.run(corpus)
    clips = store.read(store.path("catalog", corpus), tables.Catalog)
    rows = []
    for clip in clips.astype(object).where(clips.notna(), None).to_dict("records"):
        measured = quality.measure(str(clip["path"]), dnsmos=False)
        rows.append(clip | {name: value for name, value in measured.items() if value is not None})
        rows[-1] |= {name: None for name in ("lufs", "snr_db", "peak_db") if measured.get(name) is None}
    made = screen.verdicts(decided(*rows), LIMITS).set_index("clip_id").reason
    return {
        clip_id.removeprefix(f"{corpus}_"): None if made.isna()[clip_id] else made[clip_id]
        for clip_id in made.index
    }


def save(path: Path, samples: np.ndarray, rate: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype="PCM_16")


def test_the_published_digests_name_the_pairs_with_one_audio_and_two_labels() -> None:
    names = defaultdict(list)
    for path, digest in crema_d.SOURCE.files.items():
        names[digest].append(Path(path).stem)
    assert {tuple(sorted(same)) for same in names.values() if len(same) > 1} == TWICE


def test_odd_clips_of_crema_d(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = Path("data/raw/crema_d")
    for k, pair in enumerate(sorted(TWICE)):
        sound = speech(crema_d.SENTENCES[pair[0][5:8]], 16000, speaker=str(k % 2))
        for name in pair:
            save(root / "AudioWAV" / f"{name}.wav", sound, 16000)
    noise = np.random.default_rng(0).integers(-1, 2, 41108) / 32768  # as much as rounding makes
    save(root / "AudioWAV" / f"{SILENT}.wav", noise, 16000)
    assert (root / "AudioWAV" / f"{SILENT}.wav").stat().st_size == 82_260
    save(root / "AudioWAV" / f"{OLD_NAME}.wav", speech(crema_d.SENTENCES["ITH"], 16000), 16000)
    names = [*(name for pair in TWICE for name in pair), SILENT, f"{OLD_NAME}X"]
    actors = sorted({name[:4] for name in names})
    people = "".join(f"{actor},30,Male,x,y\n" for actor in actors)
    (root / "VideoDemographics.csv").write_text("ActorID,Age,Sex,Race,Ethnicity\n" + people)
    (root / "processedResults").mkdir()
    rows = "".join(f"{100001 + k},1,0,0,0,0,0,{name}\n" for k, name in enumerate(names))
    (root / "processedResults/tabulatedVotes.csv").write_text(",A,D,F,H,N,S,fileName\n" + rows)
    assert verdicts("crema_d") == {
        **dict.fromkeys((name for pair in TWICE for name in pair), "duplicate_label_conflict"),
        SILENT: "no_signal",
        f"{OLD_NAME}X": None,
    }


def test_quiet_clips_of_ravdess_are_heard_and_copies_at_16_khz_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """83 originals peak below 0.02, 227 begin with more than 0.3 s of digital zeros: none is silent."""
    monkeypatch.chdir(tmp_path)
    home = Path("data/raw/ravdess")
    voice = 0.03 * speech("Kids are talking by the door", 48000)
    voice += np.random.default_rng(0).normal(0, 1e-4, len(voice))  # to the top of the band, as microphones
    voice[: round(0.35 * 48000)] = 0
    assert np.abs(voice).max() < 0.02
    save(home / "03-01-04-01-01-01-02.wav", voice, 48000)
    save(home / "03-01-04-01-01-02-01.wav", soxr.resample(speech("Kids", 48000), 48000, 16000), 16000)
    assert verdicts("ravdess") == {
        "03-01-04-01-01-01-02": None,
        "03-01-04-01-01-02-01": "unexpected_sample_rate",
    }


def agreement(kind: str) -> float:
    """Fleiss' kappa, for raters of varying number; clips with two votes or more."""
    counts: dict[str, list[int]] = defaultdict(list)
    for vote in crema_d.votes(real("crema_d")):
        if vote.modality == kind:
            counts[vote.clip].append(vote.count)
    table = np.array(list(counts.values()), dtype=float)
    n = table.sum(axis=1)
    table, n = table[n > 1], n[n > 1]
    observed = (np.square(table).sum(axis=1) - n) / (n * (n - 1))
    shares = table.sum(axis=0) / table.sum()
    chance = float(np.square(shares).sum())
    return float((observed.mean() - chance) / (1 - chance))


def test_what_listeners_heard_in_crema_d() -> None:
    """Constants that several independent readers of the votes have found; the paper states 40.9 %."""
    cast: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for vote in crema_d.votes(real("crema_d")):
        if vote.modality == "voice":
            cast[vote.clip[9]][0] += vote.count * (vote.label == vote.clip[9])
            cast[vote.clip[9]][1] += vote.count
    rates = {label: 100 * right / total for label, (right, total) in cast.items()}
    stated = {"N": 76.2, "A": 53.2, "F": 32.1, "H": 29.0, "D": 28.6, "S": 25.1}
    assert rates == pytest.approx(stated, abs=0.055)  # S: 25.05 in our own count
    assert round(sum(rates.values()) / 6, 2) == 40.69
    kappas = {kind: round(agreement(kind), 3) for kind in ("voice", "face", "both")}
    assert kappas == {"voice": 0.278, "face": 0.456, "both": 0.494}
