"""Reading and writing of tables as Parquet; each table is checked against its contract.

Rows are sorted by primary key and measures are rounded before they are written, so equal content gives equal
bytes. pandas and Arrow are imported only when they are needed; `rows` does not import pandas.
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
    """Make a data frame of rows, with the columns and dtypes of `model`; missing values become null."""
    import pandas as pd

    rows = list(rows)
    if extra := {key for row in rows for key in row} - set(model.COLUMNS):
        raise UserError(f"table {model.__name__}: rows have undeclared columns {sorted(extra)}")
    columns = {name: [row.get(name) for row in rows] for name in model.COLUMNS}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=c.dtype) for name, c in model.COLUMNS.items()})


def decimals(model: type[Table]) -> dict[str, int]:
    """Return the number of decimals of each column that is rounded."""
    return {name: c.decimals for name, c in model.COLUMNS.items() if c.decimals is not None}


def rounded(table: "pd.DataFrame", model: type[Table]) -> "pd.DataFrame":
    """Round the columns of measures to their number of decimals (idempotent)."""
    return table.round(decimals(model))


def rounded_rows(rows: Iterable[Mapping[str, Any]], model: type[Table]) -> list[dict[str, Any]]:
    """Round rows as `rounded` does, without pandas; add missing columns, NaN as None, sort by primary key."""
    import numpy as np

    rows = list(rows)
    columns = {name: [row.get(name) for row in rows] for name in model.COLUMNS}
    for name, digits in decimals(model).items():
        values = np.round(np.array(columns[name], dtype=np.float64), digits).tolist()
        columns[name] = [None if math.isnan(value) else value for value in values]
    made = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return sorted(made, key=lambda row: [(row[name] is None, row[name]) for name in model.KEY])


def check(table: "pd.DataFrame", model: type[Table], name: str) -> "pd.DataFrame":
    """Check a table, and return its rows in the order of the model's columns and key.

    Raises:
        UserError: the table violates its contract; the message names the file, the rules and up to five rows.
    """
    return _frame(_checked(table, model, name), model)


def _checked(table: "pd.DataFrame", model: type[Table], name: str) -> Any:
    """Check a table, and return its rows, sorted, as an Arrow table."""
    import pyarrow as pa

    try:
        content = pa.Table.from_pandas(table, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UserError(f"{name}: values of several types: {'; '.join(map(str, error.args))}") from None
    # drop the metadata of pandas, because they contain its version
    return table_check.checked(content.replace_schema_metadata(None), model, name)


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
    """Round, check, sort and write one table as Parquet, atomically.

    Raises:
        UserError: the table violates its contract; nothing is written.
    """
    import pyarrow.parquet

    content = _checked(rounded(table, model), model, str(target))
    files.write(target, lambda temporary: pyarrow.parquet.write_table(content, temporary))


def read(source: Path, model: type[Table]) -> "pd.DataFrame":
    """Read and check one table.

    Raises:
        UserError: the table does not exist, or violates its contract.
    """
    return _frame(_content(source, model), model)


def rows(source: Path, model: type[Table]) -> list[dict[str, Any]]:
    """Read and check one table without pandas: one dict per row, None for null; see `read` for errors."""
    found: list[dict[str, Any]] = _content(source, model).to_pylist()
    return found


def _content(source: Path, model: type[Table]) -> Any:
    """Read and check one table as an Arrow table."""
    import pyarrow.parquet

    if not source.exists():
        raise UserError(f"{source}: not found; run `dvc repro` to make it")
    with pyarrow.parquet.ParquetFile(source) as file:
        return table_check.checked(file.read(), model, str(source))


def path(stage: str, corpus: str) -> Path:
    """Return the path of a per-corpus table."""
    return Path("data/tables") / stage / f"{corpus}.parquet"


def read_all(stage: str, corpora: list[str], model: type[Table]) -> "pd.DataFrame":
    """Read the per-corpus tables of a stage as one table, sorted by key."""
    import pyarrow as pa

    tables = [_content(path(stage, corpus), model) for corpus in corpora]
    return _frame(table_check.checked(pa.concat_tables(tables), model, stage), model)


def same_clips(left: "pd.DataFrame", right: "pd.DataFrame", name: str) -> None:
    """Check that two tables have the same clips, before a join.

    Raises:
        UserError: a clip is in only one table; the message names the table and up to five clips.
    """
    if odd := sorted(set(left.clip_id) ^ set(right.clip_id)):
        raise UserError(
            f"table '{name}': {len(odd)} clips are in only one of this table and the catalog, "
            f"e.g. {', '.join(odd[:5])}; tables are out of date: run `dvc repro`"
        )


def conform(table: "pd.DataFrame", model: type[Table]) -> "pd.DataFrame":
    """Select the columns of `model` and convert them to its dtypes."""
    return table[list(model.COLUMNS)].astype({name: c.dtype for name, c in model.COLUMNS.items()})
