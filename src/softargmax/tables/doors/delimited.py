"""Text whose cells are parted by a character: CSV and its relatives.

Cells come as text, as they stand in the file; what they mean is the schema's business (`cells`). How the text is
written is decided at its beginning (`dialect`). Memory is bounded by one block.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.csv

from softargmax._words import shortened
from softargmax.exceptions import FileError, LimitError, TableError
from softargmax.tables.batch import Batch
from softargmax.tables.doors.beginning import BLANK, LINE_ENDS, Record, lines_of, open_in
from softargmax.tables.doors.dialect import Dialect, decide_dialect, likely_delimiters
from softargmax.tables.doors.door import Opened, check_number, first_line, name_columns
from softargmax.tables.doors.quotation import Ended, long_row, open_mark
from softargmax.tables.doors.rows import Columns
from softargmax.tables.doors.short_rows import ShortRows, n_short
from softargmax.tables.doors.source import Peekable, Source
from softargmax.tables.doors.text import UTF_8, Text, without_mark
from softargmax.tables.doors.translated import is_arrows, translated
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

# Bytes that are in memory at a time: enough that the work per block does not count, little enough that a table of any
# length fits. There is work for every column of a block, so every so many columns have a block more. A line must fit.
BLOCK, _COLUMNS = 1 << 20, 512

# Characters that are looked at to decide how a text is written, unless they are few lines: then a whole block.
_LOOK, _FEW = 1 << 16, 30


def open_delimited(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at the beginning of a text.

    Raises
    ------
    TableError
        If it cannot be read as a table, naming the file and the line.
    """
    text = Text.of(source, reading)
    lines, is_whole, n_bytes_before = _first_lines(text)
    try:
        dialect = decide_dialect(source.name, lines, is_whole, reading)
        columns, decided, notes = _columns(source.name, dialect, reading, limits)
    except TableError as error:
        raise _open_mark(source.name, lines, reading) or error from None
    header = "".join(lines[: dialect.n_lines])
    # A line that nothing ends is ended where it is read (`quotation`).
    above = n_bytes_before + len(header.encode()) + (header[-1:] not in LINE_ENDS)
    decided = replace(decided, encoding=text.encoding)
    short = n_short(dialect.rows, columns.width) if dialect.head.n_lines and dialect.reading.delimiter != BLANK else 0
    if short:
        said = f"{short} of the first {len(dialect.rows)} rows are shorter than the header"
        notes = (*notes, Note("short-rows", f"{said}: the cells that they lack at their end are missing"))
        decided = replace(decided, short_rows=True)
    body = _Body(text, decided, dialect.n_lines, above, columns, dialect.first, reading.short_rows is True, limits)
    return Opened(columns.names, decided, (*text.notes, *dialect.notes, *notes), body.batches)


def _first_lines(text: Text) -> tuple[list[str], bool, int]:
    """Give the first lines, whether these are all, and how many bytes stand before the first."""
    head, mark = without_mark(text.beginning(BLOCK))
    if not head.strip():
        raise TableError(f"{text.source.name}: expected a table, got an empty file")
    is_whole = len(head) + mark < BLOCK
    try:
        # A full block may end inside a character.
        decoded = codecs.getincrementaldecoder(UTF_8)().decode(head, final=is_whole)
    except UnicodeDecodeError:
        raise TableError(f"{text.source.name}: {text.fault()}", parameter="encoding") from None
    lines = lines_of(decoded[:_LOOK])
    if len(lines) <= _FEW and len(decoded) > _LOOK:
        return lines_of(decoded), is_whole, mark
    return lines, is_whole and len(decoded) <= _LOOK, mark


def _open_mark(file: str, lines: list[str], reading: Reading) -> FileError | None:
    """Say that a quotation mark is open in a text of which no table is made, where it is, whatever parts its cells."""
    tried = [reading.delimiter] if reading.delimiter else likely_delimiters(lines)
    opened = [open_in(lines, delimiter) for delimiter in tried]
    if None in opened or len(set(opened)) != 1:
        return None
    return open_mark(file, max(filter(None, opened)), f" in the {len(lines)} lines behind it")


