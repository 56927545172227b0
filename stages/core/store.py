"""Reading and writing tables: the only way to do either, checked at both ends.

Rows are sorted by primary key before writing, and measures are rounded to the decimals that mean something,
so equal content is equal bytes. pandas and Arrow are imported when they are needed: `rows` needs no pandas.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages.core import files, table_check
from stages.core.contract import Column, Table
from stages.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


def frame(rows: Iterable[Mapping[str, Any]], model: type[Table]) -> "pd.DataFrame":
    """Rows as a data frame with the columns and dtypes of `model`, null where a row has no value."""
    import pandas as pd

    rows = list(rows)
    if extra := {key for row in rows for key in row} - set(model.COLUMNS):
        raise UserError(f"table {model.__name__}: rows have undeclared columns {sorted(extra)}")
    columns = model.COLUMNS.items()
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=column.dtype) for name, column in columns}
    )


def decimals(model: type[Table]) -> dict[str, int]:
    """The resolution at which each measured column is stored."""
    return {name: c.decimals for name, c in model.COLUMNS.items() if c.decimals is not None}


def rounded(table: "pd.DataFrame", model: type[Table]) -> "pd.DataFrame":
    """Measures at the resolution of the contract (idempotent)."""
    return table.round({name: n for name, n in decimals(model).items() if name in table})


def rounded_rows(rows: Iterable[Mapping[str, Any]], model: type[Table]) -> list[dict[str, Any]]:
    """Rows with every column of `model`, measures at its resolution, sorted by primary key."""
    digits = decimals(model)
    made = [{name: _rounded(row.get(name), digits.get(name)) for name in model.COLUMNS} for row in rows]
    return sorted(made, key=lambda row: [(row[name] is None, row[name]) for name in model.KEY])


def _rounded(value: Any, digits: int | None) -> Any:
    """One value as a table stores it: NaN is null, and pandas' way of rounding is numpy's."""
    if digits is None or value is None:
        return value
    import numpy as np

    return None if value != value else float(np.round(value, digits))


def check(table: "pd.DataFrame", model: type[Table], where: str) -> "pd.DataFrame":
    """The same rows, in the order of the model's columns and key, if every rule holds.

    Raises:
        UserError: names the file, the rule and up to five offending rows.
    """
    content = _checked(table, model, where)
    return conform(table, model).take(table_check.order(content, model)).reset_index(drop=True)


def _checked(table: "pd.DataFrame", model: type[Table], where: str) -> Any:
    """The same rows as an Arrow table, if every rule holds."""
    import pyarrow as pa

    try:
        content = pa.Table.from_pandas(table, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UserError(f"{where}: values of several types: {'; '.join(map(str, error.args))}") from None
    # without pandas' own metadata, which names its version
    return table_check.checked(content.replace_schema_metadata(None), model, where)


def _sorted(content: Any, model: type[Table]) -> Any:
    return content.take(table_check.order(content, model))


def _frame(content: Any, model: type[Table]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({name: _series(content[name], column) for name, column in model.COLUMNS.items()})


def _series(values: Any, column: Column) -> "pd.Series":
    import pandas as pd

    dtype = pd.api.types.pandas_dtype(column.dtype)
    if dtype == "object":
        return pd.Series(values.to_pylist(), dtype=dtype)
    extended = pd.api.types.is_extension_array_dtype(dtype)
    return values.to_pandas(types_mapper=(lambda _: dtype) if extended else None)


def write(table: "pd.DataFrame", model: type[Table], target: Path) -> None:
    """Round, check, sort and atomically write one table as Parquet.

    Raises:
        UserError: the table breaks its contract; nothing is written.
    """
    import pyarrow.parquet

    content = _sorted(_checked(rounded(table, model), model, str(target)), model)
    files.write(target, lambda beside: pyarrow.parquet.write_table(content, beside))


def read(source: Path, model: type[Table]) -> "pd.DataFrame":
    """Read and check one table.

    Raises:
        UserError: no such table, or it breaks its contract.
    """
    return _frame(_content(source, model), model)


def rows(source: Path, model: type[Table]) -> list[dict[str, Any]]:
    """Read and check one table, without pandas: a dict per row, None for null.

    Raises:
        UserError: no such table, or it breaks its contract.
    """
    found: list[dict[str, Any]] = _content(source, model).to_pylist()
    return found


def _content(source: Path, model: type[Table]) -> Any:
    """One table that is stored, as an Arrow table."""
    import pyarrow.parquet

    if not source.exists():
        raise UserError(f"{source}: not found; run `dvc repro`, which makes it")
    with pyarrow.parquet.ParquetFile(source) as file:
        return _sorted(table_check.checked(file.read(), model, str(source)), model)


def path(stage: str, corpus: str) -> Path:
    """Where the table of a per-corpus stage lies."""
    return Path("data/tables") / stage / f"{corpus}.parquet"


def read_all(stage: str, corpora: list[str], model: type[Table]) -> "pd.DataFrame":
    """The tables of a per-corpus stage for the corpora of this build and no others, as one, sorted by key."""
    import pyarrow as pa

    tables = [_content(path(stage, corpus), model) for corpus in corpora]
    return _frame(_sorted(table_check.checked(pa.concat_tables(tables), model, stage), model), model)


def same_clips(left: "pd.DataFrame", right: "pd.DataFrame", name: str) -> None:
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


def conform(table: "pd.DataFrame", model: type[Table]) -> "pd.DataFrame":
    """The columns of `model`, in its dtypes; nullable columns that hold no null may become plain ones."""
    return table[list(model.COLUMNS)].astype({name: c.dtype for name, c in model.COLUMNS.items()})
