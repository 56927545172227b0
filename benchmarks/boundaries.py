"""Learn the correction of word boundaries: `python -m benchmarks.boundaries`, from the root; a minute or two.

The trees are learnt from the hand labels of `timit_sample` (16 speakers, 129 utterances) and written to
stages/alignment/boundaries.json. The figures printed are for speakers held out: eight times, the trees are
learnt from 14 speakers and judged by the other two. What the trees look at, their size and the two rounds
were settled by comparing more than twenty variants on such held-out figures, so these flatter a little.
"""

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor  # type: ignore[import-untyped]

from benchmarks.align import SETTINGS, timit
from stages.alignment import boundary_correction, pocketsphinx_aligner
from stages.alignment.boundary_correction import Correction, Trees
from stages.alignment.pocketsphinx_aligner import PocketSphinx
from stages.alignment.pocketsphinx_decoder import levelled
from stages.signal.types import Samples
from stages.text import g2p

CORPORA = Path(os.environ.get("EXPRESSIVE_CORPORA", "../shared/corpora"))
FOLDS = 8
TREES = 150
DEPTH = 4
LEAF = 20  # boundaries, at least, behind what a leaf says
FEATURE_SHARE = 0.1  # of the features that a node chooses from: less overfitting, and faster
OUTLIER_MS = 80.0  # farther off, the words are somewhere else: no spectrum nearby tells where


class Utterance(NamedTuple):
    """What the aligner finds, and the hand's word times; spans in ms, shape (words, 2)."""

    speaker: str
    audio: Samples
    spans: NDArray[np.float64]
    sounds: list[tuple[str, str]]
    truth: NDArray[np.float64]


def utterances(root: Path, engine: PocketSphinx) -> list[Utterance]:
    """All of the sample."""
    made = []
    for item in timit(root):
        audio = levelled(item.samples, item.sample_rate)
        segments, _, parts, _ = engine.locate(audio, g2p.tokens(item.transcript), "en-US")
        spans, sounds = pocketsphinx_aligner.displayed(segments, parts)
        made.append(Utterance(item.speaker, audio, spans, sounds, item.spans * 1000 / item.sample_rate))
    return made


def examples(part: list[Utterance], side: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Features of all starts (side 0) or ends (1), each seen from several places, and ms to the truth."""
    features, targets = [], []
    for utterance in part:
        db = boundary_correction.bands(utterance.audio)
        spans = boundary_correction.inside_speech(utterance.audio, utterance.spans)
        found = boundary_correction.edges(spans, utterance.sounds)[side]
        for shift in boundary_correction.SHIFTS_MS:
            features.append(boundary_correction.features(db, found, np.full(len(found), shift)))
            targets.append((utterance.truth - spans)[:, side] - shift)
    return np.concatenate(features), np.clip(np.concatenate(targets), -OUTLIER_MS, OUTLIER_MS)


def learn(part: list[Utterance]) -> Correction:
    """Trees for starts and for ends."""
    return Correction(*(grow(*examples(part, side)) for side in (0, 1)))


def grow(features: NDArray[np.float32], targets: NDArray[np.float64]) -> Trees:
    """Trees for the mean absolute error, in a form of our own."""
    model = GradientBoostingRegressor(
        loss="absolute_error", n_estimators=TREES, max_depth=DEPTH, min_samples_leaf=LEAF,
        max_features=FEATURE_SHARE, learning_rate=0.08, random_state=0,
    )  # fmt: skip
    model.fit(features, targets)
    trees = [estimator.tree_ for estimator in model.estimators_[:, 0]]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    leaf = np.concatenate([tree.children_left < 0 for tree in trees])

    def joined(name: str) -> NDArray:
        return np.concatenate([getattr(tree, name) for tree in trees])

    moved = np.repeat(roots, [tree.node_count for tree in trees])
    return Trees(
        base=float(model.init_.constant_.item()),
        roots=roots,
        feature=np.where(leaf, -1, joined("feature")),
        threshold=np.where(leaf, 0, joined("threshold")).astype(np.float32),
        left=np.where(leaf, 0, joined("children_left") + moved),
        right=np.where(leaf, 0, joined("children_right") + moved),
        value=np.where(leaf, np.round(joined("value").ravel() * model.learning_rate, 4), 0.0),
    )


def cross_validated(all_of_them: list[Utterance]) -> list[NDArray[np.float64]]:
    """Compute errors in ms with trees that were learnt from other speakers, shape (words, 2) each."""
    speakers = sorted({utterance.speaker for utterance in all_of_them})
    found = {}
    for fold in range(FOLDS):
        judged = speakers[fold::FOLDS]
        learnt = learn([utterance for utterance in all_of_them if utterance.speaker not in judged])
        for i, utterance in enumerate(all_of_them):
            if utterance.speaker in judged:
                refined = boundary_correction.refined(
                    utterance.audio, utterance.spans, utterance.sounds, learnt
                )
                found[i] = refined - utterance.truth
    return [found[i] for i in range(len(all_of_them))]


def print_errors(title: str, errors: list[NDArray[np.float64]]) -> None:
    """A line for starts and a line for ends."""
    wrong = sum(bool((np.abs(error) > 150).any()) for error in errors)
    print(f"{title}: {wrong} of {len(errors)} utterances have a boundary off by more than 150 ms")
    for side, signed in zip(("start", "end"), np.concatenate(errors).T, strict=True):
        size = np.abs(signed)
        print(
            f"  {side:5} median {np.median(size):5.1f}  mean {size.mean():5.1f}  "
            f"p90 {np.percentile(size, 90):5.1f} ms, {np.mean(size <= 50):6.1%} within 50 ms, "
            f"bias {np.median(signed):+.1f} ms"
        )


def write(learnt: Correction, path: Path) -> None:
    """One line per array, numbers as short as they are exact."""
    sides = []
    for side, trees in learnt._asdict().items():
        arrays = {
            name: value
            if name == "base"
            else [float(str(v)) if value.dtype.kind == "f" else int(v) for v in value]
            for name, value in trees._asdict().items()
        }
        lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in arrays.items()]
        sides.append(f"{json.dumps(side)}: {{\n" + ",\n".join(lines) + "\n}")
    path.write_text("{\n" + ",\n".join(sides) + "\n}\n", encoding="utf-8")


def main() -> None:
    """Print held-out figures, then write what is learnt from all speakers."""
    engine = PocketSphinx(SETTINGS.model_copy(update={"vtln_warps": (), "refine_boundaries": False}))
    found = utterances(CORPORA / "timit_sample", engine)
    if not found:
        sys.exit(f"{CORPORA}/timit_sample: no hand labels here; set EXPRESSIVE_CORPORA")
    print_errors("aligner alone", [u.spans - u.truth for u in found])
    print_errors("with the correction, speakers held out", cross_validated(found))
    write(learn(found), boundary_correction.FILE)


if __name__ == "__main__":
    main()
