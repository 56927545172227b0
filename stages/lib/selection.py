"""Which share of each cell: a linear program over cells of emotion and other attributes, in minutes.

A cell is a combination of `CELL`. The choice of whole clips (`stages.lib.whole_clips`) is an integer program
with as many unknowns as clips; they are relaxed here to minutes per cell, which is exact but for the last
clip of each cell. The relaxation has thousands of unknowns where the clips are hundreds of thousands, and its
value bounds what any choice of clips can reach: that gives the proven gap.

maximise    recorded minutes - copy_cost * augmented minutes - sum of weight * misplaced minutes
            - minutes by which emotions fall short of min_minutes
subject to  equal minutes per emotion, but for those set apart; caps per speaker, per sentence and on the
            share of augmented minutes per emotion; so many copies per clip.

Misplaced are, per attribute, the minutes above a value's target share (as many as lack below the others').
"""

import hashlib
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, field_validator
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, coo_array, csr_array, eye_array, hstack, vstack

from stages.lib import tables
from stages.lib.params import Section

ATTRIBUTES = ("style", "sentence_type", "length_class", "gender", "corpus")
CELL = ("emotion", *ATTRIBUTES)
SLICES = 4
"""Parts of a cell, each worth a little less than the one before: equal cells give equal parts of themselves,
and the optimum is unique, so that it moves little when the data do."""
SPREAD = 0.01
"""What the last minute of a cell is worth less than its first."""
Floats = NDArray[np.float64]


class Target(Section):
    """What an attribute should look like: shares of minutes per value, and what a misplaced minute costs."""

    shares: Literal["uniform"] | dict[str, float]
    weight: float = Field(ge=0, le=10)

    @field_validator("shares")
    @classmethod
    def _sum(cls, shares: str | dict[str, float]) -> str | dict[str, float]:
        if isinstance(shares, dict) and (min(shares.values(), default=-1) < 0 or sum(shares.values()) <= 0):
            raise ValueError("expected shares of at least 0 whose sum is above 0")
        return shares


class Targets(Section):
    """One target for each attribute but the emotion, whose minutes are equal."""

    style: Target
    sentence_type: Target
    length_class: Target
    gender: Target
    corpus: Target


class Rules(Section):
    """The section `balance` of params.yaml."""

    equal: bool
    emotions: Literal["all"] | tuple[str, ...]
    tolerance: float = Field(gt=0, le=0.2)
    scarce_below: float = Field(ge=0, le=1)
    min_minutes: float = Field(ge=0)
    require_coverage: bool
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

    def for_validation(self) -> "Rules":
        """The same without copies and without a minimum: validation is to be balanced, not to be long."""
        return self.model_copy(update={"max_copies": 0, "max_augmented_share": 0.0, "min_minutes": 0.0})


class Groups(NamedTuple):
    """Cells, divided further by those speakers and sentences that could exceed their cap.

    Attributes:
        of_clip: group of each clip, shape (clips,).
        table: one row per group, columns `CELL`, `speaker`, `sentence` ("" where not told apart), `minutes`.
    """

    of_clip: NDArray[np.int64]
    table: pd.DataFrame


class Plan(NamedTuple):
    """What the program asks of each group.

    Attributes:
        groups: the groups.
        recorded: minutes of clips per group, shape (groups,).
        augmented: minutes of copies per group, shape (groups,).
        level: minutes of each emotion that takes part in the equality.
        value: of the objective; without spread, no choice of clips under the same rules has a higher one.
    """

    groups: Groups
    recorded: Floats
    augmented: Floats
    level: float
    value: float


def group(clips: pd.DataFrame, rules: Rules) -> Groups:
    """Divide clips into groups; see `Groups`.

    Args:
        clips: columns `CELL`, `speaker`, `sentence`, `seconds`.
        rules: the caps.
    """
    keys = clips[list(CELL)].copy()
    for name, cap in (("speaker", rules.max_speaker_minutes), ("sentence", rules.max_sentence_minutes)):
        most = clips.groupby(name).seconds.transform("sum") / 60 * (1 + rules.max_copies)
        keys[name] = clips[name].where(most > cap, "")
    by = keys.assign(minutes=clips.seconds / 60).groupby([*CELL, "speaker", "sentence"])
    return Groups(by.ngroup().to_numpy(), by.minutes.sum().reset_index())


def shares(values: pd.Series, target: Target) -> pd.Series:
    """Share of minutes that each value should have, by value.

    Args:
        values: that occur; `unknown` is no value to aim at unless it is the only one.
        target: of the attribute. Shares of values that do not occur are given to the others in proportion.
    """
    present = sorted(values.unique())
    known = [value for value in present if value != "unknown"] or present
    wanted = dict.fromkeys(known, 1.0) if isinstance(target.shares, str) else target.shares
    found = pd.Series({value: float(wanted.get(value, 0.0)) for value in present})
    return found / found.sum() if found.sum() else found + 1 / len(found)


def apart(clips: pd.DataFrame, rules: Rules) -> list[str]:
    """Emotions too scarce to take part in the equality: it would bring all others down to their size.

    Args:
        clips: columns `emotion`, `seconds`.
        rules: `scarce_below`, and how far copies can lengthen an emotion.
    """
    longer = min(1 + rules.max_copies, 1 / (1 - rules.max_augmented_share))
    recorded = clips.groupby("emotion").seconds.sum()
    scarce = recorded.index[recorded * longer < rules.scarce_below * recorded.median()]
    return [emotion for emotion in tables.EMOTIONS if emotion in scarce]


