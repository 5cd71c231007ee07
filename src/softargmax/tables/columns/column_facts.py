"""All that is remembered of a column: what its cells are, how many are missing, and what each way to read it gives."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa

from softargmax.exceptions import TableError
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells, cell_error
from softargmax.tables.columns.distinct import MOST_DISTINCT, Counts, Distinct
from softargmax.tables.columns.dress import Dress
from softargmax.tables.columns.quantity import Quantity, Spot
from softargmax.tables.columns.readings import readings_of
from softargmax.tables.columns.row_sample import RowSample
from softargmax.tables.columns.succession import Succession
from softargmax.tables.columns.times import Times
from softargmax.tables.dates.date_words import names_a_date

# Cells that are shown to people.
FIRST = 4


class Origin(NamedTuple):
    """From position `start` on, rows come from `file`, where the first of them has the number `row`."""

    start: int
    file: str
    row: int


@dataclass(frozen=True, eq=False)
class ColumnFacts:
    """A mergeable summary of the cells of consecutive rows of one column, in bounded memory.

    Exact, whatever the column is: counts of rows and of missing cells, what all or most cells can be, mean and spread.
    Counts of values, and the words in them, are exact for up to `MOST_DISTINCT` different values; beyond, a sample of
    rows stands for all.

    Attributes
    ----------
    name : str
    start, end : int
        Positions of the rows in the table; `end` is the first that does not belong to them.
    origins : tuple of Origin
        Which files they come from.
    family : str
        What the cells are as they were read: "text", "number", "boolean", "date" or "empty".
    type : str
        Arrow's name of their type.
    n_missing : int
    first_missing : int or None
        Position of the first missing cell.
    first : tuple
        The first four cells; None where one is missing.
    example : Spot or None
        The first cell that is not missing.
    numbers, flags : Quantity
        The cells read as numbers, and as booleans.
    dates : Times
        The cells read as dates and times of day, in every order of year, month and day.
    commas : Quantity
        The cells read as numbers with a decimal comma, and `numbers` with a decimal point, until it is decided which
        of them holds (`with_decimal`); the same if that makes no difference.
    dress : Dress
        How the numbers are written.
    n_words : int
        Words in all cells.
    n_codes : int
        Cells of digits that begin with a zero, as "01002".
    marks : Counter
        Marks that stand for a missing value beside numbers and dates, and are cells beside anything else: how often
        each occurs. The numbers, times and flags are without them.
    unmarked : Spot or None
        The first cell that is neither missing nor such a mark.
    succession : Succession or None
        The cells as whole numbers in the order of their rows, if all are.
    distinct : Distinct
    sample : RowSample
        Cells of text of a few rows.
    order : str or None
        The order of the dates, once that is decided (`date_orders`).
    decimal : str
        The decimal mark, once that is decided (`with_decimal`).
    """

    name: str
    start: int
    end: int
    origins: tuple[Origin, ...]
    family: str
    type: str
    n_missing: int
    first_missing: int | None
    first: tuple[Any, ...]
    example: Spot | None
    numbers: Quantity
    dates: Times
    flags: Quantity
    n_words: int
    n_codes: int
    marks: Counter[str]
    unmarked: Spot | None
    succession: Succession | None
    distinct: Distinct
    sample: RowSample = field(default_factory=RowSample)
    order: str | None = None
    decimal: str = "."
    commas: Quantity = field(default_factory=Quantity)
    dress: Dress = field(default_factory=Dress)

    @classmethod
    def of(cls, cells: Cells, start: int, kind: str | None = None, most: int = MOST_DISTINCT) -> Self:
        """Summarise cells of rows that begin at position `start` of the table.

        Parameters
        ----------
        cells : Cells
            Single values of a kind we know (`Cells.is_usable`).
        start : int
        kind : str, optional
            What the column holds, if that is decided: typed cells are counted as text if they are "category" or "text".
        most : int
            How many different values are counted.

        Raises
        ------
        TableError
            If the cells have no form as text and need one.
        """
        counted = cells.texts() if kind in ("category", "text") else cells.data
        missing = cells.missing
        n_missing = int(np.count_nonzero(missing))
        at = int(np.argmin(missing)) if n_missing < len(cells) else None
        read = readings_of(cells, counted, most, kind == "date" or names_a_date(cells.column))
        unmarked = int(np.argmin(np.append(missing | read.is_mark, False)))
        numbers = commas = Quantity.of(read.numbers, read.no_number, 1.0, cells.data, start)
        if read.commas is not read.numbers:
            commas = Quantity.of(read.commas, read.no_comma, 1.0, cells.data, start)
        return cls(
            name=cells.column,
            start=start,
            end=start + len(cells),
            origins=_origins(cells.batch, start),
            family=cells.family,
            type=str(cells.data.type),
            n_missing=n_missing,
            first_missing=start + int(np.argmax(missing)) if n_missing else None,
            first=tuple(cells.data[:FIRST].to_pylist()),
            example=None if at is None else Spot(start + at, cells.data[at].as_py()),
            numbers=numbers,
            dates=Times.of(read.dates, missing | read.is_mark, cells.data, start),
            flags=Quantity.of(np.empty(0), read.no_flag, 1.0, cells.data, start),
            n_words=read.n_words,
            n_codes=read.n_codes,
            marks=read.marks,
            unmarked=Spot(start + unmarked, cells.data[unmarked].as_py()) if unmarked < len(cells) else None,
            succession=Succession.of(read.numbers),
            distinct=read.distinct,
            sample=RowSample.of(counted, start) if _may_differ(counted.type) else RowSample(),
            commas=commas,
            dress=Dress() if read.amounts is None else Dress.of(read.amounts, read.places, cells.data, start),
        )

    def update(self, cells: Cells, kind: str | None = None) -> Self:
        """Add the cells of the rows that follow. Returns a new summary."""
        return self.merge(type(self).of(cells, self.end, kind, self.distinct.most))

    def merge(self, other: Self) -> Self:
        """Summarise the rows of both; those of `other` are the next ones, in cells of the same type."""
        if not (self.n_rows and other.n_rows):
            return self if self.n_rows else other
        numbers = commas = self.numbers.merge(other.numbers)
        if not (self.commas is self.numbers and other.commas is other.numbers):
            commas = self.commas.merge(other.commas)
        continues = other.origins[:1] == (self._origin_at(other.start),)
        return replace(
            self,
            end=other.end,
            origins=self.origins + other.origins[int(continues) :],
            n_missing=self.n_missing + other.n_missing,
            first_missing=other.first_missing if self.first_missing is None else self.first_missing,
            first=(self.first + other.first)[:FIRST],
            example=self.example or other.example,
            numbers=numbers,
            dates=self.dates.merge(other.dates),
            flags=self.flags.merge(other.flags),
            n_words=self.n_words + other.n_words,
            n_codes=self.n_codes + other.n_codes,
            marks=self.marks + other.marks,
            unmarked=self.unmarked or other.unmarked,
            succession=self.succession and self.succession.merge(other.succession),
            distinct=self.distinct.merge(other.distinct),
            sample=self.sample.merge(other.sample),
            commas=commas,
            dress=self.dress.merge(other.dress),
        )

    def without_empty(self, n_rows: int) -> Self:
        """Do not count rows in which the cells of all columns are missing."""
        return replace(self, end=self.end - n_rows, n_missing=self.n_missing - n_rows) if n_rows else self

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.end - self.start

    @property
    def n_present(self) -> int:
        """How many cells are not missing."""
        return self.n_rows - self.n_missing

    @property
    def n_unmarked(self) -> int:
        """How many cells are neither missing nor a mark that may stand for that."""
        return self.n_present - self.marks.total()

    @property
    def n_distinct(self) -> int:
        """How many different values there are: estimated where there are more than are counted."""
        if self.is_counted:
            return len(self.distinct.values)
        estimate = self.sample.estimated_distinct(self.n_present) if len(self.sample.positions) else 0
        return max(self.distinct.most + 1, estimate)

    @property
    def is_counted(self) -> bool:
        """Whether the values were counted, rather than estimated from a sample."""
        return not self.distinct.joined.overflows

    def counted(self) -> Counts:
        """Count the values, the first ones first: of all rows if they are few enough, else of the sample."""
        return self.distinct.counted() if self.is_counted else self.sample.counts()

    def counts(self) -> Counter[Any]:
        """Give these counts as a dictionary."""
        return self.counted().counter()

    @property
    def is_constant(self) -> bool:
        """Whether all rows hold the same value."""
        return self.n_missing == 0 and self.n_distinct == 1

    def place(self, position: int) -> tuple[str, int]:
        """Give the file and the row number of a position in the table."""
        _, file, row = self._origin_at(position)
        return file, row

    def error(self, spot: Spot, expected: str) -> TableError:
        """Say which cell is not what its column is."""
        return cell_error(*self.place(spot.position), self.name, expected, spot.value)

    def refuse_others(self, quantity: Quantity, of_type: str, expected: str) -> None:
        """Refuse a column that is not all numbers, times or booleans.

        Raises
        ------
        TableError
            Naming the first cell that is none, or the type of the column.
        """
        if quantity.against is not None and self.family == "text":
            raise self.error(quantity.against, expected)
        if quantity.against is not None:
            file = self.origins[0].file
            raise TableError(f"{file}: column {self.name!r}: expected {of_type}, got {self.type}")

    def _origin_at(self, position: int) -> Origin:
        start, file, row = next(origin for origin in reversed(self.origins) if origin.start <= position)
        return Origin(position, file, row + position - start)


def _origins(batch: Batch, start: int) -> tuple[Origin, ...]:
    more = (Origin(start + position, file, 1) for position, file in batch.more)
    return (Origin(start, batch.file, batch.first_row), *more)


def _may_differ(kind: Any) -> bool:
    """Whether cells of a type may have more different values than are counted."""
    return bool(pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))
