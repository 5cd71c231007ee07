"""The bytes of a file, or of standard input, unpacked; as often as they are wanted."""

import io
import os
import shutil
import sys
import tempfile
import weakref
from typing import Any

import pyarrow as pa

_GZIP = b"\x1f\x8b"


class Source:
    """Where the bytes of a table come from.

    Parameters
    ----------
    name : str
        The name of a file, or "-" for standard input.

    Attributes
    ----------
    path : str or None
        The file, where it is one: what must be read from several places cannot be read from a pipe.
    is_packed : bool
        Whether the bytes are unpacked on the way.

    Notes
    -----
    Standard input can be read once. Whoever wants to look at it before reads it through `open`, which copies it into a
    temporary file; whoever knows what it holds reads it through `open_once`, without a copy.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = name if name != "-" and os.path.isfile(name) else None
        self._live: Peekable | None = None if self.path else _live(name)
        self._copy: Any = None
        self.is_packed = self._raw_head(len(_GZIP)).startswith(_GZIP)

    def head(self, size: int) -> bytes:
        """Give the first `size` unpacked bytes, or all there are."""
        if not self.is_packed:
            return self._raw_head(size)
        if self.path is None:
            self._spool()
        with self.open() as stream:
            return stream.peek(size)[:size]

    def open(self) -> "Peekable":
        """Give the bytes from the first one."""
        if self.path is None:
            self._spool()
        return self._unpacked(self._raw())

    def open_once(self) -> "Peekable":
        """Give the bytes from the first one, for the only time if they come through a pipe."""
        if self._live is None or self._copy is not None:
            return self.open()
        return self._unpacked(self._live)

    def _raw_head(self, size: int) -> bytes:
        if self._live is not None and self._copy is None:
            return self._live.peek(size)[:size]
        with self._raw() as stream:
            return stream.peek(size)[:size]

    def _raw(self) -> "Peekable":
        if self.path is not None:
            return Peekable(open(self.path, "rb"), close=True)
        self._copy.seek(0)
        return Peekable(self._copy, close=False)

    def _spool(self) -> None:
        if self._copy is None and self._live is not None:
            self._copy = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the source
            weakref.finalize(self, self._copy.close)
            shutil.copyfileobj(self._live, self._copy)

    def _unpacked(self, stream: "Peekable") -> "Peekable":
        if not self.is_packed:
            return stream
        return Peekable(pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "gzip"), close=True)


def _live(name: str) -> "Peekable":
    return Peekable(sys.stdin.buffer, close=False) if name == "-" else Peekable(open(name, "rb"), close=True)


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
        if self._head:
            taken, self._head = self._head[:size], self._head[size:]
            return taken
        return bytes(self._stream.read(size))

    def close(self) -> None:
        """Close the stream if it is ours."""
        if self._close:
            self._stream.close()
        super().close()
