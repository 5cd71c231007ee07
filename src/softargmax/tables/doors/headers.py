"""Where a table of text begins, and whether it begins with names: titles, headers of several lines, R's short one."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from softargmax._words import shortened
from softargmax.exceptions import TableError
from softargmax.tables.doors.beginning import Record
from softargmax.tables.doors.looks import evidence, is_nothing, is_number, is_numeric
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

# How far down a header may stand, and of how many lines it may be.
_LOWEST, _MOST_LINES = 20, 3
# As many columns are looked at; a table may have thousands.
_COLUMNS = 200
# From this on, what stands below tells names for sure: a word above a column of numbers (`looks.evidence`).
_SURE = 2.0
# From so many rows on, something below names would tell them from values, if they were names. Chosen by hand.
_ENOUGH = 10


@dataclass(frozen=True)
class Header:
    """What stands above the rows.

    Attributes
    ----------
    top : int
        How many of the records stand above the header, or above the rows where there is none.
    n_lines : int
        How many records hold names; 0 without a header.
    names : tuple of str
        One for each cell of a row; "" for what has none.
    has_row_names : bool
        Whether the first column has no place in the header, as R writes the names of its rows.
    notes : tuple of Note
    """

    top: int
    n_lines: int
    names: tuple[str, ...]
    has_row_names: bool
    notes: tuple[Note, ...]


def find_head(file: str, records: Sequence[Record], width: int, reading: Reading) -> Header:
    """Find the header among records that are not blank, as far as `reading` leaves it open.

    Raises
    ------
    TableError
        If names and values cannot be told apart.
    """
    top = 0 if reading.skip_rows is not None else _top(records, width)
    first, body = records[top], records[top + 1 :]
    if reading.skip_rows is None and reading.header is not False:
        _check_names(file, first, body, width)
    short = reading.index is not False and _lacks_row_names(first, body, width)
    notes = []
    header = reading.header
    if header is None:
        header, note = (True, None) if short else _is_header(file, first, body, reading)
        notes += [note] if note is not None else []
    if not header:
        return Header(top, 0, ("",) * width, False, tuple(notes))
    n_lines = reading.header_lines
    if n_lines is None:
        n_lines = 1 if reading.skip_rows is not None else _header_lines(records[top:], width)
        if n_lines > 1:
            more = "; ".join(" ".join(filter(None, record.cells)) for record in records[top + 1 : top + n_lines])
            words = f"the names of the columns stand in {n_lines} lines, which were joined ({shortened(more)!r})"
            notes.append(Note("header-lines", words, None, "header_lines"))
    n_lines = max(1, n_lines)
    if n_lines > len(records) - top:
        raise TableError(
            f"{file}: expected {n_lines} lines of names, got a table of {len(records) - top} lines; "
            "pass header_lines=1 if one of them holds the names",
            parameter="header_lines",
        )
    names = _joined([record.cells for record in records[top : top + n_lines]])
    if short:
        names = ["", *names]
    if short and reading.index is None:
        words = "the header is one short: the first column holds the names of the rows, and was left out"
        notes.append(Note("row-names", words, None, "index", False))
    while len(names) > width and not names[-1]:
        del names[-1]  # delimiters at the end of the header only
    return Header(top, n_lines, tuple(names), short, tuple(notes))


def _top(records: Sequence[Record], width: int) -> int:
    """Find the first record that has the usual width and is no title padded with delimiters."""
    for top, record in enumerate(records[:_LOWEST]):
        below = records[top + 1 : top + _LOWEST]
        if len(record.cells) == width:
            if record.n_filled > width / 2:
                return top
            full = next((k for k, other in enumerate(below) if _names_all(other, below[k + 1 :], width)), None)
            return top if full is None else top + 1 + full
        if len(record.cells) > width and all(record.cells[:-1]):
            return top  # a delimiter at its end, or rows that lack cells
        if _lacks_row_names(record, below, width):
            return top
    return next((top for top, record in enumerate(records) if len(record.cells) == width), 0)


def _check_names(file: str, first: Record, body: Sequence[Record], width: int) -> None:
    """Refuse a first line that hardly names a column, where nothing below it tells that it is one of names."""
    few = len(first.cells) == width > 2 and first.n_filled < width / 2
    if few and len(body) > 1 and _total(first.cells, [record.cells for record in body]) < _SURE:
        raise TableError(
            f"{file}: cannot tell which line holds the names of the columns: the first that could has only "
            f"{first.n_filled} for {width} columns ({shortened(' '.join(filter(None, first.cells)))!r}); "
            "pass skip_rows= with the number of lines above it",
            parameter="skip_rows",
        )


def _names_all(record: Record, below: Sequence[Record], width: int) -> bool:
    """Whether a record names each of the columns, differently, and those below hold something else."""
    cells = record.cells
    return (
        len(cells) == width
        and all(cells)
        and len(set(cells)) == width
        and not any(map(is_number, cells))
        and speak_for_names(record, below)
    )


def _lacks_row_names(record: Record, below: Sequence[Record], width: int) -> bool:
    """Whether a header is one shorter than the rows below it, in which the first cell then is the name of the row."""
    if len(record.cells) != width - 1 or not all(record.cells) or not below or len(below[0].cells) != width:
        return False
    rows = [row.cells for row in below if len(row.cells) == width]
    row_names = [row[0] for row in rows]
    if len(rows) < 2 or len(set(row_names)) < len(row_names):  # one row alone may just be too long
        return False
    return _total(record.cells, [row[1:] for row in rows]) >= 1 and (width > 2 or is_numeric([row[1] for row in rows]))


def _is_header(file: str, first: Record, body: Sequence[Record], reading: Reading) -> tuple[bool, Note | None]:
    """Tell names from values by what stands below them."""
    shown = shortened(", ".join(first.cells))
    if reading.target is not None and reading.target in first.cells and not is_number(reading.target):
        return True, None  # a number may be a position, and a value
    others = [record.cells for record in body if record.cells != first.cells]
    speaks = _votes(first.cells, others)
    if max(speaks, default=0.0) < _SURE:  # no header that occurs again
        others = [record.cells for record in body]
        speaks = _votes(first.cells, others)
    names, values = sum(vote for vote in speaks if vote > 0), -sum(vote for vote in speaks if vote < 0)
    if names > 3 * values:
        return True, None
    if (values > 3 * names and values >= _SURE) or (values and not names and min(speaks) == max(speaks)):
        words = f"the first line ({shown}) looks like those below it: taken for values, columns called by their numbers"
        return False, Note("header", words, None, "header", True)
    is_plain = not values and not any(map(is_number, first.cells))
    if is_plain and (names or len(others) < _ENOUGH):
        words = f"the first line ({shown}) was taken for the names of the columns; nothing below it tells"
        return True, Note("header", words, None, "header", False) if others else None
    raise TableError(
        f"{file}: cannot tell whether the first line holds the names of the columns or values ({shown}); "
        "pass header=True for names or header=False for values",
        parameter="header",
    )


def speak_for_names(first: Record, below: Sequence[Record]) -> bool:
    """Whether what stands below a record speaks for its cells being names."""
    return _total(first.cells, [record.cells for record in below]) >= 1


def _total(first: Sequence[str], rows: Sequence[Sequence[str]]) -> float:
    return sum(_votes(first, rows))


def _votes(first: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Ask the columns whether their first cell is a name; years or numbers in a row are asked together."""
    columns = list(itertools.zip_longest(*rows[:_COLUMNS], fillvalue="")) if rows else []
    pairs = list(zip(first, columns, strict=False))[:_COLUMNS]
    running = [j for j in range(len(pairs)) if _runs_on([cell for cell, _ in pairs], j)]
    return [0.25 if j in running else evidence(cell, column) for j, (cell, column) in enumerate(pairs)]


