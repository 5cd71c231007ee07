"""How numbers, booleans and dates become features."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.dates.calendars import CALENDAR_WORDS, PIVOT, Seen
from softargmax.tables.dates.date_form import DAY, ORDER_WORDS, DateForm, date_like
from softargmax.tables.encoder import Encoded, Encoder, features_of
from softargmax.tables.numerals import with_units

if TYPE_CHECKING:  # whoever has a column to encode has imported them; one row as a dictionary goes without Arrow
    from softargmax.tables.cells import Cells
    from softargmax.tables.columns.column_summary import ColumnSummary
    from softargmax.tables.columns.quantity import Quantity

# Where the standard deviation is so many times what the middle half of the numbers tells, a few wild ones made it: a
# slip of the pen, or -99999 for missing. Measured on both; of the real tables that the defaults are measured on, none
# has such a column.
_WILD, _LIMIT = 20.0, 10.0
_PERHAPS_WILD, _SOME = 4.0, 1000
# Phases of a date that models cannot see in a count of days: period in seconds, and offset (1970 began on a Thursday).
CYCLES = {"year": (365.2425 * DAY, 0.0), "week": (7 * DAY, 3 * DAY), "day": (DAY, 0.0)}


@dataclass(frozen=True)
class NumberEncoder(Encoder):
    """Standardised: minus the mean, divided by the standard deviation; missing is average.

    Where a few wild numbers make the standard deviation, `mean` and `scale` are those of the middle half instead, and
    what is farther than `limit` times the scale is moved there.
    """

    mean: float
    scale: float
    flags_missing: bool
    units: tuple[str, ...] = ("",)
    dress: str = ""
    limit: float = np.inf
    kind: str = "number"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take mean and standard deviation, whether values are missing, and how they are written."""
        mean, scale = _mean_and_scale(summary, summary.numbers, "numbers", "a number")
        limit = np.inf
        # Some values tell of most columns that theirs are not wild, for a tenth of the time.
        if scale > _PERHAPS_WILD * summary.middle(_SOME).spread:
            middle = summary.middle()
            if scale > _WILD * middle.spread > 0.0:
                (mean, scale), limit = middle, _LIMIT
        return cls(mean, scale, summary.n_missing > 0, _units(summary), summary.dress.describe(), limit)

    @property
    def n_features(self) -> int:
        """One, and one more that tells where values are missing."""
        return 1 + self.flags_missing

    def understood(self, cells: "Cells") -> "Cells":
        """Take every mark for missing."""
        return cells.without_marks()

    def encode(self, cells: "Cells") -> Encoded:
        """Give (x - mean) / scale, and where values are missing."""
        values = (cells.amounts(self.units) - self.mean) / self.scale
        return Encoded(features_of([np.clip(values, -self.limit, self.limit)], cells, self.flags_missing))

    def describe(self) -> str:
        """Say in words what happens to the column."""
        way = "standardised" if self.limit == np.inf else "standardised by its middle half, and far values moved nearer"
        return f"{self.dress}, {way}" if self.dress else way


@dataclass(frozen=True)
class BooleanEncoder(Encoder):
    """-1 for false, 1 for true; missing is 0."""

    flags_missing: bool
    kind: str = "boolean"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Nothing to take but whether values are missing."""
        if not summary.is_yes_and_no:
            summary.refuse_others(summary.flags, "booleans", "true or false")
        return cls(summary.n_missing > 0)

    @property
    def n_features(self) -> int:
        """One, and one more that tells where values are missing."""
        return 1 + self.flags_missing

    def understood(self, cells: "Cells") -> "Cells":
        """Take every mark for missing that is no word for no."""
        return cells.without_marks(but_no=True)

    def encode(self, cells: "Cells") -> Encoded:
        """Give -1, 0 or 1, and where values are missing."""
        return Encoded(features_of([2.0 * cells.booleans() - 1.0], cells, self.flags_missing))

    def describe(self) -> str:
        """Say in words what happens to the column."""
        return "-1 or 1"


@dataclass(frozen=True)
class DateEncoder(Encoder):
    """Standardised time, and its phase in the year, the week and, if times of day occur, the day."""

    mean: float
    scale: float
    cycles: tuple[str, ...]
    flags_missing: bool
    order: str = "ymd"
    calendar: str | None = "gregorian"
    digits: bool = False
    short_years: bool = False
    kind: str = "date"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take mean, scale, which phases vary, and how the dates are written."""
        form, seen = summary.date_form, Seen(summary.dates.seen)
        mean, scale = _mean_and_scale(summary, summary.times, "dates", date_like(form))
        # A month has no day of the week, and a time of day no place in the year.
        cycles = ["year"] if Seen.DAY in seen or Seen.MONTH in seen else []
        cycles += ["week"] if Seen.DAY in seen else []
        cycles += ["day"] if summary.times.fraction is not None or not cycles else []
        written = form.order, form.calendar, form.digits
        return cls(mean, scale, tuple(cycles), summary.n_missing > 0, *written, short_years=Seen.SHORT_YEAR in seen)

    @property
    def n_features(self) -> int:
        """One, two per cycle, and one more that tells where values are missing."""
        return 1 + 2 * len(self.cycles) + self.flags_missing

    @property
    def form(self) -> DateForm:
        """How the dates are written."""
        return DateForm(self.order, self.calendar, self.digits)

    def understood(self, cells: "Cells") -> "Cells":
        """Take every mark for missing."""
        return cells.without_marks()

    def encode(self, cells: "Cells") -> Encoded:
        """Give what `place_in_time` does, and where values are missing."""
        seconds, seen = cells.times(self.form)
        return Encoded(features_of(self.place_in_time(seconds), cells, self.flags_missing), seen=seen)

    def place_in_time(self, seconds: Array) -> list[Array]:
        """Give (t - mean) / scale, and sine and cosine of every phase."""
        features = [(seconds - self.mean) / self.scale]
        for cycle in self.cycles:
            period, offset = CYCLES[cycle]
            phase = 2.0 * np.pi * (seconds + offset) / period
            features += [np.sin(phase), np.cos(phase)]
        return features

    def describe(self) -> str:
        """Say in words what happens to the column."""
        said = [ORDER_WORDS[self.order]] if self.order != "ymd" else []
        if self.calendar not in (None, "gregorian"):
            said.append(f"years of {CALENDAR_WORDS[self.calendar]}")
        if self.short_years and self.calendar in (None, "gregorian"):
            said.append(f"years of two digits from 19{PIVOT} to 20{PIVOT - 1}")
        if self.digits:
            said.append("numbers read as days or seconds since 1970")
        said.append(f"standardised, with its place in the {', '.join(self.cycles)}")
        return ", ".join(said)


def _mean_and_scale(summary: "ColumnSummary", quantity: "Quantity", of_type: str, expected: str) -> tuple[float, float]:
    summary.refuse_others(quantity, of_type, expected)
    if quantity.infinite is not None:
        raise summary.error(quantity.infinite, "a finite number")
    mean, scale = quantity.moments.mean_and_scale()
    if not np.isfinite([mean, scale]).all() and quantity.largest is not None:
        raise summary.error(quantity.largest, "a number below 1e150")
    return mean, scale


def _units(summary: "ColumnSummary") -> tuple[str, ...]:
    """Give what may stand beside the numbers of a column: nothing, or one unit, or both if it was asked for."""
    units = summary.dress.names()
    if len([unit for unit in units if unit]) > 1:
        spot = next(spot for unit, _, spot in summary.dress.units[1:] if unit)
        raise summary.error(spot, f"a number {with_units((units[0],))}")
    return units