def incidence(values: pd.Series) -> tuple[csr_array, list[str]]:
    """Rows: the values in order; columns: the elements of `values`; one where an element has the value."""
    codes, names = pd.factorize(values, sort=True)
    ones = np.ones(len(codes))
    shape = (len(names), len(codes))
    return coo_array((ones, (codes, np.arange(len(codes)))), shape=shape).tocsr(), list(names)


def caps(rows: pd.DataFrame, rules: Rules) -> tuple[csr_array, Floats]:
    """Which rows count against each cap, and the caps in minutes; rows with "" against none."""
    speakers, who = incidence(rows.speaker)
    sentences, what = incidence(rows.sentence)
    limits = np.repeat([rules.max_speaker_minutes, rules.max_sentence_minutes], [len(who), len(what)])
    told = np.array([bool(name) for name in [*who, *what]])
    return vstack([speakers, sentences]).tocsr()[told], limits[told]


def program(clips: pd.DataFrame, rules: Rules, room: float = 1.0, spread: float = SPREAD) -> Plan:
    """Solve the program for the clips of one side.

    Args:
        clips: columns `CELL`, `speaker`, `sentence`, `seconds`; the order of rows does not matter.
        rules: see `Rules`.
        room: share of the tolerance that is used; the rest is left to whole clips, as is as much of the caps.
        spread: see `SPREAD`; with 0 the objective is the plain one.

    Raises:
        RuntimeError: the solver failed, which it has no reason to: choosing nothing keeps all rules.
    """
    groups = group(clips, rules)
    table = groups.table
    # cells of a few clips are not cut up: whole clips would not follow, and there are many
    slices = SLICES if spread and len(clips) >= 2 * SLICES * len(table) else 1
    half, tight = room * rules.tolerance / 2, 1 - (1 - room) * rules.tolerance / 2
    emotion, emotions = incidence(table.emotion)
    alike = ~np.isin(emotions, apart(clips, rules))
    value, wanted, weights = _attributes(table, rules)
    cap, limits = caps(table, rules)
    n, v, e = slices * len(table), len(wanted), len(emotions)
    # unknowns: recorded minutes per slice, augmented ones, minutes above target, shortfalls, the level
    total = hstack([eye_array(len(table))] * 2 * slices).tocsr()
    copies = hstack([coo_array((len(table), n)), total[:, :n]]).tocsr()
    minutes = emotion @ total
    level = coo_array(np.ones((e, 1)))
    above = value @ total - coo_array(wanted[:, None]) @ coo_array(np.ones((1, 2 * n)))
    rows = [
        [minutes, None, None, -(1 + half) * level],
        [-minutes[alike], None, None, (1 - half) * level.tocsr()[alike]],
        [emotion @ copies - rules.max_augmented_share * tight * minutes, None, None, None],
        [hstack([-rules.max_copies * eye_array(n), eye_array(n)]), None, None, None],
        [cap @ total, None, None, None],
        [above, -eye_array(v), None, None],
        [-minutes, None, -eye_array(e), None],
    ]
    rows[4:5] = rows[4:5] if len(limits) else []
    zero = np.zeros
    right = [
        zero(e),
        zero(alike.sum()),
        zero(e),
        zero(n),
        limits * tight,
        zero(v),
        zero(e) - rules.min_minutes,
    ]
    width = np.tile(table.minutes / slices, slices)
    upper = np.concatenate([width, rules.max_copies * width, np.full(v + e + 1, np.inf)])
    late = spread * _lateness(table, slices)
    costs = np.concatenate([late - 1, rules.copy_cost + late, weights, np.ones(e), [0.0]])
    matrix = block_array(rows, format="csr")
    found = milp(
        costs, constraints=LinearConstraint(matrix, ub=np.concatenate(right)), bounds=Bounds(0, upper)
    )
    if found.x is None:
        raise RuntimeError(f"balance: the solver failed: {found.message}")
    parts = found.x[: 2 * n].reshape(2, slices, -1).sum(axis=1)
    return Plan(groups, parts[0], parts[1], float(found.x[-1]), float(-found.fun))


def _attributes(rows: pd.DataFrame, rules: Rules) -> tuple[csr_array, Floats, Floats]:
    """Incidence of all values of all attributes, their target shares, and what a misplaced minute costs."""
    wanted = [shares(rows[name], getattr(rules.targets, name)) for name in ATTRIBUTES]
    weights = [getattr(rules.targets, name).weight for name in ATTRIBUTES]
    matrix = vstack([incidence(rows[name])[0] for name in ATTRIBUTES]).tocsr()
    return matrix, np.concatenate(wanted), np.repeat(weights, [len(share) for share in wanted])


def _lateness(table: pd.DataFrame, slices: int) -> Floats:
    """Place in [0, 1) of each slice of each group, ties broken by digest; shape (slices * n,)."""
    keys = table.drop(columns="minutes").agg("\0".join, axis="columns")
    place = np.array([int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 16**8 for key in keys])
    lateness: Floats = ((np.arange(slices)[:, None] + place) / slices).ravel()
    return lateness


def worth(plan: Plan, rules: Rules, recorded: Floats, augmented: Floats) -> float:
    """The value of the objective for any minutes in the groups of a plan.

    Args:
        plan: whose groups are filled.
        rules: see `Rules`.
        recorded: minutes per group, shape (groups,).
        augmented: likewise.
    """
    table = plan.groups.table
    total = recorded + augmented
    value, wanted, weights = _attributes(table, rules)
    misplaced = np.maximum(value @ total - wanted * total.sum(), 0)
    lacking = np.maximum(rules.min_minutes - incidence(table.emotion)[0] @ total, 0)
    spent = rules.copy_cost * augmented.sum() + weights @ misplaced + lacking.sum()
    return float(recorded.sum() - spent)
