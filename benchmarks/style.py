"""Quality of the measures of style, and their change by rendering: `python -m benchmarks.style`.

Run from the root, with a build in `data/`; prints what its corpora allow.

- Vocal effort: whether strong clips exceed normal clips of the same speaker and emotion (RAVDESS), per
  measure; the fit behind `effort_db`; whispers against the corpus's own labels (demo).
- Prosody after rendering: f0, duration, and the complete table measured again on the rendered files.
- Peers: librosa.pyin and, if it is installed (GPL-3, so never a dependency), Praat by parselmouth.
- Speed.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import librosa
import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray

from stages.core import audio, params, store, tables
from stages.prosody.style_columns import Style, style_table
from stages.prosody.vocal_effort import DB_PER_DB, DB_PER_SEMITONE, SEMITONES
from stages.signal import f0, lengths, prosody
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.resample import resample
from stages.signal.types import Samples

SAMPLES = Path("data/data_stereo")
PEER_CLIPS = 40
MEASURES = (SEMITONES, "level_db", "alpha_ratio_db", "spectral_tilt_db_per_octave", "hnr_db", "cpp_db",
            "h1_h2_db", "f0_range_st", "effort_db")  # fmt: skip
COMPARED = {
    "voiced_share": 0.02, "f0_range_st": 0.5, "f0_slope_st_s": 0.5, "syllables_per_s": 0.01,
    "alpha_ratio_db": 0.5, "spectral_tilt_db_per_octave": 0.3, "hnr_db": 0.5, "cpp_db": 0.3, "h1_h2_db": 0.5,
}  # fmt: skip
"""Measure -> maximum difference that counts as agreement."""
Tracker = Callable[[Samples], NDArray[np.float64]]
"""Samples at `f0.RATE`, shape (n,) -> f0 in Hz per frame, NaN if unvoiced."""


def table() -> pd.DataFrame:
    """Join style, both variants, and catalog; add f0 in semitones; `stated` is the corpus's style."""
    corpora = params.corpora()
    catalog = store.read_all("catalog", corpora, tables.Catalog).rename(columns={"style": "stated"})
    measured = store.read_all("style", corpora, tables.Style)
    both = measured.merge(catalog, on="clip_id", validate="m:1")
    return both.assign(**{SEMITONES: 12 * np.log2(both.f0_median_hz)})


def print_intensity(clips: pd.DataFrame) -> None:
    """Compare strong with normal intensity: share of speakers, and of their emotions, with a higher mean."""
    acted = clips[clips.intensity.isin(["normal", "strong"]) & (clips.emotion_intended != "neutral")]
    if not (acted.intensity == "strong").any():
        return
    print("strong over normal intensity, same speaker: share of speakers / of speakers' emotions, AUC in all")
    for measure in MEASURES:
        means = acted.groupby(["speaker", "emotion_intended", "intensity"])[measure].mean().unstack()
        people = acted.groupby(["speaker", "intensity"])[measure].mean().unstack()
        own = acted[measure] - acted.groupby("speaker")[measure].transform("mean")
        strong, normal = (own[acted.intensity == i].dropna().to_numpy() for i in ("strong", "normal"))
        shares = [f"{(kind.strong > kind.normal).sum()} of {len(kind)}" for kind in (people, means)]
        auc = np.mean(strong[:, np.newaxis] > normal)
        print(f"  {measure:16} {', '.join(shares)}, AUC {auc:.2f}")
    kinds = pd.crosstab([acted.emotion_intended, acted.intensity], acted.effort)
    print(kinds.reindex(columns=[e for e in tables.EFFORTS if e in kinds]).to_string())


def print_fit(clips: pd.DataFrame) -> None:
    """Fit the level to f0 and alpha ratio by least squares, all relative to the speaker's neutral clips."""
    known = clips[(clips.reference == "neutral") & clips.f0_median_hz.notna()]
    columns = [SEMITONES, "alpha_ratio_db", "level_db"]
    usual = known[columns].where(known.emotion_intended == "neutral").groupby(known.speaker).transform("mean")
    over = known[columns] - usual
    for corpus, rows in over.groupby(known.corpus):
        speakers = known.speaker[rows.index]
        half = speakers.isin(sorted(set(speakers))[::2])
        for title, fit, test in (("all", rows, rows), ("half on the other", rows[half], rows[~half])):
            weights, *_ = np.linalg.lstsq(fit[columns[:2]].to_numpy(), fit.level_db.to_numpy(), rcond=None)
            r = np.corrcoef(test[columns[:2]] @ weights, test.level_db)[0, 1]
            print(f"effort fit, {corpus}, {title}: {weights.round(2)} dB per semitone and dB, r {r:.2f}")


