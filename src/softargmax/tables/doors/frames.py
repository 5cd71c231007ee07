"""Tables that are in memory already: data frames of any library that speaks Arrow, matrices, rows as dictionaries."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.doors.door import ROWS, Opened, first_line, name_columns, numbered
from softargmax.tables.limits import Limits
from softargmax.tables.reading import Reading

# What messages call a table that is no file.
NAME = "the table"
# Rows that are looked at to tell an index.
_FEW = 300


def is_in_memory(source: Any) -> bool:
    """Tell a table in memory from the name of a file, or names of files."""
    if isinstance(source, Mapping | np.ndarray) or hasattr(source, "__arrow_c_stream__") or _is_pandas(source):
        return True
    if hasattr(source, "__arrow_c_array__") or _is_lazy(source):
        return True
    return isinstance(source, Sequence) and not isinstance(source, str) and _are_rows(source)


def _are_rows(source: Sequence[Any]) -> bool:
    return len(source) > 0 and isinstance(source[0], Mapping)


def as_arrow(frame: Any) -> Any:
    """Turn a table in memory into a pyarrow.Table, without a copy where its library allows that.

    Parameters
    ----------
    frame : data frame, pyarrow.Table, ndarray, dict or list of dict
        A data frame of pandas, polars, DuckDB or any library with the Arrow PyCapsule interface; numbers of shape
        (n_rows, n_columns); one row as a dictionary of values, or several; or a dictionary of columns. A data frame's
        index is no column.

    Raises
    ------
    TableError
        For what is none of these.
    """
    try:
        if isinstance(frame, pa.Table):
            return frame
        if _is_pandas(frame):
            return _from_pandas(frame)
        if _is_lazy(frame):
            return pa.table(frame.collect())
        if isinstance(frame, Mapping):
            return _from_mapping(frame)
        if isinstance(frame, np.ndarray):
            return _from_array(frame)
        if isinstance(frame, Sequence):
            return _from_rows(frame)
        if hasattr(frame, "__arrow_c_array__") and not hasattr(frame, "__arrow_c_stream__"):
            return pa.Table.from_batches([pa.record_batch(frame)])
        return pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError, AttributeError) as error:
        if "non-struct type" in str(error):  # what pandas, polars and Arrow call a series or an array
            raise TableError(
                f"{NAME}: expected columns with names, got a {_type(frame)}, which is one without a name; make a table "
                "of it first, as to_frame() of pandas and polars does"
            ) from None
        raise TableError(
            f"{NAME}: expected columns of single values, got a {_type(frame)}: {first_line(error)}"
        ) from None


def _type(frame: Any) -> str:
    kind = type(frame)
    return f"{kind.__module__.partition('.')[0]} {kind.__name__}" if kind.__module__ != "builtins" else kind.__name__


def _is_pandas(source: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(source, pandas.DataFrame)


def _is_lazy(source: Any) -> bool:
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(source, polars.LazyFrame)


def _from_pandas(frame: Any) -> Any:
    columns = [_column(frame.iloc[:, position]) for position in range(frame.shape[1])]
    return pa.Table.from_arrays(columns, names=[str(name) for name in frame.columns])


def _column(values: Any) -> Any:
    """Turn a column into an Arrow array; objects of several types become what a person sees of them."""
    try:
        return pa.chunked_array([pa.array(values, from_pandas=True)])
    except (pa.ArrowException, TypeError, OverflowError):  # the last for whole numbers beyond int64
        # What is not equal to itself is the NaN that stands for a missing value.
        texts = [None if value is None or value != value else str(value) for value in values]
        return pa.chunked_array([pa.array(texts, pa.string())])


def _from_mapping(frame: Mapping[str, Any]) -> Any:
    several = [name for name, values in frame.items() if _is_column(values)]
    if not several:
        return _from_rows([frame])
    single = [name for name in frame if name not in several and not hasattr(frame[name], "__iter__")]
    if single:
        raise TableError(
            f"{NAME}: expected single values, which make a row, or a list for each column, got a dictionary of both: "
            f"{several[0]!r} holds several values and {single[0]!r} holds one"
        )
    return pa.table({str(name): values for name, values in frame.items()})


def _is_column(values: Any) -> bool:
    return isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes)


def _from_rows(rows: Sequence[Mapping[str, Any]]) -> Any:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({str(name): _column([row.get(name) for row in rows]) for name in names})


def _from_array(values: Any) -> Any:
    if values.dtype.names:
        return pa.table({name: values[name] for name in values.dtype.names})
    if values.ndim != 2:
        raise TypeError(f"its shape is {values.shape}, and (n_rows, n_columns) is needed")
    columns = [values[:, position] for position in range(values.shape[1])]
    return pa.table({f"column_{position}": _column(column) for position, column in enumerate(columns, 1)})


def open_frame(frame: Any, reading: Reading, limits: Limits) -> Opened:
    """Take a table in memory; little is to be decided about it.

    Raises
    ------
    TableError, LimitError
        For what is no table, and more columns than the limits allow.
    """
    table = as_arrow(frame)

    def cells(position: int) -> Sequence[str]:
        return [str(value) for value in table.column(position)[:_FEW].to_pylist()]

    named = name_columns(NAME, table.schema.names, cells, reading, limits)
    table = table.select(list(named.positions)).rename_columns(list(named.names))
    return Opened(named.names, replace(reading, index=named.has_index), named.notes, lambda: _batches(table))


def _batches(table: Any) -> Iterator[Batch]:
    none = pa.RecordBatch.from_pylist([], schema=table.schema)
    return numbered(NAME, table.to_batches(max_chunksize=ROWS), lambda: none)
