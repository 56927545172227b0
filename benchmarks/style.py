"""How good are the measures of style, and does rendering keep them? `python -m benchmarks.style`, after
`dvc repro`, from the root; prints what the build in `data/` can tell.

- Vocal effort: whether strong clips lie above normal ones of the same speaker and emotion (RAVDESS), per
  measure; the fit behind `effort_db`; whispers against the corpus's own labels (demo).
- Prosody after rendering: f0, duration, and the whole table measured again on the rendered files.
- Peers: librosa.pyin and, where it is installed (GPL-3, so never a dependency), Praat by parselmouth.
- Speed.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from time import process_time

import librosa
import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray

from stages.core import audio, params, store, tables
from stages.prosody import vocal_effort
from stages.prosody.style_columns import Style, judge
from stages.prosody.vocal_effort import SEMITONES
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
"""Measure -> difference that is called agreement."""
WEIGHTS = ["DB_PER_SEMITONE", "DB_PER_DB"]


def table() -> pd.DataFrame:
    """Style, both variants, and catalog of all clips, and f0 in semitones; `stated` is the corpus's style."""
    corpora = params.corpora()
    catalog = store.read_all("catalog", corpora, tables.Catalog).rename(columns={"style": "stated"})
    measured = store.read_all("style", corpora, tables.Style)
    both = measured.merge(catalog, on="clip_id", validate="m:1")
    return both.assign(**{SEMITONES: 12 * np.log2(both.f0_median_hz)})


def print_intensity(clips: pd.DataFrame) -> None:
    """Strong against normal intensity: share of speakers, and of speakers' emotions, with a higher mean."""
    acted = clips[clips.intensity.isin(["normal", "strong"]) & (clips.emotion_intended != "neutral")]
    if not (acted.intensity == "strong").any():
        return
    print("strong over normal intensity, same speaker: share of speakers / of speakers' emotions, AUC in all")
    for measure in MEASURES:
        means = acted.groupby(["speaker", "emotion_intended", "intensity"])[measure].mean().unstack()
        people = acted.groupby(["speaker", "intensity"])[measure].mean().unstack()
        own = acted[measure] - acted.groupby("speaker")[measure].transform("mean")
        strong, normal = (own[acted.intensity == i].dropna().to_numpy() for i in ("strong", "normal"))
        above = np.mean(strong[:, np.newaxis] > normal)
        print(
            f"  {measure:16} {(people.strong > people.normal).sum()} of {len(people)}, "
            f"{(means.strong > means.normal).sum()} of {len(means)}, AUC {above:.2f}"
        )
    kinds = pd.crosstab([acted.emotion_intended, acted.intensity], acted.effort)
    print(kinds.reindex(columns=[e for e in tables.EFFORTS if e in kinds]).to_string())


def print_fit(clips: pd.DataFrame) -> None:
    """Least squares of level on f0 and alpha ratio, all relative to the speaker's neutral clips."""
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
    """Whispers that the corpus states, and those that were found."""
    truth, found = clips.stated == "whispering", clips.effort == "whispered"
    print(
        f"whispers: {(truth & found).sum()} of {truth.sum()} found, "
        f"{(~truth & found).sum()} of {(~truth).sum()} others taken for whispers"
    )
    for name, group in (("whispers", clips[truth]), ("others", clips[~truth])):
        if len(group):
            power = group.voiced_power_share
            alpha = group.alpha_speech_db
            print(
                f"  {name}: voiced share of power {power.min():.2f} to {power.max():.2f}, "
                f"alpha ratio {alpha.min():.1f} to {alpha.max():.1f} dB"
            )


def rendered(row: dict[str, object], syllables: int) -> dict[str, object]:
    """The measures of one rendered sample, and its length."""
    samples = soundfile.read(SAMPLES / f"{row['sample_id']}.wav", dtype="float32")[0][:, 0]
    spans = list(zip(row["word_starts"], row["word_ends"], strict=True))  # type: ignore[call-overload]
    found = prosody.measure(samples, SAMPLE_RATE, spans, syllables)
    return {"clip_id": row["clip_id"], "n_samples": len(samples), **found._asdict()}


def print_rendering(clips: pd.DataFrame) -> None:
    """Source against rendered file, for every sample that is one clip; the source denoised where that is."""
    timeline = store.read(Path("data/tables/timeline.parquet"), tables.Timeline)
    timeline = timeline[timeline.copy_number == 0]
    timeline = timeline[~timeline.sample_id.duplicated(keep=False)]
    syllables = clips[~clips.denoised].set_index("clip_id").syllables.fillna(0).astype(int)
    rows = [rendered(row, int(syllables[row["clip_id"]])) for row in timeline.to_dict("records")]
    again = pd.DataFrame(rows).set_index("clip_id")
    expected = [lengths.resampled(r.end - r.start, r.sample_rate, SAMPLE_RATE) for r in timeline.itertuples()]
    off = np.abs(again.n_samples.to_numpy() - np.array(expected))
    print(f"rendered: duration to one sample at 24 kHz in {(off <= 1).sum()} of {len(off)}")
    denoised = timeline.set_index("clip_id").denoise_gain_floor_db.notna().loc[again.index]
    chosen = list(zip(again.index, denoised, strict=True))
    source = clips.set_index(["clip_id", "denoised"]).loc[chosen].reset_index().set_index("clip_id")
    for name, chosen in (("as recorded", ~denoised), ("denoised", denoised)):
        if chosen.any():
            _print_agreement(name, source[chosen], again[chosen])
    _print_verdicts(source, again)


