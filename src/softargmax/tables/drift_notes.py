"""What is said of new rows that are unlike those at fit: once for each column, in whole sentences.

Two things are said. What the model had nothing to learn from, as a missing value where none was or a category that is
not known, is always named, because something had to be put in its place. Beyond that a column is named where chance
does not explain it. Were new rows drawn as those at fit were, it would be named without reason

- for how often something occurs, in fewer than one of a thousand tables: the share of it lies below a bound of Clopper
  and Pearson but for half of that risk, and the other half is left for so many rows of that share;
- for how many values lie beyond the lowest and the highest at fit, in as few: the share beyond both of n values is
  distributed as if one of n rows had been met there, whatever the values are;
- for how far out the farthest lies, in fewer than one of a hundred tables if the column's ends thin out as slowly as a
  power does (`Reach.chance`), and in far fewer if not: it has to tell a single value, and is left more of the risk. And
  nothing is far that does not lie farther from all values at fit than these lie apart.

Time goes on, so that dates beyond those at fit are to be expected; how many are is not judged, only how far they lie.
"""

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from softargmax._binomial import binomial_cdf, upper_bound
from softargmax.exceptions import DriftWarning, outside
from softargmax.tables.dates.calendars import CALENDAR_WORDS, Seen
from softargmax.tables.dates.date_form import DAY
from softargmax.tables.drift import Drift, Met, Outlier
from softargmax.tables.notes import Note
from softargmax.tables.quantity_encoders import DateEncoder
from softargmax.tables.reach import Reach
from softargmax.tables.schema import Schema, UsedColumn
from softargmax.tables.word_encoders import CategoryEncoder

# The risks that a check of a column speaks up by chance: of counts, and of how far out a value lies. Each check has two
# sides, or two steps, and half of it for either.
CHANCE, FAR = 1e-3, 1e-2
_HALF = 0.5 * CHANCE
# Columns that one warning names.
_MOST_SAID = 8
_YEAR = 365.2425 * DAY
# By so many years other calendars are ahead of ours, or behind: within half a year.
_YEARS_APART = {543: "buddhist", -1911: "roc", -621: "persian"}
_INSTEAD = {
    "number": "the average",
    "boolean": "neither",
    "date": "the average",
    "category": "none of the known ones",
    "text": "a text without words",
}


@dataclass(frozen=True)
class DriftReport:
    """In what new rows are unlike those at fit.

    Attributes
    ----------
    n_rows : int
    columns : dict
        For every column with something of the kind how many values are ``missing``, ``unknown`` (categories, and
        texts without a known word) and ``outside`` (numbers and dates beyond all that were seen at fit), whether or
        not chance explains it.
    notes : tuple of Note
        What is worth saying. The codes of those that chance does not explain begin with "drift".
    """

    n_rows: int
    columns: dict[str, dict[str, int]]
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, drift: Drift, schema: Schema) -> "DriftReport":
        """Decide what the counts mean."""
        counts = {
            name: {"missing": met.n_missing, "unknown": met.n_strange, "outside": met.n_outside}
            for name, met in drift.columns.items()
        }
        return cls(drift.n_rows, counts, tuple(_notes(drift, {column.name: column for column in schema.columns})))

    @property
    def alarms(self) -> tuple[Note, ...]:
        """The notes on what chance does not explain."""
        return tuple(note for note in self.notes if note.code.startswith("drift"))

    def warn(self) -> None:
        """Warn of what chance does not explain, if there is something of the kind."""
        said = [note.text for note in self.alarms]
        if said:
            more = f"; and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else ""
            message = f"these rows are unlike those at fit: {'; '.join(said[:_MOST_SAID])}{more}"
            warnings.warn(DriftWarning(message, report=self), stacklevel=outside())


def _notes(drift: Drift, columns: Mapping[str, UsedColumn]) -> Iterator[Note]:
    n_rows = drift.n_rows - drift.n_empty
    if drift.n_empty:
        some = _so_many(drift.n_empty, drift.n_rows, "row", "holds", "hold")
        yield Note("empty-rows", f"{some} nothing that the model uses: an average row is predicted instead")
    for name, column in columns.items():
        met = drift.columns.get(name)
        if met is not None:
            yield from _on_missing(column, met, n_rows)
            yield from _on_strange(column, met, n_rows - met.n_missing)
            yield from _on_calendar(column, met)
            yield from _on_outside(column, met, n_rows - met.n_missing)


def _on_missing(column: UsedColumn, met: Met, n_rows: int) -> Iterator[Note]:
    known, before = column.remembered, column.n_missing
    is_drift = misses_more(column, met.n_missing, n_rows)
    if not met.n_missing or (before and not is_drift):
        return
    rows = "" if known is None else f" of {known.n_rows}"
    was = f"{before}{rows} were" if before else f"none{rows} was"
    counts = "it counts" if met.n_missing == 1 else "they count"
    instead = "" if before else f": {counts} as {_INSTEAD[column.encoder.kind]}"
    is_text = column.encoder.kind == "text"
    forms = ("text", "is empty", "are empty") if is_text else ("value", "is missing", "are missing")
    said = f"{_so_many(met.n_missing, n_rows, *forms)}, where {was} at fit{instead}"
    yield _note("missing", is_drift, column, said)