def _runs_on(cells: Sequence[str], j: int) -> bool:
    """Whether a cell is one of at least three whole numbers in a row that go up by one: 1990, 1991, 1992."""

    def follows(a: int) -> bool:
        if not 0 <= a < len(cells) - 2:
            return False
        three = cells[a : a + 3]
        return all(map(str.isdecimal, three)) and int(three[0]) + 2 == int(three[1]) + 1 == int(three[2])

    return any(follows(a) for a in (j - 2, j - 1, j))


def _header_lines(records: Sequence[Record], width: int) -> int:
    """Count lines of names: below the first may be units, or the same in another language."""
    for n_lines in range(_MOST_LINES, 1, -1):
        rows = [record.cells for record in records[n_lines:] if len(record.cells) == width]
        more = [record.cells for record in records[1:n_lines]]
        if len(rows) > 1 and all(cells != records[0].cells and _continues(cells, rows, width) for cells in more):
            return n_lines
    return 1


def _continues(cells: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a line above columns of numbers holds no number in them, so that it belongs to the header."""
    if len(cells) != width:
        return False
    numeric = [j for j in range(min(width, _COLUMNS)) if is_numeric([row[j] for row in rows])]
    words = [j for j in numeric if cells[j] and not is_nothing(cells[j])]
    if not words or any(is_number(cells[j]) for j in words) or len(words) < len(numeric) / 2:
        return False
    if any(cells[j] and cells[j] in {row[j] for row in rows} for j in range(width) if j not in numeric):
        return False
    return len(words) > 1 or cells[words[0]][0] in "([" or not any(cells[j] for j in range(width) if j not in words)


def _joined(lines: Sequence[Sequence[str]]) -> list[str]:
    """Join the lines of a header, column by column: "weight" over "kg" is "weight (kg)".

    What stands in the first line also stands above the empty cells behind it, where there is something below them.
    """
    names, above = [], ""
    for first, *below in itertools.zip_longest(*lines, fillvalue=""):
        above = first or above
        parts = list(dict.fromkeys(filter(None, (above if any(below) else first, *below))))
        more = " ".join(part.strip("()[]") for part in parts[1:])
        names.append(f"{parts[0]} ({more})" if more else "".join(parts))
    return names
