"""A column of texts as numbers: what Arrow reads at once, and what people write, each different text once."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.tables.numerals import HEX, LATEST_DIGIT, LONGEST, OPEN, Undressed, undressed, value_of

# Cells that are tried before all: a cast of many texts that fails takes ten times as long as one that succeeds.
_PROBE = 64
# What Arrow reads, in a column in which it does not read all.
_PLAIN = r"^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$|^[-+]?(?i:inf|infinity|nan)$"
_LONGEST_OPEN = len("-123.456")
# Everything else that may be a number has a digit, and has it soon; or it is nothing of a currency, as "$ -".
_LIKELY = rf"^.{{0,{LATEST_DIGIT}}}\p{{Nd}}|^\p{{Sc}} *[-–—]$"
_THOUSANDS = {
    ",": "thousands commas", ".": "thousands points", "'": "thousands apostrophes", " ": "thousands blanks",
    "٬": "thousands signs",
}  # fmt: skip
HEXADECIMAL = "hexadecimal"


@dataclass(frozen=True)
class Amounts:
    """Texts as numbers, with a decimal point and with a decimal comma; the two are the same where one is decided.

    Attributes
    ----------
    points, commas : ndarray of float64
        The numbers; NaN where there is none.
    are_points, are_commas : ndarray of bool
        Where there is one, and where the text is missing.
    units : tuple of str
        What stands beside numbers; "" is one of them.
    unit_codes : ndarray of integer
        Which of them; -1 where there is no number, and for 0, which is so much of any unit.
    point_traits, comma_traits : frozenset of str
        What is worth saying about how the numbers are written.
    are_all_plain : bool
        Whether Arrow reads every text as a number: then none of them is a mark, a date or a boolean.
    """

    points: Array
    are_points: Array
    commas: Array
    are_commas: Array
    units: tuple[str, ...]
    unit_codes: Array
    point_traits: frozenset[str] = frozenset()
    comma_traits: frozenset[str] = frozenset()
    are_all_plain: bool = False

    def without(self, taken: Array) -> "Amounts":
        """Take some texts for missing."""
        if not taken.any():
            return self
        points, are_points = np.where(taken, np.nan, self.points), self.are_points | taken
        commas, are_commas = points, are_points
        if self.commas is not self.points:
            commas, are_commas = np.where(taken, np.nan, self.commas), self.are_commas | taken
        codes = np.where(taken, -1, self.unit_codes)
        return replace(
            self, points=points, are_points=are_points, commas=commas, are_commas=are_commas, unit_codes=codes
        )

    @property
    def differ(self) -> Array:
        """Where a text is another number with a decimal point than with a decimal comma."""
        if self.commas is self.points:
            return np.zeros(len(self.points), np.bool_)
        return np.asarray(self.are_points & self.are_commas & (self.points != self.commas) & ~np.isnan(self.points))


def amounts_in(texts: Any, decimal: str | None) -> Amounts:
    """Read an Arrow array of strings as numbers.

    Parameters
    ----------
    texts : pyarrow.Array
        Each read for itself; null where missing.
    decimal : str or None
        The decimal mark; None keeps both readings.
    """
    if (read := plain_amounts(texts, decimal)) is not None:
        return read
    missing = np.asarray(texts.is_null())
    are_plain = np.asarray(pc.fill_null(pc.match_substring_regex(texts, _PLAIN), False))
    blank = pc.if_else(pa.array(are_plain), texts, None)
    try:
        plain = _plain(blank, np.asarray(blank.cast(pa.float64()).to_numpy(zero_copy_only=False)), decimal)
    except pa.ArrowInvalid:
        are_plain = np.zeros(len(texts), np.bool_)
        plain = _plain(pa.nulls(len(texts), pa.string()), np.full(len(texts), np.nan), decimal)
    return _with_the_others(plain, texts, missing | are_plain, missing, decimal)


def plain_amounts(texts: Any, decimal: str | None) -> Amounts | None:
    """Do so where Arrow reads all texts, which takes little; None where it does not."""
    try:
        texts.slice(0, _PROBE).cast(pa.float64())
        values = np.asarray(texts.cast(pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return None
    all_plain = np.count_nonzero(np.isnan(values)) == texts.null_count  # "nan" is a mark
    return replace(_plain(texts, values, decimal), are_all_plain=bool(all_plain))


def _plain(texts: Any, values: Array, decimal: str | None) -> Amounts:
    """Take the texts that Arrow reads; with a decimal comma their points stand between thousands, or they are none."""
    missing = np.asarray(texts.is_null())
    values = np.where(missing, np.nan, values.astype(np.float64))
    present, units = np.ones(len(values), np.bool_), np.where(missing | (values == 0.0), -1, 0)
    with_point = np.asarray(pc.fill_null(pc.match_substring(texts, "."), False)) if decimal != "." else None
    if with_point is None or not with_point.any():
        return Amounts(values, present, values, present, ("",), units)
    commas, are_commas = np.where(with_point, np.nan, values), ~with_point
    # Few are open, and a look at their size and length is cheaper than at their characters.
    lengths = np.asarray(pc.fill_null(pc.binary_length(texts), 0))
    likely = np.flatnonzero(
        with_point & (np.abs(values) >= 1.0) & (np.abs(values) < 1000.0) & (lengths <= _LONGEST_OPEN)
    )
    is_open = np.asarray(pc.match_substring_regex(texts.take(pa.array(likely)), f"^{OPEN}$"))
    rows = likely[is_open]
    commas[rows], are_commas[rows] = np.round(values[rows] * 1000.0), True
    traits = frozenset({_THOUSANDS["."]}) if len(rows) else frozenset[str]()
    if decimal is not None:
        return Amounts(commas, are_commas, commas, are_commas, ("",), np.where(are_commas, units, -1), traits, traits)
    return Amounts(values, present, commas, are_commas, ("",), units, comma_traits=traits)


@dataclass(frozen=True)
class _Read:
    """Different texts as numbers with one decimal mark, or NaN, and what is worth saying about how they are written."""

    values: Array
    traits: frozenset[str]


def _with_the_others(plain: Amounts, texts: Any, done: Array, missing: Array, decimal: str | None) -> Amounts:
    """Add the texts that Arrow does not read, each different one read once."""
    likely = pc.and_(pc.match_substring_regex(texts, _LIKELY), pc.less_equal(pc.utf8_length(texts), LONGEST))
    rows = np.flatnonzero(~done & np.asarray(pc.fill_null(likely, False)))
    encoded = texts.take(pa.array(rows)).dictionary_encode()
    places = np.asarray(encoded.indices)
    different = encoded.dictionary.to_pylist()
    numbers = [undressed(text) for text in different]
    units = {"": 0}
    codes = [-1 if number is None else units.setdefault(number.unit, len(units)) for number in numbers]
    read = [_read(different, numbers, mark) for mark in ((".", ",") if decimal is None else (decimal,))]
    points, commas = read[0], read[-1]
    # No number with either mark; and 0 alone is so much of any unit.
    nothing = np.isnan(points.values) & np.isnan(commas.values)
    nothing |= (np.array(codes) == 0) & ((points.values == 0.0) | (commas.values == 0.0))

    def joined(known: Array, are_known: Array, values: Array) -> tuple[Array, Array]:
        every, found = known.copy(), (are_known & done) | missing
        every[rows] = values[places]
        found[rows] = ~np.isnan(every[rows])
        return every, found

    with_points = joined(plain.points, plain.are_points, points.values)
    with_commas = with_points if decimal else joined(plain.commas, plain.are_commas, commas.values)
    unit_codes = plain.unit_codes.copy()
    unit_codes[rows] = np.where(nothing, -1, codes)[places]
    traits = plain.point_traits | points.traits, plain.comma_traits | commas.traits
    return Amounts(*with_points, *with_commas, tuple(units), unit_codes, *traits)


def _read(texts: list[str], numbers: list[Undressed | None], decimal: str) -> _Read:
    values, traits = np.full(len(texts), np.nan), set()
    for place, (text, number) in enumerate(zip(texts, numbers, strict=True)):
        if number is None:
            traits |= {HEXADECIMAL} if HEX.fullmatch(text) else set()
        elif found := value_of(number, decimal):
            values[place], between = found
            traits |= number.traits | ({_THOUSANDS[between]} if between else set())
    return _Read(values, frozenset(traits))
