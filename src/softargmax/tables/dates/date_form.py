"""How dates are written in a column: in which order, in years of which calendar."""

from dataclasses import dataclass

from softargmax.tables.dates.calendars import CALENDAR_WORDS

# Seconds of a day.
DAY = 86400.0
# Year, month and day in the order in which they are written.
ORDERS = ("ymd", "dmy", "mdy")
ORDER_WORDS = {"ymd": "year first", "dmy": "day first", "mdy": "month first"}


@dataclass(frozen=True)
class DateForm:
    """How dates are written in a column.

    Attributes
    ----------
    order : str
        The order of year, month and day: "ymd", "dmy" or "mdy".
    calendar : str or None
        The calendar of years outside 1900 to 2100; None if they are no dates.
    digits : bool
        Whether numbers are dates too: 20230131, or seconds since 1970.
    """

    order: str = "ymd"
    calendar: str | None = "gregorian"
    digits: bool = False


ISO = DateForm()


def date_like(form: DateForm) -> str:
    """Say what is expected of a date."""
    if form.digits:
        return "a date like 20261122, or seconds since 1970"
    if form.calendar in CALENDAR_WORDS:
        return f"a date in years of {CALENDAR_WORDS[form.calendar]}, {ORDER_WORDS[form.order]}"
    examples = {"ymd": "2026-11-22 or 2026-11-22 10:30:00", "dmy": "22/11/2026", "mdy": "11/22/2026"}
    return f"a date like {examples[form.order]}"