def _columns(
    file: str, dialect: Dialect, reading: Reading, limits: Limits
) -> tuple[Columns, Reading, tuple[Note, ...]]:
    """Name the columns, and decide which of them are read."""
    decided, head = dialect.reading, dialect.head
    if not head.n_lines:
        names = _known_names(file, dialect, reading)
        check_number(file, len(names), limits)
        behind = range(len(names), dialect.width + dialect.n_behind)
        columns = Columns(tuple(names), tuple(range(len(names))), tuple(behind), ())
        return columns, replace(decided, index=False), ()
    rows = [record.cells for record in dialect.rows]

    def cells(position: int) -> list[str]:
        return [cells[position] for cells in rows if len(cells) > position]

    known = replace(reading, index=True) if head.has_row_names and reading.index is None else reading
    named = name_columns(file, head.names, cells, known, limits)
    notes = list(named.notes)
    repeated = dialect.first.cells if dialect.width > 1 and head.n_lines == 1 else ()
    if repeated and any(cells == repeated for cells in rows):
        notes.append(Note("repeated-header", "the header occurs again among the rows, where it was left out"))
    behind = range(len(head.names), len(head.names) + dialect.n_behind)
    columns = Columns(named.names, named.positions, tuple(behind), repeated)
    return columns, replace(decided, index=named.has_index), tuple(notes)


def _known_names(file: str, dialect: Dialect, reading: Reading) -> list[str]:
    """Name the columns of a file without a header."""
    known, width, first = reading.names, dialect.width, dialect.first.cells
    if known is not None and len(first) == width and len(known) == width + dialect.n_behind:
        return list(known)  # a column of which all cells are empty now is a column
    if known is None:
        return [f"column_{position}" for position in range(1, width + 1)]
    if reading.target is not None and len(first) == len(known) - 1:
        return [name for name in known if name != reading.target]
    if len(first) != len(known):
        raise TableError(
            f"{file}: line {dialect.n_lines + 1} has {len(first)} values where {len(known)} are expected: "
            f"{shortened(str(dialect.reading.delimiter).join(first))!r}; if it does not belong to the table, remove it"
        )
    return list(known)


