"""Bytes of one encoding into UTF-8, block by block; a byte without a meaning is named with its line."""

import codecs
import io
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from softargmax.exceptions import TableError
from softargmax.tables._letters import CODE_PAGES, DOUBLE_BYTES

_BLOCK = 1 << 18  # bytes decoded at a time: they stay in the processor's cache

_TITLES = {"utf-8": "UTF-8"} | {encoding.codec: encoding.name for encoding in (*CODE_PAGES, *DOUBLE_BYTES)}


def decoded(stream: BinaryIO, name: str, file: str) -> BinaryIO:
    """Give a stream of bytes in another encoding as one in UTF-8, without its byte order mark.

    Line ends stay as they are. Closing it leaves `stream` open, which belongs to whoever opened it.

    Raises
    ------
    TableError
        When a byte is read that has no meaning in this encoding, with the file and its line.
    """
    return io.BufferedReader(_Recoded(stream, name, file), _BLOCK)


class _Recoded(io.RawIOBase):
    """What `decoded` reads from."""

    def __init__(self, stream: BinaryIO, name: str, file: str) -> None:
        self._stream = stream
        self._file = file
        self._recoder = Recoder(name)
        self._ready = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """Say that it can be read, which io.RawIOBase denies."""
        return True

    def readinto(self, target: Any) -> int:
        """Fill `target` as far as what is decoded goes; 0 at the end."""
        while not self._ready and not self._ended:
            block = self._stream.read(_BLOCK)
            self._ended = not block
            try:
                self._ready = memoryview(self._recoder.recode(block, self._ended))
            except UndecodableError as fault:
                raise TableError(
                    f"{self._file}: {fault}; convert the file, or say how it is encoded", parameter="encoding"
                ) from None
        size = min(len(target), len(self._ready))
        target[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


class UndecodableError(Exception):
    """A byte has no meaning in an encoding: where it is, and whether the file merely ends too early."""

    def __init__(self, name: str, line: int, byte: int, cut_off: bool) -> None:
        super().__init__(
            f"line {line} ends in the middle of a character of {_TITLES.get(name, name)}: was the file cut off?"
            if cut_off
            else f"line {line} is not {_TITLES.get(name, name)} (byte {byte:02x})"
        )
        self.line = line
        self.byte = byte
        self.cut_off = cut_off


class Recoder:
    """Turns blocks of bytes into UTF-8 and knows the line it is in."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoder = codecs.getincrementaldecoder(name)()
        self._rest = b""  # of UTF-8: what the next block completes
        self._begun = False
        self._line_feeds = self._returns = 0

    def recode(self, block: bytes, final: bool) -> bytes:
        """Give the next piece in UTF-8. What a block holds of an unfinished character waits for the next."""
        try:
            text = self._checked(block, final) if self._name == "utf-8" else self._decoder.decode(block, final).encode()
        except UnicodeDecodeError as error:
            self._count(error.object[: error.start].decode(self._name, "ignore").encode())
            cut_off = final and error.end == len(error.object)
            raise UndecodableError(self._name, self._line, error.object[error.start], cut_off) from None
        except UnicodeError:  # UTF-16 or -32 without the mark that says which of its two forms
            raise UndecodableError(self._name, 1, block[0], False) from None
        if text and not self._begun:
            self._begun = True
            text = text.removeprefix(codecs.BOM_UTF8)
        self._count(text)
        return text

    def _checked(self, block: bytes, final: bool) -> bytes:
        """Give UTF-8 as it came, whole lines of it: pyarrow looks through it faster than Python decodes it."""
        block = self._rest + block
        whole = len(block) if final else block.rfind(b"\n") + 1
        try:
            offsets = pa.py_buffer(struct.pack("=ii", 0, whole))
            pa.StringArray.from_buffers(1, offsets, pa.py_buffer(block)).validate(full=True)
        except pa.ArrowInvalid:
            whole = 0
        if not whole:
            whole = codecs.utf_8_decode(block, "strict", final)[1]
        self._rest = block[whole:]
        return block[:whole]

    def _count(self, text: bytes) -> None:
        self._line_feeds += text.count(b"\n")
        if not self._line_feeds:
            self._returns += text.count(b"\r")

    @property
    def _line(self) -> int:
        return 1 + (self._line_feeds or self._returns)


def blocks(stream: Callable[[], BinaryIO], limit: int | None, size: int = _BLOCK) -> Iterator[bytes]:
    """Open a file and read it, or the first `limit` bytes of it."""
    with stream() as opened:
        left = sys.maxsize if limit is None else limit
        while block := opened.read(min(size, left)):
            yield block
            left -= len(block)


def first_fault(stream: Callable[[], BinaryIO], limit: int | None, name: str) -> UndecodableError | None:
    """Read everything in an encoding, and give the first byte that has no meaning in it."""
    recoder = Recoder(name)
    try:
        for block in blocks(stream, limit):
            recoder.recode(block, final=False)
        if limit is None:
            recoder.recode(b"", final=True)
    except UndecodableError as fault:
        return fault
    return None
