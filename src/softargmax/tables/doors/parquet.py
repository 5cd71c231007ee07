"""Parquet files: their columns have names and types, so little is to be decided."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from softargmax.tables.batch import Batch
from softargmax.tables.doors.door import Opened, name_columns
from softargmax.tables.doors.source import Source
from softargmax.tables.limits import Limits
from softargmax.tables.names import ColumnNames
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

MAGIC = b"PAR1"

# Rows that are in memory at a time: enough that the work per batch does not count.
ROWS = 1 << 13
# Rows that are looked at to tell an index.
_FEW = 300

# What pandas calls an index without a name where it stores it as a column, and lists it as one of its own.
_LEVEL = re.compile(r"__index_level_\d+__")


def open_parquet(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at the columns of a Parquet file.

    Raises
    ------
    LimitError
        For more columns than the limits allow.
    """
    with pa.parquet.ParquetFile(source.file()) as parquet:
        schema = parquet.schema_arrow
        levels = [] if reading.index is False else _levels(schema, reading.names or ())
        kept = [place for place, name in enumerate(schema.names) if name not in levels]

        def cells(position: int) -> Sequence[str]:
            head = next(parquet.iter_batches(batch_size=_FEW), None)
            return [] if head is None else [str(value) for value in head.column(kept[position]).to_pylist()]

        named = name_columns(source.name, [schema.names[place] for place in kept], cells, reading, limits)
    notes = list(named.notes)
    if levels and reading.index is None:
        notes.insert(0, Note("index", f"{', '.join(levels)} is the index of pandas and was left out", None, "index"))
    decided = replace(reading, index=bool(levels) or named.has_index)
    places = [kept[position] for position in named.positions]
    return Opened(named.names, decided, tuple(notes), lambda: _batches(source, named, places))


def _levels(schema: Any, known: Sequence[str]) -> list[str]:
    """Name the columns that hold an index of pandas which has no name, as the file itself says."""
    listed = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in listed if isinstance(name, str) and _LEVEL.fullmatch(name) and name not in known]


def _batches(source: Source, named: ColumnNames, places: Sequence[int]) -> Iterator[Batch]:
    def of(batch: Any) -> Any:
        return pa.RecordBatch.from_arrays([batch.column(place) for place in places], names=list(named.names))

    with pa.parquet.ParquetFile(source.file()) as parquet:
        row, batch = 1, None
        for batch in parquet.iter_batches(batch_size=ROWS):
            yield Batch(source.name, row, of(batch))
            row += batch.num_rows
        if batch is None:
            yield Batch(source.name, 1, of(pa.RecordBatch.from_pylist([], schema=parquet.schema_arrow)))
