"""The cells of a column as dates and times, in every order of year, month and day until the whole table decided."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.tables.columns.quantity import Quantity, Spot
from softargmax.tables.dates.calendars import Seen
from softargmax.tables.dates.date_form import DAY, ORDERS
from softargmax.tables.dates.date_texts import Dates

# So much more do days differ than years: beyond it the one that differs less is the year.
_YEARS_DIFFER_LESS = 2


def _none() -> tuple[Quantity, Quantity, Quantity]:
    nothing = Quantity()
    return nothing, nothing, nothing


@dataclass(frozen=True, eq=False)
class Times:
    """A mergeable summary of cells as dates; `merge` takes the rows that follow.

    Attributes
    ----------
    by_order : tuple of Quantity
        The seconds since 1970, for each of `ORDERS`; one three times where the order does not matter.
    differing : Spot or None
        The first cell that is several dates, by the order.
    foreign : Spot or None
        The first cell whose year is of a calendar that nobody named.
    seen : int
        Flags of `Seen`.
    ends : tuple of frozenset
        Numbers that come first and last in dates with two digits for the year.
    """

    by_order: tuple[Quantity, Quantity, Quantity] = field(default_factory=_none)
    differing: Spot | None = None
    foreign: Spot | None = None
    seen: int = 0
    ends: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())

    @classmethod
    def of(cls, dates: Dates, missing: Array, cells: Any, start: int) -> "Times":
        """Summarise rows that begin at position `start`: cells as dates, which are missing, and as they are."""

        def first(found: Array) -> Spot | None:
            position = int(np.argmax(found)) if len(found) else 0
            return Spot(start + position, cells[position].as_py()) if len(found) and found[position] else None

        quantities: list[Quantity] = []
        for place, seconds in enumerate(dates.seconds):
            if place and seconds is dates.seconds[0]:
                quantities.append(quantities[0])
            else:
                wrong = np.isnan(seconds) & ~missing & ~dates.foreign
                quantities.append(Quantity.of(seconds, wrong, DAY, cells, start))
        differing = None if quantities[1] is quantities[2] else first(_differ(dates.seconds))
        return cls(
            (quantities[0], quantities[1], quantities[2]),
            differing,
            first(dates.foreign),
            dates.seen,
            dates.ends,
        )

    def merge(self, other: "Times") -> "Times":
        """Summarise the rows of both; those of `other` are the next ones."""
        first = self.by_order[0].merge(other.by_order[0])
        rest = [
            first if mine is self.by_order[0] and theirs is other.by_order[0] else mine.merge(theirs)
            for mine, theirs in zip(self.by_order[1:], other.by_order[1:], strict=True)
        ]
        return Times(
            (first, rest[0], rest[1]),
            self.differing or other.differing,
            self.foreign or other.foreign,
            self.seen | other.seen,
            (self.ends[0] | other.ends[0], self.ends[1] | other.ends[1]),
        )

    def __getitem__(self, order: str) -> Quantity:
        """Give the seconds in one order."""
        return self.by_order[ORDERS.index(order)]

    @cached_property
    def orders(self) -> tuple[str, ...]:
        """The orders in which every cell is a date, and which the table itself does not rule out."""
        seen = Seen(self.seen)
        mixed = Seen.CLOCK in seen and bool(seen & (Seen.DAY | Seen.MONTH))
        seasons = Seen.MONTH in seen and not seen & (Seen.NO_SEASON | Seen.DAY)
        if mixed or seasons or len(self._calendars) > 1:
            return ()
        possible = tuple(order for order in ORDERS if not self[order].n_against)
        if not self.differing:
            return possible[:1]
        first, last = map(len, self.ends)
        if "ymd" in possible and len(possible) > 1 and 0 < _YEARS_DIFFER_LESS * last <= first:
            return possible[1:]
        if "ymd" in possible and last >= _YEARS_DIFFER_LESS * first > 0:
            return ("ymd",)
        return possible

    @property
    def best(self) -> str:
        """The order in which the fewest cells are no dates."""
        return min(ORDERS, key=lambda order: self[order].n_against)

    @property
    def calendar(self) -> str | None:
        """The calendar of years outside 1900 to 2100 that the cells themselves showed."""
        return next(iter(self._calendars), None)

    @property
    def _calendars(self) -> list[str]:
        names = {
            Seen.ROC: "roc", Seen.BUDDHIST: "buddhist", Seen.PERSIAN: "persian", Seen.GREGORIAN: "gregorian"
        }  # fmt: skip
        return [name for flag, name in names.items() if flag & self.seen]


def _differ(seconds: tuple[Array, Array, Array]) -> Array:
    """Tell where several orders give several dates."""
    lowest, highest = np.fmin.reduce(seconds), np.fmax.reduce(seconds)
    return np.asarray(lowest < highest)
