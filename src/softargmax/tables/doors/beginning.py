"""The records at the beginning of a text: its lines, and the cells into which a delimiter parts them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

# As many records are looked at to decide how a text is read.
MOST = 300

# A run of these is one delimiter, where the delimiter is a blank.
BLANK = " "

LINE_ENDS = "\r\n"
_RUN_OF_MARKS = re.compile('"+')

_Line = TypeVar("_Line", str, bytes)


@dataclass(frozen=True)
class Record:
    """One record, without blanks around its cells.

    Attributes
    ----------
    start, end : int
        The first of its lines, counted from 0, and the one after its last: a cell in quotes may hold line ends.
    cells : tuple of str
    """

    start: int
    end: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Whether it has no cell that is filled."""
        return not any(self.cells)

    @property
    def n_filled(self) -> int:
        """How many cells are filled."""
        return sum(map(bool, self.cells))


def lines_of(text: str) -> list[str]:
    """Part a text into lines, with their ends: LF, CR LF or CR alone."""
    return list(io.StringIO(text, newline=""))


def records_of(lines: list[str], delimiter: str, is_whole: bool, most: int = MOST) -> list[Record]:
    """Part lines into records. The last one is left out if it may be cut off, or if a mark in it is open."""
    reader = reader_of(lines, delimiter)
    records: list[Record] = []
    start = 0
    try:
        for cells in reader:
            if len(records) == most:
                return records
            cells = without_last_blank(cells, delimiter)
            records.append(Record(start, reader.line_num, tuple(cell.strip() for cell in cells)))
            start = reader.line_num
    except csv.Error:  # a cell that is longer than the reader takes: what comes before it may do
        return records
    is_whole = is_whole and (not records or open_in(lines[records[-1].start :], delimiter) is None)
    return records if is_whole else records[:-1]


def reader_of(lines: Iterable[str], delimiter: str) -> Any:
    """Give Python's reader of records; for a blank, one that takes a run of blanks and tabs for one."""
    if delimiter == BLANK:
        lines = map(_with_blanks, lines)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == BLANK)


def _with_blanks(line: str) -> str:
    """Turn tabs into blanks, but for those in quotes."""
    if "\t" not in line:
        return line
    parts = line.split('"')
    return '"'.join([part if k % 2 else part.replace("\t", BLANK) for k, part in enumerate(parts)])


def without_last_blank(cells: list[str], delimiter: str) -> list[str]:
    """Take off the cell behind blanks at the end of a line, which part nothing."""
    return cells[:-1] if delimiter == BLANK and len(cells) > 1 and not cells[-1] else cells


def without_comments(lines: Iterable[_Line], comment: _Line) -> Iterator[_Line]:
    """Leave out lines that begin with a mark, but not those in the middle of a cell in quotes."""
    quote = '"' if isinstance(comment, str) else b'"'
    inside = False
    for line in lines:
        if not inside and line.startswith(comment):
            continue
        yield line
        inside ^= bool(line.count(quote) & 1)


class Marks:
    """Follows the quotation marks of a text: those at the beginning of a cell open it, others are like any character.

    Attributes
    ----------
    before : str
        The last character.
    line : int
        The line that comes next, from 1, or that goes on.
    are_open : bool
    opened : int
        The line in which a cell was opened last.
    """

    def __init__(self, delimiter: str) -> None:
        self.before = "\n"
        self.line = 1
        self._starts = LINE_ENDS + delimiter + ("\t" if delimiter == BLANK else "")
        self.are_open = False
        self.opened = 0

    def take(self, piece: str) -> None:
        """Go on, to the end of a line at most, and not to the middle of a run of marks."""
        for run in _RUN_OF_MARKS.finditer(piece):
            before = piece[run.start() - 1] if run.start() else self.before
            if not self.are_open and before not in self._starts:
                continue
            if not self.are_open:
                self.opened = self.line
            self.are_open ^= len(run[0]) % 2 == 1  # two of them within a cell are one that belongs to it
        self.before = piece[-1]
        self.line += self.before in LINE_ENDS


def open_in(lines: Iterable[str], delimiter: str) -> int | None:
    """Give the line of a mark that is open at the end of these; None if none is."""
    marks = Marks(delimiter)
    for line in lines:
        marks.take(line)
    return marks.opened if marks.are_open else None