def print_whispers(clips: pd.DataFrame) -> None:
    """Compare the whispers by the corpus's labels with those that were found."""
    truth, found = clips.stated == "whispering", clips.effort == "whispered"
    print(
        f"whispers: {(truth & found).sum()} of {truth.sum()} found, "
        f"{(~truth & found).sum()} of {(~truth).sum()} others wrongly found"
    )
    for name, group in (("whispers", clips[truth]), ("others", clips[~truth])):
        if len(group):
            power, alpha = group.voiced_power_share, group.alpha_speech_db
            print(
                f"  {name}: voiced share of power {power.min():.2f} to {power.max():.2f}, "
                f"alpha ratio {alpha.min():.1f} to {alpha.max():.1f} dB"
            )


def measure_rendered(row: dict[str, Any], syllables: int) -> dict[str, Any]:
    """Measure one rendered sample and its length."""
    samples = soundfile.read(SAMPLES / f"{row['sample_id']}.wav", dtype="float32")[0][:, 0]
    spans = list(zip(row["word_starts"], row["word_ends"], strict=True))
    found = prosody.measure(samples, SAMPLE_RATE, spans, syllables)
    return {"clip_id": row["clip_id"], "n_samples": len(samples), **found._asdict()}


def print_rendering(clips: pd.DataFrame) -> None:
    """Compare source (denoised, if the sample was) and rendered file of every sample with one clip."""
    timeline = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    timeline = timeline[timeline.copy_number == 0].drop_duplicates("sample_id", keep=False)
    syllables = clips[~clips.denoised].set_index("clip_id").syllables.fillna(0).astype(int)
    rows = [measure_rendered(row, int(syllables[row["clip_id"]])) for row in timeline.to_dict("records")]
    again = pd.DataFrame(rows).set_index("clip_id")
    expected = [lengths.resampled(r.end - r.start, r.sample_rate, SAMPLE_RATE) for r in timeline.itertuples()]
    exact = np.abs(again.n_samples - expected) <= 1
    print(f"rendered: duration to one sample at 24 kHz in {exact.sum()} of {len(exact)}")
    variants = timeline[["clip_id"]].assign(denoised=timeline.denoise_gain_floor_db.notna())
    source = variants.merge(clips, on=["clip_id", "denoised"], validate="1:1").set_index("clip_id")
    for name, chosen in (("as recorded", ~source.denoised), ("denoised", source.denoised)):
        if chosen.any():
            _print_agreement(name, source[chosen], again[chosen])
    _print_verdicts(source, again)


def _print_agreement(name: str, source: pd.DataFrame, again: pd.DataFrame) -> None:
    pitched = source.f0_median_hz.notna() | again.f0_median_hz.notna()
    ratio = again.f0_median_hz[pitched].astype(float) / source.f0_median_hz[pitched]
    off = (ratio - 1).abs().sort_values(ascending=False, na_position="first")
    jumps = np.abs(np.log2(ratio).abs() - 1) < 0.1
    print(
        f"  {name}: f0 median within 1 % in {(off <= 0.01).sum()} of {len(off)} voiced samples, "
        f"{jumps.sum()} octave jumps; {(~pitched).sum()} have no f0 in either; worst "
        + ", ".join(f"{clip} {share:.2%}" for clip, share in off.head(3).items())
    )
    shares = []
    for measure, tolerance in COMPARED.items():
        difference = (again[measure].astype(float) - source[measure]).abs()
        agree = (difference <= tolerance) | (again[measure].isna() & source[measure].isna())
        shares.append(f"{measure} to {tolerance}: {agree.mean():.1%}")
    print("    " + "; ".join(shares))


