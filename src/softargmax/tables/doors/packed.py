"""Bytes that lie packed in a file: gzip, bzip2, xz, Zstandard, LZ4 and ZIP, known by their first bytes, not by names.

What is packed may be packed once more, as a .csv.gz in a .zip. All of it is unpacked on the way, within the limits.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from softargmax.exceptions import LimitError, TableError
from softargmax.tables.doors.archive import ZIP, chosen_member
from softargmax.tables.doors.door import first_line
from softargmax.tables.doors.source import Peekable, Source
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note

# Nobody packs a table more often on purpose.
_LAYERS = 4
# What an xz stream may ask for as its window: twice what `xz -9` needs, which is the most that is in use.
_XZ_MEMORY = 1 << 27
_CHUNK = 1 << 16

_BROKEN = (
    pa.ArrowException, OSError, EOFError, ValueError, RuntimeError, lzma.LZMAError, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def source_of(name: str, limits: Limits, member: str | None = None) -> Source:
    """Give the bytes of a table, unpacked as often as they are packed.

    Parameters
    ----------
    name : str
        A file, or "-" for standard input.
    limits : Limits
        How much larger than its file it may be.
    member : str, optional
        The file to take out of an archive of several.

    Raises
    ------
    TableError
        For what is damaged, and archives in which no one file is the table.
    LimitError
    """
    source = Source(name)
    for _ in range(_LAYERS):
        packing = _packing(source, member)
        if packing is None:
            return source
        source = Unpacked(source, packing, limits)
    raise LimitError(f"{name}: expected a table that is packed at most {_LAYERS - 1} times; unpack it first")


@dataclass(frozen=True)
class _Packing:
    """How bytes are unpacked: `unpack` gives a stream of them, for one that counts the packed ones."""

    name: str
    unpack: Callable[["_Counted"], Any]
    notes: tuple[Note, ...] = ()


class Unpacked(Source):
    """The bytes that lie packed in another source."""

    def __init__(self, outer: Source, packing: _Packing, limits: Limits) -> None:
        self.name = outer.name
        self.path = None
        self.notes = (*outer.notes, *packing.notes)
        self._live = None
        self._copy = None
        self._outer = outer
        self._packing = packing
        self._limits = limits

    @property
    def is_there_again(self) -> bool:
        """Whether the packed bytes can be read another time."""
        return self._copy is not None or self._outer.is_there_again

    def keep(self) -> None:
        """Copy what comes through a pipe, as it is packed."""
        self._outer.keep()

    def open(self) -> Peekable:
        """Give the bytes from the first one."""
        return self._unpacked(self._outer.open()) if self._copy is None else super().open()

    def open_once(self) -> Peekable:
        """Give the bytes from the first one, for the only time if they come through a pipe."""
        return self._unpacked(self._outer.open_once()) if self._copy is None else super().open()

    def _unpacked(self, stream: Peekable) -> Peekable:
        return Peekable(_Measured(self.name, self._packing, stream, self._limits), close=True)


class _Counted(io.RawIOBase):
    """A stream that knows how many bytes were taken from it."""

    def __init__(self, stream: Peekable) -> None:
        self._stream = stream
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        data = self._stream.read(size)
        self.taken += len(data)
        return data

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Measured(io.RawIOBase):
    """A stream of unpacked bytes that ends in an error where there are too many of them, or damaged ones."""

    def __init__(self, name: str, packing: _Packing, stream: Peekable, limits: Limits) -> None:
        self._name = name
        self._packing = packing
        self._limits = limits
        self._packed = _Counted(stream)
        self._given = 0
        try:
            self._stream = packing.unpack(self._packed)
        except _BROKEN as error:
            raise self._damaged(error) from error

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        try:
            data = bytes(self._stream.read(size))
        except _BROKEN as error:
            raise self._damaged(error) from error
        self._given += len(data)
        most = max(self._limits.unpacked_bytes, self._limits.expansion * self._packed.taken)
        if self._given > most:
            raise LimitError(
                f"{self._name}: more than {most} bytes come out of {self._packed.taken} packed with "
                f"{self._packing.name}; if that is right, unpack it first"
            )
        return data

    def close(self) -> None:
        self._stream.close()
        self._packed.close()
        super().close()

    def _damaged(self, error: BaseException) -> TableError:
        return TableError(
            f"{self._name}: cannot be unpacked: it is damaged, or not all of it is there "
            f"({self._packing.name}: {first_line(error)})"
        )


class _Xz(io.RawIOBase):
    """Unpacks xz, one stream after another, in bounded memory."""

    def __init__(self, stream: _Counted) -> None:
        self._stream = stream
        self._unpacker = self._fresh()
        self._rest = b""

    def read(self, size: int | None = -1) -> bytes:
        while True:
            if self._unpacker.eof:
                # What follows may be padding of zeros, and another stream.
                self._rest = (self._unpacker.unused_data or self._rest or self._stream.read(_CHUNK)).lstrip(b"\0")
                if not self._rest and not (more := self._stream.read(_CHUNK)):
                    return b""
                self._rest, self._unpacker = self._rest or more, self._fresh()
                continue
            packed = self._rest
            if not packed and self._unpacker.needs_input:
                packed = self._stream.read(_CHUNK)
                if not packed:
                    raise EOFError("the end is missing")
            self._rest = b""
            data = self._unpacker.decompress(packed, -1 if size is None else size)
            if data:
                return data

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


def _by_arrow(codec: str) -> Callable[[_Counted], Any]:
    return lambda stream: pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), codec)


_PACKINGS: tuple[tuple[re.Pattern[bytes], _Packing], ...] = tuple(
    (re.compile(magic, re.DOTALL), _Packing(name, unpack))
    for magic, name, unpack in (
        (rb"\x1f\x8b\x08", "gzip", _by_arrow("gzip")),
        (rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", "bzip2", _by_arrow("bz2")),
        (rb"\xfd7zXZ\0", "xz", _Xz),
        (rb"\x28\xb5\x2f\xfd", "Zstandard", _by_arrow("zstd")),
        (rb"\x04\x22\x4d\x18", "LZ4", _by_arrow("lz4")),
    )
)
_LONGEST = 10


def _packing(source: Source, member: str | None) -> _Packing | None:
    """Tell how the bytes of a source are packed, or None if they are not."""
    head = source.head(_LONGEST)
    if head.startswith(ZIP):
        return _zipped(source, member)
    return next((packing for magic, packing in _PACKINGS if magic.match(head)), None)


def _zipped(source: Source, member: str | None) -> _Packing | None:
    """Find the table in a ZIP archive; None if the archive is a table itself, as workbooks are."""
    try:
        chosen = chosen_member(source, member)
    except _BROKEN as error:
        raise TableError(
            f"{source.name}: cannot be unpacked: it is damaged, or not all of it is there (ZIP: {first_line(error)})"
        ) from error
    if chosen is None:
        return None
    member, notes = chosen

    def unpack(stream: _Counted) -> Any:
        # An archive has its list of contents at its end, so it is read as a file, not as a stream.
        archive = zipfile.ZipFile(source.file())
        entry = archive.getinfo(member)
        stream.taken = min(entry.compress_size, archive.start_dir)
        return archive.open(entry)

    return _Packing("ZIP", unpack, notes)
