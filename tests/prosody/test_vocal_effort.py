"""Reference, z-scores and effort by hand; the rules of params.yaml; the sentences that describe a clip."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.core import params, tables
from stages.core.errors import UserError
from stages.prosody import description, style_rules, vocal_effort
from stages.prosody.style_columns import Style
from stages.text import syllables

GOOD = yaml.safe_load(Path("params.yaml").read_text())["style"]
LIMITS = vocal_effort.Effort(**GOOD["effort"])
MEASURES = {
    "voiced_power_share": 0.95, "alpha_speech_db": -5.0, "f0_median_hz": 100.0, "f0_range_st": 4.0,
    "syllables_per_s": 5.0, "level_db": -20.0, "alpha_ratio_db": -10.0, "spectral_tilt_db_per_octave": -8.0,
    "hnr_db": 9.0, "cpp_db": 19.0, "h1_h2_db": 2.0, "speaker": "a", "emotion": "neutral",
}  # fmt: skip


def clips(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{**MEASURES, **row} for row in rows])


NEUTRAL: list[dict[str, Any]] = [{"f0_range_st": value} for value in (3.0, 4.0, 5.0)]
SAD = {"emotion": "sad", "f0_range_st": 8.0}
OTHER = [{"speaker": "b", "f0_range_st": value} for value in (10.0, 12.0, 14.0)]


@pytest.mark.parametrize(
    ("rows", "min_clips", "reference", "z"),
    [
        # neutral 3, 4, 5: mean 4, standard deviation 1
        ([*NEUTRAL, SAD], 3, "neutral", [-1, 0, 1, 4]),
        # each speaker's own mean; variances 1 and 4 with two degrees of freedom each: 2.5
        ([*NEUTRAL, *OTHER], 3, "neutral", np.array([-1, 0, 1, -2, 0, 2]) / 2.5**0.5),
        # 3, 4, 5, 8: mean 5, variance 14 / 3
        ([*NEUTRAL, SAD], 4, "all", np.array([-2, -1, 0, 3]) / (14 / 3) ** 0.5),
    ],
    ids=["one speaker", "pooled unit of two speakers", "too few neutral clips"],
)  # fmt: skip
def test_z_scores_by_hand(rows: list[dict[str, Any]], min_clips: int, reference: str, z: Any) -> None:
    found = vocal_effort.derive(clips(*rows), min_clips, LIMITS)
    assert found.f0_range_z.tolist() == pytest.approx(z)
    assert set(found.reference) == {reference}
    assert found.hnr_z.isna().all()  # equal values have no standard deviation


def test_whispers_are_not_a_reference_and_have_no_effort_in_db() -> None:
    whisper = {"voiced_power_share": 0.1, "alpha_speech_db": 8.0, "f0_median_hz": np.nan, "f0_range_st": 99.0}
    hum = {"voiced_power_share": 0.1, "alpha_speech_db": -6.0, "emotion": "sad"}
    found = vocal_effort.derive(clips(*NEUTRAL, hum, whisper), 3, LIMITS)
    assert found.f0_range_z.tolist()[:3] == pytest.approx([-1, 0, 1])
    assert found.effort.tolist() == [*["normal"] * 4, "whispered"]
    assert found.effort_db.isna().tolist() == [*[False] * 4, True]
    assert vocal_effort.derive(clips(whisper, whisper), 2, LIMITS).reference.isna().all()


def test_effort_by_hand() -> None:
    # an octave up is 12 x 1.2 = 14.4 dB, 10 dB of alpha ratio are 8 dB more
    octave = {"emotion": "angry", "f0_median_hz": 200.0}
    rows = [octave, {**octave, "alpha_ratio_db": 0.0}, {"emotion": "angry", "alpha_ratio_db": -17.0}]
    found = vocal_effort.derive(clips(*NEUTRAL, *rows), 3, LIMITS)
    assert found.effort_db.tolist()[3:] == pytest.approx([14.4, 22.4, -5.6])
    assert found.effort.tolist() == ["normal"] * 3 + ["loud", "shouted", "soft"]


@settings(deadline=None, max_examples=20)
@given(st.floats(-50, 50))
def test_effort_does_not_depend_on_gain(gain: float) -> None:
    rows: list[dict[str, Any]] = [*NEUTRAL, {"emotion": "angry", "f0_median_hz": 180.0}]
    plain = vocal_effort.derive(clips(*rows), 3, LIMITS)
    other = vocal_effort.derive(clips(*rows[:-1], {**rows[-1], "level_db": -20.0 + gain}), 3, LIMITS)
    level = ["level_rel_db", "level_z"]
    pd.testing.assert_frame_equal(plain.drop(columns=level), other.drop(columns=level))


@pytest.mark.parametrize(
    ("change", "style", "rule"),
    [
        ({"effort": "whispered", "emotion": "happy"}, "whispering", "whispered"),
        ({"effort": "shouted", "emotion": "sad"}, "shouting", "shouted"),
        ({"effort": "loud", "emotion": "happy"}, "excited", "positive_loud"),
        ({"emotion": "surprised", "f0_z": 2.0}, "excited", "positive_high"),
        ({"emotion": "surprised", "f0_z": 1.99}, "normal", "rest"),
        ({"emotion": "surprised"}, "normal", "rest"),  # no measure, no match
        ({"effort": "loud", "emotion": "angry"}, "tense", "negative_loud"),
        ({"emotion": "fearful", "alpha_ratio_z": 3.0}, "tense", "negative_pressed"),
        ({"emotion": "calm", "effort": "soft"}, "calm", "calm"),
        ({"emotion": "neutral", "effort": "soft"}, "subdued", "soft"),
        ({"emotion": "sad", "speaking_rate_z": -1.0}, "subdued", "sad_slow"),
        ({"emotion": "angry", "effort": None}, "normal", "rest"),
        ({"effort": "shouted", "stated": "sarcastic"}, "sarcastic", "corpus"),
    ],
)
def test_committed_rules_and_stated_styles(change: dict[str, Any], style: str, rule: str) -> None:
    labels = {"emotion": "neutral", "intensity": "normal", "effort": "normal", "stated": None}
    clip = pd.DataFrame([dict.fromkeys(style_rules.NUMBERS, np.nan) | labels | change])
    found = style_rules.apply(Style.model_validate(GOOD).rules, clip, clip.stated).iloc[0]
    assert (found["style"], found.style_rule) == (style, rule)


REST = {"name": "rest", "style": "normal", "when": {}}


@pytest.mark.parametrize(
    ("section", "value", "message"),
    [
        ("rules", [], "last rule must have no conditions"),
        ("rules", [{**REST, "when": {"effort": ["loud"]}}], "last rule must have no conditions"),
        ("rules", [REST, {**REST, "name": "more"}], "rule 'rest' has no conditions"),
        ("rules", [REST, REST], "two rules are called 'rest'"),
        ("rules", [{**REST, "name": "corpus"}], "rename the rule"),
        ("rules", [{**REST, "style": "exited"}], "not a style (did you mean 'excited'?)"),
        ("rules", [{**REST, "when": {"f0z": {"min": 1}}}], "'f0z' is not a measure (did you mean 'f0_z'?)"),
        ("rules", [{**REST, "when": {"efort": ["loud"]}}], "'efort' is not a label (did you mean 'effort'?)"),
        ("rules", [{**REST, "when": {"effort": ["louder"]}}], "cannot be 'louder' (did you mean 'loud'?)"),
        ("rules", [{**REST, "when": {"f0_z": {"min": 2, "max": 1}}}], "expected min, max or both"),
        ("rules", [{**REST, "when": {"f0_z": {}}}], "expected min, max or both"),
        ("effort", {**GOOD["effort"], "shouted_min_db": 5.0}, "shouted_min_db must be above loud_min_db"),
        ("effort", {**GOOD["effort"], "soft_max_db": 1.0}, ".soft_max_db: "),
        ("length", {**GOOD["length"], "long_min_words": 4}, "long_min_words must be above medium_min_words"),
        ("describe", {**GOOD["describe"], "f0_bins_st": [1.0, 2.0, 2.0, 3.0]}, ".f0_bins_st: "),
        ("describe", {**GOOD["describe"], "reference_f0_hz": {"female": 200.0}}, "expected female and male"),
        ("describe", {**GOOD["describe"], "rate": 1}, ".rate: "),
    ],
)  # fmt: skip
def test_bad_params_are_refused_and_named(tmp_path: Path, section: str, value: Any, message: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({"style": {**GOOD, section: value}}))
    with pytest.raises(UserError, match=rf"style\.{section}.*{re.escape(message)}"):
        params.section(Style, "style", path=path)


BINS = description.Describe(**GOOD["describe"])


def clip(**change: Any) -> dict[str, Any]:
    plain = {
        "clip_id": "demo_x", "gender": "male", "voiced_share": 0.8, "f0_median_hz": 119.0,
        "f0_usual_hz": 119.0, "f0_range_st": 6.0, "syllables_per_s": 5.0, "effort": "normal",
        "effort_db": 14.0, "cpp_z": 0.0, "h1_h2_z": 0.0, "pause_count": 0,
    }  # fmt: skip
    return {**plain, **change}


def said(**change: Any) -> set[str | None]:
    """Return all wordings for 200 ids."""
    return {description.describe(clip(clip_id=f"demo_{i}", **change), BINS, 16.2) for i in range(200)}


def test_pitch_is_relative_to_gender() -> None:
    # 172 Hz: 6.4 semitones over the usual man, 3.2 below the usual woman
    assert description.pitch(clip(f0_median_hz=172.0), BINS) == "high"
    assert description.pitch(clip(f0_median_hz=172.0, gender="female"), BINS) == "low"
    assert description.pitch(clip(f0_median_hz=240.0), BINS) == "very high"
    unknown = clip(f0_median_hz=172.0, gender="unknown", f0_usual_hz=172.0)
    assert description.pitch(unknown, BINS) == "at the usual pitch"
    assert description.pitch(clip(f0_median_hz=None), BINS) is None


def test_ids_choose_among_many_wordings() -> None:
    texts = said(gender="female", f0_median_hz=300.0, f0_range_st=15.0, syllables_per_s=6.5, effort="loud")
    assert "A woman speaks fast and high, very animated, close to shouting." in texts
    assert len(texts) > 20


@pytest.mark.parametrize(
    ("change", "wording"),
    [
        ({"syllables_per_s": 2.0, "f0_median_hz": 80.0, "f0_range_st": 1.0}, "very slowly and very low"),
        ({"f0_range_st": 1.0}, "monotone|little melody"),
        ({"effort": "whispered"}, "^(?!.*melody).*whisper"),
        ({"effort": "shouted"}, "shouts|at a shout"),
        ({"effort": "loud", "effort_db": 10.0}, r"raised voice|loud\.$"),
        ({"pause_count": 2}, "paus"),
        ({"cpp_z": -3.0, "h1_h2_z": 2.0}, "breathy"),
    ],
)
def test_words_agree_with_measures(change: dict[str, Any], wording: str) -> None:
    assert all(re.search(wording, text or "") for text in said(**change))


@settings(deadline=None)
@given(
    st.fixed_dictionaries({
        "gender": st.sampled_from(tables.GENDERS), "effort": st.sampled_from([*tables.EFFORTS, None]),
        "f0_median_hz": st.none() | st.floats(66, 640), "syllables_per_s": st.none() | st.floats(0.5, 12),
        "f0_range_st": st.none() | st.floats(0, 30), "clip_id": st.from_regex(r"\A[a-z0-9_]{1,12}\Z"),
    })
)  # fmt: skip
def test_every_clip_has_one_plain_sentence(change: dict[str, Any]) -> None:
    text = description.describe(clip(**change), BINS, 16.2)
    assert text is not None
    assert text == description.describe(clip(**change), BINS, 16.2)
    assert re.fullmatch(r"[A-Z][a-z]*( [a-z]+,?)+\.", text)
    assert description.describe(clip(**change, voiced_share=None), BINS, 16.2) is None


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("Kids are talking by the door", "en-US", 7),
        ("Dogs are sitting by the door", "en-US", 7),
        ("It's eleven o'clock.", "en-US", 6),
        ("The airplane is almost full.", "en", 7),
        ("Good morning, Zelda.", "en", 5),  # not in the dictionary: by espeak-ng
        ("今天天气不错。", "zh-CN", 6),
        ("...", "en", None),
        ("Guten Tag", "de", None),
    ],
)
def test_syllables_by_hand(text: str, language: str, count: int | None) -> None:
    assert syllables.count(text, language) == count
