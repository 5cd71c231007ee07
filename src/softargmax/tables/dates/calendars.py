"""Which day a year, a month and a day are: in our calendar, and in those whose years have other numbers."""

import enum

import numpy as np

from softargmax._arrays import Array

# What may be said of a whole table. The calendars of Taiwan (roc) and Thailand (buddhist) count other years only.
CALENDARS = ("gregorian", "buddhist", "roc", "persian")
CALENDAR_WORDS = {"buddhist": "the Buddhist calendar", "roc": "Taiwan's calendar", "persian": "the Persian calendar"}
# A year beyond these is not taken for one of ours unasked.
FIRST_YEAR, LAST_YEAR = 1900, 2100
# Two digits below this are of our century, as in spreadsheets. POSIX has 69, but tables rather look back: of 201 real
# ones two hold years from 1958 and 1962 in two digits, and none years from 2050.
PIVOT = 50
_BEFORE_ROC, _BEFORE_BUDDHIST = 1911, -543
_BUDDHIST_YEARS = (2400, 2600)
# Two digits of the Persian calendar below this are of its fifteenth century, which began in 1980.
_PERSIAN_PIVOT = 50
# Days from the eve of the Persian year 1 to 1970.
_PERSIAN_EVE = 1948319 - 2440588


class Seen(enum.IntFlag):
    """What was met in dates; a column is told by all that its cells met."""

    DAY = enum.auto()  # a date to the day
    MONTH = enum.auto()  # a month of a year
    NO_SEASON = enum.auto()  # a month that is not the year after, as 2011-12 may be
    CLOCK = enum.auto()  # a time of day without a date
    SHORT_YEAR = enum.auto()
    ROC = enum.auto()
    BUDDHIST = enum.auto()
    PERSIAN = enum.auto()
    ERA = enum.auto()  # a year of a Japanese emperor, or one that says that it is Taiwan's
    GREGORIAN = enum.auto()  # a year of ours outside 1900 to 2100, asked for
    FOREIGN = enum.auto()  # a year of a calendar that nobody named
    DIGITS = enum.auto()  # digits alone: 20230131, or seconds


def days(year: Array, length: Array, month: Array, day: Array, calendar: str | None) -> tuple[Array, Array]:
    """Give days since 1970.

    Parameters
    ----------
    year, month, day : ndarray of int64, shape (n,)
    length : ndarray of int64, shape (n,)
        With how many digits the year was written.
    calendar : str or None
        The calendar of years that were written with two digits, or lie outside 1900 to 2100; None if nobody said.

    Returns
    -------
    days : ndarray of float64
        NaN where there is no such day, or its year is of a calendar that nobody named.
    seen : ndarray of int64
        Flags of `Seen`, 0 where there is no such day.
    """
    seen = np.zeros(len(year), np.int64)
    short, ours = length == 2, (length == 4) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    seen[short] |= Seen.SHORT_YEAR
    # Three digits, or four that begin with 0, are years of Taiwan: 113, 0113.
    roc = (calendar == "roc") & ~ours & (year > 0)
    roc |= (calendar is None) & ((length == 3) | (length == 4)) & (year > 0) & (year < 200)
    buddhist = (calendar == "buddhist") & ~ours
    buddhist |= (calendar is None) & (length == 4) & (year >= _BUDDHIST_YEARS[0]) & (year <= _BUDDHIST_YEARS[1])
    persian = (calendar == "persian") & ~ours
    western = ours | ((calendar == "gregorian") & (length == 4)) | (short & ~(roc | buddhist | persian))
    seen[western & ~ours & ~short] |= Seen.GREGORIAN
    seen[roc] |= Seen.ROC
    seen[buddhist] |= Seen.BUDDHIST
    seen[persian] |= Seen.PERSIAN

    year = np.where(western & short, np.where(year < PIVOT, year + 2000, year + 1900), year)
    year = np.where(buddhist, np.where(short, year + 2500, year) + _BEFORE_BUDDHIST, year)
    year = np.where(roc, year + _BEFORE_ROC, year)
    year = np.where(persian & short, np.where(year < _PERSIAN_PIVOT, year + 1400, year + 1300), year)
    result = np.where(persian, _persian(year, month, day), _western(year, month, day))
    foreign = ~(western | roc | buddhist | persian)
    # Whatever calendar it is, it has twelve months of 31 days at most.
    likely = foreign & (length == 4) & (year >= 1000) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    seen[likely] |= Seen.FOREIGN
    result = np.where(foreign, np.nan, result)
    seen[np.isnan(result) & ~likely] = 0
    return result, seen


def _western(year: Array, month: Array, day: Array) -> Array:
    """Count days from the first of March, so that a leap day is the last of its year."""
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    last = lengths[np.clip(month, 0, 12)] + (leap & (month == 2))
    shifted, place = year - (month <= 2), (month + 9) % 12
    count = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + (153 * place + 2) // 5 + day - 1 - 719468
    return np.where((month >= 1) & (month <= 12) & (day >= 1) & (day <= last), count, np.nan)


def _persian(year: Array, month: Array, day: Array) -> Array:
    """Count days in cycles of 33 years with 8 leap years, as ICU does; right for 1178 to 1501 by the sun."""
    leap = (25 * year + 11) % 33 < 8
    last = np.where(month <= 6, 31, np.where(month <= 11, 30, 29 + leap))
    before = np.where(month <= 7, 31 * (month - 1), 30 * (month - 1) + 6)
    count = 365 * (year - 1) + (8 * year + 21) // 33 + before + day + _PERSIAN_EVE
    valid = (year > 1000) & (year < 1600) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= last)
    return np.where(valid, count, np.nan)
