"""Text whose cells are parted by a character: CSV and its relatives.

Cells come as text, as they stand in the file; what they mean is the schema's business (`cells`). Memory is bounded by
one block.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.csv

from softargmax._words import shortened
from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.doors.door import Opened, check_names, first_line
from softargmax.tables.doors.source import Source
from softargmax.tables.limits import Limits
from softargmax.tables.reading import Reading

# Bytes that are in memory at a time: enough that the work per block does not count, little enough that a table of any
# length fits. A line must fit into a block.
BLOCK = 1 << 20

_NOT_UTF8 = "expected text in UTF-8, got other bytes; convert it, e.g. with iconv -t UTF-8"


def open_delimited(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at the first line of a text.

    Raises
    ------
    TableError
        If it cannot be read as a table, naming the file and the line.
    """
    delimiter = reading.delimiter or ","
    first = _first_record(source.name, source.head(BLOCK), delimiter)
    names, header = _column_names(source.name, first, replace(reading, delimiter=delimiter), limits)
    decided = replace(reading, encoding="utf-8", delimiter=delimiter, header=header, skip_rows=0)
    return Opened(tuple(names), decided, (), lambda: _batches(source, decided, names, first))


def _batches(source: Source, reading: Reading, names: list[str], first: list[str]) -> Iterator[Batch]:
    complaint = _Complaint(source.name, len(names), first)
    # The header is read as a row like any other and then left out: types are decided by us, not by the reader.
    columns = {f"f{position}": pa.string() for position in range(len(names))}
    row, skipped = 1, int(bool(reading.header))
    try:
        reader = pa.csv.open_csv(
            pa.PythonFile(source.open_once(), mode="r"),
            read_options=pa.csv.ReadOptions(block_size=BLOCK, use_threads=False, autogenerate_column_names=True),
            parse_options=pa.csv.ParseOptions(
                delimiter=reading.delimiter,
                newlines_in_values=True,
                invalid_row_handler=complaint,
                ignore_empty_lines=len(names) > 1,  # in a table of one column an empty line is a missing value
            ),
            convert_options=pa.csv.ConvertOptions(column_types=columns, strings_can_be_null=False),
        )
        for batch in reader:
            yield Batch(source.name, row, pa.RecordBatch.from_arrays(batch.columns, names=names).slice(skipped))
            row += batch.num_rows - skipped
            skipped = 0
    except pa.ArrowInvalid as error:
        raise complaint.error or TableError(f"{source.name}: {_plain(error)}") from error


def _first_record(file: str, head: bytes, delimiter: str) -> list[str]:
    if not head.strip():
        raise TableError(f"{file}: expected a table, got an empty file")
    if not head[: head.find(b"\n") + 1 or None].replace(delimiter.encode(), b"").strip():
        raise TableError(f"{file}: expected column names or values in the first line, got a blank one; remove it")
    try:
        # A full block may end inside a character.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=len(head) < BLOCK)
    except UnicodeDecodeError:
        raise TableError(f"{file}: {_NOT_UTF8}") from None
    try:
        record = next(row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row)
    except csv.Error as error:
        hint = "; its lines end in CR: convert them with tr '\\r' '\\n'" if b"\n" not in head else ""
        raise TableError(f"{file}: the first line cannot be read as CSV ({error}){hint}") from None
    return [cell.strip() for cell in record]


def _column_names(file: str, first: list[str], reading: Reading, limits: Limits) -> tuple[list[str], bool]:
    """Name the columns, and tell whether the first line is a header."""
    header = reading.header
    if header is False:
        known = reading.names
        if known is None:
            return [f"column_{position}" for position in range(1, len(first) + 1)], False
        if reading.target is not None and len(first) == len(known) - 1:
            return [name for name in known if name != reading.target], False
        if len(first) != len(known):
            raise TableError(
                f"{file}: line 1 has {len(first)} values where {len(known)} are expected: "
                f"{shortened(str(reading.delimiter).join(first))!r}; if it does not belong to the table, remove it"
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
    check_names(file, first, limits)
    return first, True


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


def _plain(error: BaseException) -> str:
    """Say what Arrow's error means, without its prefixes."""
    text = str(error)
    if "cannot infer number of columns" in text:
        return f"the first line is longer than {BLOCK} bytes"
    if "straddling" in text:
        return f"a row is longer than {BLOCK} bytes; is a quotation mark left open?"
    if "invalid UTF8" in text:
        return _NOT_UTF8
    return first_line(error)
