"""Rows of Python's values, as workbooks, databases and JSON give them, into columns.

A column whose values are of one type has that type. Where they differ, and are not just whole and other numbers, or
dates without and with a time, the column is text: what a person sees, which is understood later like the text of CSV.
The rows are gone through twice, first for the types and then for the values, so that a table of any length fits.
"""

import contextlib
import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.doors.door import ROWS, Opened, first_line, name_columns, numbered
from softargmax.tables.limits import Limits
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading

Row = Sequence[Any]

# Rows by which a first column without a name is known for the row numbers of another program.
_LOOKED_AT = 1000

# Cells of Python values that are held at a time.
_CELLS = 1 << 20
_INT64 = 1 << 63
_MOMENTS = {datetime.date, datetime.datetime}
# What Arrow takes as it is for columns that hold values of several types.
_AS_THEY_ARE: dict[Any, set[type]] = {
    pa.string(): {str},
    pa.float64(): {float},
    pa.timestamp("us"): {datetime.datetime},
}


class _Long:
    """Stands for whole numbers that int64 does not hold: their digits are text."""


@dataclass(frozen=True)
class Rows:
    """A table of values: its columns have names, and its rows can be gone through as often as one likes."""

    file: str
    names: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    types: tuple[Any, ...]

    @classmethod
    def opened(
        cls,
        file: str,
        names: Sequence[str],
        rows: Callable[[], Iterator[Row]],
        reading: Reading,
        limits: Limits,
        notes: tuple[Note, ...] = (),
        kinds: Sequence[set[type]] | None = None,
    ) -> Opened:
        """Name the columns apart, learn their types from all rows unless `kinds` is known, and make what a door gives.

        Raises
        ------
        LimitError
            For too many columns.
        """
        head = list(itertools.islice(rows(), _LOOKED_AT))

        def cells(column: int) -> list[str]:
            return [text_of(row[column]) for row in head if row[column] is not None]

        named = name_columns(file, names, cells, reading, limits)
        if named.has_index:
            every = rows

            def rows() -> Iterator[Row]:
                return ([row[position] for position in named.positions] for row in every())

            kinds = None if kinds is None else [kinds[position] for position in named.positions]
        seen = kinds_of(rows(), len(named.names)) if kinds is None else kinds
        made = cls(file, named.names, rows, tuple(map(arrow_type, seen)))
        decided = replace(reading, index=named.has_index)
        return Opened(named.names, decided, (*notes, *named.notes), made.batches)

    def batches(self) -> Iterator[Batch]:
        """Give the rows; a table without rows is one empty batch."""
        rows = (self._columns(list(zip(*part, strict=True))) for part in _parts(self.rows()))
        return numbered(self.file, rows, lambda: self._columns([()] * len(self.names)))

    def _columns(self, columns: Sequence[Row]) -> Any:
        try:
            arrays = [arrow_array(column, kind) for column, kind in zip(columns, self.types, strict=True)]
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise TableError(f"{self.file}: it was changed while it was read ({first_line(error)})") from error
        return pa.RecordBatch.from_arrays(arrays, names=list(self.names))


def kinds_of(rows: Iterable[Row], n_columns: int) -> list[set[type]]:
    """Tell which types the values of each column have; what is missing has none."""
    kinds: list[set[type]] = [set() for _ in range(n_columns)]
    for part in _parts(rows):
        for seen, column in zip(kinds, zip(*part, strict=True), strict=True):
            seen.update(_kinds_in(column))
    return kinds


def _kinds_in(column: Row) -> set[type]:
    """Give what `kind_of` gives for some values, which takes a tenth of the time."""
    kinds = set(map(type, column)) - {type(None)}
    if int in kinds:
        whole = column if len(kinds) == 1 and None not in column else [value for value in column if type(value) is int]
        if min(whole) < -_INT64 or max(whole) >= _INT64:
            kinds.add(_Long)
    return kinds


def kind_of(value: Any) -> type:
    """Tell the type of a value, and whole numbers that int64 does not hold from others."""
    kind = type(value)
    return _Long if kind is int and not -_INT64 <= value < _INT64 else kind


def arrow_type(kinds: set[type]) -> Any:
    """Choose the type of a column whose values are of these types."""
    if not kinds:
        return pa.null()
    if kinds <= {int, float}:
        return pa.int64() if kinds == {int} else pa.float64()
    if kinds <= _MOMENTS:
        return pa.date32() if kinds == {datetime.date} else pa.timestamp("us")
    return {frozenset({bool}): pa.bool_(), frozenset({bytes}): pa.binary()}.get(frozenset(kinds), pa.string())


def arrow_array(values: Row, kind: Any) -> Any:
    """Turn the values of a column into an array of its type."""
    types = set(map(type, values)) - {type(None)}
    with contextlib.suppress(UnicodeEncodeError):  # for half a pair of surrogates, which Unicode has no character for
        if types <= _AS_THEY_ARE.get(kind, types):
            return pa.array(values, kind)
    if pa.types.is_timestamp(kind):
        return pa.array([_as_moment(value) for value in values], kind)
    write = text_of if pa.types.is_string(kind) else float
    return pa.array([None if value is None else write(value) for value in values], kind)


def text_of(value: Any) -> str:
    """Write a value as a person sees it; what Unicode has no character for becomes its mark for that.

    >>> text_of(True), text_of(2.5), text_of(datetime.date(2026, 11, 22)), text_of(datetime.time(13, 8))
    ('true', '2.5', '2026-11-22', '13:08:00')
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _as_moment(value: Any) -> Any:
    if value is None or isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.combine(value, datetime.time())


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows several at a time: as many as are a batch, and fewer where they are wide."""
    rows = iter(rows)
    for first in rows:
        n_rows = max(1, min(ROWS, _CELLS // max(1, len(first))))
        yield [first, *itertools.islice(rows, n_rows - 1)]