@dataclass(frozen=True)
class _Body:
    """The rows of a text, read as often as they are wanted.

    Attributes
    ----------
    n_lines, n_bytes : int
        What stands above them, in lines without comments, and in bytes.
    had_short : bool
        Whether a file before had rows that lack cells at their end; if this one has any, `reading` says so.
    """

    text: Text
    reading: Reading
    n_lines: int
    n_bytes: int
    columns: Columns
    first: Record
    had_short: bool
    limits: Limits

    def batches(self) -> Iterator[Batch]:
        """Read the rows: in small blocks, and from the beginning in larger ones where a row is longer than a block."""
        most = self.limits.row_bytes if self.text.source.is_there_again else 0
        n_read, block = 0, _block(self.columns)
        while True:
            try:
                for batch in self._batches(block, n_read):
                    yield batch
                    n_read += batch.data.num_rows
                return
            except _LongRowError as error:
                if block >= most:
                    raise self._long_row(block) from error
                block = min(8 * block, most)

    def _batches(self, block: int, n_read: int) -> Iterator[Batch]:
        """Read the rows in blocks of so many bytes, and give those behind the first `n_read`."""
        file, columns = self.text.source.name, self.columns
        row = 1
        with self.text.source.open_once() as stream:
            ended = Ended(self.text.of_all(stream), str(self.reading.delimiter), columns.width)
            body, delimiter = self._body(Peekable(ended, close=False))
            may_be_short = self.reading.short_rows is True
            short = ShortRows(columns.width, delimiter, columns.read, self.had_short) if may_be_short else None
            complaint = _Complaint(file, columns.width, self.n_lines, self.first, short, ended, delimiter)
            try:
                found = ended.without_end(file, _arrow(body, delimiter, columns, complaint, block))
                for batch in found if short is None else short.put_back(found):
                    rows = columns.rows(file, batch)
                    new = rows.slice(max(n_read + 1 - row, 0))
                    row += rows.num_rows
                    if new.num_rows:
                        yield Batch(file, row - new.num_rows, new)
            except pa.ArrowInvalid as error:
                raise complaint.error or self._error(error) from error
            except csv.Error as error:  # in text that is rewritten, cells are as long as Python's reader takes them
                raise self._long_row(csv.field_size_limit()) from error
        if row == 1:
            yield Batch(file, 1, columns.none())

    def _body(self, stream: Peekable) -> tuple[Peekable, str]:
        """Give what stands below the header, and what parts its cells there."""
        delimiter, comment = str(self.reading.delimiter), self.reading.comment
        if comment or not is_arrows(delimiter):
            rewritten = translated(stream, delimiter, comment, self.n_lines)
            return rewritten, delimiter if is_arrows(delimiter) else ","
        left = self.n_bytes
        while left and (read := stream.read(left)):
            left -= len(read)
        return stream, delimiter

    def _error(self, error: BaseException) -> Exception:
        """Say what Arrow's error means, without its prefixes."""
        words, parameter = str(error), None
        if "straddling" in words:
            return _LongRowError()
        if "invalid UTF8" in words:
            words, parameter = self.text.fault(), "encoding"
        else:
            words = first_line(error)
        return TableError(f"{self.text.source.name}: {words}", parameter=parameter)

    def _long_row(self, most: int) -> FileError:
        """Say where the row is that is longer than it may be."""
        file, reading = self.text.source.name, self.reading
        if not self.text.source.is_there_again:
            return LimitError(
                f"{file}: expected rows of at most {most} bytes, got a longer one; is a quotation mark left open? "
                "Longer rows are read from a file, not from a pipe"
            )
        with self.text.source.open() as stream:
            text = self.text.of_all(stream)
            return long_row(file, text, str(reading.delimiter), self.n_lines, reading.comment, most)


class _LongRowError(Exception):
    """A row does not fit into a block."""


def _block(columns: Columns) -> int:
    return BLOCK * max(1, columns.width // _COLUMNS)


def _arrow(stream: Peekable, delimiter: str, columns: Columns, complaint: "_Complaint", block: int) -> Any:
    return pa.csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=pa.csv.ReadOptions(
            block_size=block,
            use_threads=False,
            column_names=[f"f{position}" for position in range(columns.width)],
        ),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            invalid_row_handler=complaint,
            ignore_empty_lines=columns.width > 1,  # in a table of one column an empty line is a missing value
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types={f"f{position}": pa.string() for position in columns.read},
            include_columns=[f"f{position}" for position in columns.read],
            strings_can_be_null=False,
        ),
    )


class _Complaint:
    """Remembers the first row of the wrong width, in words, but for short ones where there may be some."""

    def __init__(
        self,
        file: str,
        expected: int,
        n_lines: int,
        first: Record,
        short: ShortRows | None,
        ended: Ended,
        delimiter: str,
    ) -> None:
        self.file = file
        self.expected = expected
        self.n_lines = n_lines
        self.first = first
        self.short = short
        self.ended = ended
        self.delimiter = delimiter
        self.error: FileError | None = None

    def __call__(self, row: Any) -> str:
        if (fault := self.ended.fault(self.file, row.text, self.delimiter)) is not None:
            self.error = self.error or fault
        elif self.short is not None and self.short.take(row):
            return "skip"
        if self.error is None:
            place = f"line {row.number + self.n_lines}" if row.number is not None else "a line"
            lacks = ", or add the cells that the line lacks" if row.actual_columns < self.expected else ""
            self.error = TableError(
                f"{self.file}: {place} has {row.actual_columns} values where the first line has "
                f"{self.expected}: {shortened(row.text)!r} (first line: {shortened(','.join(self.first.cells))!r}); "
                f"remove whichever does not belong to the table{lacks}"
            )
        return "error"