def _print_verdicts(source: pd.DataFrame, again: pd.DataFrame) -> None:
    """Compare effort, style and description from sources with those from rendered files."""
    settings = params.section(Style, "style")
    catalog = store.read_all("catalog", params.corpora(), tables.Catalog)
    verdicts = []
    for measured in (source, again):
        rows = measured.reset_index()[["clip_id", *prosody.Prosody._fields]].assign(denoised=False)
        made = store.rounded(store.frame(rows.to_dict("records"), tables.Style), tables.Style)
        parts = [
            style_table(made[made.clip_id.isin(group.clip_id)], group, settings)
            for _, group in catalog[catalog.clip_id.isin(made.clip_id)].groupby("corpus")
        ]
        verdicts.append(pd.concat(parts).set_index("clip_id").sort_index())
    for column in ("effort", "style", "style_rule", "description"):
        one, other = (verdict[column].fillna("") for verdict in verdicts)
        print(f"  {column}: equal in {(one == other).sum()} of {len(one)}")


def pyin(samples: Samples) -> NDArray[np.float64]:
    """Track f0 by librosa's pyin (ISC); see `Tracker`."""
    found, _, _ = librosa.pyin(
        samples, fmin=f0.FLOOR_HZ, fmax=f0.CEILING_HZ, sr=f0.RATE, frame_length=1024, hop_length=f0.STEP
    )
    return np.asarray(found)


def praat() -> Tracker | None:
    """Return Praat's tracker of f0; None if parselmouth is not installed."""
    try:
        parselmouth = importlib.import_module("parselmouth")
    except ImportError:
        return None

    def tracked(samples: Samples) -> NDArray[np.float64]:
        sound = parselmouth.Sound(samples.astype(np.float64), f0.RATE)
        pitch = sound.to_pitch_ac(0.01, pitch_floor=f0.FLOOR_HZ, pitch_ceiling=f0.CEILING_HZ)
        hz = np.asarray(pitch.selected_array["frequency"])
        return np.where(hz > 0, hz, np.nan)

    return tracked


def print_peers(clips: pd.DataFrame) -> None:
    """Compare the median f0 of some clips, and the CPU time, with those of other trackers."""
    trackers: dict[str, Tracker] = {"here": lambda samples: f0.track(samples).hz, "librosa.pyin": pyin}
    if other := praat():
        trackers["praat"] = other
    else:
        print("peers: without Praat, because parselmouth is not installed")
    voiced = clips[clips.f0_median_hz.notna()]
    some = voiced.iloc[:: max(1, len(voiced) // PEER_CLIPS)]
    recordings = [audio.read(Path(path)) for path in some.path]
    voices = [resample(one.samples, one.sample_rate, f0.RATE) for one in recordings]
    seconds = sum(map(len, voices)) / f0.RATE
    medians: dict[str, NDArray[np.float64]] = {}
    for name, tracker in trackers.items():
        began = process_time()
        medians[name] = np.array([np.nanmedian(tracker(voice)) for voice in voices])
        speed = seconds / (process_time() - began)
        cents = np.abs(1200 * np.log2(medians[name] / medians["here"]))
        print(
            f"peer {name}: {len(cents)} clips, untrimmed, {speed:.0f}x real time; median f0 differs by "
            f"{np.median(cents):.0f} cents in the median, {np.percentile(cents, 90):.0f} at the 90th "
            f"percentile, {(np.abs(cents - 1200) < 100).sum()} octave jumps"
        )


def print_speed(clips: pd.DataFrame) -> None:
    """Measure the CPU time of the stage per clip, on untrimmed recordings."""
    some = clips[clips.voiced_share.notna()].iloc[::10]
    began, seconds = process_time(), 0.0
    for path in some.path:
        recording = audio.read(Path(path))
        prosody.measure(*recording[:2], [], 0)
        seconds += len(recording.samples) / recording.sample_rate
    spent = process_time() - began
    print(f"speed: {1000 * spent / len(some):.0f} ms per clip and core, {seconds / spent:.0f}x real time")


def main() -> None:
    """Print all results."""
    both = table()
    clips = both[~both.denoised]
    print(f"{len(clips)} clips of {', '.join(params.corpora())}")
    print(f"effort_db: {DB_PER_SEMITONE} dB per semitone, {DB_PER_DB} dB per dB of alpha ratio")
    print_intensity(clips)
    print_fit(clips)
    print_whispers(clips)
    if SAMPLES.exists():
        print_rendering(both)
    print_peers(clips)
    print_speed(clips)


if __name__ == "__main__":
    main()
