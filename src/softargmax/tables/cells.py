"""What the cells of a column mean: numbers, booleans, dates, text; missing or not.

Arrow arrays in, NumPy arrays out. A cell that cannot be what its column is, is an error that names file,
column, row and value.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch

# What stands for a missing value in text: what spreadsheets, R, pandas, SQL and UCI's files write.
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")

# ISO 8601 dates and times, without and with a zone. Other orders of day and month would be guesses.
_TIMES = (pa.timestamp("us"), pa.timestamp("us", "UTC"))
TRUE, FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


@dataclass(frozen=True)
class Cells:
    """One column of one batch, with the means to say which of its cells is wrong."""

    batch: Batch
    column: str
    data: Any  # pyarrow.Array: text trimmed, missing values null
    is_text: bool

    @classmethod
    def of(cls, batch: Batch, column: str) -> "Cells":
        """Take a column out of a batch."""
        try:
            return cls._of(batch, column, batch.data.column(batch.names.index(column)))
        except pa.ArrowException as error:
            raise TableError(f"{batch.file}: column {column!r} cannot be read: {error}") from None

    @classmethod
    def _of(cls, batch: Batch, column: str, data: Any) -> "Cells":
        if pa.types.is_dictionary(data.type):
            data = data.dictionary_decode()
        if pa.types.is_large_string(data.type) or pa.types.is_string_view(data.type):
            data = data.cast(pa.string())
        is_text = bool(pa.types.is_string(data.type))
        if is_text:
            data = pc.utf8_trim_whitespace(data)
            data = pc.if_else(pc.is_in(data, value_set=pa.array(MISSING)), None, data)
        elif pa.types.is_floating(data.type):
            data = pc.if_else(pc.is_nan(data), None, data)
        return cls(batch, column, data, is_text)

    def __len__(self) -> int:
        return len(self.data)

    @property
    def missing(self) -> Array:
        """True where a value is missing."""
        return np.asarray(self.data.is_null())

    @property
    def is_usable(self) -> bool:
        """Whether the column holds single values of a kind we know."""
        return self.is_text or _is_number(self.data.type) or _is_simple(self.data.type)

    def numbers(self) -> Array:
        """Read as float64, NaN where missing; infinities are refused."""
        if self.is_text:
            values = self._parsed_numbers()
        elif _is_number(self.data.type):
            values = np.asarray(self.data.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
        else:
            raise self._mismatch("numbers")
        values = np.where(self.missing, np.nan, values.astype(np.float64))
        if np.isinf(values).any():
            raise self.error(int(np.argmax(np.isinf(values))), "a finite number")
        return values

    def _parsed_numbers(self) -> Array:
        try:
            return np.asarray(self.data.cast(pa.float64()).to_numpy(zero_copy_only=False))
        except pa.ArrowInvalid:
            values = [None if text is None else _to_number(text) for text in self.data.to_pylist()]
            for position, (text, value) in enumerate(zip(self.data.to_pylist(), values, strict=True)):
                if text is not None and value is None:
                    raise self.error(position, "a number") from None
            return np.array([np.nan if value is None else value for value in values], np.float64)

    def booleans(self) -> Array:
        """Read as float64: 1 for true, 0 for false, NaN where missing."""
        if pa.types.is_boolean(self.data.type):
            values = np.asarray(self.data.cast(pa.float64()).to_numpy(zero_copy_only=False))
        elif self.is_text:
            true = np.asarray(pc.is_in(self.data, value_set=pa.array(TRUE)))
            false = np.asarray(pc.is_in(self.data, value_set=pa.array(FALSE)))
            wrong = ~(true | false | self.missing)
            if wrong.any():
                raise self.error(int(np.argmax(wrong)), "true or false")
            values = true.astype(np.float64)
        else:
            raise self._mismatch("booleans")
        return np.where(self.missing, np.nan, values)

    def texts(self) -> Any:
        """Read as an Arrow array of strings, null where missing."""
        if self.is_text:
            return self.data
        if _is_number(self.data.type) or _is_simple(self.data.type):
            return self.data.cast(pa.string())
        raise self._mismatch("text")

    def seconds(self) -> Array:
        """Read dates and times as float64 seconds since 1970 (UTC), NaN where missing."""
        data = self.data
        if self.is_text:
            data = self._parsed_dates()
        elif not (pa.types.is_date(data.type) or pa.types.is_timestamp(data.type)):
            raise self._mismatch("dates")
        if pa.types.is_timestamp(data.type) and data.type.tz is not None:
            data = data.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.timestamp("us"))
        stamps = data.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        values = np.asarray(stamps.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)) / 1e6
        return np.where(self.missing, np.nan, values)

    def _parsed_dates(self) -> Any:
        for kind in _TIMES:
            if _casts(self.data, kind):
                return self.data.cast(kind)
        # Some cells may have a zone and others none; one of them is no date at all, or each is read by itself.
        stamps = []
        for position, text in enumerate(self.data.to_pylist()):
            one = pa.array([text], pa.string())
            kind = next((kind for kind in _TIMES if _casts(one, kind)), None)
            if kind is None:
                raise self.error(position, "a date like 2026-11-22 or 2026-11-22 10:30:00")
            stamps.append(one.cast(kind).cast(pa.int64())[0].as_py())
        return pa.array(stamps, pa.int64()).cast(pa.timestamp("us"))

    def error(self, position: int, expected: str) -> TableError:
        """Say which cell is not what its column is."""
        file, row = self.batch.place(position)
        return TableError(
            f"{file}: column {self.column!r}, row {row}: expected {expected}, got {self.data[position].as_py()!r}"
        )

    def _mismatch(self, expected: str) -> TableError:
        return TableError(f"{self.batch.file}: column {self.column!r}: expected {expected}, got {self.data.type}")


def _to_number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_simple(kind: Any) -> bool:
    return bool(
        pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_null(kind)
    )


def guess_kind(cells: Cells) -> tuple[str, int | None]:
    """Tell what a column seems to hold, and the first cell that speaks against numbers if most are numbers.

    Kinds: "number", "boolean", "date", "text" (any strings). Only complete columns are judged, at fit.
    """
    data = cells.data
    if not cells.is_text:
        if pa.types.is_boolean(data.type):
            return "boolean", None
        return ("number" if _is_number(data.type) else "date"), None
    present = data.drop_null()
    if len(present) == 0:
        return "number", None
    if pc.all(pc.is_in(present, value_set=pa.array(TRUE + FALSE))).as_py():
        return "boolean", None
    if _casts(present, pa.float64()):
        return "number", None
    if _are_dates(present):
        return "date", None
    texts = data.to_pylist()
    not_numbers = [i for i, text in enumerate(texts) if text is not None and _to_number(text) is None]
    if not not_numbers:
        return "number", None
    # Up to a tenth: a mistake in a column of numbers, to be corrected. More: some words are meant. Chosen by hand.
    mostly_numbers = len(not_numbers) <= 0.1 * len(present)
    return "text", not_numbers[0] if mostly_numbers else None


def _are_dates(present: Any) -> bool:
    """Tell whether every cell is a date; some may have a zone and others none."""
    if any(_casts(present, kind) for kind in _TIMES):
        return True
    cells = (present.slice(position, 1) for position in range(len(present)))
    return all(any(_casts(cell, kind) for kind in _TIMES) for cell in cells)


def _casts(data: Any, kind: Any) -> bool:
    try:
        data.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
