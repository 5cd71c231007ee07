"""What was done to each column of a table, what it does for a model, and in what rows are unlike those at fit.

Of the rows only counts are kept: no line holds what stands in a cell.
"""

from dataclasses import dataclass

from softargmax.pipeline.records import ColumnImportance, Importance
from softargmax.tables.drift import Drift, Met
from softargmax.tables.drift_notes import DriftReport
from softargmax.tables.schema import Schema, UsedColumn


@dataclass(frozen=True)
class Odd:
    """Of how many values of a column how many are of a kind, in other rows; `is_drift` if chance does not explain that.

    Dates of another calendar are odd without a count.
    """

    what: str  # "missing", "unknown", "outside" or "calendar"
    count: int
    of: int
    is_drift: bool


@dataclass(frozen=True)
class ColumnLine:
    """One column.

    Attributes
    ----------
    name : str
    done : str
        What was done to it, or why it is left out, in words.
    is_used : bool
    missing : float or None
        The share of its values that were missing at fit; None where that is not known.
    importance : ColumnImportance or None
        By how much the log loss grows if it is shuffled; None where that was not measured.
    odd : tuple of Odd, or None
        In what other rows are unlike those at fit; None if none were looked at.
    """

    name: str
    done: str
    is_used: bool
    missing: float | None = None
    importance: ColumnImportance | None = None
    odd: tuple[Odd, ...] | None = None

    @property
    def is_unlike(self) -> bool:
        """Whether the rows are unlike those at fit in something that chance does not explain."""
        return any(one.is_drift for one in self.odd or ())


def column_lines(
    schema: Schema, importance: Importance | None = None, drift: Drift | None = None
) -> tuple[ColumnLine, ...]:
    """Give a line for every column, those that are used first; `drift` is what was counted in other rows."""
    known_importance = {} if importance is None else {one.column: one for one in importance.columns}
    found = drift or Drift()
    alarms = {(note.column, note.code) for note in DriftReport.of(found, schema).alarms}
    lines = []
    for column in schema.columns:
        known = column.remembered
        missing = column.n_missing / known.n_rows if known is not None and known.n_rows else None
        met = found.columns.get(column.name, Met())
        odd = None if drift is None else _odd(column, met, found.n_rows - found.n_empty, alarms)
        lines.append(ColumnLine(column.name, column.describe(), True, missing, known_importance.get(column.name), odd))
    left_out = (ColumnLine(column.name, column.reason.removeprefix("left out "), False) for column in schema.dropped)
    return (*lines, *left_out)


def _odd(column: UsedColumn, met: Met, n_rows: int, alarms: set[tuple[str | None, str]]) -> tuple[Odd, ...]:
    """Give what was counted, and what of it `drift_notes` speaks up about."""
    counts = (
        ("missing", met.n_missing, n_rows, ("drift-missing",)),
        ("unknown", met.n_strange, n_rows - met.n_missing, ("drift-category", "drift-text")),
        ("outside", met.n_outside, n_rows - met.n_missing, ("drift-range", "drift-date")),
    )
    odd = [
        Odd(what, count, of, any((column.name, code) in alarms for code in codes))
        for what, count, of, codes in counts
        if count
    ]
    if (column.name, "drift-calendar") in alarms:
        odd.append(Odd("calendar", 0, n_rows - met.n_missing, True))
    return tuple(odd)
