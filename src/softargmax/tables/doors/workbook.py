"""Workbooks: Excel's .xlsx, .xlsb and .xls, and OpenDocument's .ods.

A sheet becomes the table that a person sees in it: title lines above the names of the columns, empty rows and empty
columns do not belong to it. A workbook is read as a whole, so its size is checked before (`workbook_size`).
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from softargmax._lazy import missing_dependency
from softargmax._words import listed
from softargmax.exceptions import SoftargmaxError, TableError
from softargmax.tables.doors.door import Opened, first_line
from softargmax.tables.doors.source import Source
from softargmax.tables.doors.values import Rows, kinds_of, text_of
from softargmax.tables.doors.workbook_size import check_workbook
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

# The first bytes of Excel's files before 2007, and of the others, which are ZIP archives.
MAGIC = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04")

# Rows that are looked at to find the names of the columns.
_LOOKED_AT = 100
# A row with fewer filled cells than this share of the widest one is no row of names: a title, a remark. By hand.
_TITLE = 0.67


def open_workbook(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Read a sheet of a workbook.

    Raises
    ------
    TableError
        If it is damaged or encrypted, or no sheet of it is the table.
    LimitError
    """
    check_workbook(source.name, source.file(), limits)
    try:
        with _traces_held_back():
            sheet, notes = _sheet(source, reading.sheet)
            cells = _Cells(sheet)
            first, titles = _first_row(cells, reading)
    except SoftargmaxError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not _is_panic(error):
            raise
        raise TableError(
            f"{source.name}: cannot be read as a workbook: it is damaged, encrypted or of another program "
            f"({first_line(error)}); open it in a spreadsheet program and save it as .xlsx"
        ) from error
    if titles:
        words = f"{source.name}: {titles} above the names of the columns left out"
        notes = (*notes, Note("title-lines", words, option="skip_rows"))
    return _opened(source.name, cells, first, reading, limits, notes)


def _is_panic(error: BaseException) -> bool:
    """Whether an error is what a library in Rust did not expect, as in a damaged file; it is no Exception."""
    return type(error).__name__ == "PanicException"


@contextlib.contextmanager
def _traces_held_back() -> Iterator[None]:
    """Hold back what is written to standard error past Python, and drop it after a panic, of which it is the trace."""
    try:
        usual = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    with tempfile.TemporaryFile() as held:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        dropped = False
        try:
            yield
        except BaseException as error:
            dropped = _is_panic(error)
            raise
        finally:
            os.dup2(usual, 2)
            os.close(usual)
            held.seek(0)
            rest = b"" if dropped else held.read()
            if rest:
                os.write(2, rest)


class _Cells:
    """The rows of a sheet, from any row on, as values; None where a cell is empty."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet

    def __call__(self, start: int = 0, columns: Sequence[int] | None = None) -> Iterator[list[Any]]:
        for number, row in enumerate(self._sheet.iter_rows()):
            if number >= start:
                values = [_value(cell) for cell in row]
                if any(value is not None for value in values):  # a row that is empty is none, as in text
                    yield values if columns is None else [values[column] for column in columns]

    def places(self) -> Iterator[tuple[int, list[Any]]]:
        """Give the rows that are not empty, with their numbers from 0."""
        for number, row in enumerate(self._sheet.iter_rows()):
            values = [_value(cell) for cell in row]
            if any(value is not None for value in values):
                yield number, values


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    # A workbook knows no whole numbers, but shows them.
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53 else cell


def _sheet(source: Source, wanted: str | None) -> tuple[Any, tuple[Note, ...]]:
    """Choose the sheet: the one that was asked for, or the first that people see and that holds a table."""
    try:
        from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
    except ModuleNotFoundError as error:
        raise (missing_dependency(error) or error) from None
    with open(source.file(), "rb") as file:
        workbook = CalamineWorkbook.from_filelike(file)  # by a path it would believe in the name's ending
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if wanted is not None:
        if wanted not in names and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
            wanted = names[int(wanted) - 1]
        if wanted not in names:
            raise TableError(f"{source.name}: there is no sheet {wanted!r}, only {listed(names)}", parameter="sheet")
        return workbook.get_sheet_by_name(wanted), ()
    seen = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible] or names
    # A sheet of one column may be a remark to the reader; it is the table only if no other sheet is.
    for columns in (2, 1):
        for name in seen:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height > 1 and sheet.width >= columns:
                others = [other for other in seen if other != name]
                words = f"the sheet {name!r} of {source.name} was read, and not {listed(others)}"
                return sheet, (Note("sheet", words, option="sheet"),) if others else ()
    raise TableError(f"{source.name}: expected a table, got a workbook whose sheets {listed(seen)} hold none")


def _first_row(cells: _Cells, reading: Reading) -> tuple[int, str]:
    """Tell where the table begins, and what stands above it, in words."""
    if reading.skip_rows is not None:
        return reading.skip_rows, ""
    above: list[str] = []
    looked_at = [place for place, _ in zip(cells.places(), range(_LOOKED_AT), strict=False)]
    widest = max((_filled(row) for _, row in looked_at), default=0)
    for number, row in looked_at:
        # The column of another program's row numbers has no name; that makes no title of the others.
        if _filled(row) >= _TITLE * widest or (row[0] is None and _filled(row) == len(row) - 1):
            return number, _lines(above)
        above.append(text_of(next(value for value in row if value is not None)))
    return 0, ""


def _filled(row: Sequence[Any]) -> int:
    return sum(value is not None for value in row)


def _lines(above: Sequence[str]) -> str:
    if not above:
        return ""
    return f"{'one line' if len(above) == 1 else f'{len(above)} lines'} ({listed(above, 3)})"


def _opened(file: str, cells: _Cells, start: int, reading: Reading, limits: Limits, notes: tuple[Note, ...]) -> Opened:
    head = next(cells(start), None)
    if head is None:
        raise TableError(f"{file}: expected a table, got a sheet without values")
    header = reading.header is not False
    begin = start + int(header)
    kinds = kinds_of(cells(begin), len(head))
    # A column without a name and without values is one that was only painted.
    columns = [column for column, cell in enumerate(head) if (header and cell is not None) or kinds[column]]
    names = _names(file, [head[column] for column in columns], reading)
    return Rows.opened(
        file, names, lambda: cells(begin, columns), reading, limits, notes, [kinds[column] for column in columns]
    )


def _names(file: str, head: Sequence[Any], reading: Reading) -> list[str]:
    """Name the columns by the first row, or by what is known of files without names."""
    if reading.header is False:
        known = reading.names
        if known is not None and reading.target is not None and len(head) == len(known) - 1:
            known = tuple(name for name in known if name != reading.target)
        if known is not None and len(head) != len(known):
            raise TableError(f"{file}: expected the {len(known)} columns {listed(known)}, got {len(head)}")
        return list(known) if known else [f"column_{position}" for position in range(1, len(head) + 1)]
    odd = [text_of(value) for value in head if value is not None and not isinstance(value, str)]
    if odd and reading.header is None:
        raise TableError(
            f"{file}: expected names in the first row of the table, but it holds values ({', '.join(odd[:3])}); "
            "pass header=False if the table starts there, or header=True if these are the names",
            parameter="header",
        )
    return ["" if value is None else text_of(value).strip() for value in head]
