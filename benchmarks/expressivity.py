"""Emotion recognition before and after processing and augmentation: `python -m benchmarks.expressivity`.

Run in a folder with a build of real acted recordings (`corpora: [ravdess]`). The versions of every kept clip
are the source file, the rendered sample, and three augmented copies, made as by `augment` and `render` (also
for speakers of validation, whose clips are never augmented). A linear SVM recognises the emotions in each
version, with one speaker held out at a time; results of copies are means over the three, which differ by some
points. The result is the unweighted average recall (UAR): the mean over emotions; chance is one over the
number of emotions.

The dataset normalises loudness, so absolute level is lost after processing, by intent. The results without
the features that depend on level are the fair comparison; those with them include the effect of level.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from benchmarks.voice_features import RATE, features
from stages import augment
from stages.core import audio, params, store, tables
from stages.samples import augmented_copies, processing
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.resample import resample

TIMELINE = Path("data/tables/timeline.parquet")
COST = 0.01
"""C of the SVM, not tuned: small, because a hundred features are correlated and clips are some 400."""
RESAMPLED = 2000
COPIES = ("augmented copies", "second copies", "third copies")


def versions(row: dict[str, Any], settings: augment.Augment, recordings: dict[str, str]) -> dict[str, Any]:
    """Return the versions of one clip, samples at `RATE`, by name.

    Args:
        row: of the timeline, for a clip that is not a copy.
        settings: see `stages.augment`; `recordings`: of noise, path -> sha256.
    """
    recording = audio.read(Path(row["path"]))
    rendered, rate = soundfile.read(f"data/data_stereo/{row['sample_id']}.wav", dtype="float32")
    voice = processing.render_clip(row)[0].astype(np.float32)
    made = {
        "before processing": resample(recording.samples, recording.sample_rate, RATE),
        "after processing": resample(rendered[:, 0], rate, RATE),
    }
    for number, name in enumerate(COPIES, start=1):
        drawn = augmented_copies.UNCHANGED | augment.draw(row["clip_id"], number, settings, recordings)
        made[name] = resample(processing.change(voice, drawn), SAMPLE_RATE, RATE)
    return made


def feature_tables(timeline: pd.DataFrame, settings: augment.Augment) -> dict[str, pd.DataFrame]:
    """Compute the features of all clips, one table per version, rows in the order of the timeline."""
    recordings = augment.noises(Path(settings.noise_folder))
    found: dict[str, list[dict[str, float]]] = {}
    for row in timeline.astype(object).where(timeline.notna(), None).to_dict("records"):
        for name, samples in versions(row, settings, recordings).items():
            found.setdefault(name, []).append(features(samples))
    return {name: pd.DataFrame(rows) for name, rows in found.items()}


def predict(train: pd.DataFrame, test: pd.DataFrame, labels: pd.Series, speakers: pd.Series) -> pd.Series:
    """Predict the emotion of each row of `test` by an SVM that was trained on `train` without its speaker."""
    predicted = pd.Series("", index=labels.index, dtype="str")
    for speaker in sorted(speakers.unique()):
        test_rows = speakers == speaker
        model = make_pipeline(StandardScaler(), LinearSVC(C=COST, random_state=0))
        model.fit(train[~test_rows], labels[~test_rows])
        predicted[test_rows] = model.predict(test[test_rows])
    return predicted


def accuracy(found: dict[str, pd.DataFrame], title: str, labels: pd.Series, speakers: pd.Series) -> pd.Series:
    """Return how often each clip was recognised, 0 to 1; for copies, the mean over the three."""
    train, test = COMPARED[title]
    recognised = [
        predict(found[tested if train == test else train], found[tested], labels, speakers) == labels
        for tested in (COPIES if test == COPIES[0] else (test,))
    ]
    return pd.concat(recognised, axis="columns").mean(axis="columns")


def uar(labels: pd.Series, recognised: pd.Series) -> float:
    """Compute the mean over emotions of the share that was recognised, in percent."""
    return 100 * float(recognised.groupby(labels).mean().mean())


def interval(labels: pd.Series, recognised: tuple[pd.Series, pd.Series]) -> tuple[float, float]:
    """Compute the 95 % interval of the difference of two UARs: a bootstrap over clips, paired by clip."""
    random = np.random.default_rng(0)
    places = [np.flatnonzero(labels == emotion) for emotion in sorted(labels.unique())]
    gain = (recognised[1] - recognised[0]).to_numpy()
    means = [
        100 * np.mean([gain[random.choice(place, len(place))].mean() for place in places])
        for _ in range(RESAMPLED)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


COMPARED = {
    "before processing": ("before processing", "before processing"),
    "after processing": ("after processing", "after processing"),
    "augmented copies": ("augmented copies", "augmented copies"),
    "copies, judged by clips": ("after processing", "augmented copies"),
    "trained before, tested after": ("before processing", "after processing"),
}
"""Title -> version that the SVM was trained on, version that it was tested on."""


def report(found: dict[str, pd.DataFrame], labels: pd.Series, speakers: pd.Series) -> dict[str, Any]:
    """Print the results, and return them as a nested dict."""
    results: dict[str, Any] = {"chance": round(100 / labels.nunique(), 1), "clips": len(labels)}
    for kind in ("without level", "with level"):
        print(f"{kind}; chance {results['chance']} %")
        kept = [n for n in found[COPIES[0]] if kind == "with level" or not n.startswith("level")]
        known = {name: table[kept] for name, table in found.items()}
        recognised: dict[str, pd.Series] = {}
        for title in COMPARED:
            recognised[title] = accuracy(known, title, labels, speakers)
            result = uar(labels, recognised[title])
            folds = [uar(labels[own.index], own) for _, own in recognised[title].groupby(speakers)]
            spread = float(np.std(folds, ddof=1))
            reference = "after processing" if "copies" in title else "before processing"
            low, high = interval(labels, (recognised[reference], recognised[title]))
            difference = result - uar(labels, recognised[reference])
            print(
                f"  {title:30s} UAR {result:5.1f} % (speakers: sd {spread:.1f}); "
                f"{difference:+.1f} points [{low:+.1f}, {high:+.1f}] to {reference}"
            )
            results.setdefault(kind, {})[title] = {
                "uar": round(result, 1),
                "speakers_sd": round(spread, 1),
                "difference": round(difference, 1),
                "difference_95": [round(low, 1), round(high, 1)],
                "to": reference,
            }
    return results


def run() -> None:
    """Measure the build in this folder."""
    timeline = store.read(TIMELINE, tables.Timeline)
    timeline = timeline[timeline.copy_number == 0].reset_index(drop=True)
    found = feature_tables(timeline, params.section(augment.Augment, "augment"))
    speakers, emotions = timeline.speaker.nunique(), timeline.emotion.nunique()
    print(f"{len(timeline)} clips, {speakers} speakers, {emotions} emotions")
    print(json.dumps(report(found, timeline.emotion, timeline.speaker)))


if __name__ == "__main__":
    run()
