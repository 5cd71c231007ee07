"""Texts as seconds since 1970: dates in each order of year, month and day, and times of day."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.tables.dates.calendars import Seen, days
from softargmax.tables.dates.date_form import DAY, ORDERS
from softargmax.tables.dates.date_words import LONGEST, in_digits
from softargmax.tables.dates.fields import DateFields, clocks_in, dates_in, months_in
from softargmax.tables.parsing import seconds_in

# Where year, month and day stand among the three numbers, by the order.
_PLACES = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}
_ONLY_DIGITS = r"^[-0-9/.:, +TZ]*$"
_LIKELY = r"^[0-9]{1,4}(\. |[-/. :])[0-9]"
_HAS_A_DIGIT = r"[\p{Nd}元]"
# Where most of so many texts are no dates, those behind them are not tried: no column of dates begins so.
_TRIED = 64
# Whole numbers that are days: 20230131; seconds from 1973 to 2100; and thousandths of them.
_DAYS, _SECONDS = (19000101, 21001231), (1e8, 4133980800)


class Dates(NamedTuple):
    """What texts are as dates.

    Attributes
    ----------
    seconds : tuple of ndarray
        For each of `ORDERS` seconds since 1970 (UTC), NaN where there is no date; one array three times if the order
        does not matter.
    foreign : ndarray of bool
        Where the year is of a calendar that nobody named.
    seen : int
        Flags of `Seen`, of all texts together.
    ends : tuple of frozenset
        The numbers that come first, and those that come last, where each of the two may be a year.
    """

    seconds: tuple[Array, Array, Array]
    foreign: Array
    seen: int
    ends: tuple[frozenset[int], frozenset[int]]

    def spread(self, codes: Array) -> "Dates":
        """Give them for the rows whose different texts have these numbers; one number more is a missing one."""
        nothing = len(self.foreign)

        def spread(values: Array, missing: Any) -> Array:
            return np.append(values, missing)[codes] if nothing else np.full(len(codes), missing)

        first = spread(self.seconds[0], np.nan)
        second, third = (
            first if values is self.seconds[0] else spread(values, np.nan) for values in self.seconds[1:]
        )  # fmt: skip
        return Dates((first, second, third), spread(self.foreign, False), self.seen, self.ends)


def dates_of(texts: Any, calendar: str | None = None, numbers: Array | None = None, digits: bool = False) -> Dates:
    """Read an Arrow array of strings in every order of year, month and day.

    Parameters
    ----------
    texts : pyarrow.Array
        Missing ones are no dates.
    calendar : str, optional
        The calendar of years outside 1900 to 2100, and of years with two digits.
    numbers : ndarray of float64, optional
        The texts as numbers, where that is known; numbers are no dates.
    digits : bool, default False
        Whether they are: 20230131, or seconds since 1970.
    """
    nobody: frozenset[int] = frozenset()
    seconds, foreign, seen = np.full(len(texts), np.nan), np.zeros(len(texts), np.bool_), 0
    is_number = np.zeros(len(texts), np.bool_) if numbers is None else ~np.isnan(numbers)
    rest = np.flatnonzero(~is_number)
    if digits and numbers is not None:
        seconds = days_in_digits(numbers)
        seen |= int(Seen.DAY | Seen.DIGITS) if not np.isnan(seconds).all() else 0
    if len(rest):
        seconds[rest], found = seconds_in(texts if len(rest) == len(texts) else texts.take(pa.array(rest)))
        seen |= int(Seen.DAY) if not np.isnan(seconds[rest]).all() else 0
        rest = rest[~found]
    if len(rest) > _TRIED and 2 * len(_likely(texts, rest[:_TRIED])[1]) < _TRIED:
        rest = rest[:0]
    no_others = Dates((seconds, seconds, seconds), foreign, seen, (nobody, nobody))
    if not len(rest):
        return no_others
    written, likely = _likely(texts, rest)
    rest = rest[likely]
    if not len(rest):
        return no_others
    fields, months, (clock_rows, clocks) = dates_in(written), months_in(written), clocks_in(written)
    read, flags = _read(fields, calendar)
    month_seconds, month_flags = _days(months, "ymd", calendar)
    foreign[rest[fields.rows]] = (flags & Seen.FOREIGN) > 0
    foreign[rest[months.rows]] = (month_flags & Seen.FOREIGN) > 0
    seen |= int(np.bitwise_or.reduce(np.concatenate([flags, month_flags]), initial=0))
    seen |= int(Seen.CLOCK) if len(clock_rows) else 0
    seconds[rest[months.rows]] = month_seconds
    seconds[rest[clock_rows]] = clocks
    ways = [_with(seconds, rest[fields.rows], read[0])]
    ways += [ways[0] if values is read[0] else _with(seconds, rest[fields.rows], values) for values in read[1:]]
    return Dates((ways[0], ways[1], ways[2]), foreign, seen, _ends(fields))


def _with(values: Array, rows: Array, others: Array) -> Array:
    result = values.copy()
    result[rows] = others
    return result


def _likely(texts: Any, rows: Array) -> tuple[Any, Array]:
    """Choose texts that look like dates, and write them in digits of ours; give them, and which rows they are."""
    texts = texts.take(pa.array(rows))
    short = pc.less_equal(pc.binary_length(texts), 4 * LONGEST)
    likely = pc.and_(short, pc.match_substring_regex(texts, _LIKELY))
    with_words = pc.and_(pc.and_(short, pc.invert(likely)), pc.match_substring_regex(texts, _HAS_A_DIGIT))
    plain = pc.and_(likely, pc.match_substring_regex(texts, _ONLY_DIGITS))
    in_words = np.flatnonzero(np.asarray(pc.fill_null(pc.or_(with_words, pc.and_(likely, pc.invert(plain))), False)))
    in_plain = np.flatnonzero(np.asarray(pc.fill_null(plain, False)))
    written, found = _in_digits(texts.take(pa.array(in_words)))
    return pa.concat_arrays([texts.take(pa.array(in_plain)), written]), np.concatenate([in_plain, in_words[found]])


def _in_digits(texts: Any) -> tuple[Any, Array]:
    """Write dates that have words in them, or digits of other scripts, in digits of ours; give them, and which."""
    encoded = texts.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    result = pa.array(map(in_digits, words), pa.string()).take(encoded.indices)
    return result.drop_null(), np.flatnonzero(np.asarray(result.is_valid()))


def _read(fields: DateFields, calendar: str | None) -> tuple[list[Array], Array]:
    """Read three numbers in every order; one array three times if all orders give the same."""
    whole = fields.sure | (fields.lengths[:, 0] > 2)
    if whole.all():
        values, flags = _days(fields, "ymd", calendar)
        return [values] * 3, flags
    flags = np.zeros(len(whole), np.int64)
    read = []
    for order in ORDERS:
        values, met = _days(fields, order, calendar)
        read.append(values)
        flags |= met
    return read, flags


def _days(fields: DateFields, order: str, calendar: str | None) -> tuple[Array, Array]:
    """Give seconds since 1970 and what was seen, with the numbers in this order unless they show another."""
    year_first = fields.sure | (fields.lengths[:, 0] > 2)
    every = np.arange(len(fields.rows))
    places = np.where(year_first[:, np.newaxis], _PLACES["ymd"], _PLACES[order])
    year, month, day = (fields.numbers[every, places[:, place]] for place in range(3))
    lengths = [fields.lengths[every, places[:, place]] for place in range(3)]
    is_month = fields.sure & (day == 0)
    values, seen = days(year, lengths[0], month, np.where(is_month, 1, day), calendar)
    # A year of three digits comes first; a year in full is where it can be.
    bad = (lengths[0] < 2) | (lengths[1] > 2) | (lengths[2] > 2) | (~year_first & (lengths[0] == 3))
    bad |= np.isnan(fields.seconds)
    values = np.where(bad, np.nan, values)
    dated = ~np.isnan(values)
    seen = np.where(bad, 0, seen)
    seen[dated & ~is_month] |= Seen.DAY
    seen[dated & is_month] |= Seen.MONTH
    seen[dated & is_month & (month != (year + 1) % 100)] |= Seen.NO_SEASON
    return DAY * values + fields.seconds, seen


def _ends(fields: DateFields) -> tuple[frozenset[int], frozenset[int]]:
    """Collect what comes first and last in dates whose years have two digits: days vary more than years do."""
    short = ~fields.sure & (fields.lengths[:, [0, 2]] <= 2).all(axis=1)
    first, last = fields.numbers[short, 0], fields.numbers[short, 2]
    return frozenset(first.tolist()), frozenset(last.tolist())


def days_in_digits(numbers: Array) -> Array:
    """Read whole numbers as seconds since 1970: 20230131, seconds, or thousandths of them; NaN where they are none."""
    whole = np.where(np.isfinite(numbers) & (numbers == np.floor(numbers)), numbers, 0.0)
    digits = np.where((whole >= _DAYS[0]) & (whole <= _DAYS[1]), whole, 0.0).astype(np.int64)
    four = np.full(len(digits), 4)
    day, _ = days(digits // 10000, four, digits // 100 % 100, digits % 100, None)
    low, high = _SECONDS
    seconds = np.where((whole >= low) & (whole <= high), whole, np.nan)
    return np.where(digits > 0, DAY * day, np.where(np.abs(whole) >= 1e3 * low, whole / 1e3, seconds))
