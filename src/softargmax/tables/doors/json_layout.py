"""One object of JSON that holds a whole table: where in it the rows are, if that is obvious.

So write pandas' to_json, whose default is columns of numbered cells, polars' write_json, and services that wrap a list.
"""

from collections.abc import Sequence
from typing import Any

from softargmax._words import listed
from softargmax.exceptions import TableError
from softargmax.tables.notes import Note

Object = dict[str, Any]


def rows_in(file: str, value: Object) -> tuple[Sequence[Object], Note | None]:
    """Find the rows in an object that stands alone in a file, and say where; the object is the only row if not.

    Raises
    ------
    TableError
        If it could be read in several ways.
    """
    found = _wrapped(file, value) or _split(value) or _columns(value) or _numbered(file, value)
    if found is None:
        return [value], None
    rows, words = found
    return rows, Note("layout", f"{file}: {words}")


_Found = tuple[Sequence[Object], str] | None


def _wrapped(file: str, value: Object) -> _Found:
    """A list of objects under one of the names."""
    lists = [key for key, item in value.items() if _all(item, list, dict)]
    if len(lists) > 1:
        raise TableError(f"{file}: expected one list of objects, got {listed(lists)}; write the table to a file alone")
    return (value[lists[0]], f"the rows are the objects in the list {lists[0]!r}") if lists else None


def _split(value: Object) -> _Found:
    """The names of the columns in one list, and lists of cells in another."""
    names, data = value.get("columns", []), value.get("data", [])
    if not (_all(names, list, str) and _all(data, list, list)) or any(len(row) != len(names) for row in data):
        return None
    return [dict(zip(names, row, strict=True)) for row in data], "the rows are the lists in 'data'"


def _columns(value: Object) -> _Found:
    """A list of cells for each column."""
    columns = list(value.values())
    if not columns or not all(isinstance(column, list) for column in columns) or len({*map(len, columns)}) != 1:
        return None
    rows = [dict(zip(value, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return rows, "every list is a column"


def _numbered(file: str, value: Object) -> _Found:
    """An object of numbered cells for each column, or a number for each row."""
    inner = list(value.values())
    if len(inner) < 2 or not _all(inner, list, dict) or len({tuple(one) for one in inner}) != 1 or not inner[0]:
        return None
    if _counts(list(value)):
        return inner, "the rows are the numbered objects"
    if _counts(list(inner[0])):
        return [{name: cells[key] for name, cells in value.items()} for key in inner[0]], "every object is a column"
    raise TableError(
        f"{file}: expected rows, got objects {listed(list(value), 3)} of {listed(list(inner[0]), 3)}, "
        "of which either could be the rows; write a list of objects, with pandas by to_json(orient='records')"
    )


def _counts(keys: Sequence[str]) -> bool:
    return list(keys) == [str(number) for number in range(len(keys))]


def _all(value: Any, outer: type, inner: type) -> bool:
    return isinstance(value, outer) and bool(value) and all(isinstance(item, inner) for item in value)  # type: ignore[attr-defined]
