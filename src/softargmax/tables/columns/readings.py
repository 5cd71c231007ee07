"""Cells read in every way that there is: as numbers, as times, as booleans, as words, and counted."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.tables.amounts import Amounts, amounts_in
from softargmax.tables.cells import FALSE, TRUE, Cells
from softargmax.tables.columns.distinct import Counts, Distinct
from softargmax.tables.dates.calendars import Seen
from softargmax.tables.dates.date_texts import Dates, dates_of, days_in_digits
from softargmax.tables.marked_cells import are_marks
from softargmax.tables.parsing import in_arrow
from softargmax.tables.words import count_words


class Readings(NamedTuple):
    """What some cells are as numbers and as dates, where they are no numbers or booleans, and the different ones.

    Marks that stand for a missing value beside numbers and dates are NaN there, and counted in `marks`.

    `numbers` are read with a decimal point, and `commas` with a decimal comma; the same arrays if that is decided or
    makes no difference. `amounts` are the different texts as numbers, and `places` which of them each cell is.
    """

    numbers: Array
    no_number: Array
    commas: Array
    no_comma: Array
    amounts: Amounts | None
    places: Array
    dates: Dates
    no_flag: Array
    n_words: int
    n_codes: int
    marks: Counter[str]
    is_mark: Array
    distinct: Distinct


def readings_of(cells: Cells, counted: Any, most: int, digits: bool = False) -> Readings:
    """Read cells in every way.

    Parameters
    ----------
    cells : Cells
    counted : pyarrow.Array
        The cells, in the form in which they are counted.
    most : int
        How many different ones are counted.
    digits : bool, default False
        Whether numbers may be dates: 20230131, or seconds since 1970.
    """
    return _of_text(cells, most, digits) if cells.is_text else _of_type(cells, counted, most, digits)


def _of_text(cells: Cells, most: int, digits: bool) -> Readings:
    """Read each different text once, in every way that there is."""
    encoded = cells.data.dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)))
    counts = np.bincount(codes, minlength=len(encoded.dictionary) + 1)[:-1]
    texts = encoded.dictionary
    amounts = amounts_in(texts, cells.batch.decimal)
    alone = np.where(amounts.are_points & (amounts.unit_codes <= 0), amounts.points, np.nan)
    dates = dates_of(texts, cells.batch.calendar, alone, digits)
    marked = are_flags = np.zeros(len(texts), np.bool_)
    if not amounts.are_all_plain:
        marked = are_marks(texts)
        amounts = amounts.without(marked)
        are_flags = marked | np.asarray(pc.is_in(texts, value_set=in_arrow(TRUE + FALSE)))
    if amounts.are_points.all() or amounts.are_commas.all():
        n_words = int(counts.sum())
    else:
        n_words = sum(count_words(text) * count for text, count in zip(texts.to_pylist(), counts.tolist(), strict=True))

    def spread(values: Array, missing: Any) -> Array:
        return np.asarray(np.append(values, missing)[codes])

    numbers, no_number = spread(amounts.points, np.nan), spread(~amounts.are_points, False)
    commas, no_comma = numbers, no_number
    if amounts.commas is not amounts.points:
        commas, no_comma = spread(amounts.commas, np.nan), spread(~amounts.are_commas, False)
    return Readings(
        numbers,
        no_number,
        commas,
        no_comma,
        amounts,
        codes,
        dates.spread(codes),
        spread(~are_flags, False),
        n_words,
        int(counts[_codes_of_digits(texts)].sum()),
        Counter(dict(zip(texts.filter(pa.array(marked)).to_pylist(), counts[marked].tolist(), strict=True))),
        spread(marked, False),
        Distinct.of(Counts(texts, counts), most),
    )


def _codes_of_digits(texts: Any) -> Array:
    """Find texts like "01002" among different ones; a look at the first character is cheaper than at all."""
    rows = np.flatnonzero(np.asarray(pc.starts_with(texts, "0")))
    return np.asarray(rows[pc.match_substring_regex(texts.take(pa.array(rows)), "^0[0-9]+$")]) if len(rows) else rows


def _of_type(cells: Cells, counted: Any, most: int, digits: bool) -> Readings:
    """Read cells of a type that leaves one way."""
    family, nothing, present = cells.family, np.full(len(cells), np.nan), ~cells.missing
    numbers = cells.typed_numbers() if family == "number" else nothing
    seconds, seen = cells.seconds() if family == "date" else nothing, int(Seen.DAY)
    if family == "number" and digits:
        seconds, seen = days_in_digits(numbers), int(Seen.DAY | Seen.DIGITS)
    dates = Dates((seconds, seconds, seconds), np.zeros(len(cells), np.bool_), seen, (frozenset(), frozenset()))
    distinct = Distinct.of(Counts.of(counted), most)
    no_number, no_flag = (present & (family != kind) for kind in ("number", "boolean"))
    is_mark = np.zeros(len(cells), np.bool_)
    both = numbers, no_number, numbers, no_number
    return Readings(*both, None, np.empty(0), dates, no_flag, 0, 0, Counter(), is_mark, distinct)
