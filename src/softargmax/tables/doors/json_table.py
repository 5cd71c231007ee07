"""Tables in JSON: lines of objects, a list of objects, or one object that holds the table in a way that is obvious.

An object is a row and a key is a column; of an object inside of it, ``{"size": {"width": 2}}``, the column is called
``size.width``. The file is gone through twice: a column may come first in the last row.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from softargmax._words import listed, shortened
from softargmax.exceptions import LimitError, TableError
from softargmax.tables.doors.door import Opened
from softargmax.tables.doors.json_layout import rows_in
from softargmax.tables.doors.json_text import Values, too_deep
from softargmax.tables.doors.source import Source
from softargmax.tables.doors.values import Row, Rows, kind_of
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

# An object, or a list of objects or lists. A line that begins with another bracket may be the header of a text.
_JSON = re.compile(rb'(\xef\xbb\xbf)?\s*(\{\s*(["}]|$)|\[\s*([\[{\]]|$))')

Object = dict[str, Any]


def is_json(head: bytes) -> bool:
    """Tell by its beginning whether a file is JSON."""
    return _JSON.match(head) is not None


def open_json(source: Source, reading: Reading, limits: Limits) -> Opened:
    """Look at all objects, for the names and the types of the columns.

    Raises
    ------
    TableError
        For what is no JSON, or no table.
    LimitError
    """
    objects, notes = _objects(source, limits)
    kinds: dict[str, set[type]] = {}
    for row in objects():
        for name, value in row.items():
            if value is not None:
                kinds.setdefault(name, set()).add(kind_of(value))
            elif name not in kinds:
                kinds[name] = set()
        if len(kinds) > limits.columns:
            raise LimitError(f"{source.name}: expected at most {limits.columns} columns, got more")
    lists = [name for name, seen in kinds.items() if list in seen]
    if lists:
        words = f"{source.name}: lists are no values, and were left out: {listed(lists)}"
        notes = (*notes, Note("nested", words))
    names = tuple(name for name in kinds if name not in lists)
    if not names:
        raise TableError(f"{source.name}: expected objects with values, one for each row, got none")
    seen = [kinds[name] for name in names]

    def rows() -> Iterator[Row]:
        return ([row.get(name) for name in names] for row in objects())

    return Rows.opened(source.name, names, rows, reading, limits, notes, seen)


def _objects(source: Source, limits: Limits) -> tuple[Callable[[], Iterator[Object]], tuple[Note, ...]]:
    """Find the objects that are the rows; they can be gone through several times."""

    def flat(values: Iterator[Any]) -> Iterator[Object]:
        for number, value in enumerate(values, 1):
            if not isinstance(value, dict):
                raise TableError(
                    f"{source.name}: expected objects, one for each row, got {shortened(repr(value))}; "
                    "write them with the names of the columns"
                )
            yield _flat(source.name, number, value, limits)

    def every() -> Iterator[Object]:
        with source.open() as stream:
            yield from flat(iter(Values(source.name, stream, limits)))

    with source.open() as stream:
        values = Values(source.name, stream, limits)
        first = [value for value, _ in zip(values, range(2), strict=False)]
        alone = first[0] if len(first) == 1 and not values.is_list else None
    if not isinstance(alone, dict):
        return every, ()
    rows, note = rows_in(source.name, alone)
    return (lambda: flat(iter(rows))), (() if note is None else (note,))


def _flat(file: str, number: int, value: Object, limits: Limits) -> Object:
    """Put the values of objects in an object beside its own."""
    if dict not in map(type, value.values()):
        return value
    flat: Object = {}
    for name, cell in _cells(file, number, "", value, limits.nesting, limits):
        if name in flat:
            raise TableError(f"{file}: object {number} has two values for {name!r}; give one of them another name")
        flat[name] = cell
    return flat


def _cells(file: str, number: int, before: str, value: Object, deep: int, limits: Limits) -> Iterator[tuple[str, Any]]:
    if deep < 0:
        raise too_deep(file, number, limits)
    for key, cell in value.items():
        if isinstance(cell, dict):
            yield from _cells(file, number, f"{before}{key}.", cell, deep - 1, limits)
        else:
            yield before + key, cell
