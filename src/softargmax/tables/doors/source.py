"""The bytes of a file, or of standard input; as often as they are wanted."""

import contextlib
import io
import os
import shutil
import sys
import tempfile
import weakref
from typing import Any

from softargmax.exceptions import TableError
from softargmax.tables.notes import Note


class Peekable(io.RawIOBase):
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
            taken, self._head = self._head, b""
            return taken + bytes(self._stream.read())
        taken, self._head = self._head[:size], self._head[size:]
        # All of them at once: Arrow takes a piece that is nothing but the LF of a CR LF for the end.
        while len(taken) < size and (more := self._stream.read(size - len(taken))):
            taken += bytes(more)
        return taken

    def close(self) -> None:
        """Close the stream if it is ours."""
        if self._close:
            self._stream.close()
        super().close()


class Source:
    """Where the bytes of a table come from.

    Parameters
    ----------
    name : str
        The name of a file, or "-" for standard input.

    Attributes
    ----------
    path : str or None
        The file, where it is one.
    notes : tuple of Note
        What was decided on the way to the bytes.

    Notes
    -----
    Standard input can be read once. Whoever wants to look at it before reads it through `open`, which copies it into a
    temporary file; whoever knows what it holds reads it through `open_once`, without a copy.
    """

    notes: tuple[Note, ...] = ()

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = name if name != "-" and os.path.isfile(name) else None
        self._live: Peekable | None = None if self.path else _live(name)
        self._copy: str | None = None

    def head(self, size: int) -> bytes:
        """Give the first `size` bytes, or all there are."""
        if self._live is not None and self._copy is None:
            return self._live.peek(size)[:size]
        with self.open() as stream:
            return stream.peek(size)[:size]

    def open(self) -> Peekable:
        """Give the bytes from the first one."""
        return Peekable(open(self.file(), "rb"), close=True)

    @property
    def is_there_again(self) -> bool:
        """Whether the bytes can be read another time."""
        return self._live is None or self._copy is not None

    def open_once(self) -> Peekable:
        """Give the bytes from the first one, for the only time if they come through a pipe."""
        return self._live if self._live is not None and self._copy is None else self.open()

    def file(self) -> str:
        """Give a file that holds the bytes, for what is read from several places: a copy if there is no such file."""
        if self.path is not None:
            return self.path
        if self._copy is None:
            with self.open_once() as stream:
                self._copy = self._copied(stream)
        return self._copy

    def keep(self) -> None:
        """Copy what comes through a pipe, so that it can be read more than once."""
        if self._live is not None:
            self.file()

    def _copied(self, stream: Peekable) -> str:
        """Copy a stream into a temporary file that is deleted with this source."""
        handle, path = tempfile.mkstemp(prefix="softargmax-")
        weakref.finalize(self, _delete, path)
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        return path


def _delete(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _live(name: str) -> Peekable:
    if name != "-":
        return Peekable(open(name, "rb"), close=True)
    if sys.stdin is None:
        raise TableError("standard input is closed; give the name of a file")
    return Peekable(sys.stdin.buffer, close=False)
