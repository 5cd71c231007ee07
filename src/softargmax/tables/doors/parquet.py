"""Parquet files: their columns have names and types, so nothing is to be decided."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from softargmax.tables.batch import Batch
from softargmax.tables.doors.door import Opened, check_names
from softargmax.tables.doors.source import Source
from softargmax.tables.limits import Limits
from softargmax.tables.reading import Reading

MAGIC = b"PAR1"

# Rows that are in memory at a time: enough that the work per batch does not count.
ROWS = 1 << 13


def open_parquet(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at the columns of a Parquet file.

    Raises
    ------
    TableError
        If its columns cannot be told apart.
    """
    with pa.parquet.ParquetFile(source.file()) as parquet:
        names = tuple(parquet.schema_arrow.names)
    check_names(source.name, names, limits)
    return Opened(names, reading, (), lambda: _batches(source))


def _batches(source: Source) -> Iterator[Batch]:
    with pa.parquet.ParquetFile(source.file()) as parquet:
        row, batch = 1, None
        for batch in parquet.iter_batches(batch_size=ROWS):
            yield Batch(source.name, row, batch)
            row += batch.num_rows
        if batch is None:
            yield Batch(source.name, 1, pa.RecordBatch.from_pylist([], schema=parquet.schema_arrow))
