"""Check of an Arrow table against its contract; one error lists all violations.

No Python value is converted to Arrow unless there is a fault, because that conversion imports pandas.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from stages.core.contract import CHECKS, Column, Table
from stages.core.errors import UserError

SHOWN = 5
"""Maximum number of values and of rows that an error names for each rule."""
Violation = tuple[str, list[int]]
"""Description of a fault, and the numbers of the rows."""


def checked(content: Any, model: type[Table], name: str) -> Any:
    """Check that an Arrow table has exactly the declared columns and types, and satisfies every rule.

    Returns:
        The same rows, sorted by the primary key with nulls last; columns in the order of the model.

    Raises:
        UserError: the message names the file, all violated rules, and up to five rows for each.
    """
    typed, lines = _typed(content, model)
    lines += [fault + _row_names(content, model, rows) for fault, rows in _violations(typed, model)]
    if lines:
        raise UserError(f"{name}: " + "\n".join(lines))
    return typed.sort_by([(name, "ascending") for name in model.KEY])


def _row_names(content: Any, model: type[Table], rows: list[int]) -> str:
    if not set(model.KEY) <= set(content.column_names):
        return ""
    keys = content.select(model.KEY).take(rows[:SHOWN]).to_pylist()
    names = ["/".join(map(str, key.values())) for key in keys]
    return f" in {', '.join(names)}{', ...' if len(rows) > SHOWN else ''}"


def _typed(content: Any, model: type[Table]) -> tuple[Any, list[str]]:
    """Select the columns that have the declared types; describe the faults of the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns, lines = {}, []
    for name, column in model.COLUMNS.items():
        if name not in content.column_names:
            lines.append(f"column '{name}' is missing")
        elif not _fits(found := content[name].type, column.arrow):
            lines.append(f"column '{name}' breaks the rule dtype({column.arrow}): found {found}")
        else:
            columns[name] = content[name].cast(column.arrow)
            if column.type is float and pc.any(odd := pc.is_nan(columns[name])).as_py():
                columns[name] = pc.if_else(odd, None, columns[name])
    lines += [f"column '{name}' is undeclared" for name in content.column_names if name not in model.COLUMNS]
    return pa.table(columns).combine_chunks(), lines


def _fits(found: Any, expected: Any) -> bool:
    """Return whether an Arrow type is the expected one; lists of floats may hold integers."""
    from pyarrow import types

    if types.is_list(expected) and types.is_list(found):
        found, expected = found.value_type, expected.value_type
        if types.is_integer(found) and (types.is_integer(expected) or types.is_floating(expected)):
            return True
    text = types.is_string(found) and types.is_large_string(expected)
    return bool(text or types.is_null(found) or found == expected)


def _violations(content: Any, model: type[Table]) -> Iterator[Violation]:
    """Find violations of columns, of the key, and of rules; skip rules on columns with forbidden nulls."""
    lists = {}
    for name in content.column_names:
        values, column = content[name], model.COLUMNS[name]
        if nulls := _nulls(values, column):
            yield f"column '{name}' breaks the rule not_nullable: found null", nulls
        else:
            lists[name] = values
        for broken, rows in _limits(values, column):
            yield f"column '{name}' breaks the rule {broken}", rows
    if set(model.KEY) <= set(lists):
        keys = list(zip(*(lists[name].to_pylist() for name in model.KEY), strict=True))
        if len(set(keys)) < len(keys):
            counts = Counter(keys)
            twice = [i for i, key in enumerate(keys) if counts[key] > 1]
            yield f"table breaks the rule unique({', '.join(model.KEY)})", twice
    for rule in model.RULES:
        named = {*rule.columns, *([rule.by] if rule.by else [])}
        if named <= set(lists) and (rows := rule.broken({name: lists[name].to_pylist() for name in named})):
            yield f"table breaks the rule {rule.message}", rows


def _nulls(values: Any, column: Column) -> list[int]:
    """Return the numbers of the rows with a forbidden null; nulls in lists are always forbidden."""
    import pyarrow.compute as pc

    forbidden = values.null_count and not column.nullable
    rows = pc.indices_nonzero(values.is_null()).to_pylist() if forbidden else []
    if column.dtype == "object" and (inside := pc.list_flatten(values)).null_count:
        rows += pc.list_parent_indices(values).filter(inside.is_null()).unique().to_pylist()
    return sorted(rows)


def _limits(values: Any, column: Column) -> Iterator[Violation]:
    """Find violations of limits, patterns and vocabularies; each distinct value is checked once."""
    distinct = [value for value in values.unique().to_pylist() if value is not None] if column.checks else []
    for check, limit in column.checks.items():
        rule, is_valid = CHECKS[check]
        if odd := {value for value in distinct if not is_valid(limit, value)}:
            rows = [i for i, value in enumerate(values.to_pylist()) if value in odd]
            yield f"{rule}({limit!r}): found {', '.join(sorted(map(repr, odd))[:SHOWN])}", rows
