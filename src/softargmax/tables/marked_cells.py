"""Which cells of a column stand for a missing value, for yes or for no."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from softargmax._arrays import Array
from softargmax.tables.marks import MARKS, NO, YES, given_numbers, whole_number_form
from softargmax.tables.parsing import in_arrow


def are_marks(texts: Any) -> Array:
    """Tell which texts of an Arrow array stand for a missing value beside numbers, without regard to case."""
    return _are_among(texts, MARKS)


def are_yes(texts: Any) -> Array:
    """Tell which texts of an Arrow array say yes, in any of several languages and without regard to case."""
    return _are_among(texts, YES)


def are_no(texts: Any) -> Array:
    """Tell which texts say no."""
    return _are_among(texts, NO)


def _are_among(texts: Any, words: tuple[str, ...]) -> Array:
    return np.asarray(pc.fill_null(pc.is_in(pc.ascii_lower(texts), value_set=in_arrow(words)), False))


def without_given(data: Any, given: Sequence[str], is_text: bool) -> Any:
    """Make cells missing that are one of the marks a user gave: the same text, or the same whole number."""
    if is_text and not given:
        return pc.if_else(pc.equal(pc.binary_length(data), 0), None, data)
    if is_text:
        found = pc.is_in(data, value_set=pa.array(("", *given), pa.string()))
        for form in filter(None, map(whole_number_form, given)):
            found = pc.or_(found, pc.match_substring_regex(data, f"^{form}$"))
        return pc.if_else(pc.fill_null(found, False), None, data)
    numbers = given_numbers(given)
    if not numbers or not (pa.types.is_integer(data.type) or pa.types.is_floating(data.type)):
        return data
    values = data.cast(pa.float64(), safe=False)
    return pc.if_else(pc.fill_null(pc.is_in(values, value_set=pa.array(numbers)), False), None, data)
