"""Parameters of the balance: the section `balance` of params.yaml."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from stages.core import tables
from stages.core.params import STAGES, Section, names, near


class Target(Section):
    """Target shares of minutes per value of an attribute, and the cost of a minute over target."""

    shares: Literal["uniform"] | dict[str, float]
    weight: float = Field(ge=0, le=10)

    @field_validator("shares")
    @classmethod
    def _sum(cls, shares: str | dict[str, float]) -> str | dict[str, float]:
        if isinstance(shares, dict) and (min(shares.values(), default=-1) < 0 or sum(shares.values()) <= 0):
            raise ValueError("expected shares of at least 0 whose sum is above 0")
        return shares


class Targets(Section):
    """Target of each attribute except the emotion: emotions get equal minutes."""

    style: Target
    sentence_type: Target
    length_class: Target
    gender: Target
    corpus: Target

    @model_validator(mode="after")
    def _known(self) -> "Targets":
        vocabularies = {
            "style": tables.STYLES, "sentence_type": tables.SENTENCE_TYPES, "gender": tables.GENDERS,
            "length_class": tables.LENGTH_CLASSES, "corpus": names(STAGES / "corpora"),
        }  # fmt: skip
        for attribute, known in vocabularies.items():
            shares = getattr(self, attribute).shares
            for value in sorted(set(() if isinstance(shares, str) else shares) - set(known)):
                raise ValueError(f"{attribute}.shares: unknown value '{value}'{near(value, set(known))}")
        return self


class BalanceParams(Section):
    """The section `balance` of params.yaml."""

    enabled: bool
    emotions: Literal["all"] | tuple[str, ...]
    tolerance: float = Field(gt=0, le=0.2)
    scarce_below_median_share: float = Field(ge=0, le=1)
    min_minutes: float = Field(ge=0)
    require_min_minutes: bool
    max_speaker_minutes: float = Field(gt=0)
    max_sentence_minutes: float = Field(gt=0)
    max_augmented_share: float = Field(ge=0, le=0.9)
    max_copies: int = Field(ge=0, le=10)
    copy_cost: float = Field(gt=0, lt=1)
    targets: Targets

    @field_validator("emotions")
    @classmethod
    def _known(cls, emotions: str | tuple[str, ...]) -> str | tuple[str, ...]:
        unknown = [] if isinstance(emotions, str) else sorted(set(emotions) - set(tables.EMOTIONS))
        if unknown or not emotions:
            raise ValueError(f"expected all, or some of {', '.join(tables.EMOTIONS)}; unknown: {unknown}")
        return emotions

    def for_validation(self) -> "BalanceParams":
        """Return these parameters for validation, which has no augmented copies and no minimum of minutes."""
        return self.model_copy(update={"max_copies": 0, "max_augmented_share": 0.0, "min_minutes": 0.0})
