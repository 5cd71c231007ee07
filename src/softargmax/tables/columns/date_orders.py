"""The order of year, month and day: decided once for a table, by the cells that leave one reading."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from softargmax.exceptions import TableError
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.columns.quantity import Spot
from softargmax.tables.dates.calendars import CALENDARS
from softargmax.tables.dates.date_form import ORDER_WORDS, ORDERS
from softargmax.tables.dates.date_texts import dates_of


@dataclass(frozen=True)
class OrderDecision:
    """The order of the dates of a table.

    Attributes
    ----------
    order : str or None
        None if the table leaves it open.
    open_in : ColumnSummary or None
        The first column that needs it.
    given : bool
        Whether the user said it.
    """

    order: str | None
    open_in: ColumnSummary | None
    given: bool = False

    @property
    def question(self) -> str:
        """One cell in all of its readings."""
        assert self.open_in is not None
        spot = self.open_in.dates.differing
        assert spot is not None
        readings = _readings(spot, self.open_in.dates.orders)
        return f"{spot.value!r} may be {' or '.join(readings)}, and no other date of the table decides"


def _readings(spot: Spot, orders: Iterable[str]) -> list[str]:
    seconds = dates_of(pa.array([spot.value])).seconds
    ways: dict[str, list[str]] = {}
    for order in orders:
        moment = datetime.datetime.fromtimestamp(float(seconds[ORDERS.index(order)][0]), datetime.UTC)
        ways.setdefault(f"{moment.day} {moment:%B %Y}", []).append(f"{ORDER_WORDS[order]}, {order!r}")
    return [f"{day} ({'; '.join(names)})" for day, names in ways.items()]


def decide_order(
    summaries: Mapping[str, ColumnSummary], kinds: Mapping[str, str], given: str | None = None
) -> OrderDecision:
    """Decide the order of the dates of a table.

    Parameters
    ----------
    summaries : dict
        Of its columns.
    kinds : dict
        Kinds that the user decided, by column.
    given : str, optional
        What the user said.
    """
    if given is not None:
        return OrderDecision(given, None, True)
    needed = [
        summary
        for name, summary in summaries.items()
        if kinds.get(name, "date") == "date" and summary.is_of_dates and summary.dates.differing is not None
        if not summary.is_constant
    ]
    if not needed:
        return OrderDecision("ymd", None)
    possible = set(ORDERS).intersection(*(summary.dates.orders for summary in needed))
    if len(possible) == 1:
        return OrderDecision(possible.pop(), None)
    several = [summary for summary in needed if len(summary.dates.orders) > 1]
    return OrderDecision(None, several[0]) if several else OrderDecision("ymd", None)


def with_dates_decided(
    summaries: Mapping[str, ColumnSummary], decision: OrderDecision, kinds: Mapping[str, str]
) -> dict[str, ColumnSummary]:
    """Give summaries whose dates are read in one way.

    Raises
    ------
    TableError
        If the order, or a calendar, is not known and a column needs it.
    """
    return {
        name: _decided(summary, decision) if kinds.get(name, "date") == "date" else summary
        for name, summary in summaries.items()
    }


def _decided(summary: ColumnSummary, decision: OrderDecision) -> ColumnSummary:
    dates, orders, order = summary.dates, summary.dates.orders, decision.order
    fits = dates.differing is not None and order is not None and not dates[order].n_against
    if not summary.is_of_dates or summary.is_constant:
        return replace(summary, order=order if fits else dates.best)
    if decision.given and order is not None and (against := dates[order].against) is not None:
        expected = f"a date, {ORDER_WORDS[order]}, as date_order={order!r} says"
        raise TableError(str(summary.error(against, expected)), parameter="date_order")
    if not decision.given and len(orders) > 1 and order is None:
        raise TableError(
            f"{summary.origins[0].file}: column {summary.name!r}: expected dates that leave one reading, but "
            f"{decision.question}; pass {' or '.join(f'date_order={order!r}' for order in orders)}",
            parameter="date_order",
        )
    if dates.foreign is not None:
        names = ", ".join(map(repr, CALENDARS))
        raise TableError(
            f"{summary.error(dates.foreign, 'a date with a year from 1900 to 2100')}; pass calendar= with one of "
            f"{names} to say which calendar its year belongs to, or kinds={{{summary.name!r}: 'category'}} if it is no "
            "date",
            parameter="calendar",
        )
    return replace(summary, order=order if fits else orders[0])
