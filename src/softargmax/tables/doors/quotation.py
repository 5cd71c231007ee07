"""Quotation marks that are never closed: what stands behind one would be a single cell, up to the end of the file.

Readers of CSV take such a cell for what it seems to be. So a line of our own is put behind the text: where it does not
come back as a row, a mark is open.
"""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from softargmax.exceptions import FileError, LimitError, TableError
from softargmax.tables.doors.beginning import LINE_ENDS, Marks, lines_of, open_in

# The cell of the line behind the text. An old mark for the end of a file is in it, which tables do not hold.
_END = "\x1aend\x1a"
_LINE_ENDS = re.compile("\r\n|\r|\n")
# Characters that are looked at together: a line may be a whole file.
_PIECE = 1 << 20


def open_mark(file: str, line: int, until: str = "", error: type[FileError] = TableError) -> FileError:
    """Say of a quotation mark in what line it stands, and what to do; `until` says how far its end was looked for."""
    return error(
        f"{file}: the quotation mark that opens a cell in line {line} is not closed{until}; close it where the cell "
        'ends, or, if it is part of the cell, write it twice and the cell in quotation marks: "a ""word"" of it"'
    )


class Ended:
    """A stream of a text in UTF-8, with a line behind it that is not part of the text.

    Parameters
    ----------
    stream : stream of bytes
    delimiter : str
    width : int
        How many cells a line has.
    """

    def __init__(self, stream: Any, delimiter: str, width: int) -> None:
        self._stream = stream
        self._line = delimiter.join([_END] * width)
        self._left = self._line.encode()
        self._last = b"\n"
        self._n_ends = 0

    def read(self, size: int) -> bytes:
        """Give at most `size` bytes, and none at the end."""
        read: bytes = self._stream.read(size)
        if read:
            pairs = read.count(b"\r\n") + (self._last == b"\r" and read.startswith(b"\n"))
            self._n_ends += read.count(b"\n") + read.count(b"\r") - pairs
            self._last = read[-1:]
            return read
        if self._last not in b"\r\n":
            self._left, self._last, self._n_ends = b"\n" + self._left, b"\n", self._n_ends + 1
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def without_end(self, file: str, batches: Iterable[Any]) -> Iterator[Any]:
        """Give the batches without our line, the last row of all.

        Raises
        ------
        TableError
            If it is part of another row, in which a mark is open.
        """
        last = None
        for batch in batches:
            if batch.num_rows:
                if last is not None:
                    yield last
                last = batch
        if last is not None:
            cell = last.columns[-1][-1].as_py()
            if cell != _END:
                raise open_mark(file, self._line_of(cell))
            yield last.slice(0, last.num_rows - 1)

    def fault(self, file: str, row: str, delimiter: str) -> FileError | None:
        """Say where a mark is open in a row that is parted by `delimiter`, if our line is part of it."""
        if self._line not in row:
            return None
        opened = open_in(lines_of(row[: row.rfind(self._line)]), delimiter) or 1
        return open_mark(file, self._line_of(row) + opened - 1)

    def _line_of(self, text: str) -> int:
        """Give the line in which a text began that our line ends: it has the last of all line ends."""
        return 1 + self._n_ends - len(_LINE_ENDS.findall(text[: text.rfind(self._line)]))


def long_row(file: str, stream: Any, delimiter: str, above: int, comment: str | None, most: int) -> FileError:
    """Say of the first row of more than `most` bytes in what line it begins, or a mark is open in it.

    Parameters
    ----------
    file : str
    stream : stream of bytes
        A text in UTF-8.
    delimiter : str
    above : int
        How many lines stand above the rows, those of comments not counted.
    comment : str or None
        What lines of comments begin with.
    most : int
    """
    marks, first, size = Marks(delimiter), 1, 0
    for piece in _pieces(stream, most):
        is_comment = comment is not None and not marks.are_open and not size and piece.startswith(comment)
        if is_comment or above:
            above -= not is_comment
            marks.take("\n")
            first = marks.line
            continue
        marks.take(piece)
        size += len(piece.encode())
        if size > most:
            break
        if marks.before in LINE_ENDS and not marks.are_open:
            first, size = marks.line, 0
    if marks.are_open:
        return open_mark(file, marks.opened, f" within {most} bytes, which is the most that a row may have", LimitError)
    return LimitError(f"{file}: expected rows of at most {most} bytes, got a longer one in line {first}")


def _pieces(stream: Any, most: int) -> Iterator[str]:
    """Give lines, or pieces of long ones that do not end in the middle of a run of marks."""
    text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="")
    while piece := text.readline(_PIECE):
        while piece.endswith('"') and len(piece) < most and (more := text.readline(_PIECE)):
            piece += more
        yield piece
