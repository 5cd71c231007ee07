"""Rows as dictionaries → their features, without Arrow, whose work on a single row takes a hundred times as long.

The features are those that `Schema.features` gives a table of these rows, bit for bit. Only what is ordinary is read
here: exact names, values of Python's own types, numbers as people write them, dates as ISO 8601 does. For anything else
there are no features here, and the way that all tables go finds out what it is, or what is wrong with it. So it is with
values that are unlike those at fit, which are counted and named there (`drift`).
"""

import datetime
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.drift_notes import lacks_more, misses_more, strays_more
from softargmax.tables.marks import given_numbers, is_mark, is_no, is_yes, whole_number_form
from softargmax.tables.names import plain
from softargmax.tables.numerals import LATEST_DIGIT, LONGEST, OPEN, undressed, value_of
from softargmax.tables.quantity_encoders import BooleanEncoder, DateEncoder, NumberEncoder
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema, UsedColumn
from softargmax.tables.word_encoders import CategoryEncoder, TextEncoder

# Beyond so many rows Arrow is faster.
MOST_ROWS = 64
# What needs no second look: asking what kind of a thing each value is took a third of the time.
_PLAIN = frozenset((type(None), str, float, int, bool))
_OF_NUMPY = (np.float64, np.float32, np.integer, np.bool_, np.str_)
_INT64 = 1 << 63
_LARGEST = float(np.finfo(np.float32).max)
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_OPEN = re.compile(OPEN)
_EXPONENT = re.compile(r"[0-9.][eE]")
_MOMENT = re.compile(r"(19[0-9]{2}|20[0-9]{2}|2100)-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])?")
_EPOCH, _MICROSECOND = datetime.datetime(1970, 1, 1), datetime.timedelta(microseconds=1)

# What a value is: there, missing, none of which something is known, beyond all at fit, or far from them.
_THERE, _MISSING, _STRANGE, _BEYOND, _FAR = range(5)
_ANYWHERE = -math.inf, math.inf
# Writes a value into the features of its column, which are 0 before, and tells what it is.
Write = Callable[[Any, Array], int]


class _OddError(Exception):
    """Something is out of the ordinary."""


