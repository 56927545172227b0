"""Reading and writing tables: the only way to do either, checked at both ends.

Rows are sorted by primary key before writing, and measures are rounded to the decimals that mean something,
so equal content is equal bytes.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet
from pandera.errors import SchemaErrors

from stages.core import files
from stages.core.errors import UserError
from stages.core.tables import Table


def _dtype(spec: Any) -> str:
    name = str(spec.dtype)
    return "str" if name.startswith("str") else name


def frame(rows: Iterable[Mapping[str, Any]], model: type[Table]) -> pd.DataFrame:
    """Rows as a data frame with the columns and dtypes of `model`, null where a row has no value."""
    rows = list(rows)
    columns = {}
    for name, spec in model.to_schema().columns.items():
        values = [row.get(name) for row in rows]
        columns[name] = pd.Series(values, dtype=_dtype(spec))
    extra = {key for row in rows for key in row} - set(columns)
    if extra:
        raise UserError(f"table {model.__name__}: rows have undeclared columns {sorted(extra)}")
    return pd.DataFrame(columns)


def decimals(model: type[Table]) -> dict[str, int]:
    """The resolution at which each measured column is stored."""
    specs = model.to_schema().columns.items()
    stated = {name: (spec.metadata or {}).get("decimals") for name, spec in specs}
    return {name: number for name, number in stated.items() if number is not None}


def rounded(table: pd.DataFrame, model: type[Table]) -> pd.DataFrame:
    """Measures at the resolution of the contract (idempotent)."""
    return table.round({name: n for name, n in decimals(model).items() if name in table})


def check(table: pd.DataFrame, model: type[Table], where: str) -> pd.DataFrame:
    """The same rows, in the order of the model's columns and key, if every rule holds.

    Raises:
        UserError: names the file, the rule and up to five offending rows.
    """
    schema = model.to_schema()
    key = list(schema.unique or [])
    table = table.reset_index(drop=True)
    try:
        model.validate(table, lazy=True)
    except SchemaErrors as errors:
        raise UserError(f"{where}: {_explain(errors.failure_cases, table, key)}") from None
    return table[list(schema.columns)].sort_values(key, ignore_index=True)


def _explain(cases: pd.DataFrame, table: pd.DataFrame, key: list[str]) -> str:
    lines = []
    # a rule over whole rows is reported once per column: one line of it is enough
    whole_rows = (cases["schema_context"] == "DataFrameSchema") & cases["index"].notna()
    cases["column"] = cases["column"].mask(whole_rows, key[0])
    for (name, rule), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        rows = [i for i in group["index"].dropna().unique() if i in table.index]
        known = all(part in table for part in key)
        who = ["/".join(str(table.at[i, part]) for part in key) for i in rows[:5]] if known else []
        found = ", ".join(sorted({repr(case) for case in group["failure_case"]})[:5])
        clips = f" in {', '.join(who)}{', ...' if len(rows) > 5 else ''}" if who else ""
        lines.append(f"column '{name}' breaks the rule {rule}: found {found}{clips}")
    return "\n".join(lines)


def write(table: pd.DataFrame, model: type[Table], target: Path) -> None:
    """Round, check, sort and atomically write one table as Parquet.

    Raises:
        UserError: the table breaks its contract; nothing is written.
    """
    table = check(rounded(table, model), model, str(target))
    content = pyarrow.Table.from_pandas(table, preserve_index=False)
    # without pandas' own metadata, which names its version
    content = content.replace_schema_metadata(None)
    files.write(target, lambda beside: pyarrow.parquet.write_table(content, beside))


def read(source: Path, model: type[Table]) -> pd.DataFrame:
    """Read and check one table.

    Raises:
        UserError: no such table, or it breaks its contract.
    """
    if not source.exists():
        raise UserError(f"{source}: not found; run `dvc repro`, which makes it")
    content = pyarrow.parquet.read_table(source)
    rows = {name: content[name].to_pylist() for name in content.column_names}
    table = pd.DataFrame(
        {
            name: pd.Series(rows.pop(name), dtype=_dtype(spec))
            for name, spec in model.to_schema().columns.items()
            if name in rows
        }
    )
    return check(table.assign(**rows), model, str(source))


def path(stage: str, corpus: str) -> Path:
    """Where the table of a per-corpus stage lies."""
    return Path("data/tables") / stage / f"{corpus}.parquet"


def read_all(stage: str, corpora: list[str], model: type[Table]) -> pd.DataFrame:
    """The tables of a per-corpus stage for the corpora of this build and no others, as one, sorted by key."""
    tables = [read(path(stage, corpus), model) for corpus in corpora]
    return check(pd.concat(tables, ignore_index=True), model, stage)


def same_clips(left: pd.DataFrame, right: pd.DataFrame, name: str) -> None:
    """Refuse to join two tables that do not speak of the same clips.

    Raises:
        UserError: names the table and up to five clips that are in one of the two only.
    """
    odd = sorted(set(left.clip_id) ^ set(right.clip_id))
    if odd:
        raise UserError(
            f"table '{name}': {len(odd)} clips are not in both it and the catalog, "
            f"e.g. {', '.join(odd[:5])}; "
            "run `dvc repro`, which brings the tables together"
        )


def conform(table: pd.DataFrame, model: type[Table]) -> pd.DataFrame:
    """The columns of `model`, in its dtypes; nullable columns that hold no null may become plain ones."""
    columns = model.to_schema().columns.items()
    return pd.DataFrame({name: table[name].astype(_dtype(spec)) for name, spec in columns})
