"""The records at the beginning of a text: its lines, and the cells into which a delimiter parts them."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

# As many records are looked at to decide how a text is read.
MOST = 300

# A run of these is one delimiter, where the delimiter is a blank.
BLANK = " "

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
    """Part lines into records. A last one that may be cut off is left out: where the text is not whole."""
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
