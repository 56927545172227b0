"""Reading and writing of tables, with a check of each.

Before writing, rows are sorted by primary key and measures are rounded to their resolution, so equal content
is equal bytes. pandas and Arrow are imported if they are needed: `rows` needs no pandas.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages.core import files, table_check
from stages.core.contract import Table
from stages.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


def frame(rows: Iterable[Mapping[str, Any]], model: type[Table]) -> "pd.DataFrame":
    """Make a data frame of rows, with the columns and dtypes of `model`, null where a row has no value."""
    import pandas as pd

    rows = list(rows)
    if extra := {key for row in rows for key in row} - set(model.COLUMNS):
        raise UserError(f"table {model.__name__}: rows have undeclared columns {sorted(extra)}")
    columns = {name: [row.get(name) for row in rows] for name in model.COLUMNS}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=c.dtype) for name, c in model.COLUMNS.items()})


def decimals(model: type[Table]) -> dict[str, int]:
    """Return the decimals with which each measured column is stored."""
    return {name: c.decimals for name, c in model.COLUMNS.items() if c.decimals is not None}


def rounded(table: "pd.DataFrame", model: type[Table]) -> "pd.DataFrame":
    """Round measures to their decimals (idempotent)."""
    return table.round(decimals(model))


def rounded_rows(rows: Iterable[Mapping[str, Any]], model: type[Table]) -> list[dict[str, Any]]:
    """Do the same as `rounded` without pandas; add missing columns, and sort by primary key. NaN is null."""
    import numpy as np

    rows = list(rows)
    columns = {name: [row.get(name) for row in rows] for name in model.COLUMNS}
    for name, digits in decimals(model).items():
        values = np.round(np.array(columns[name], dtype=np.float64), digits).tolist()
        columns[name] = [None if math.isnan(value) else value for value in values]
    made = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return sorted(made, key=lambda row: [(row[name] is None, row[name]) for name in model.KEY])


def check(table: "pd.DataFrame", model: type[Table], where: str) -> "pd.DataFrame":
    """Check a table, and return its rows in the order of the model's columns and key.

    Raises:
        UserError: names the file, the rule and up to five offending rows.
    """
    return _frame(_checked(table, model, where), model)


def _checked(table: "pd.DataFrame", model: type[Table], where: str) -> Any:
    """Check a table, and return its rows, sorted, as an Arrow table."""
    import pyarrow as pa

    try:
        content = pa.Table.from_pandas(table, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UserError(f"{where}: values of several types: {'; '.join(map(str, error.args))}") from None
    # without the metadata of pandas, which contain its version
    return table_check.checked(content.replace_schema_metadata(None), model, where)


def _frame(content: Any, model: type[Table]) -> "pd.DataFrame":
    import pandas as pd

    columns = {}
    for name, column in model.COLUMNS.items():
        dtype = pd.api.types.pandas_dtype(column.dtype)
        if dtype == "object":
            columns[name] = pd.Series(content[name].to_pylist(), dtype=dtype)
        else:
            extended = {content[name].type: dtype} if pd.api.types.is_extension_array_dtype(dtype) else {}
            columns[name] = content[name].to_pandas(types_mapper=extended.get)
    return pd.DataFrame(columns)


def write(table: "pd.DataFrame", model: type[Table], target: Path) -> None:
    """Round, check, sort and atomically write one table as Parquet.

    Raises:
        UserError: the table violates its contract; nothing is written.
    """
    import pyarrow.parquet

    content = _checked(rounded(table, model), model, str(target))
    files.write(target, lambda beside: pyarrow.parquet.write_table(content, beside))


def read(source: Path, model: type[Table]) -> "pd.DataFrame":
    """Read and check one table.

    Raises:
        UserError: no such table, or it violates its contract.
    """
    return _frame(_content(source, model), model)


def rows(source: Path, model: type[Table]) -> list[dict[str, Any]]:
    """Read and check one table as `read` does, without pandas: a dict per row, None for null."""
    found: list[dict[str, Any]] = _content(source, model).to_pylist()
    return found


def _content(source: Path, model: type[Table]) -> Any:
    """Read and check one table as an Arrow table."""
    import pyarrow.parquet

    if not source.exists():
        raise UserError(f"{source}: not found; run `dvc repro`, which makes it")
    with pyarrow.parquet.ParquetFile(source) as file:
        return table_check.checked(file.read(), model, str(source))


def path(stage: str, corpus: str) -> Path:
    """Return the path of the table of a per-corpus stage."""
    return Path("data/tables") / stage / f"{corpus}.parquet"


def read_all(stage: str, corpora: list[str], model: type[Table]) -> "pd.DataFrame":
    """Read the tables of a per-corpus stage for the corpora of this build as one table, sorted by key."""
    import pyarrow as pa

    tables = [_content(path(stage, corpus), model) for corpus in corpora]
    return _frame(table_check.checked(pa.concat_tables(tables), model, stage), model)


def same_clips(left: "pd.DataFrame", right: "pd.DataFrame", name: str) -> None:
    """Refuse to join two tables of different clips.

    Raises:
        UserError: names the table and up to five clips that are in only one of them.
    """
    if odd := sorted(set(left.clip_id) ^ set(right.clip_id)):
        raise UserError(
            f"table '{name}': {len(odd)} clips are not in both it and the catalog, "
            f"e.g. {', '.join(odd[:5])}; tables are out of date: run `dvc repro`"
        )


def conform(table: "pd.DataFrame", model: type[Table]) -> "pd.DataFrame":
    """Select the columns of `model` and convert them to its dtypes."""
    return table[list(model.COLUMNS)].astype({name: c.dtype for name, c in model.COLUMNS.items()})
