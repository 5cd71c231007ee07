"""Text in a dialect that Arrow does not read, rewritten on the way as one that it reads."""

import csv
import io
import itertools
from collections.abc import Iterator
from typing import Any

from softargmax.tables.doors.beginning import BLANK, reader_of, without_comments, without_last_blank
from softargmax.tables.doors.source import Peekable

# Lines, or records, that are rewritten at a time.
_AT_ONCE = 1 << 12


def is_arrows(delimiter: str) -> bool:
    """Whether Arrow takes a delimiter: one byte, and not a run of several."""
    return delimiter.isascii() and delimiter != BLANK


def translated(stream: Any, delimiter: str, comment: str | None, n_lines: int) -> Peekable:
    """Give UTF-8 text without its comments and its first lines, parted by commas if Arrow does not take its delimiter.

    Raises
    ------
    csv.Error
        While it is read: for a cell that is too long to be rewritten.
    """
    lines: Iterator[str] = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    if comment:
        lines = without_comments(lines, comment)
    lines = itertools.islice(lines, n_lines, None)
    chunks = _joined(lines) if is_arrows(delimiter) else _rewritten(lines, delimiter)
    return Peekable(_Chunks(chunks), close=False)


def _joined(lines: Iterator[str]) -> Iterator[bytes]:
    while some := list(itertools.islice(lines, _AT_ONCE)):
        yield "".join(some).encode()


def _rewritten(lines: Iterator[str], delimiter: str) -> Iterator[bytes]:
    records = (without_last_blank(cells, delimiter) for cells in reader_of(lines, delimiter))
    while some := list(itertools.islice(records, _AT_ONCE)):
        text = io.StringIO()
        # It puts cells in quotation marks that hold one of these ends.
        csv.writer(text, lineterminator="\r\n").writerows(some)
        yield text.getvalue().encode()


class _Chunks:
    """A stream made of chunks of bytes."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Give at most `size` bytes, and none at the end; all that are left without a size."""
        if size < 0:
            self._left, all_of_it = b"", self._left + b"".join(self._chunks)
            return all_of_it
        if not self._left:
            self._left = next(self._chunks, b"")
        taken, self._left = self._left[:size], self._left[size:]
        return taken
