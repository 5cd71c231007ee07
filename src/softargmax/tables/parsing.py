"""Texts as numbers and as times: what each of them is by itself, whatever its neighbours are."""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array

# ISO 8601 dates and times, without and with a zone. Other orders of day and month would be guesses.
_PLAIN, _ZONED = pa.timestamp("us"), pa.timestamp("us", "UTC")
# What may stand between groups of three digits beside a decimal mark.
_GROUPS = {",": ".' \u00a0\u202f’", "٫": "٬ \u00a0"}
_BEGINS_AS_TIME, _ENDS_AS_ZONE = r"^(19[0-9]{2}|20[0-9]{2}|2100)-", r":.*(Z|[+-][0-9:]+)$|[0-9]Z$"


@cache
def in_arrow(texts: tuple[str, ...]) -> Any:
    """Give texts as Arrow looks them up; made when first asked for, because that loads pandas where it is installed."""
    return pa.array(texts)


def numbers_in(texts: Any, decimal: str = ".") -> tuple[Array, Array]:
    """Read an Arrow array of strings as float64, with the mark that stands before the fraction.

    Returns
    -------
    numbers : ndarray of float64
        NaN where there is none.
    found : ndarray of bool
        True where there is one, and where the text is missing.
    """
    missing = np.asarray(texts.is_null())
    if decimal != ".":
        texts = _with_points(texts, decimal)
    try:
        values = np.asarray(texts.cast(pa.float64()).to_numpy(zero_copy_only=False))
        return np.where(missing, np.nan, values.astype(np.float64)), np.ones(len(texts), np.bool_)
    except pa.ArrowInvalid:
        numbers = [None if text is None else _number(text) for text in texts.to_pylist()]
    found = np.array([number is not None for number in numbers], np.bool_) | missing
    return np.array([np.nan if number is None else number for number in numbers], np.float64), found


def _with_points(texts: Any, decimal: str) -> Any:
    """Write numbers with another decimal mark as with a point, and leave nothing of what is none: 1.5 is not 1,5."""
    marks = _GROUPS[decimal]
    form = rf"^[-+]?([0-9]+|[0-9]{{1,3}}([{marks}][0-9]{{3}})+)?({decimal}[0-9]*)?([eE][-+]?[0-9]+)?$"
    are_numbers = pc.and_(pc.match_substring_regex(texts, form), pc.match_substring_regex(texts, "[0-9]"))
    plain = pc.replace_substring(pc.replace_substring_regex(texts, f"[{marks}]", ""), decimal, ".")
    return pc.if_else(are_numbers, plain, "")


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def seconds_in(texts: Any) -> tuple[Array, Array]:
    """Read an Arrow array of strings as float64 seconds since 1970 (UTC); some may have a zone and others none.

    Returns
    -------
    seconds : ndarray of float64
        NaN where there is none.
    found : ndarray of bool
        True where there is one, and where the text is missing.
    """
    missing = np.asarray(texts.is_null())
    seconds, found = np.full(len(texts), np.nan), missing.copy()
    likely = np.asarray(pc.fill_null(pc.match_substring_regex(texts, _BEGINS_AS_TIME), False))
    if not likely.any():
        return seconds, found
    zoned = np.asarray(pc.fill_null(pc.match_substring_regex(texts, _ENDS_AS_ZONE), False))
    for rows in (np.flatnonzero(likely & ~zoned), np.flatnonzero(likely & zoned)):
        stamps = _stamps(texts.take(pa.array(rows)))
        found[rows] = np.asarray(stamps.is_valid())
        seconds[rows] = seconds_of(stamps)
    return seconds, found


def _stamps(texts: Any) -> Any:
    """Read texts as microseconds since 1970 in UTC; what is none becomes missing."""
    for kind in (_PLAIN, _ZONED):
        try:
            return texts.cast(kind).cast(_PLAIN)
        except pa.ArrowInvalid:
            if len(texts) == 1 and kind == _ZONED:
                return pa.nulls(1, _PLAIN)
    half = len(texts) // 2
    return pa.concat_arrays([_stamps(texts.slice(0, half)), _stamps(texts.slice(half))])


def seconds_of(stamps: Any) -> Array:
    """Give dates or times of any type of Arrow as float64 seconds since 1970 (UTC), NaN where missing."""
    if pa.types.is_timestamp(stamps.type) and stamps.type.tz is not None:
        stamps = stamps.cast(_ZONED, safe=False).cast(_PLAIN)
    micros = stamps.cast(_PLAIN, safe=False).cast(pa.int64()).cast(pa.float64(), safe=False)
    return np.asarray(micros.to_numpy(zero_copy_only=False)).astype(np.float64) / 1e6