def _print_agreement(name: str, source: pd.DataFrame, again: pd.DataFrame) -> None:
    pitched = source.f0_median_hz.notna() | again.f0_median_hz.notna()
    octaves = np.log2(again.f0_median_hz[pitched].astype(float) / source.f0_median_hz[pitched])
    near = np.abs(2**octaves - 1) <= 0.01
    jumps = np.abs(octaves.abs() - 1) < 0.1
    worst = np.abs(2**octaves - 1).sort_values(ascending=False, na_position="first")
    print(
        f"  {name}: f0 median within 1 % in {near.sum()} of {len(octaves)} voiced samples, "
        f"{jumps.sum()} octave jumps; {(~pitched).sum()} have no f0 in either; worst "
        + ", ".join(f"{clip} {share:.2%}" for clip, share in worst.head(3).items())
    )
    shares = []
    for measure, tolerance in COMPARED.items():
        difference = (again[measure].astype(float) - source[measure]).abs()
        agree = (difference <= tolerance) | (again[measure].isna() & source[measure].isna())
        shares.append(f"{measure} to {tolerance}: {agree.mean():.1%}")
    print("    " + "; ".join(shares))


def _print_verdicts(source: pd.DataFrame, again: pd.DataFrame) -> None:
    """Effort, style and words from the rendered files, all clips judged beside the same others."""
    settings = params.section(Style, "style")
    catalog = store.read_all("catalog", params.corpora(), tables.Catalog)
    verdicts = []
    for measured in (source, again):
        rows = store.frame(
            measured.reset_index()[["clip_id", *prosody.Prosody._fields]]
            .assign(denoised=False)
            .to_dict("records"),
            tables.Style,
        )
        parts = [
            judge(store.rounded(rows[rows.clip_id.isin(group.clip_id)], tables.Style), group, settings)
            for _, group in catalog[catalog.clip_id.isin(rows.clip_id)].groupby("corpus")
        ]
        verdicts.append(pd.concat(parts).set_index("clip_id").sort_index())
    for column in ("effort", "style", "style_rule", "description"):
        same = (verdicts[0][column] == verdicts[1][column]) | (
            verdicts[0][column].isna() & verdicts[1][column].isna()
        )
        print(f"  {column}: equal in {same.sum()} of {len(same)}")


def pyin(samples: Samples) -> NDArray[np.float64]:
    """f0 by librosa's pyin (ISC); NaN where unvoiced."""
    found, _, _ = librosa.pyin(
        samples, fmin=f0.FLOOR_HZ, fmax=f0.CEILING_HZ, sr=f0.RATE, frame_length=1024, hop_length=f0.STEP
    )
    return np.asarray(found)


def praat() -> Callable[[Samples], NDArray[np.float64]] | None:
    """f0 by Praat, if parselmouth is there."""
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
    """Median f0 of some clips by other trackers, and the time that each takes."""
    trackers: dict[str, Callable[[Samples], NDArray[np.float64]]] = {
        "here": lambda samples: f0.track(samples).hz,
        "librosa.pyin": pyin,
    }
    if other := praat():
        trackers["praat"] = other
    else:
        print("peers: parselmouth is not installed, so Praat is left out")
    voiced = clips[clips.f0_median_hz.notna()]
    some = voiced.iloc[:: max(1, len(voiced) // PEER_CLIPS)]
    medians: dict[str, list[float]] = {name: [] for name in trackers}
    spent = dict.fromkeys(trackers, 0.0)
    seconds = 0.0
    for path in some.path:
        recording = audio.read(Path(path))
        samples = resample(recording.samples, recording.sample_rate, f0.RATE)
        seconds += len(samples) / f0.RATE
        for name, tracker in trackers.items():
            began = process_time()
            medians[name].append(float(np.nanmedian(tracker(samples))))
            spent[name] += process_time() - began
    for name in trackers:
        cents = 1200 * np.log2(np.array(medians[name]) / np.array(medians["here"]))
        octave = np.abs(np.abs(cents) - 1200) < 100
        print(
            f"peer {name}: {len(cents)} whole clips, {seconds / spent[name]:.0f}x real time; median f0 "
            f"differs by {np.median(np.abs(cents)):.0f} cents in the median, "
            f"{np.percentile(np.abs(cents), 90):.0f} at the 90th percentile, {octave.sum()} octave jumps"
        )


def print_speed(clips: pd.DataFrame) -> None:
    """CPU time of the stage's work per clip, on whole recordings."""
    some = clips[clips.voiced_share.notna()].iloc[::10]
    began, seconds = process_time(), 0.0
    for path in some.path:
        recording = audio.read(Path(path))
        prosody.measure(*recording[:2], [], 0)
        seconds += len(recording.samples) / recording.sample_rate
    spent = process_time() - began
    print(f"speed: {1000 * spent / len(some):.0f} ms per clip and core, {seconds / spent:.0f}x real time")


def main() -> None:
    """Print all figures."""
    both = table()
    clips = both[~both.denoised]
    print(f"{len(clips)} clips of {', '.join(params.corpora())}")
    weights = [getattr(vocal_effort, name) for name in WEIGHTS]
    print(f"effort_db: {weights[0]} dB per semitone, {weights[1]} dB per dB of alpha ratio")
    print_intensity(clips)
    print_fit(clips)
    print_whispers(clips)
    if SAMPLES.exists():
        print_rendering(both)
    print_peers(clips)
    print_speed(clips)


if __name__ == "__main__":
    main()
