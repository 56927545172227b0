"""A plain English sentence that describes how a clip is spoken, for training with text prompts.

Measures are put into a few bins. A digest of the clip's id chooses among several wordings, so that a model
does not learn one sentence, and equal clips get equal words. Pitch is relative to the speaker's gender: 180
Hz is high for a man and low for a woman. The reference is a published mean, not the mean of the corpus, with
which acted anger would make a calm voice "low", and other clips would change the words for a clip.
"""

import hashlib
import math
from bisect import bisect
from collections.abc import Callable
from typing import Any

from pydantic import field_validator

from stages.core.params import Section

WHO = {
    "female": ("a woman", "a female speaker", "a female voice"),
    "male": ("a man", "a male speaker", "a male voice"),
    "unknown": ("a speaker", "somebody", "a voice"),
}
PACE = ("very slowly", "slowly", "at a moderate pace", "fast", "very fast")
PITCH = ("very low", "low", "at a medium pitch", "high", "very high")
OWN_PITCH = (
    "far lower than usual", "lower than usual", "at the usual pitch", "higher than usual",
    "far higher than usual",
)  # fmt: skip
ANIMATION = (
    ("monotone", "in a monotone"),
    ("rather flat", "with little melody"),
    ("moderately expressive", "with some melody"),
    ("animated", "with a lively melody"),
    ("very animated", "with a very lively melody"),
)
VERBS = {
    "whispered": ("whispers", "speaks in a whisper"),
    "soft": ("speaks softly", "talks in a soft voice"),
    "normal": ("speaks", "talks"),
    "loud": ("speaks", "talks"),
    "shouted": ("shouts", "speaks at a shout"),
}
RAISED = ("with a raised voice", "loud")
NEAR_SHOUT = ("close to shouting", "almost shouting")
BREATHY = ("a little breathy", "with a breathy voice")
PAUSES = ("with pauses", "pausing in between")
TEMPLATES = (
    "{who} {verb} {core}{extras}.",
    "{who} {verb}, {core}{extras}.",
    "Here {who} {verb} {core}{extras}.",
    "In this clip {who} {verb} {core}{extras}.",
)
NEAR_SHOUT_DB = 3.5
BREATHY_CPP_Z = -2.0
BREATHY_H1_H2_Z = 1.0


class Describe(Section):
    """Bin edges, rising; see `style.describe` in params.yaml."""

    reference_f0_hz: dict[str, float]
    f0_bins_st: tuple[float, float, float, float]
    f0_range_bins_st: tuple[float, float, float, float]
    syllables_per_s_bins: tuple[float, float, float, float]

    @field_validator("f0_bins_st", "f0_range_bins_st", "syllables_per_s_bins")
    @classmethod
    def _rising(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if list(edges) != sorted(set(edges)):
            raise ValueError(f"expected rising edges, found {list(edges)}")
        return edges

    @field_validator("reference_f0_hz")
    @classmethod
    def _genders(cls, reference: dict[str, float]) -> dict[str, float]:
        if set(reference) != {"female", "male"} or not all(50 <= hz <= 500 for hz in reference.values()):
            raise ValueError("expected female and male, each from 50 to 500 Hz")
        return reference


def wording_chooser(clip_id: str) -> Callable[[tuple[str, ...]], str]:
    """Return a function that chooses a wording by the id and the number of earlier choices."""
    numbers = iter(hashlib.sha256(f"describe:{clip_id}".encode()).digest()[1:])
    return lambda wordings: wordings[next(numbers) % len(wordings)]


def pitch(clip: dict[str, Any], bins: Describe) -> str | None:
    """Describe the pitch: relative to the gender's reference or, if that is unknown, to the speaker's median.

    Args:
        clip: `gender`, `f0_median_hz`, and `f0_usual_hz` of the speaker.
        bins: reference f0 and edges.
    """
    reference = bins.reference_f0_hz.get(clip["gender"])
    usual, words = (reference, PITCH) if reference else (clip["f0_usual_hz"], OWN_PITCH)
    if clip["f0_median_hz"] is None or usual is None:
        return None
    return words[bisect(bins.f0_bins_st, 12 * math.log2(clip["f0_median_hz"] / usual))]


def _extras(clip: dict[str, Any], bins: Describe, shouted_min_db: float) -> list[tuple[str, ...]]:
    """Return the wordings of each addition to the sentence."""
    extras: list[tuple[str, ...]] = []
    if clip["f0_range_st"] is not None:
        extras.append(ANIMATION[bisect(bins.f0_range_bins_st, clip["f0_range_st"])])
    if clip["effort"] == "loud":
        extras.append(NEAR_SHOUT if clip["effort_db"] >= shouted_min_db - NEAR_SHOUT_DB else RAISED)
    breathy = (clip["cpp_z"] or 0) <= BREATHY_CPP_Z and (clip["h1_h2_z"] or 0) >= BREATHY_H1_H2_Z
    if breathy and clip["effort"] in ("soft", "normal"):
        extras.append(BREATHY)
    return [*extras, PAUSES] if clip["pause_count"] else extras


def describe(clip: dict[str, Any], bins: Describe, shouted_min_db: float) -> str | None:
    """Describe one clip.

    Args:
        clip: `clip_id`, `gender`, `f0_usual_hz` and columns of `tables.Style`, None for null.
        bins: reference f0 and bin edges.
        shouted_min_db: minimum `effort_db` of shouting.

    Returns:
        None if nothing was measured.
    """
    if clip["voiced_share"] is None:
        return None
    pick = wording_chooser(clip["clip_id"])
    template, who = pick(TEMPLATES), pick(WHO[clip["gender"]])
    verb = pick(VERBS[clip["effort"] or "normal"])
    if clip["effort"] == "whispered":  # f0 that a tracker finds in breath noise is not a melody
        clip = {**clip, "f0_median_hz": None, "f0_range_st": None}
    rate = clip["syllables_per_s"]
    pace = None if rate is None else PACE[bisect(bins.syllables_per_s_bins, rate)]
    core = " and ".join(filter(None, (pace, pitch(clip, bins))))
    extras = "".join(f", {pick(wordings)}" for wordings in _extras(clip, bins, shouted_min_db))
    text = template.format(who=who, verb=verb, core=core, extras=extras)
    # without words for pace and pitch, the extras follow the verb directly
    text = text.replace(" ,", ",").replace(",,", ",").replace(" .", ".").replace(",.", ".")
    return text[0].upper() + text[1:]
