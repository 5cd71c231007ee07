"""How large a workbook is once it is unpacked: looked at before it is read, which takes memory for every cell.

A sheet that holds nothing but its first and its last cell has a few hundred bytes, and 17 thousand million cells.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO

from softargmax.exceptions import LimitError, TableError
from softargmax.tables.doors.archive import ZIP
from softargmax.tables.doors.door import first_line
from softargmax.tables.limits import Limits

_CHUNK = 1 << 20


def check_workbook(name: str, path: str, limits: Limits) -> None:
    """Refuse a workbook that takes more memory than the limits allow, or that cannot be unpacked.

    Raises
    ------
    LimitError, TableError
    """
    with open(path, "rb") as file:
        if not file.read(4).startswith(ZIP):
            return  # Excel's files before 2007 are not packed, and their sheets have 2^24 cells at most
    try:
        with zipfile.ZipFile(path) as archive:
            _check(name, archive, limits)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise TableError(
            f"{name}: cannot be read as a workbook: it is damaged, or not all of it is there ({first_line(error)})"
        ) from error


def _check(name: str, archive: zipfile.ZipFile, limits: Limits) -> None:
    entries = archive.infolist()
    packed, unpacked = sum(entry.compress_size for entry in entries), sum(entry.file_size for entry in entries)
    most = max(limits.unpacked_bytes, limits.expansion * packed)
    if unpacked > most:
        raise LimitError(f"{name}: expected a workbook of at most {most} bytes when it is unpacked, got {unpacked}")
    for entry in entries:
        measure = next((measure for pattern, measure in _MEASURES if re.fullmatch(pattern, entry.filename)), None)
        with archive.open(entry) as file:
            if measure is None:
                # To its end: that is where a wrong length or a wrong checksum shows.
                while file.read(_CHUNK):
                    pass
                continue
            cells = measure(file)
        if cells > limits.cells_in_memory:
            raise LimitError(
                f"{name}: expected a workbook of at most {limits.cells_in_memory} cells, got {cells} in "
                f"{entry.filename}; write the table as CSV or Parquet"
            )


_TAG = re.compile(rb"<(?:\w+:)?(row|c)\b([^<>]*)>")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")


def _of_xlsx(file: IO[bytes]) -> int:
    """Count the cells of the smallest rectangle that holds all of a sheet that are not empty, from its first one on."""
    row = column = rows = columns = 0
    for found in _found(_TAG, file):
        place = _REFERENCE.search(found[2])
        if found[1] == b"row":
            row, column = int(place[2]) if place else row + 1, 0
        elif place and place[1]:
            row, column = int(place[2]), _number(place[1])
        else:
            column += 1
        if found[1] == b"c" and not found[2].endswith(b"/"):
            rows, columns = max(rows, row), max(columns, column)
    return rows * columns


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


_ODS_TAG = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell)\b([^<>]*)>")
_ODS_ROWS = re.compile(rb"""number-rows-repeated\s*=\s*["']([0-9]{1,10})["']""")
_ODS_COLUMNS = re.compile(rb"""number-columns-repeated\s*=\s*["']([0-9]{1,10})["']""")


def _of_ods(file: IO[bytes]) -> int:
    """Count the same of a document, in which equal cells and rows that follow each other are written once.

    Empty ones at the end of a row or a sheet, which programs write by the million, are not kept by the reader.
    """
    row = times = column = width = rows = columns = 0
    for found in _found(_ODS_TAG, file):
        if found[2] == b"table-row":
            if not found[1]:
                repeated = _ODS_ROWS.search(found[3])
                times, column, width = int(repeated[1]) if repeated else 1, 0, 0
                row += times
            continue
        if not found[1]:
            repeated = _ODS_COLUMNS.search(found[3])
            column += int(repeated[1]) if repeated else 1
            if b"value" in found[3] or not found[3].endswith(b"/"):
                width = column
        rows, columns = (row, max(columns, width)) if width else (rows, columns)
    return rows * columns


# The first record of a sheet in Excel's binary form, and those that begin a row and those that are cells with values.
_BEGIN_SHEET, _ROW, _VALUES = b"\x81\x01", 0, range(2, 12)


def _of_xlsb(file: IO[bytes]) -> int:
    """Count the same of a sheet of records: a number of the kind, a number of bytes, and those."""
    data = file.read()
    place = row = rows = columns = 0
    while data.startswith(_BEGIN_SHEET) and place < len(data):
        kind, place = _variable(data, place)
        size, place = _variable(data, place)
        number = int.from_bytes(data[place : place + 4], "little")
        if kind == _ROW:
            row = number + 1
        elif kind in _VALUES:
            rows, columns = max(rows, row), max(columns, number + 1)
        place += size
    return rows * columns


def _variable(data: bytes, place: int) -> tuple[int, int]:
    """Read a number of seven bits in each byte, of which all but the last have the eighth."""
    number = shift = 0
    for byte in data[place : place + 4]:
        place += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return number, place


def _found(pattern: re.Pattern[bytes], file: IO[bytes]) -> Iterator[re.Match[bytes]]:
    """Find tags of XML in a text of any length."""
    rest = b""
    while chunk := file.read(_CHUNK):
        text = rest + chunk
        # The last tag may go on in the next chunk.
        end = text.rfind(b"<")
        end = end if 0 <= len(text) - end <= _CHUNK and end >= 0 else len(text)
        yield from pattern.finditer(text, 0, end)
        rest = text[end:]
    yield from pattern.finditer(rest)


_MEASURES: tuple[tuple[str, Callable[[IO[bytes]], int]], ...] = (
    (r"content\.xml", _of_ods),
    (r".*\.bin", _of_xlsb),
    (r".*\.xml", _of_xlsx),
)
