"""The text of a file: in which encoding it is read, its beginning, and all of it as UTF-8."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from softargmax.exceptions import TableError
from softargmax.tables.doors.source import Peekable, Source
from softargmax.tables.encodings import check_encoding, decide_encoding, decoded
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading
from softargmax.tables.recoding import first_fault

UTF_8 = "utf-8"


@dataclass(frozen=True)
class Text:
    """A file that is read as text.

    Attributes
    ----------
    source : Source
    encoding : str
    notes : tuple of Note
        What was decided about the encoding.
    """

    source: Source
    encoding: str
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, source: Source, reading: Reading) -> "Text":
        """Decide the encoding, or take the one that `reading` knows.

        Raises
        ------
        TableError
            For what is no text in one encoding, with its line.
        """
        if reading.encoding is None:
            try:
                found = decide_encoding(_opener(source))
            except TableError as error:
                raise TableError(f"{source.name}: {error}", parameter=error.parameter) from None
            notes = (Note("encoding", found.note, None, "encoding"),) if found.note else ()
            return cls(source, found.name, notes)
        known = check_encoding(reading.encoding)
        # A model's other files may have been written by another program, which wrote UTF-8. That is tried first, but
        # where all of a file may look like ASCII that is not.
        may_be_other = reading.names is not None and not known.startswith(("utf", "iso2022"))
        if may_be_other and first_fault(_opener(source), None, UTF_8) is None:
            return cls(source, UTF_8, ())
        return cls(source, known, ())

    def beginning(self, size: int) -> bytes:
        """Give the first bytes, in UTF-8; a mark of the byte order may stand before them if they came in it."""
        if self.encoding == UTF_8:
            return self.source.head(size)
        with self.source.open() as stream, self._recoded(stream) as text:
            return text.peek(size)[:size]

    def of_all(self, stream: Peekable) -> Peekable:
        """Give what is read from a stream of the source's bytes, in UTF-8."""
        return stream if self.encoding == UTF_8 else self._recoded(stream)

    def fault(self) -> str:
        """Say where a file that should be UTF-8 is not."""
        fault = None if self.source.path is None else first_fault(_opener(self.source), None, self.encoding)
        where = "some bytes are not UTF-8" if fault is None else str(fault)
        return f"{where}; say how the file is encoded with encoding=, as cp1252, or convert it"

    def _recoded(self, stream: Any) -> Peekable:
        return Peekable(decoded(stream, self.encoding, self.source.name), close=True)


def _opener(source: Source) -> Callable[[], Any]:
    return source.open


def without_mark(head: bytes) -> tuple[bytes, int]:
    """Take off the mark with which some programs begin UTF-8, and say how long it was."""
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    return head[mark:], mark
