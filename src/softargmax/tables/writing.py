"""Predictions out: CSV or Parquet, batch by batch, whole or not at all."""

import codecs
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from softargmax._atomic import written_whole
from softargmax.exceptions import ArgumentError, TableError

TABLE_ENDINGS = (".csv", ".csv.gz", ".parquet")


class TableWriter:
    """Writes record batches; the first one decides the columns."""

    def __init__(self, sink: Any, parquet: bool, bom: bool = False) -> None:
        self._sink = sink
        self._parquet = parquet
        self._bom = bom
        self._writer: Any = None

    def write(self, table: Any) -> None:
        """Append the rows of a pyarrow.Table; all must have the columns of the first."""
        if self._writer is None:
            if self._bom:
                self._sink.write(codecs.BOM_UTF8)
            make = pa.parquet.ParquetWriter if self._parquet else pa.csv.CSVWriter
            self._writer = make(self._sink, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Write what a format keeps for its end, as Parquet's index; without it a file cannot be read."""
        if self._writer is not None:
            self._writer.close()


@contextlib.contextmanager
def table_writer(path: str | None, *, bom: bool = False) -> Iterator[TableWriter]:
    """Open a table for writing: .csv, .csv.gz or .parquet; None or "-" is CSV on standard output.

    `bom` begins CSV with a byte order mark.

    Raises
    ------
    ArgumentError
        For a byte order mark in Parquet, which says itself that its text is UTF-8.
    TableError
        For another ending, and when the file cannot be written; then nothing is left behind.
    """
    if path is None or path == "-":
        writer = TableWriter(pa.PythonFile(sys.stdout.buffer, mode="w"), parquet=False, bom=bom)
        yield writer
        writer.close()
        sys.stdout.buffer.flush()
        return
    check_output_name(path)
    parquet = path.lower().endswith(".parquet")
    if bom and parquet:
        raise ArgumentError("bom=True: only CSV has a byte order mark, got the name of a Parquet file", parameter="bom")
    try:
        compression = "gzip" if path.lower().endswith(".gz") else None
        # Python opens the file, because pyarrow takes no name with bytes that are no text.
        with (
            written_whole(Path(path)) as temporary,
            open(temporary, "wb") as file,
            pa.output_stream(file, compression=compression) as sink,
        ):
            writer = TableWriter(sink, parquet, bom)
            try:
                yield writer
            except BaseException:
                # Let go of the sink while it is open; what it holds is thrown away.
                with contextlib.suppress(OSError, pa.ArrowException):
                    writer.close()
                raise
            writer.close()
    except OSError as error:
        raise TableError(f"{path}: cannot be written: {error.strerror or error}") from error
    except pa.ArrowException as error:
        raise TableError(f"{path}: cannot be written in this format: {error}") from error


def check_output_name(path: str, endings: tuple[str, ...] = TABLE_ENDINGS) -> None:
    """Refuse a name whose ending does not tell the format.

    Raises
    ------
    ArgumentError
    """
    if not path.lower().endswith(endings):
        known = f"{', '.join(endings[:-1])} or {endings[-1]}"
        raise ArgumentError(f"output: expected a name that ends in {known}, got {path!r}", parameter="output")
