"""Parquet files: their columns have names and types, so only an index is to be told from the rest."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from softargmax.tables.batch import Batch
from softargmax.tables.doors.door import ROWS, Opened, numbered
from softargmax.tables.doors.source import Source
from softargmax.tables.doors.typed import FEW, TypedColumns
from softargmax.tables.limits import Limits
from softargmax.tables.reading import Reading

MAGIC = b"PAR1"


def open_parquet(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at the columns of a Parquet file.

    Raises
    ------
    LimitError
        For more columns than the limits allow.
    """
    with pa.parquet.ParquetFile(source.file()) as parquet:
        columns = TypedColumns.of(
            source.name,
            parquet.schema_arrow,
            lambda: next(parquet.iter_batches(batch_size=FEW), None),
            reading,
            limits,
        )
    return Opened(columns.names, columns.reading, columns.notes, lambda: _batches(source, columns))


def _batches(source: Source, columns: TypedColumns) -> Iterator[Batch]:
    with pa.parquet.ParquetFile(source.file()) as parquet:
        none = pa.RecordBatch.from_pylist([], schema=parquet.schema_arrow)
        rows = map(columns.taken, parquet.iter_batches(batch_size=ROWS))
        yield from numbered(source.name, rows, lambda: columns.taken(none))
