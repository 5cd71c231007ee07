"""Dates that are written in digits: the three numbers, the time of day and the zone in each of them."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array

# Before a date whose numbers are year, month and day in this order, whatever the order of others: `date_words` tells.
SURE = "#"
# A month of a year has the day 0.
_TIME = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}(?:[.,][0-9]{1,9})?))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: ?(?P<zone>Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?))?"
)
_DATE = (
    r"^(?P<sure>#?)(?P<a>[0-9]{1,4})(?P<left>\. |[-/. ])(?P<b>[0-9]{1,2})(?P<right>\. |[-/. ])(?P<c>[0-9]{1,4})\.?"
    rf"(?:(?:T|,? ){_TIME})?$"
)
_MONTH = r"^(?:(?P<a>[0-9]{4})[-/](?P<b>[0-9]{1,2})|(?P<d>[0-9]{1,2})[-/](?P<e>[0-9]{4}))$"


class DateFields(NamedTuple):
    """Three numbers as they stand, 0 where there are none, with how many digits each was written, and seconds.

    Attributes
    ----------
    rows : ndarray of integer, shape (n,)
        Which of the texts they are.
    numbers, lengths : ndarray of int64, shape (n, 3)
    sure : ndarray of bool, shape (n,)
        Whether they are year, month and day for certain.
    seconds : ndarray of float64, shape (n,)
        Since the day began in UTC; NaN for a time that there is not.
    """

    rows: Array
    numbers: Array
    lengths: Array
    sure: Array
    seconds: Array


def dates_in(texts: Any) -> DateFields:
    """Find dates of three numbers, with a time of day or without, in an Arrow array of strings."""
    rows, found = _extract(texts, _DATE)
    parts = [found.field(name) for name in ("a", "b", "c")]
    lengths = _lengths(parts)
    # One mark between all three, and a blank only beside a year in full: 06 12 34 is part of something else.
    left, right = found.field("left"), found.field("right")
    fits = np.asarray(pc.equal(left, right)) & (~np.asarray(pc.equal(left, " ")) | (lengths.max(1, initial=0) == 4))
    fields = DateFields(
        rows, _numbers(parts), lengths, np.asarray(pc.equal(found.field("sure"), SURE)), _time(found)
    )  # fmt: skip
    return DateFields(*(column[fits] for column in fields))


def months_in(texts: Any) -> DateFields:
    """Find months of a year, as in 2023-01 or 01/2023; the day is 0."""
    rows, found = _extract(texts, _MONTH)
    numbers = _numbers([found.field(name) for name in ("a", "b", "d", "e")])
    year_first = numbers[:, 0] > 0
    year = np.where(year_first, numbers[:, 0], numbers[:, 3])
    month = np.where(year_first, numbers[:, 1], numbers[:, 2])
    nothing = np.zeros(len(rows), np.int64)
    return DateFields(
        rows,
        np.stack([year, month, nothing], axis=1),
        np.tile(np.array([4, 2, 0]), (len(rows), 1)),
        np.ones(len(rows), np.bool_),
        np.zeros(len(rows)),
    )


def clocks_in(texts: Any) -> tuple[Array, Array]:
    """Find times of day that stand alone: which texts they are, and seconds since the day began."""
    rows, found = _extract(texts, rf"^{_TIME}$")
    seconds = _time(found)
    return rows[~np.isnan(seconds)], seconds[~np.isnan(seconds)]


def _extract(texts: Any, pattern: str) -> tuple[Array, Any]:
    """Give the texts that have a form, and the parts of it."""
    found = pc.extract_regex(texts, pattern)
    rows = np.flatnonzero(np.asarray(found.is_valid()))
    return rows, found.take(pa.array(rows))


def _lengths(parts: list[Any]) -> Array:
    return np.stack([np.asarray(pc.binary_length(part)).astype(np.int64) for part in parts], axis=1)


def _numbers(parts: list[Any]) -> Array:
    return np.stack([_number(part).astype(np.int64) for part in parts], axis=1)


def _number(part: Any) -> Array:
    """Give numbers as float64, 0 where nothing stands."""
    part = pc.replace_substring(pc.if_else(pc.equal(part, ""), "0", part), ",", ".")
    return np.asarray(part.cast(pa.float64()))


def _time(found: Any) -> Array:
    hour, minute, second = (_number(found.field(name)) for name in ("hour", "minute", "second"))
    half = pc.ascii_lower(found.field("half"))
    late, halved = np.asarray(pc.equal(half, "p")), np.asarray(pc.not_equal(half, ""))
    valid = (hour < 24) & (minute < 60) & (second < 61) & ~(halved & (hour > 12) & ~late)
    hour = np.where(halved & (hour <= 12), hour % 12 + 12 * late, hour)
    return np.where(valid, 3600 * hour + 60 * minute + second - _ahead(found.field("zone")), np.nan)


def _ahead(zone: Any) -> Array:
    """Give the seconds that a zone is ahead of UTC."""
    if not pc.any(pc.not_equal(zone, "")).as_py():
        return np.zeros(len(zone))
    digits = pc.replace_substring_regex(zone, "[^0-9]", "")
    hours = _number(pc.utf8_slice_codeunits(digits, 0, 2))
    minutes = _number(pc.utf8_slice_codeunits(digits, 2, 4))
    sign = np.where(np.asarray(pc.starts_with(zone, "-")), -1.0, 1.0)
    return np.asarray(sign * (3600 * hours + 60 * minutes))
