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
    "syllables_per_s": 5.0, "level_db": -20.0, "alpha_ratio_db": -10.0,
    "spectral_tilt_db_per_octave": -8.0, "hnr_db": 9.0,
    "cpp_db": 19.0, "h1_h2_db": 2.0, "speaker": "a", "emotion": "neutral",
}  # fmt: skip


def clips(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{**MEASURES, **row} for row in rows])


NEUTRAL: list[dict[str, Any]] = [{"f0_range_st": value} for value in (3.0, 4.0, 5.0)]


def test_z_scores_by_hand() -> None:
    # neutral 3, 4, 5: mean 4, standard deviation 1
    found = vocal_effort.derive(clips(*NEUTRAL, {"emotion": "happy", "f0_range_st": 6.5}), 3, LIMITS)
    assert found.f0_range_z.tolist() == pytest.approx([-1, 0, 1, 2.5])
    assert set(found.reference) == {"neutral"}
    assert found.hnr_z.isna().all()  # no spread, no unit


def test_the_unit_is_pooled_and_the_zero_is_the_speaker_s_own() -> None:
    # variances 1 and 4 with two degrees of freedom each: sqrt(2.5)
    other = [{"speaker": "b", "f0_range_st": value} for value in (10.0, 12.0, 14.0)]
    found = vocal_effort.derive(clips(*NEUTRAL, *other), 3, LIMITS)
    assert found.f0_range_z.tolist() == pytest.approx(np.array([-1, 0, 1, -2, 0, 2]) / np.sqrt(2.5))


def test_too_few_neutral_clips_are_no_reference() -> None:
    rows: list[dict[str, Any]] = [*NEUTRAL, {"emotion": "sad", "f0_range_st": 8.0}]
    found = vocal_effort.derive(clips(*rows), 4, LIMITS)
    assert set(found.reference) == {"all"}
    assert found.f0_range_z.mean() == pytest.approx(0)


def test_whispers_are_no_reference_and_have_no_effort_in_db() -> None:
    whisper = {"voiced_power_share": 0.1, "alpha_speech_db": 8.0, "f0_median_hz": np.nan}
    found = vocal_effort.derive(clips(*NEUTRAL, {**whisper, "f0_range_st": 99.0}), 3, LIMITS)
    assert found.f0_range_z.tolist()[:3] == pytest.approx([-1, 0, 1])
    assert found.effort.tolist() == ["normal", "normal", "normal", "whispered"]
    alone = vocal_effort.derive(clips(whisper, whisper), 2, LIMITS)
    assert alone.reference.isna().all()


def test_hum_takes_periodicity_away_but_is_no_whisper() -> None:
    noisy = clips({"voiced_power_share": 0.1, "alpha_speech_db": -6.0})
    assert not vocal_effort.whispered(noisy, LIMITS).any()


def test_effort_by_hand() -> None:
    # an octave up is 12 x 1.2 = 14.4 dB, 10 dB of alpha ratio are 8 dB more
    loud, shouted = {"f0_median_hz": 200.0}, {"f0_median_hz": 200.0, "alpha_ratio_db": 0.0}
    soft = {"alpha_ratio_db": -17.0}
    found = vocal_effort.derive(
        clips(*NEUTRAL, *({"emotion": "angry", **row} for row in (loud, shouted, soft))), 3, LIMITS
    )
    assert found.effort_db.tolist()[3:] == pytest.approx([14.4, 22.4, -5.6])
    assert found.effort.tolist() == ["normal"] * 3 + ["loud", "shouted", "soft"]


@settings(deadline=None, max_examples=20)
@given(st.floats(-50, 50))
def test_a_gain_changes_no_effort(gain: float) -> None:
    rows: list[dict[str, Any]] = [*NEUTRAL, {"emotion": "angry", "f0_median_hz": 180.0}]
    plain = vocal_effort.derive(clips(*rows), 3, LIMITS)
    other = vocal_effort.derive(clips(*rows[:-1], {**rows[-1], "level_db": -20.0 + gain}), 3, LIMITS)
    level = ["level_rel_db", "level_z"]
    pd.testing.assert_frame_equal(plain.drop(columns=level), other.drop(columns=level))


def judged(**change: Any) -> pd.DataFrame:
    base = dict.fromkeys(style_rules.NUMBERS, np.nan)
    labels = {"emotion": "neutral", "intensity": "normal", "effort": "normal"}
    return pd.DataFrame([{**base, **labels, **change}])


RULES = Style.model_validate(GOOD).rules


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
    ],
)
def test_the_committed_rules(change: dict[str, Any], style: str, rule: str) -> None:
    none = pd.Series([None], dtype="str")
    found = style_rules.apply(RULES, judged(**change), none).iloc[0]
    assert (found["style"], found.style_rule) == (style, rule)


def test_what_a_corpus_says_wins() -> None:
    said = pd.Series(["sarcastic"], dtype="str")
    found = style_rules.apply(RULES, judged(effort="shouted"), said).iloc[0]
    assert (found["style"], found.style_rule) == ("sarcastic", "corpus")


