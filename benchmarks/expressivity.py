"""Does processing, or augmentation, change what the speech expresses? `python -m benchmarks.expressivity`.

Run in a folder with a build of real acted recordings (`corpora: [ravdess]`). For every kept clip it takes the
file as it came, the sample as rendered, and three augmented copies, made as `augment` and `render` would make
them (for speakers of validation too, whom the dataset never augments); figures of copies are means over the
three, which differ by some points. A linear SVM tells the emotions apart in
each, one speaker held out at a time; the figure is the unweighted average recall (UAR): the mean over
emotions, so that chance is one over their number.

The dataset normalises loudness, so absolute level is gone after processing, by intent. Figures are given
without the features that depend on it, which is the fair comparison, and with them. With processing that
changes nothing the first would not move at all; the second moves by what level alone tells.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import soundfile
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from benchmarks.voice_features import RATE, features
from stages import augment
from stages.core import audio, params, store, tables
from stages.samples import augmented_copies, processing
from stages.signal import chain
from stages.signal.lengths import SAMPLE_RATE
from stages.signal.resample import resample

TIMELINE = Path("data/tables/timeline.parquet")
COST = 0.01
"""C of the SVM, not tuned: small, as suits a hundred correlated features and some 400 clips."""
RESAMPLED = 2000
COPIES = ("augmented copies", "second copies", "third copies")


class Score(NamedTuple):
    """UAR over all clips, and of each speaker who was held out, in percent."""

    uar: float
    folds: NDArray[np.float64]


def versions(row: dict[str, Any], settings: augment.Augment, recordings: dict[str, str]) -> dict[str, Any]:
    """Samples at `RATE` of one clip: as it came, as rendered, and as copies.

    Args:
        row: of the timeline, for a clip that is no copy.
        settings: of the copy; `recordings`: of noise.
    """
    recording = audio.read(Path(row["path"]))
    rendered, rate = soundfile.read(f"data/data_stereo/{row['sample_id']}.wav", dtype="float32")
    span = (row["start"], row["end"], row["denoise_gain_floor_db"], row["fade_in"], row["fade_out"])
    voice = chain.cut(recording.samples, recording.sample_rate, chain.Cut(*span)) * np.float32(
        10 ** (row["gain_db"] / 20)
    )
    made = {
        "before processing": resample(recording.samples, recording.sample_rate, RATE),
        "after processing": resample(rendered[:, 0], rate, RATE),
    }
    for number, name in enumerate(COPIES, start=1):
        drawn = augmented_copies.UNCHANGED | augment.draw(row["clip_id"], number, settings, recordings)
        made[name] = resample(processing.change(voice, drawn), SAMPLE_RATE, RATE)
    return made


def tables_of(timeline: pd.DataFrame, settings: augment.Augment) -> dict[str, pd.DataFrame]:
    """Features of all clips, one table per version, rows in the order of the timeline."""
    recordings = augment.noises(Path(settings.noise_folder))
    plain = timeline.astype(object)
    plain = plain.where(plain.notna(), None)
    found: dict[str, list[dict[str, float]]] = {}
    for row in plain.to_dict("records"):
        for name, samples in versions(row, settings, recordings).items():
            found.setdefault(name, []).append(features(samples))
    return {name: pd.DataFrame(rows) for name, rows in found.items()}


def predictions(train: pd.DataFrame, test: pd.DataFrame, labels: pd.Series, speakers: pd.Series) -> pd.Series:
    """Predict the emotion of each row of `test` by an SVM that was trained on `train` without its speaker."""
    predicted = pd.Series("", index=labels.index, dtype="str")
    for speaker in sorted(speakers.unique()):
        test_rows = speakers == speaker
        model = make_pipeline(StandardScaler(), LinearSVC(C=COST, random_state=0))
        model.fit(train[~test_rows], labels[~test_rows])
        predicted[test_rows] = model.predict(test[test_rows])
    return predicted


def right(found: dict[str, pd.DataFrame], title: str, labels: pd.Series, speakers: pd.Series) -> pd.Series:
    """How often each clip was recognised, 0 to 1: the mean over its copies where these are judged."""
    train, test = COMPARED[title]
    judged = COPIES if test == COPIES[0] else (test,)
    learnt = judged if train == test else (train,) * len(judged)
    predicted = [
        predictions(found[a], found[b], labels, speakers) for a, b in zip(learnt, judged, strict=True)
    ]
    return pd.concat([one == labels for one in predicted], axis="columns").mean(axis="columns")


def uar(labels: pd.Series, recognised: pd.Series) -> float:
    """Mean over emotions of the share that was recognised, in percent."""
    return 100 * float(recognised.groupby(labels).mean().mean())


def score(labels: pd.Series, recognised: pd.Series, speakers: pd.Series) -> Score:
    """In all and by speaker."""
    folds = [uar(labels[speakers == one], recognised[speakers == one]) for one in sorted(speakers.unique())]
    return Score(uar(labels, recognised), np.array(folds))


def interval(labels: pd.Series, recognised: tuple[pd.Series, pd.Series]) -> tuple[float, float]:
    """95 % interval of the difference of two UARs: clips are drawn anew, both versions of a clip together."""
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
"""Title -> what the SVM was trained on, what it was tested on."""


def report(found: dict[str, pd.DataFrame], labels: pd.Series, speakers: pd.Series) -> dict[str, Any]:
    """Print the figures; the same as a nested dict."""
    figures: dict[str, Any] = {"chance": round(100 / labels.nunique(), 1), "clips": len(labels)}
    for kind in ("without level", "with level"):
        print(f"{kind}; chance {figures['chance']} %")
        kept = [n for n in found[COPIES[0]] if kind == "with level" or not n.startswith("level")]
        known = {name: table[kept] for name, table in found.items()}
        recognised: dict[str, pd.Series] = {}
        for title in COMPARED:
            recognised[title] = right(known, title, labels, speakers)
            result = score(labels, recognised[title], speakers)
            reference = "after processing" if "copies" in title else "before processing"
            low, high = interval(labels, (recognised[reference], recognised[title]))
            difference = result.uar - uar(labels, recognised[reference])
            spread = result.folds.std(ddof=1)
            print(
                f"  {title:30s} UAR {result.uar:5.1f} % (speakers: sd {spread:.1f}); "
                f"{difference:+.1f} points [{low:+.1f}, {high:+.1f}] to {reference}"
            )
            figures.setdefault(kind, {})[title] = {
                "uar": round(result.uar, 1),
                "speakers_sd": round(float(spread), 1),
                "difference": round(difference, 1),
                "difference_95": [round(low, 1), round(high, 1)],
                "to": reference,
            }
    return figures


def run() -> None:
    """Measure the build in this folder."""
    timeline = store.read(TIMELINE, tables.Timeline)
    timeline = timeline[timeline.copy_number == 0].reset_index(drop=True)
    found = tables_of(timeline, params.section(augment.Augment, "augment"))
    print(
        f"{len(timeline)} clips, {timeline.speaker.nunique()} speakers, {timeline.emotion.nunique()} emotions"
    )
    print(json.dumps(report(found, timeline.emotion, timeline.speaker)))


if __name__ == "__main__":
    run()
