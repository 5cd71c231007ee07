"""Tables as a stream of record batches: CSV (also .gz and standard input) and Parquet, one file or many.

CSV cells come as text, as they stand in the file; what they mean is the schema's business (`cells`). Memory is
bounded by one batch.
"""

import codecs
import csv
import io
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from softargmax._words import shortened
from softargmax.exceptions import TableError

# Bytes of CSV, and rows of Parquet, that are in memory at a time: enough that the work per block does not count, little
# enough that a table of any length fits. A line of CSV must fit into a block.
CSV_BLOCK = 1 << 20
PARQUET_ROWS = 1 << 13

_CSV_NAMES = (".csv", ".tsv", ".txt", ".data", ".test")
_NOT_UTF8 = "expected text in UTF-8, got other bytes; convert it, e.g. with iconv -t UTF-8"
_MAGIC_PARQUET = b"PAR1"
_MAGIC_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class CsvFormat:
    """How a CSV file is laid out.

    `header` None means: there is one, and a first line that looks like data is refused rather than used.
    """

    header: bool | None = None
    delimiter: str = ","
    columns: tuple[str, ...] | None = None  # names when there is no header, known from fit
    target: str | None = None  # the one of them that may be absent


@dataclass(frozen=True)
class Batch:
    """Some rows of a table, the file they come from, and the number (from 1) of the first of them.

    `more` lists where other files begin, if several were joined: position in `data`, and file.
    """

    file: str
    first_row: int
    data: pa.RecordBatch
    more: tuple[tuple[int, str], ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the columns, in the order of the table."""
        return list(self.data.schema.names)

    def place(self, position: int) -> tuple[str, int]:
        """Give the file and the row number of a position in `data`. Blank lines of a CSV file are no rows."""
        file, row = self.file, self.first_row + position
        for start, other in self.more:
            if position >= start:
                file, row = other, position - start + 1
        return file, row


class Files(tuple[str, ...]):
    """The files to read, as `resolve` found them. What has been found is not looked for again."""


def resolve(paths: Sequence[str | os.PathLike[str]]) -> Files:
    """Turn files and folders into the files to read, folders in the order of their files' names.

    Raises
    ------
    TableError
        For what is not there, and folders without a table.
    """
    if isinstance(paths, Files):
        return paths
    files: list[str] = []
    for path in map(str, paths):
        if path == "-":
            files.append(path)
        elif os.path.isdir(path):
            inside = sorted(str(file) for file in Path(path).iterdir() if _is_table_name(file.name))
            if not inside:
                raise TableError(f"{path}: expected a folder with .csv, .csv.gz or .parquet files, found none")
            files += inside
        elif not os.path.exists(path):
            raise TableError(f"{path}: no such file or folder")
        else:
            files.append(path)
    if not files:
        raise TableError("expected at least one table, got none")
    return Files(files)


def _is_table_name(name: str) -> bool:
    lower = name.lower()
    return not name.startswith(".") and (lower.endswith(".parquet") or lower.removesuffix(".gz").endswith(_CSV_NAMES))


def read_batches(files: Iterable[str], csv_format: CsvFormat) -> Iterator[Batch]:
    """Read the files one after the other. A file without rows gives one empty batch, for its columns.

    Raises
    ------
    TableError
        For files that cannot be read as a table, naming the file and the line.
    """
    for file in files:
        try:
            yield from _read_file(file, csv_format)
        except (pa.ArrowException, OSError, EOFError) as error:
            raise TableError(f"{file}: {_plain(error)}") from error


def _read_file(file: str, csv_format: CsvFormat) -> Iterator[Batch]:
    with _open(file) as stream:
        head = stream.peek(8)[:8]
        if head.startswith(_MAGIC_PARQUET):
            if file == "-" or not os.path.isfile(file):
                raise TableError(f"{file}: Parquet cannot be read from a pipe, only CSV; write it to a file first")
            yield from _read_parquet(file)
        elif head.startswith(_MAGIC_GZIP):
            yield from _read_csv(file, _Peekable(_decompressed(stream), close=False), csv_format)
        else:
            yield from _read_csv(file, stream, csv_format)


def _open(file: str) -> "_Peekable":
    if file == "-":
        return _Peekable(sys.stdin.buffer, close=False)
    return _Peekable(open(file, "rb"), close=True)


def _read_parquet(file: str) -> Iterator[Batch]:
    with pa.parquet.ParquetFile(file) as parquet:
        _check_names(file, list(parquet.schema_arrow.names))
        row, batch = 1, None
        for batch in parquet.iter_batches(batch_size=PARQUET_ROWS):
            yield Batch(file, row, batch)
            row += batch.num_rows
        if batch is None:
            yield Batch(file, 1, pa.RecordBatch.from_pylist([], schema=parquet.schema_arrow))


def _read_csv(file: str, source: "_Peekable", csv_format: CsvFormat) -> Iterator[Batch]:
    if source.peek(4).startswith(_MAGIC_PARQUET):
        raise TableError(f"{file}: Parquet inside gzip cannot be read; unpack it first")
    first = _first_record(file, source.peek(CSV_BLOCK), csv_format.delimiter)
    names, has_header = _column_names(file, first, csv_format)
    complaint = _Complaint(file, len(names), first)
    # The header is read as a row like any other and then left out: types are decided by us, not by the reader.
    columns = {f"f{position}": pa.string() for position in range(len(names))}
    row, skipped = 1, int(has_header)
    try:
        reader = pa.csv.open_csv(
            pa.PythonFile(source, mode="r"),
            read_options=pa.csv.ReadOptions(block_size=CSV_BLOCK, use_threads=False, autogenerate_column_names=True),
            parse_options=pa.csv.ParseOptions(
                delimiter=csv_format.delimiter,
                newlines_in_values=True,
                invalid_row_handler=complaint,
                ignore_empty_lines=len(names) > 1,  # in a table of one column an empty line is a missing value
            ),
            convert_options=pa.csv.ConvertOptions(column_types=columns, strings_can_be_null=False),
        )
        for batch in reader:
            yield Batch(file, row, pa.RecordBatch.from_arrays(batch.columns, names=names).slice(skipped))
            row += batch.num_rows - skipped
            skipped = 0
    except pa.ArrowInvalid as error:
        raise complaint.error or error from error


def _first_record(file: str, head: bytes, delimiter: str) -> list[str]:
    if not head.strip():
        raise TableError(f"{file}: expected a table, got an empty file")
    if not head[: head.find(b"\n") + 1 or None].replace(delimiter.encode(), b"").strip():
        raise TableError(f"{file}: expected column names or values in the first line, got a blank one; remove it")
    try:
        # A full block may end inside a character.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=len(head) < CSV_BLOCK)
    except UnicodeDecodeError:
        raise TableError(f"{file}: {_NOT_UTF8}") from None
    try:
        record = next(row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row)
    except csv.Error as error:
        hint = "; its lines end in CR: convert them with tr '\\r' '\\n'" if b"\n" not in head else ""
        raise TableError(f"{file}: the first line cannot be read as CSV ({error}){hint}") from None
    return [cell.strip() for cell in record]


def _column_names(file: str, first: list[str], csv_format: CsvFormat) -> tuple[list[str], bool]:
    """Name the columns, and tell whether the first line is a header."""
    header = csv_format.header
    if header is False:
        known = csv_format.columns
        if known is None:
            return [f"column_{position}" for position in range(1, len(first) + 1)], False
        if csv_format.target is not None and len(first) == len(known) - 1:
            return [name for name in known if name != csv_format.target], False
        if len(first) != len(known):
            raise TableError(
                f"{file}: line 1 has {len(first)} values where {len(known)} are expected: "
                f"{shortened(csv_format.delimiter.join(first))!r}; if it does not belong to the table, remove it"
            )
        return list(known), False
    if header is None:
        numbers = [cell for cell in first if _looks_like_number(cell)]
        if numbers:
            raise TableError(
                f"{file}: expected column names in the first line, but it holds numbers ({', '.join(numbers[:3])}); "
                "pass header=False if the table starts there, or header=True if these are the names",
                parameter="header",
            )
    _check_names(file, first)
    return first, True


def _check_names(file: str, names: list[str]) -> None:
    if any(not name for name in names):
        raise TableError(f"{file}: column {names.index('') + 1} has no name; give it one")
    duplicates = sorted(name for name, count in Counter(names).items() if count > 1)
    if duplicates:
        raise TableError(f"{file}: expected distinct column names, got {', '.join(map(repr, duplicates))} twice")


def _looks_like_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.lower() not in ("nan", "inf", "infinity")


class _Complaint:
    """Remembers the first row of the wrong width, in words."""

    def __init__(self, file: str, expected: int, first: list[str]) -> None:
        self.file = file
        self.expected = expected
        self.first = first
        self.error: TableError | None = None

    def __call__(self, row: Any) -> str:
        if self.error is None:
            place = f"line {row.number}" if row.number is not None else "a line"
            self.error = TableError(
                f"{self.file}: {place} has {row.actual_columns} values where the first line has "
                f"{self.expected}: {shortened(row.text)!r} (first line: {shortened(','.join(self.first))!r}); "
                "remove whichever does not belong to the table"
            )
        return "error"


class _Peekable(io.RawIOBase):
    """A stream whose beginning can be looked at before it is read; also where the stream cannot seek."""

    def __init__(self, stream: Any, close: bool) -> None:
        self._stream = stream
        self._head = b""
        self._close = close

    def peek(self, size: int) -> bytes:
        """Give the first `size` bytes, or all there are, without consuming them."""
        while len(self._head) < size:
            more = self._stream.read(size - len(self._head))
            if not more:
                break
            self._head += more
        return self._head

    def readable(self) -> bool:
        """Say that it can be read, which io.RawIOBase denies."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Give the next bytes, those that were looked at before them first; all that are left without a size."""
        if size is None or size < 0:
            size = sys.maxsize
        if self._head:
            taken, self._head = self._head[:size], self._head[size:]
            return taken
        return bytes(self._stream.read(size if size < sys.maxsize else -1))

    def close(self) -> None:
        """Close the stream if it is ours."""
        if self._close:
            self._stream.close()
        super().close()


def _decompressed(stream: Any) -> Any:
    return pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "gzip")


def _plain(error: BaseException) -> str:
    """Say what a library's error means, without its prefixes."""
    text = str(error) if not isinstance(error, OSError) or error.strerror is None else error.strerror
    if "cannot infer number of columns" in text:
        return f"the first line is longer than {CSV_BLOCK} bytes"
    if "straddling" in text:
        return f"a row is longer than {CSV_BLOCK} bytes; is a quotation mark left open?"
    if "invalid UTF8" in text:
        return _NOT_UTF8
    return shortened(text.splitlines()[0] if text else type(error).__name__, 200)
