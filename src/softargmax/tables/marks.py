"""Marks that stand for a missing value: those that a user names, and those that are known beside numbers and dates."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.tables.notes import Note
from softargmax.tables.parsing import in_arrow
from softargmax.tables.vocabulary import MISSING_MARKS, NOTHING, YES_NO

# What a model of before version 0.2 took for missing in every column.
BEFORE = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
# Arrow's lower case of letters beyond ASCII takes long; their other forms are listed instead.
_WHOLE = re.compile(r"([-+]?)0*([0-9]+)(\.0*)?")
# Columns that one message names.
_MOST_NAMED = 8


def _lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _in_all_cases(words: Iterable[str]) -> tuple[str, ...]:
    forms = {form for word in words for form in (word, word.upper(), word.capitalize(), word.title())}
    return tuple(sorted(map(_lower, forms)))


_MARKS = _in_all_cases(MISSING_MARKS)
_YES, _NO = _in_all_cases(yes for yes, _ in YES_NO), _in_all_cases(no for _, no in YES_NO)


def are_marks(texts: Any) -> Array:
    """Tell which texts of an Arrow array stand for a missing value beside numbers, without regard to case."""
    return np.asarray(pc.fill_null(pc.is_in(pc.ascii_lower(texts), value_set=in_arrow(_MARKS)), False))


def are_yes(texts: Any) -> Array:
    """Tell which texts of an Arrow array say yes, in any of several languages and without regard to case."""
    return np.asarray(pc.fill_null(pc.is_in(pc.ascii_lower(texts), value_set=in_arrow(_YES)), False))


def are_no(texts: Any) -> Array:
    """Tell which texts say no."""
    return np.asarray(pc.fill_null(pc.is_in(pc.ascii_lower(texts), value_set=in_arrow(_NO)), False))


def is_yes_and_no(texts: Iterable[str]) -> bool:
    """Whether texts are the yes and the no of one language, and nothing else."""
    words = {text.casefold() for text in texts}
    return any(words == set(pair) for pair in YES_NO)


def is_nothing(marks: Iterable[str]) -> bool:
    """Whether texts stand for a missing value even where nothing else is in a column."""
    return all(_lower(mark) in NOTHING for mark in marks)


def without_given(data: Any, given: Sequence[str], is_text: bool) -> Any:
    """Make cells missing that are one of the marks a user gave: the same text, or the same whole number."""
    if is_text and not given:
        return pc.if_else(pc.equal(pc.binary_length(data), 0), None, data)
    if is_text:
        found = pc.is_in(data, value_set=pa.array(("", *given), pa.string()))
        for whole in filter(None, map(_WHOLE.fullmatch, given)):
            sign = "-" if whole[1] == "-" else "[+]?"
            found = pc.or_(found, pc.match_substring_regex(data, rf"^{sign}0*{whole[2]}(\.0*)?$"))
        return pc.if_else(pc.fill_null(found, False), None, data)
    numbers = [float(mark) for mark in given if _WHOLE.fullmatch(mark)]
    if not numbers or not (pa.types.is_integer(data.type) or pa.types.is_floating(data.type)):
        return data
    values = data.cast(pa.float64(), safe=False)
    return pc.if_else(pc.fill_null(pc.is_in(values, value_set=pa.array(numbers)), False), None, data)


def note_of(taken: Sequence[tuple[str, Counter[str]]]) -> tuple[Note, ...]:
    """Say in one sentence what was taken for missing, and in which columns."""
    if not taken:
        return ()
    said = [
        f"{', '.join(f'{mark!r} in {count} rows' for mark, count in marks.most_common(3))} of {name!r}"
        for name, marks in taken
    ]
    more = f", and in {len(said) - _MOST_NAMED} more columns" if len(said) > _MOST_NAMED else ""
    return (Note("missing", f"taken for missing: {'; '.join(said[:_MOST_NAMED])}{more}", None, "kinds"),)
