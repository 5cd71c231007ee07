"""Arrow's own files, which those of Feather are too, and its streams: columns with names and types, batch by batch."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from softargmax.tables.batch import Batch
from softargmax.tables.doors.door import ROWS, Opened, numbered
from softargmax.tables.doors.source import Source
from softargmax.tables.doors.typed import FEW, TypedColumns
from softargmax.tables.limits import Limits
from softargmax.tables.reading import Reading

# The first bytes of files and of streams.
FILE, STREAM = b"ARROW1", b"\xff\xff\xff\xff"
MAGIC = (FILE, STREAM)


def open_arrow(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at the columns of Arrow's files and streams.

    Raises
    ------
    LimitError
        For more columns than the limits allow.
    """

    def head() -> Any:
        given = _schema_and_batches(source)
        next(given)
        first = next(given, None)
        return None if first is None else first.slice(0, FEW)

    columns = TypedColumns.of(source.name, next(_schema_and_batches(source)), head, reading, limits)
    return Opened(columns.names, columns.reading, columns.notes, lambda: _batches(source, columns))


def _batches(source: Source, columns: TypedColumns) -> Iterator[Batch]:
    given = _schema_and_batches(source)
    none = pa.RecordBatch.from_pylist([], schema=next(given))
    # However many rows lie together in the file, so many are handed on at a time.
    rows = (batch.slice(start, ROWS) for batch in map(columns.taken, given) for start in range(0, batch.num_rows, ROWS))
    yield from numbered(source.name, rows, lambda: columns.taken(none))


def _schema_and_batches(source: Source) -> Iterator[Any]:
    """Give the schema first, and then the batches."""
    magic = source.head(len(STREAM))
    if magic == STREAM:
        # From a file, not a pipe: a damaged stream may ask for more bytes than there is memory.
        with pa.memory_map(source.file()) as file, pa.ipc.open_stream(file) as reader:
            yield reader.schema
            yield from reader
    else:
        with pa.memory_map(source.file()) as file, pa.ipc.open_file(file) as reader:
            yield reader.schema
            yield from map(reader.get_batch, range(reader.num_record_batches))
