"""A text of JSON as one value after another: lines of objects, or the elements of one list, however long it is."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from softargmax._words import shortened
from softargmax.exceptions import LimitError, TableError
from softargmax.tables.doors.source import Peekable
from softargmax.tables.limits import Limits

_CHUNK = 1 << 20
_BLANK = re.compile(r"\s*")
# An error that is this near to the end of what was read so far may be for lack of the rest.
_NEAR_THE_END = 16


class Values:
    """The values in a text of JSON.

    Attributes
    ----------
    is_list : bool
        Whether they are the elements of one list; known when the first one was given.
    """

    def __init__(self, file: str, stream: Peekable, limits: Limits) -> None:
        self.is_list = False
        self._file = file
        self._stream = stream
        self._limits = limits
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._parse = json.JSONDecoder(object_pairs_hook=self._object).raw_decode
        self._text = ""
        self._place = 0
        self._ended = False
        self._number = 0

    def __iter__(self) -> Iterator[Any]:
        """Give the values, in bounded memory.

        Raises
        ------
        TableError
            For what is no JSON, naming which value it is.
        LimitError
        """
        if self._next_is("["):
            self.is_list = True
            yield from self._elements()
        while self._more_follows():
            if self.is_list:
                raise self._wrong("nothing after the list")
            yield self._value()

    def _elements(self) -> Iterator[Any]:
        if self._next_is("]"):
            return
        while True:
            yield self._value()
            if self._next_is("]"):
                return
            if not self._next_is(","):
                raise self._wrong("a comma, or the end of the list")

    def _next_is(self, sign: str) -> bool:
        if self._more_follows() and self._text[self._place] == sign:
            self._place += 1
            return True
        return False

    def _more_follows(self) -> bool:
        """Go to the next character that is not blank, and tell whether there is one."""
        while True:
            self._place = _BLANK.match(self._text, self._place).end()  # type: ignore[union-attr]
            if self._place < len(self._text) or self._ended:
                return self._place < len(self._text)
            self._read()

    def _value(self) -> Any:
        self._number += 1
        self._more_follows()
        while True:
            try:
                value, end = self._parse(self._text, self._place)
                # A number that is cut off is a number too.
                if self._ended or end < len(self._text) or self._text[end - 1] in '}]"':
                    self._place = end
                    return value
            except json.JSONDecodeError as error:
                cut_off = error.pos >= len(self._text) - _NEAR_THE_END or error.msg.startswith("Unterminated")
                if self._ended and error.pos >= len(self._text.rstrip()):
                    raise TableError(
                        f"{self._file}: object {self._number}: the file ends in the middle of it; perhaps it was not "
                        "copied whole, or a bracket is missing"
                    ) from None
                if self._ended or not cut_off:
                    raise self._wrong(f"JSON ({error.msg[:1].lower()}{error.msg[1:]})", error.pos) from None
            except RecursionError:
                raise too_deep(self._file, self._number, self._limits) from None
            except ValueError as error:  # a number of thousands of digits
                raise self._wrong(f"a number ({error})") from None
            self._read()

    def _read(self) -> None:
        """Read as much again as is there, so that a long value is not tried again and again."""
        rest = self._text[self._place :]
        if len(rest) > self._limits.row_bytes:
            raise LimitError(
                f"{self._file}: expected objects of at most {self._limits.row_bytes} characters, got a longer one; "
                "write the table as lines of JSON, one object for each row"
            )
        data = self._stream.read(max(_CHUNK, len(rest)))
        self._ended = not data
        try:
            self._text = rest + self._decode(data, self._ended)
        except UnicodeDecodeError:
            raise TableError(f"{self._file}: expected JSON in UTF-8, got other bytes") from None
        self._place = 0

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            repeated = next(name for name in names if names.count(name) > 1)
            raise TableError(
                f"{self._file}: object {self._number} has two values for {repeated!r}; give one of them another name"
            )
        return made

    def _wrong(self, expected: str, place: int | None = None) -> TableError:
        place = self._place if place is None else place
        got = shortened(self._text[place : place + 61].strip())
        return TableError(
            f"{self._file}: object {self._number}: expected {expected}, got {got!r}"
            if got
            else f"{self._file}: object {self._number}: expected {expected}, but the file ends there"
        )


def too_deep(file: str, number: int, limits: Limits) -> LimitError:
    """Say that objects lie too deep in objects."""
    return LimitError(
        f"{file}: object {number}: expected objects in objects at most {limits.nesting} deep; "
        "write what is deeper as columns of its own"
    )
