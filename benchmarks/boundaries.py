"""Training of the boundary correction: `python -m benchmarks.boundaries`, from the root; 1 to 2 minutes.

The trees are learnt from the hand labels of `timit_sample` (16 speakers, 129 utterances) and written to
stages/alignment/boundaries.json. The printed errors are for held-out speakers: eight times, the trees are
learnt from 14 speakers and evaluated on the other two. Features, sizes and the two rounds were chosen among
more than twenty variants by such errors, which are therefore slightly too low.
"""

import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor  # type: ignore[import-untyped]

from benchmarks.align import CORPORA, SETTINGS, print_errors, timit
from stages.alignment import boundary_correction, pocketsphinx_aligner
from stages.alignment.boundary_correction import Correction, Trees
from stages.alignment.pocketsphinx_aligner import PocketSphinx
from stages.alignment.pocketsphinx_decoder import prepare_audio
from stages.signal.types import Samples
from stages.text import g2p

FOLDS = 8
OUTLIER_MS = 80.0  # larger errors are not visible in the spectrum near the boundary


class Utterance(NamedTuple):
    """Result of the aligner, and hand-labelled word times; spans in ms, shape (words, 2)."""

    speaker: str
    audio: Samples
    spans: NDArray[np.float64]
    sounds: list[tuple[str, str]]
    truth: NDArray[np.float64]


def utterances(root: Path, engine: PocketSphinx) -> list[Utterance]:
    """Align all utterances of the sample, without correction."""
    made = []
    for item in timit(root):
        audio = prepare_audio(item.samples, item.sample_rate)
        segments, _, parts, _ = engine.locate(audio, g2p.tokens(item.transcript), "en-US")
        spans, sounds = pocketsphinx_aligner.merge(segments, parts)
        made.append(Utterance(item.speaker, audio, spans, sounds, item.spans * 1000 / item.sample_rate))
    return made


def examples(part: list[Utterance], edge: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Compute features at several distances from all starts (edge 0) or ends (1), and the ms to the truth."""
    features, targets = [], []
    for utterance in part:
        db = boundary_correction.bands(utterance.audio)
        spans = boundary_correction.limit_to_speech(utterance.audio, utterance.spans)
        found = boundary_correction.edges(spans, utterance.sounds)[edge]
        for shift in boundary_correction.SHIFTS_MS:
            features.append(boundary_correction.features(db, found, np.full(len(found), shift)))
            targets.append((utterance.truth - spans)[:, edge] - shift)
    return np.concatenate(features), np.clip(np.concatenate(targets), -OUTLIER_MS, OUTLIER_MS)


def learn(part: list[Utterance]) -> Correction:
    """Learn trees for starts and for ends."""
    return Correction(*(grow(*examples(part, edge)) for edge in (0, 1)))


def grow(features: NDArray[np.float32], targets: NDArray[np.float64]) -> Trees:
    """Learn trees that minimize the mean absolute error, and convert them from scikit-learn."""
    model = GradientBoostingRegressor(
        loss="absolute_error", n_estimators=150, max_depth=4, min_samples_leaf=20, learning_rate=0.08,
        max_features=0.1,  # fewer features at each node: less overfitting, and faster
        random_state=0,
    )  # fmt: skip
    model.fit(features, targets)
    trees = [estimator.tree_ for estimator in model.estimators_[:, 0]]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    leaf = np.concatenate([tree.children_left < 0 for tree in trees])

    def concatenate(name: str) -> NDArray:
        return np.concatenate([getattr(tree, name) for tree in trees])

    offsets = np.repeat(roots, [tree.node_count for tree in trees])
    return Trees(
        base=float(model.init_.constant_.item()),
        roots=roots,
        feature=np.where(leaf, -1, concatenate("feature")),
        threshold=np.where(leaf, 0, concatenate("threshold")).astype(np.float32),
        left=np.where(leaf, 0, concatenate("children_left") + offsets),
        right=np.where(leaf, 0, concatenate("children_right") + offsets),
        value=np.where(leaf, np.round(concatenate("value").ravel() * model.learning_rate, 4), 0.0),
    )


def cross_validate(utterances: list[Utterance]) -> list[NDArray[np.float64]]:
    """Compute errors in ms with trees learnt from other speakers; shape (words, 2) per utterance."""
    speakers = sorted({utterance.speaker for utterance in utterances})
    errors = []
    for fold in range(FOLDS):
        held_out = speakers[fold::FOLDS]
        learnt = learn([utterance for utterance in utterances if utterance.speaker not in held_out])
        for _, audio, spans, sounds, truth in (u for u in utterances if u.speaker in held_out):
            errors.append(boundary_correction.correct(audio, spans, sounds, learnt) - truth)
    return errors


def write(learnt: Correction, path: Path) -> None:
    """Write one line per array, and each number with the minimum number of digits."""
    content = {}
    for edge, trees in learnt._asdict().items():
        arrays = {name: [json.loads(str(v)) for v in np.ravel(a)] for name, a in trees._asdict().items()}
        content[edge] = {**arrays, "base": trees.base}
    text = json.dumps(content)
    for old, new in ((', "', ',\n"'), ("{", "{\n"), ("}", "\n}")):
        text = text.replace(old, new)
    path.write_text(f"{text}\n", encoding="utf-8")


def main() -> None:
    """Print errors for held-out speakers, then write the trees that are learnt from all speakers."""
    engine = PocketSphinx(SETTINGS.model_copy(update={"vtln_warps": (), "refine_boundaries": False}))
    found = utterances(CORPORA / "timit_sample", engine)
    if not found:
        sys.exit(f"{CORPORA}/timit_sample: no hand labels found; set EXPRESSIVE_CORPORA")
    print_errors("aligner alone", [u.spans - u.truth for u in found])
    print_errors("with the correction, speakers held out", cross_validate(found))
    write(learn(found), boundary_correction.FILE)


if __name__ == "__main__":
    main()
