"""An array as rows with its one class axis last: what every function of single rows begins with."""

from collections.abc import Sequence

import numpy as np

from softargmax._arrays import Array, one_axis, rows_of
from softargmax.exceptions import AxisError

# What type checkers can tell apart: a flat list is one row and gives a number, a list of lists gives an array. Of an
# array they know no dimensions, so it gives either.
OneRow = Sequence[float]
ListOfRows = Sequence[Sequence[float]]


def class_axis_last(array: Array, axis: int, name: str) -> tuple[Array, int]:
    """Give an array as rows with their class axis last, and which axis that was; a number is a row of one class."""
    array = np.atleast_1d(array)
    at = one_axis(axis, array, name)
    rows = rows_of(array, (at,))
    if rows.shape[-1] == 0:
        raise AxisError(
            f"axis: expected at least one class, got an empty axis in shape {array.shape}", parameter="axis"
        )
    return rows, at
