"""The one class axis of an array, moved last."""

import numpy as np

from softargmax._arrays import Array, normalize_axes, rows_of
from softargmax.exceptions import AxisError


def class_rows(array: Array, axis: int, name: str) -> tuple[Array, int]:
    """Give an array as rows with their class axis last, and which axis that was."""
    array = np.atleast_1d(array)
    axes = normalize_axes(axis, array.ndim)
    if len(axes) != 1:
        raise AxisError(f"axis: expected the one class axis of {name}, got {axis!r} for shape {array.shape}")
    rows = rows_of(array, axes)
    if rows.shape[-1] == 0:
        raise AxisError(f"axis: expected at least one class, got an empty axis in shape {array.shape}")
    return rows, axes[0]
