"""The table of rules in params.yaml that gives each clip its style: the first rule that holds wins."""

from typing import Any

import pandas as pd
from pydantic import Field, field_validator, model_validator

from stages.core import tables
from stages.core.params import Section, near

CORPUS_RULE = "corpus"
"""Stands in `style_rule` where the corpus states the style."""
VOCABULARIES = {
    "emotion": tables.EMOTIONS, "intensity": tables.INTENSITIES, "effort": tables.EFFORTS,
    "sentence_type": tables.SENTENCE_TYPES, "length_class": tables.LENGTH_CLASSES,
    "reference": tables.REFERENCES,
}  # fmt: skip
NUMBERS = {name for name, column in tables.Style.COLUMNS.items() if column.type in (int, float)}


class Bounds(Section):
    """A measure within [min, max]; either may be left out, not both."""

    min: float = -float("inf")
    max: float = float("inf")

    @model_validator(mode="after")
    def _ordered(self) -> "Bounds":
        if not self.model_fields_set or self.min > self.max:
            raise ValueError("expected min, max or both, with min <= max")
        return self


class Rule(Section):
    """A style, and the conditions that must all hold.

    Attributes:
        name: kept with each clip.
        style: one of `tables.STYLES`.
        when: column -> accepted values, or bounds.
    """

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    style: str
    when: dict[str, tuple[str, ...] | Bounds]

    @field_validator("style")
    @classmethod
    def _known_style(cls, style: str) -> str:
        if style not in tables.STYLES:
            known = ", ".join(tables.STYLES)
            raise ValueError(f"no style{near(style, set(tables.STYLES))}; known: {known}")
        return style

    @field_validator("when")
    @classmethod
    def _known_columns(cls, when: dict[str, Any]) -> dict[str, Any]:
        for column, condition in when.items():
            if isinstance(condition, Bounds):
                if column not in NUMBERS:
                    raise ValueError(f"'{column}' is no measure{near(column, NUMBERS)} of the style table")
                continue
            known = set(VOCABULARIES.get(column, ()))
            if not known:
                raise ValueError(
                    f"'{column}' is no label{near(column, set(VOCABULARIES))}; "
                    f"known: {', '.join(VOCABULARIES)}"
                )
            if odd := [value for value in condition if value not in known]:
                raise ValueError(f"'{column}' is never {odd[0]!r}{near(odd[0], known)}")
        return when


def check(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Names occur once, and the last rule takes whatever is left.

    Raises:
        ValueError: they do not.
    """
    names = [rule.name for rule in rules]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two rules are called '{twice[0]}'")
    if CORPUS_RULE in names:
        raise ValueError(f"'{CORPUS_RULE}' stands for styles that the corpus states; rename the rule")
    if not rules or rules[-1].when:
        raise ValueError(
            "the last rule must have no conditions (`when: {}`), so that every clip gets a style"
        )
    if early := [rule.name for rule in rules[:-1] if not rule.when]:
        raise ValueError(f"rule '{early[0]}' has no conditions, so no later one can hold")
    return rules


def holds(rule: Rule, clips: pd.DataFrame) -> pd.Series:
    """Clips for which all conditions of a rule hold, boolean; a null measure meets no condition."""
    mask = pd.Series(True, index=clips.index)
    for column, condition in rule.when.items():
        values = clips[column]
        if isinstance(condition, Bounds):
            met = values.astype(float).between(condition.min, condition.max)
        else:
            met = values.isin(condition)
        mask &= met.fillna(False).astype(bool)
    return mask


def apply(rules: tuple[Rule, ...], clips: pd.DataFrame, stated: pd.Series) -> pd.DataFrame:
    """The style of each clip and the rule that gave it.

    Args:
        rules: in order, checked by `check`.
        clips: columns of `tables.Style`, `emotion` and `intensity`.
        stated: style that the corpus states; null where it states none.

    Returns:
        Columns `style` and `style_rule`.
    """
    style = stated.astype("str").where(stated.notna())
    fired = pd.Series(None, index=clips.index, dtype="str").mask(stated.notna(), CORPUS_RULE)
    for rule in rules:
        new = fired.isna() & holds(rule, clips)
        style, fired = style.mask(new, rule.style), fired.mask(new, rule.name)
    return pd.DataFrame({"style": style, "style_rule": fired})