class SingleRows:
    """Reads rows as dictionaries for a schema.

    Parameters
    ----------
    schema : Schema
    reading : Reading
        How tables are read, as kept with the model.
    """

    def __init__(self, schema: Schema, reading: Reading) -> None:
        self._made_of = schema, reading
        given = reading.missing or ()
        self._given = frozenset(("", *given))
        self._given_forms = [re.compile(form) for form in map(whole_number_form, given) if form]
        self._given_numbers = frozenset(given_numbers(given))
        self._names = frozenset(schema.names)
        self._n_features = schema.n_features
        self._columns: list[tuple[UsedColumn, slice, Write, bool]] = []
        for column, part in schema.places():
            encoder: Any = column.encoder
            write = _WRITERS[encoder.kind](encoder, reading, column)
            self._columns.append((column, part, write, encoder.flags_missing))

    def __reduce__(self) -> tuple[type["SingleRows"], tuple[Schema, Reading]]:
        """Let a pickle hold what it is made of: what writes a column is a function."""
        return SingleRows, self._made_of

    def features(self, table: Any) -> Array | None:
        """Give float32 features, shape (n_rows, n_features), of a dictionary or a list of some; None if one is odd."""
        rows = [table] if isinstance(table, Mapping) else table
        if not isinstance(rows, list | tuple) or not 0 < len(rows) <= MOST_ROWS:
            return None
        features = np.zeros((len(rows), self._n_features), np.float32)
        met: list[tuple[str, int]] = []
        try:
            for row, out in zip(rows, features, strict=True):
                self._write(row, out, met)
            if len(rows) > 1:
                self._check_types(rows)
        except _OddError:
            return None
        return None if met and self._are_unlike(Counter(met), len(rows)) else features

    def _are_unlike(self, met: Counter[tuple[str, int]], n_rows: int) -> bool:
        """Whether rows hold more than chance explains of what the model knows little of."""
        for column, *_ in self._columns:
            n_missing = met[column.name, _MISSING]
            n_present = n_rows - n_missing
            if (
                misses_more(column, n_missing, n_rows)
                or lacks_more(column, met[column.name, _STRANGE], n_present)
                or strays_more(column, met[column.name, _BEYOND], n_present)
            ):
                return True
        return False

    def _write(self, row: Any, out: Array, met: list[tuple[str, int]]) -> None:
        if not isinstance(row, Mapping):
            raise _OddError
        for name, value in row.items():
            # Another name may turn out to be a known one, and a dictionary of columns is no row.
            if name not in self._names and not (isinstance(name, str) and name.isascii()):
                raise _OddError
            if type(value) not in _PLAIN and _holds_values(value):
                raise _OddError
        for used, part, write, flags_missing in self._columns:
            if used.name not in row:
                raise _OddError
            column = out[part]
            state = self._state(row[used.name], write, column)
            if state:
                if state == _FAR:
                    raise _OddError
                met.append((used.name, state))
                if state == _MISSING and flags_missing:
                    column[-1] = 1.0

    def _state(self, value: Any, write: Write, column: Array) -> int:
        """Write a value, and tell what it is."""
        if value is None:
            return _MISSING
        if type(value) not in _PLAIN and isinstance(value, _OF_NUMPY):
            value = value.item()
        if type(value) is str:
            text = value.strip() if value.isascii() else plain(_encodable(value))
            is_given = text in self._given or any(form.fullmatch(text) for form in self._given_forms)
            return _MISSING if is_given else write(text, column)
        if type(value) is int and not -_INT64 <= value < _INT64:
            raise _OddError
        state = write(value, column)
        if state != _MISSING and type(value) in (int, float) and value in self._given_numbers:
            column[:] = 0.0
            return _MISSING
        return state

    def _check_types(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Refuse a column of several types: what they have in common is not for a row alone to tell."""
        for column, *_ in self._columns:
            if len({type(row[column.name]) for row in rows} - {type(None)}) > 1:
                raise _OddError


def _holds_values(value: Any) -> bool:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates
        raise _OddError from None
    return text


def _of_numbers(encoder: NumberEncoder, reading: Reading, used: UsedColumn) -> Write:
    (low, high), (lowest, highest) = used.limits or _ANYWHERE, used.far_limits or _ANYWHERE
    mean, scale, limit, decimal = float(encoder.mean), float(encoder.scale), float(encoder.limit), reading.decimal

    def write(value: Any, column: Array) -> int:
        if isinstance(value, str):
            if is_mark(value):
                return _MISSING
            value = _amount(value, decimal, encoder.units)
        elif type(value) not in (int, float):
            raise _OddError
        number = float(value)
        if math.isinf(number):
            raise _OddError
        if math.isnan(number):
            return _MISSING
        place = (number - mean) / scale
        column[0] = _within_float32(min(max(place, -limit), limit))
        if low <= place <= high:
            return _THERE
        if not lowest <= place <= highest:
            return _FAR
        # Rounded as features are, it may be no farther than the outermost at fit.
        return _THERE if low <= float(np.float32(_within_float32(place))) <= high else _BEYOND

    return write


def _amount(text: str, decimal: str | None, units: Sequence[str]) -> float:
    is_plain = _NUMBER.fullmatch(text) and (
        "." not in text or decimal == "." or (not decimal and not _OPEN.fullmatch(text))
    )
    value, unit = (float(text), "") if is_plain else _dressed(text, decimal)
    if unit not in units and (unit or value != 0.0):
        raise _OddError
    return value


def _dressed(text: str, decimal: str | None) -> tuple[float, str]:
    """Read a number as people write it, and its unit; with either mark where none is decided."""
    if len(text) > LONGEST or not any(map(str.isdecimal, text[: LATEST_DIGIT + 1])) or _EXPONENT.search(text):
        raise _OddError
    number = undressed(text)
    if number is None:
        raise _OddError
    found = [value_of(number, mark) for mark in ([decimal] if decimal else ".,")]
    values = {value[0] for value in found if value is not None}
    if len(values) != 1 or None in found:
        raise _OddError
    return values.pop(), number.unit


def _of_booleans(_encoder: BooleanEncoder, _reading: Reading, _used: UsedColumn) -> Write:
    def write(value: Any, column: Array) -> int:
        if isinstance(value, str):
            if is_mark(value) and not is_no(value):
                return _MISSING
            if is_yes(value) == is_no(value):
                raise _OddError
            value = is_yes(value)
        elif type(value) is not bool:
            raise _OddError
        column[0] = 1.0 if value else -1.0
        return _THERE

    return write


def _of_dates(encoder: DateEncoder, _reading: Reading, used: UsedColumn) -> Write:
    lowest, highest = used.far_limits or _ANYWHERE

    def write(value: Any, column: Array) -> int:
        if isinstance(value, str) and is_mark(value):
            return _MISSING
        seconds = np.array([(_moment(value) - _EPOCH) // _MICROSECOND / 1e6])
        for place, numbers in enumerate(encoder.place_in_time(seconds)):
            column[place] = _within_float32(float(numbers[0]))
        return _THERE if lowest <= column[0] <= highest else _FAR

    return write


def _moment(value: Any) -> datetime.datetime:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:  # the 30th of February
            raise _OddError from None
    if type(value) is datetime.date:
        return datetime.datetime.combine(value, datetime.time())
    # Timestamps of pandas are these too, with nanoseconds; NaT has NaN of them.
    if isinstance(value, datetime.datetime) and value.tzinfo is None and not getattr(value, "nanosecond", 0):
        return value
    raise _OddError


def _of_categories(encoder: CategoryEncoder, _reading: Reading, _used: UsedColumn) -> Write:
    places: dict[str, int] = {}
    for place, level in enumerate(encoder.levels):
        places.setdefault(plain(level), place)
    rare = frozenset(map(plain, encoder.rare))

    def write(value: Any, column: Array) -> int:
        text = _text(value)
        if text is None:
            return _MISSING
        if text in places:
            column[places[text]] = 1.0
            return _THERE
        return _STRANGE if text not in rare and encoder.knows_all else _THERE

    return write


def _of_texts(encoder: TextEncoder, _reading: Reading, _used: UsedColumn) -> Write:
    def write(value: Any, column: Array) -> int:
        text = _text(value)
        if text is None:
            return _MISSING
        known = encoder.known_in(text)
        if known:
            column[known] = 1.0 / math.sqrt(len(known))
        return _THERE if known else _STRANGE

    return write


def _text(value: Any) -> str | None:
    """Write a value as Arrow does, which goes by rules of its own for other types."""
    if isinstance(value, str):
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if type(value) is float and math.isnan(value):
        return None
    raise _OddError


def _within_float32(number: float) -> float:
    return min(max(number, -_LARGEST), _LARGEST)


_WRITERS: dict[str, Callable[[Any, Reading, UsedColumn], Write]] = {
    "number": _of_numbers,
    "boolean": _of_booleans,
    "date": _of_dates,
    "category": _of_categories,
    "text": _of_texts,
}
