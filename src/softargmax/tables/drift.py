"""New rows beside those at fit: what no row at fit held is counted in every column, while they are encoded.

Most rows hold nothing of the kind, and a look at the features and at how many cells are missing shows it. So counting
costs next to nothing; what the counts mean is decided once, at the end (`drift_notes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.encoder import features_of
from softargmax.tables.quantity_encoders import DateEncoder, NumberEncoder
from softargmax.tables.schema import ReadColumn, UsedColumn

if TYPE_CHECKING:  # whoever has cells has imported it; one row as a dictionary goes without Arrow
    from softargmax.tables.cells import Cells

# Values that are shown to people.
_EXAMPLES = 3


class Outlier(NamedTuple):
    """A number or a time beyond all that were seen at fit: what it is, the cell, and its place."""

    value: float
    cell: Any
    file: str
    row: int


class Met(NamedTuple):
    """What was met in some rows of a column.

    Attributes
    ----------
    n_missing : int
    n_strange : int
        Categories that are not known, and texts without a known word.
    n_numbers : int
        How many of them are numbers.
    examples : tuple of str
        The first few of them that differ.
    n_outside : int
        Numbers or times beyond all that were seen at fit.
    lowest, highest : Outlier or None
        The outermost of them.
    seen : int
        Flags of `Seen`: how dates are written.
    """

    n_missing: int = 0
    n_strange: int = 0
    n_numbers: int = 0
    examples: tuple[str, ...] = ()
    n_outside: int = 0
    lowest: Outlier | None = None
    highest: Outlier | None = None
    seen: int = 0

    def merge(self, other: "Met") -> "Met":
        """Join what was met in both; the rows of `other` are the next ones."""
        lowest, highest = self.lowest, self.highest
        if lowest is None or (other.lowest is not None and other.lowest.value < lowest.value):
            lowest = other.lowest
        if highest is None or (other.highest is not None and other.highest.value > highest.value):
            highest = other.highest
        examples = tuple(dict.fromkeys(self.examples + other.examples))[:_EXAMPLES] if other.examples else self.examples
        return Met(
            self.n_missing + other.n_missing,
            self.n_strange + other.n_strange,
            self.n_numbers + other.n_numbers,
            examples,
            self.n_outside + other.n_outside,
            lowest,
            highest,
            self.seen | other.seen,
        )


_NOTHING = Met()


@dataclass(frozen=True)
class Drift:
    """A mergeable summary of new rows: how many, how many of them hold nothing, and what was met in which column."""

    n_rows: int = 0
    n_empty: int = 0
    columns: Mapping[str, Met] = field(default_factory=dict)

    def update(self, read: Sequence[ReadColumn]) -> "Drift":
        """Add the rows that follow, all columns of them. Returns a new summary."""
        n_rows = len(read[0].cells)
        if not n_rows:
            return self
        n_empty = _n_empty(read)
        met = ((each.column.name, _met(each, n_empty)) for each in read)
        return self.merge(Drift(n_rows, n_empty, {name: found for name, found in met if found is not _NOTHING}))

    def merge(self, other: "Drift") -> "Drift":
        """Summarise the rows of both; those of `other` are the next ones."""
        columns = self.columns
        if other.columns:
            joined = {name: columns[name].merge(met) if name in columns else met for name, met in other.columns.items()}
            columns = {**columns, **joined}
        return Drift(self.n_rows + other.n_rows, self.n_empty + other.n_empty, columns)


def _n_empty(read: Sequence[ReadColumn]) -> int:
    """Count rows in which several columns are missing and no other is there: they are said once, not for each."""
    if len(read) < 2 or not all(cells.n_missing for _, cells, _ in read):
        return 0
    return int(np.count_nonzero(np.logical_and.reduce([cells.missing for _, cells, _ in read])))


def _met(read: ReadColumn, n_empty: int) -> Met:
    """Give what was met in a column; `_NOTHING` where it is what it was at fit."""
    column, cells, encoded = read
    found = _outside(column, cells, encoded.features[:, 0])
    if n_missing := cells.n_missing - n_empty:
        found = found._replace(n_missing=n_missing)
    if encoded.strange is not None and len(encoded.strange):
        found = found.merge(_strange(cells, encoded.strange))
    if encoded.seen and isinstance(column.encoder, DateEncoder) and column.encoder.calendar is None:
        found = found._replace(seen=encoded.seen)
    return found


def _strange(cells: "Cells", rows: Array) -> Met:
    from softargmax.tables.parsing import numbers_in

    texts = cells.texts().take(rows)
    numbers, _ = numbers_in(texts)
    examples = texts.slice(0, 1000).unique().slice(0, _EXAMPLES).to_pylist()
    return Met(n_strange=len(rows), n_numbers=int(np.count_nonzero(np.isfinite(numbers))), examples=tuple(examples))


def _outside(column: UsedColumn, cells: "Cells", values: Array) -> Met:
    """Count the values outside the limits of a column, by their features."""
    if column.limits is None:
        return _NOTHING
    low, high = column.limits
    lowest, highest = _ends(values)
    encoder = column.encoder
    if isinstance(encoder, NumberEncoder) and max(-values[lowest], values[highest]) >= encoder.limit:
        # Far values were moved nearer: their features do not tell how far they were.
        values = features_of([(cells.amounts(encoder.units) - encoder.mean) / encoder.scale], cells, False)[:, 0]
        lowest, highest = _ends(values)
    count, below, above = 0, None, None
    if values[lowest] < low:
        count, below = int(np.count_nonzero(values < low)), _outlier(column, cells, values, lowest)
    if values[highest] > high:
        count, above = count + int(np.count_nonzero(values > high)), _outlier(column, cells, values, highest)
    return Met(n_outside=count, lowest=below, highest=above) if count else _NOTHING


def _ends(values: Array) -> tuple[int, int]:
    """Tell where the lowest and the highest stand, which takes half the time that it takes to give them."""
    return (0, 0) if len(values) == 1 else (int(values.argmin()), int(values.argmax()))


def _outlier(column: UsedColumn, cells: "Cells", values: Array, position: int) -> Outlier:
    encoder: Any = column.encoder
    value = encoder.mean + encoder.scale * float(values[position])
    return Outlier(value, cells.data[position].as_py(), *cells.batch.place(position))