def _on_strange(column: UsedColumn, met: Met, n_rows: int) -> Iterator[Note]:
    if not met.n_strange:
        return
    known, is_drift = column.remembered, lacks_more(column, met.n_strange, n_rows)
    shown = ", ".join(map(repr, met.examples))
    if isinstance(column.encoder, CategoryEncoder):
        if met.n_numbers == met.n_strange and not any(map(_is_number, column.encoder.levels)):
            some = _so_many(met.n_strange, n_rows, "value", "is a number", "are numbers")
            said = f"{some} ({shown}), where words were at fit"
        else:
            some = _so_many(met.n_strange, n_rows, "value", "was not seen", "were not seen")
            said = f"{some} at fit ({shown})"
        count = "counts" if met.n_strange == 1 else "count"
        yield _note("category", is_drift, column, f"{said} and {count} as none of the known ones")
    elif is_drift and known is not None:
        some = _so_many(met.n_strange, n_rows, "text", "has", "have")
        was = f"{known.n_strange} of {known.n_told}" if known.n_strange else f"none of {known.n_told}"
        yield _note("text", True, column, f"{some} none of the known words ({shown}), where {was} had none at fit")


def _on_calendar(column: UsedColumn, met: Met) -> Iterator[Note]:
    for flag, calendar in ((Seen.BUDDHIST, "buddhist"), (Seen.ROC, "roc")):
        if met.seen & flag:
            said = f"years are written as those of {CALENDAR_WORDS[calendar]}, where none was at fit, and read as such"
            yield _note("calendar", True, column, said, "calendar")


def _on_outside(column: UsedColumn, met: Met, n_rows: int) -> Iterator[Note]:
    known = column.remembered
    if not met.n_outside or known is None or known.reach is None:
        return
    reach, n_at_fit = known.reach, known.n_rows - column.n_missing
    ends = [end for end in (met.lowest, met.highest) if end is not None]
    is_far = any(reach.is_far(end.value) and reach.chance(end.value, n_rows, n_at_fit) < 0.5 * FAR for end in ends)
    is_date = isinstance(column.encoder, DateEncoder)
    are_many = not is_date and strays_more(column, met.n_outside, n_rows)
    if not (is_far or are_many):
        return
    farthest = max(ends, key=lambda end: abs(end.value - reach.middle))
    some = _so_many(met.n_outside, n_rows, "date" if is_date else "value", "lies", "lie")
    where = f"in row {farthest.row} of {farthest.file}"
    if is_date:
        calendar = _other_calendar(farthest, reach)
        hint = "" if calendar is None else f"; so many years are between it and {CALENDAR_WORDS[calendar]}"
        span = f"{_date(reach.low)} to {_date(reach.high)}"
        said = f"{some} outside {span}, all that was seen at fit; the farthest is {_date(farthest.value)}, {where}"
        yield _note("date", True, column, said + hint, calendar and "calendar")
    else:
        span = f"{reach.low:g} to {reach.high:g}"
        said = f"{some} outside {span}, all that was seen at fit; the farthest is {farthest.cell}, {where}"
        yield _note("range", True, column, said)


def misses_more(column: UsedColumn, n_missing: int, n_rows: int) -> bool:
    """Whether more of n_rows new values of a column are missing than chance explains."""
    known = column.remembered
    return known is not None and beyond_chance(n_missing, n_rows, column.n_missing, known.n_rows)


def lacks_more(column: UsedColumn, n_strange: int, n_rows: int) -> bool:
    """Whether more of n_rows new values of a column are not known than chance explains."""
    known = column.remembered
    return known is not None and beyond_chance(n_strange, n_rows, known.n_strange, known.n_told)


def strays_more(column: UsedColumn, n_outside: int, n_rows: int) -> bool:
    """Whether more of n_rows new numbers of a column lie beyond all at fit than chance explains."""
    known = column.remembered
    return known is not None and n_outside > 1 and beyond_chance(n_outside, n_rows, 1, known.n_rows - column.n_missing)


def beyond_chance(count: int, n_rows: int, before: int, n_before: int) -> bool:
    """Whether something occurs in more of n_rows new rows than chance explains, if it did in `before` of n_before."""
    if count <= 0 or n_before <= before:
        return False
    if ((before + 1) / (n_before + 1)) ** count >= _HALF:  # nor with the bound, which is larger
        return False
    return 1.0 - binomial_cdf(count - 1, n_rows, _bound(before, n_before)) < _HALF


@lru_cache(maxsize=4096)
def _bound(count: int, n: int) -> float:
    return upper_bound(count, n, 1.0 - _HALF)


def _note(what: str, is_drift: bool, column: UsedColumn, said: str, option: str | None = None) -> Note:
    return Note(
        f"{'drift' if is_drift else 'unlearned'}-{what}", f"column {column.name!r}: {said}", column.name, option
    )


def _so_many(count: int, n: int, thing: str, of_one: str, of_more: str) -> str:
    """Say how many of how many are or do something.

    >>> _so_many(1, 60, "value", "is missing", "are missing"), _so_many(2, 60, "value", "is missing", "are missing")
    ('1 of 60 values is missing', '2 of 60 values are missing')
    """
    return f"{count} of {n} {thing}{'' if n == 1 else 's'} {of_one if count == 1 else of_more}"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _date(seconds: float) -> str:
    """Write a day; a time of day, which is counted from 1970 on, as such."""
    text = str(np.datetime64(round(seconds), "s"))
    return text[11:] if 0 <= seconds <= DAY else text[:10]


def _other_calendar(found: Outlier, reach: Reach) -> str | None:
    """Tell whether a date would lie among those at fit if its year were one of another calendar."""
    for years, calendar in _YEARS_APART.items():
        if reach.low - _YEAR <= found.value - years * _YEAR <= reach.high + _YEAR:
            return calendar
    return None
