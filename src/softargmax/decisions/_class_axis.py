"""An array as rows with its one class axis last: what every function with an axis begins with.

Functions of single rows (`argmax`, `top_k`, `sample`) take a vector for one row. Those that decide about a data set
take it for one sigmoid per row, as everything does that measures or calibrates one, unless they are told an axis.
"""

from collections.abc import Sequence

import numpy as np

from softargmax._arrays import Array, one_axis, rows_of
from softargmax._logits import logits_in, probabilities_in
from softargmax.exceptions import AxisError, ShapeError

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


def rows_of_classes(array: Array, axis: int | None, *, are_logits: bool = True) -> tuple[Array, int]:
    """Give the rows of a data set with their class axis last, and which axis that was; a sigmoid becomes two columns.

    Without an axis, a vector is one sigmoid per row; with one, it is a single row.

    Raises
    ------
    ShapeError
        For a single number without an axis; AxisError as for `class_axis_last`, TargetError as for `probabilities_in`.
    """
    name = "logits" if are_logits else "probabilities"
    if axis is None:
        if array.ndim == 0:
            raise ShapeError(
                f"{name}: expected shape (..., n_classes), or (n_rows,) for one sigmoid per row, got shape ()",
                parameter=name,
            )
        axis, array = -1, array.reshape(-1, 1) if array.ndim == 1 else array
    rows, at = class_axis_last(array, axis, name)
    if rows.shape[-1] == 1:
        sigmoids = rows.reshape(-1, 1)
        columns = logits_in(sigmoids) if are_logits else probabilities_in(sigmoids)
        rows = columns.values.reshape(*rows.shape[:-1], 2)
    return rows, at