REST = {"name": "rest", "style": "normal", "when": {}}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "last rule must have no conditions"),
        ([{**REST, "when": {"effort": ["loud"]}}], "last rule must have no conditions"),
        ([REST, {**REST, "name": "more"}], "rule 'rest' has no conditions"),
        ([REST, REST], "two rules are called 'rest'"),
        ([{**REST, "name": "corpus"}], "rename the rule"),
        ([{**REST, "style": "exited"}], r"not a style \(did you mean 'excited'\?\)"),
        ([{**REST, "when": {"f0_zz": {"min": 1}}}, REST], r"'f0_zz' is not a measure \(did you mean 'f0_z'\?\)"),
        ([{**REST, "when": {"efort": ["loud"]}}, REST], r"'efort' is not a label \(did you mean 'effort'\?\)"),
        ([{**REST, "when": {"effort": ["louder"]}}, REST], r"is never 'louder' \(did you mean 'loud'\?\)"),
        ([{**REST, "when": {"f0_z": {"min": 2, "max": 1}}}, REST], "expected min, max or both"),
        ([{**REST, "when": {"f0_z": {}}}, REST], "expected min, max or both"),
    ],
)  # fmt: skip
def test_bad_rules_are_refused_and_named(tmp_path: Path, rules: list[Any], message: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({"style": {**GOOD, "rules": rules}}))
    with pytest.raises(UserError, match=message):
        params.section(Style, "style", path=path)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("effort", "shouted_min_db", 5.0),
        ("effort", "soft_max_db", 1.0),
        ("length", "long_min_words", 4),
        ("describe", "f0_bins_st", [1.0, 2.0, 2.0, 3.0]),
        ("describe", "reference_f0_hz", {"female": 200.0}),
        ("describe", "rate", 1),
    ],
)
def test_params_out_of_range_are_refused(tmp_path: Path, section: str, key: str, value: object) -> None:
    path = tmp_path / "params.yaml"
    changed = {**GOOD, section: {**GOOD[section], key: value}}
    path.write_text(yaml.safe_dump({"style": changed}))
    with pytest.raises(UserError, match=rf"style\.{section}"):
        params.section(Style, "style", path=path)


BINS = description.Describe(**GOOD["describe"])


def clip(**change: Any) -> dict[str, Any]:
    plain = {
        "clip_id": "demo_x", "gender": "male", "voiced_share": 0.8, "f0_median_hz": 119.0,
        "f0_usual_hz": 119.0, "f0_range_st": 6.0, "syllables_per_s": 5.0, "effort": "normal",
        "effort_db": 0.0, "cpp_z": 0.0, "h1_h2_z": 0.0, "pause_count": 0,
    }  # fmt: skip
    return {**plain, **change}


def said(**change: Any) -> set[str]:
    """Every wording that some id gives."""
    found = {description.describe(clip(clip_id=f"demo_{i}", **change), BINS, 16.2) for i in range(200)}
    return {text for text in found if text}


def test_pitch_is_judged_by_gender() -> None:
    # 172 Hz: 6.4 semitones over the usual man, 3.2 below the usual woman
    assert description.pitch(clip(f0_median_hz=172.0), BINS) == "high"
    assert description.pitch(clip(f0_median_hz=172.0, gender="female"), BINS) == "low"
    assert description.pitch(clip(f0_median_hz=240.0), BINS) == "very high"
    unknown = clip(f0_median_hz=172.0, gender="unknown", f0_usual_hz=172.0)
    assert description.pitch(unknown, BINS) == "at the usual pitch"
    assert description.pitch(clip(f0_median_hz=None), BINS) is None


def test_the_sentence_of_the_plan() -> None:
    texts = said(
        gender="female",
        f0_median_hz=300.0,
        f0_range_st=15.0,
        syllables_per_s=6.5,
        effort="loud",
        effort_db=14.0,
    )
    assert "A woman speaks fast and high, very animated, close to shouting." in texts
    assert len(texts) > 20


def test_words_agree_with_measures() -> None:
    slow = said(syllables_per_s=2.0, f0_median_hz=80.0, f0_range_st=1.0)
    assert all("very slowly and very low" in text for text in slow)
    assert all(
        "monotone" in text or "little melody" in text
        for text in said(f0_range_st=1.0) - said(f0_range_st=4.0)
    )
    assert all(re.search("whisper", text) and "melody" not in text for text in said(effort="whispered"))
    assert all(re.search("shouts|at a shout", text) for text in said(effort="shouted"))
    assert all(
        "raised voice" in text or text.endswith("loud.") for text in said(effort="loud", effort_db=10.0)
    )
    assert all("paus" in text for text in said(pause_count=2))
    assert all("breathy" in text for text in said(cpp_z=-3.0, h1_h2_z=2.0))


@settings(deadline=None)
@given(
    gender=st.sampled_from(tables.GENDERS),
    effort_=st.sampled_from([*tables.EFFORTS, None]),
    f0=st.none() | st.floats(66, 640),
    rate=st.none() | st.floats(0.5, 12),
    spread=st.none() | st.floats(0, 30),
    name=st.from_regex(r"\A[a-z0-9_]{1,12}\Z"),
)
def test_every_clip_has_one_plain_sentence(
    gender: str, effort_: str | None, f0: float | None, rate: float | None, spread: float | None, name: str
) -> None:
    change = {
        "gender": gender,
        "effort": effort_,
        "f0_median_hz": f0,
        "syllables_per_s": rate,
        "f0_range_st": spread,
    }
    text = description.describe(clip(clip_id=name, **change), BINS, 16.2)
    assert text is not None
    assert text == description.describe(clip(clip_id=name, **change), BINS, 16.2)
    assert re.fullmatch(r"[A-Z][a-z]*( [a-z]+,?)+\.", text)
    assert description.describe(clip(voiced_share=None), BINS, 16.2) is None


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
