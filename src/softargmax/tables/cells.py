"""What the cells of a column mean: numbers, booleans, dates, text; missing or not.

Arrow arrays in, NumPy arrays out. A cell that cannot be what its column is, is an error that names file,
column, row and value.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.exceptions import TableError
from softargmax.tables.amounts import Amounts, amounts_in, plain_amounts
from softargmax.tables.batch import Batch
from softargmax.tables.dates.date_form import ISO, ORDERS, DateForm, date_like
from softargmax.tables.dates.date_texts import dates_of, days_in_digits
from softargmax.tables.marked_cells import are_marks, are_no, are_yes, without_given
from softargmax.tables.names import INVISIBLE
from softargmax.tables.numerals import with_units
from softargmax.tables.parsing import numbers_in, seconds_of

TRUE, FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


@dataclass(frozen=True)
class Cells:
    """One column of one batch, with the means to say which of its cells is wrong."""

    batch: Batch
    column: str
    data: Any  # pyarrow.Array: text trimmed, what is empty or named as missing null
    is_text: bool

    @classmethod
    def of(cls, batch: Batch, column: str) -> "Cells":
        """Take a column out of a batch."""
        try:
            return cls._of(batch, column, batch.column(column))
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
            data = pc.utf8_trim_whitespace(_in_one_form(data))
        elif pa.types.is_floating(data.type):
            data = pc.if_else(pc.is_nan(data), None, data)
        data = without_given(data, batch.missing, is_text)
        return cls(batch, column, data, is_text)

    def __len__(self) -> int:
        return len(self.data)

    @property
    def missing(self) -> Array:
        """True where a value is missing."""
        return np.asarray(self.data.is_null())

    @property
    def n_missing(self) -> int:
        """How many values are missing."""
        return int(self.data.null_count)

    def without_marks(self, but_no: bool = False) -> "Cells":
        """Take what stands for a missing value beside numbers, dates and booleans for missing; `but_no` spares no."""
        if pa.types.is_null(self.data.type):  # nothing but missing cells, which have no type of their own
            return replace(self, data=self.data.cast(pa.string()), is_text=True)
        if not self.is_text or (self._plain is not None and self._plain.are_all_plain):
            return self
        marked = are_marks(self.data) & ~are_no(self.data) if but_no else are_marks(self.data)
        return replace(self, data=pc.if_else(pa.array(marked), None, self.data))

    @property
    def is_usable(self) -> bool:
        """Whether the column holds single values of a kind we know."""
        return self.is_text or _is_number(self.data.type) or _is_simple(self.data.type)

    @property
    def family(self) -> str:
        """What the cells are before anything is made of them: "text", "number", "boolean", "date" or "empty"."""
        if self.is_text or pa.types.is_boolean(self.data.type) or pa.types.is_null(self.data.type):
            return "text" if self.is_text else "boolean" if pa.types.is_boolean(self.data.type) else "empty"
        return "number" if _is_number(self.data.type) else "date"

    def numbers(self) -> Array:
        """Read what programs write as float64, NaN where missing; infinities are refused."""
        if self.is_text:
            values, are_numbers = numbers_in(self.data, self.batch.decimal or ".")
            self._refuse(~are_numbers, "a number")
        else:
            values = self.typed_numbers()
        self._refuse(np.isinf(values), "a finite number")
        return values

    def amounts(self, units: tuple[str, ...] = ("",)) -> Array:
        """Read what people write as float64, NaN where missing, with one of these units; infinities are refused."""
        if not self.is_text:
            return self.numbers()
        read = self._plain or amounts_in(self.data, self.batch.decimal)
        if read.are_all_plain and self.batch.decimal == ".":
            self._refuse(np.isinf(read.points), "a finite number")
            return read.points
        self._refuse(~(read.are_points | read.are_commas), "a number")
        if read.differ.any():
            raise open_cell(self.error(int(np.argmax(read.differ)), "one reading of the cell"))
        known = [code for code, unit in enumerate(read.units) if unit in units]
        self._refuse((read.unit_codes >= 0) & ~np.isin(read.unit_codes, known), f"a number {with_units(units)}")
        values = np.where(read.are_points, read.points, read.commas)
        self._refuse(np.isinf(values), "a finite number")
        return values

    @property
    def are_open(self) -> bool:
        """Whether some cell is one number with a decimal point and another one with a decimal comma."""
        return self.is_text and bool((self._plain or amounts_in(self.data, self.batch.decimal)).differ.any())

    @cached_property
    def _plain(self) -> Amounts | None:
        return plain_amounts(self.data, self.batch.decimal)

    def typed_numbers(self) -> Array:
        """Read cells of a type of numbers as float64, NaN where missing."""
        if not _is_number(self.data.type):
            raise self._mismatch("numbers")
        values = np.asarray(self.data.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
        return np.where(self.missing, np.nan, values.astype(np.float64))

    def booleans(self) -> Array:
        """Read as float64: 1 for true, 0 for false, NaN where missing."""
        if pa.types.is_boolean(self.data.type):
            values = np.asarray(self.data.cast(pa.float64()).to_numpy(zero_copy_only=False))
        elif self.is_text:
            true = are_yes(self.data)
            self._refuse(~(true | are_no(self.data)), "true or false")
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

    def places_in(self, levels: Any) -> Array:
        """Look texts up in an Arrow array of strings: where each of them stands in it, or -1."""
        return np.asarray(pc.fill_null(pc.index_in(self.texts(), value_set=levels), -1))

    def seconds(self, form: DateForm = ISO) -> Array:
        """Read dates and times as float64 seconds since 1970 (UTC), NaN where missing."""
        return self.times(form)[0]

    def times(self, form: DateForm = ISO) -> tuple[Array, int]:
        """Read dates and times as `seconds` does, and give the flags of what was seen in those that are text."""
        if self.is_text:
            numbers = numbers_in(self.data)[0] if form.digits else None
            dates = dates_of(self.data, form.calendar, numbers, form.digits)
            values = dates.seconds[ORDERS.index(form.order)]
            self._refuse(np.isnan(values), date_like(form))
            return values, dates.seen
        if form.digits and _is_number(self.data.type):
            values = days_in_digits(self.typed_numbers())
            self._refuse(np.isnan(values), date_like(form))
            return values, 0
        if not (pa.types.is_date(self.data.type) or pa.types.is_timestamp(self.data.type)):
            raise self._mismatch("dates")
        return seconds_of(self.data), 0

    def _refuse(self, wrong: Array, expected: str) -> None:
        wrong = wrong & ~self.missing
        if wrong.any():
            raise self.error(int(np.argmax(wrong)), expected)

    def error(self, position: int, expected: str) -> TableError:
        """Say which cell is not what its column is."""
        return cell_error(*self.batch.place(position), self.column, expected, self.data[position].as_py())

    def _mismatch(self, expected: str) -> TableError:
        return TableError(f"{self.batch.file}: column {self.column!r}: expected {expected}, got {self.data.type}")


def cell_error(file: str, row: int, column: str, expected: str, value: Any) -> TableError:
    """Say which cell is not what its column is."""
    return TableError(f"{file}: column {column!r}, row {row}: expected {expected}, got {value!r}")


def open_cell(error: TableError) -> TableError:
    """Ask for the decimal mark, because a cell is one number with a point and another one with a comma."""
    return TableError(f"{error}; say which mark is decimal: decimal='.' or decimal=','", parameter="decimal")


def _in_one_form(texts: Any) -> Any:
    """Compose letters and their accents and take out what leaves no trace: what looks equal is equal."""
    if pc.all(pc.string_is_ascii(texts)).as_py() is not False:
        return texts
    return pc.utf8_normalize(pc.replace_substring_regex(texts, f"[{INVISIBLE}]", ""), form="NFC")


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_simple(kind: Any) -> bool:
    return bool(
        pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_null(kind)
    )
