"""Contracts of tables: columns, primary key and rules.

A table is a class. An annotation is a column's type: `str`, `int`, `float`, `bool` or a list of one of these,
with `| None` if values may be null. NaN is null.

    class Words(Table, key=("clip_id",)):
        clip_id: str = column("name of the clip", str_matches="^[a-z]+$")
        start_s: float | None = column("start of speech; null: no speech", "s", 3, ge=0)
        words: list[str] = column("words of the transcript")
        SPEAKER = copied(Catalog, "speaker", "gender")

        @rule("no words without speech")
        @staticmethod
        def has_speech(start_s: float | None, words: list[str]) -> bool:
            return start_s is not None or not words

The module imports neither pandas nor Arrow, so a stage without work to do takes little time.
"""

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from inspect import signature
from types import UnionType
from typing import Any, ClassVar, get_args

CHECKS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "isin": ("isin", operator.contains),
    "str_matches": ("str_matches", re.fullmatch),
    "ge": ("greater_than_or_equal_to", operator.le),
    "gt": ("greater_than", operator.lt),
    "le": ("less_than_or_equal_to", operator.ge),
    "lt": ("less_than", operator.gt),
}
"""Argument of `column` -> name in errors, and predicate (limit, value) that is true if the value is valid."""


@dataclass(frozen=True)
class Column:
    """One column; see `column` for the attributes. `type` is None until the class of the table is defined."""

    meaning: str
    unit: str
    decimals: int | None
    checks: dict[str, Any]
    type: Any = None
    nullable: bool = False

    @property
    def dtype(self) -> str:
        """Name of the pandas dtype."""
        plain = {str: "str", int: "int64", float: "float64", bool: "bool"}
        null = {int: "Int64", bool: "boolean"} if self.nullable else {}
        return (plain | null).get(self.type, "object")

    @property
    def arrow(self) -> Any:
        """Arrow type."""
        import pyarrow as pa

        types = {str: pa.large_string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
        inner = get_args(self.type)
        return pa.list_(types[inner[0]]) if inner else types[self.type]


def column(meaning: str, unit: str = "", decimals: int | None = None, **checks: Any) -> Any:
    """Declare a column of a table.

    Args:
        meaning: meaning of the values.
        unit: unit of the values.
        decimals: number of decimals to which a measure is rounded.
        checks: a limit, pattern or vocabulary for keys of `CHECKS`; nulls are valid.
    """
    if unknown := checks.keys() - CHECKS.keys():
        raise TypeError(f"unknown checks: {', '.join(sorted(unknown))}; known: {', '.join(CHECKS)}")
    return Column(meaning, unit, decimals, checks)


def copied(model: type["Table"], *names: str) -> dict[str, Column]:
    """Declare columns that are equal to those of another table."""
    return {name: model.COLUMNS[name] for name in names}


@dataclass(frozen=True)
class Rule:
    """A condition on several columns; see `rule`."""

    message: str
    predicate: Callable[..., bool]
    by: str | None

    @property
    def columns(self) -> list[str]:
        """Columns that are arguments of the condition."""
        return list(signature(self.predicate).parameters)

    def broken(self, values: Mapping[str, list[Any]]) -> list[int]:
        """Return the numbers of the rows that violate the rule, from the values of each column."""
        columns = {name: values[name] for name in self.columns}
        if self.by is None:
            numbered = enumerate(zip(*columns.values(), strict=True))
            return [i for i, row in numbered if not self.predicate(**dict(zip(columns, row, strict=True)))]
        groups = defaultdict(list)
        for i, group in enumerate(values[self.by]):
            groups[group].append(i)
        broken = []
        for rows in groups.values():
            if not self.predicate(**{name: [column[i] for i in rows] for name, column in columns.items()}):
                broken += rows
        return broken


def rule(message: str, by: str | None = None) -> Callable[[Callable[..., bool]], Rule]:
    """Declare a rule of a table; the parameters of the decorated predicate are names of columns.

    Args:
        message: condition that must be true, for errors.
        by: column that groups the rows: the predicate takes lists, a group's values. None: values of a row.
    """
    return lambda predicate: Rule(message, predicate, by)


class Table:
    """Base class of all tables.

    Attributes:
        KEY: columns of the primary key.
        COLUMNS: name -> column, in the order of the file.
        RULES: conditions on several columns.
    """

    KEY: ClassVar[tuple[str, ...]] = ()
    COLUMNS: ClassVar[dict[str, Column]] = {}
    RULES: ClassVar[tuple[Rule, ...]] = ()

    def __init_subclass__(cls, key: tuple[str, ...]) -> None:
        members = dict(vars(cls))
        cls.KEY, cls.COLUMNS = key, {}
        for name, value in members.items():
            if isinstance(value, Column):
                annotation = cls.__annotations__[name]
                kind, *null = get_args(annotation) if isinstance(annotation, UnionType) else [annotation]
                cls.COLUMNS[name] = replace(value, type=kind, nullable=bool(null))
            elif isinstance(value, dict) and not name.startswith("__"):
                cls.COLUMNS |= value
        cls.RULES = tuple(value for value in members.values() if isinstance(value, Rule))
