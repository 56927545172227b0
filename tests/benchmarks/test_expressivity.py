"""The benchmark's own arithmetic: recall by hand, features that do not depend on level, f0 of a vowel."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import expressivity
from benchmarks.voice_features import RATE, features
from stages.signal.resample import resample
from tests.signal.test_augment_signal import vowel


def test_recall_is_the_mean_over_emotions() -> None:
    labels, predicted = pd.Series(list("aaab")), pd.Series(list("aabb"))
    assert expressivity.uar(labels, labels == predicted) == pytest.approx(100 * (2 / 3 + 1) / 2)


def test_copies_are_judged_by_the_mean_of_three() -> None:
    # the feature shows the emotion, but has the wrong sign in the third copies of two of four speakers
    labels, speakers = pd.Series(list("abababab")), pd.Series(list("xxyyzzww"))
    good = pd.DataFrame({"f": [1.0, -1.0] * 4})
    found = {"after processing": good, **dict.fromkeys(expressivity.COPIES, good)}
    found["third copies"] = good * np.repeat([[1], [-1]], 4, axis=0)
    recognised = expressivity.accuracy(found, "copies, judged by clips", labels, speakers)
    assert recognised.tolist() == pytest.approx([1] * 4 + [2 / 3] * 4)
    assert expressivity.uar(labels, recognised) == pytest.approx(100 * 5 / 6)


def test_no_speaker_is_in_training_and_test() -> None:
    # the feature shows the emotion of each speaker, but differently: it must not help
    labels, speakers = pd.Series(list("abababab")), pd.Series(list("xxyyzzww"))
    table = pd.DataFrame({"f": [1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0]})
    predicted = expressivity.predict(table, table, labels, speakers)
    assert expressivity.uar(labels, labels == predicted) < 60


def test_only_level_features_depend_on_the_level() -> None:
    speech = resample(vowel(140, (700, 1200)), 24000, RATE)
    loud, quiet = features(speech), features(speech * np.float32(0.5))
    moved = {name for name in loud if abs(loud[name] - quiet[name]) > 0.01 and not name.endswith("_sd")}
    assert moved == {name for name in loud if name.startswith("level") and not name.endswith("_sd")}
    assert loud["level_mean"] - quiet["level_mean"] == pytest.approx(6.02, abs=0.02)


def test_pitch_of_a_vowel() -> None:
    found = features(resample(vowel(220, (700, 1200)), 24000, RATE))
    assert found["f0_p50"] == pytest.approx(36, abs=0.3)  # three octaves above 27.5 Hz
    assert found["voiced_share"] > 0.9
