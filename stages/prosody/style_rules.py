"""Rules of params.yaml for the style of a clip: the first rule whose conditions all hold applies."""

from typing import Any

import pandas as pd
from pydantic import Field, field_validator, model_validator

from stages.core import tables
from stages.core.params import Section, near

CORPUS_RULE = "corpus"
"""Value of `style_rule` if the corpus states the style."""
VOCABULARIES = {
    "emotion": tables.EMOTIONS, "intensity": tables.INTENSITIES, "effort": tables.EFFORTS,
    "sentence_type": tables.SENTENCE_TYPES, "length_class": tables.LENGTH_CLASSES,
    "reference": tables.REFERENCES,
}  # fmt: skip
NUMBERS = {name for name, column in tables.Style.COLUMNS.items() if column.type in (int, float)}


class Bounds(Section):
    """A measure within [min, max]; one of min and max may be omitted."""

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
        name: written to each clip's `style_rule`.
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
            hint = near(style, set(tables.STYLES))
            raise ValueError(f"not a style{hint}; known: {', '.join(tables.STYLES)}")
        return style

    @field_validator("when")
    @classmethod
    def _known_columns(cls, when: dict[str, Any]) -> dict[str, Any]:
        for column, condition in when.items():
            if isinstance(condition, Bounds):
                if column not in NUMBERS:
                    raise ValueError(f"'{column}' is not a measure{near(column, NUMBERS)} of the style table")
                continue
            if column not in VOCABULARIES:
                hint = near(column, set(VOCABULARIES))
                raise ValueError(f"'{column}' is not a label{hint}; known: {', '.join(VOCABULARIES)}")
            known = set(VOCABULARIES[column])
            if unknown := [value for value in condition if value not in known]:
                raise ValueError(f"'{column}' cannot be {unknown[0]!r}{near(unknown[0], known)}")
        return when


def check(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules, if names are unique and the last rule alone has no conditions.

    Raises:
        ValueError: otherwise.
    """
    names = [rule.name for rule in rules]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two rules are called '{twice[0]}'")
    if CORPUS_RULE in names:
        raise ValueError(f"'{CORPUS_RULE}' is the rule of styles that the corpus states; rename the rule")
    if not rules or rules[-1].when:
        raise ValueError("the last rule must have no conditions (`when: {}`): every clip must get a style")
    if early := [rule.name for rule in rules[:-1] if not rule.when]:
        raise ValueError(f"rule '{early[0]}' has no conditions, so no later rule can apply")
    return rules


def holds(rule: Rule, clips: pd.DataFrame) -> pd.Series:
    """Find clips for which all conditions of a rule hold, boolean; a null measure meets no condition."""
    mask = pd.Series(True, index=clips.index)
    for column, condition in rule.when.items():
        if isinstance(condition, Bounds):
            mask &= clips[column].astype(float).between(condition.min, condition.max)
        else:
            mask &= clips[column].isin(condition)
    return mask


def apply(rules: tuple[Rule, ...], clips: pd.DataFrame, stated: pd.Series) -> pd.DataFrame:
    """Return columns `style` and `style_rule`: the style of each clip, and the rule that applies.

    Args:
        rules: in order, checked by `check`.
        clips: columns of `tables.Style`, `emotion` and `intensity`.
        stated: style that the corpus states; null if it states none.
    """
    style = stated.astype("str").where(stated.notna())
    applied = pd.Series(None, index=clips.index, dtype="str").mask(stated.notna(), CORPUS_RULE)
    for rule in rules:
        new = applied.isna() & holds(rule, clips)
        style, applied = style.mask(new, rule.style), applied.mask(new, rule.name)
    return pd.DataFrame({"style": style, "style_rule": applied})
