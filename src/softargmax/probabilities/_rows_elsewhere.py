"""Rows of numbers that NumPy cannot see, in their own library: the twin of `_axis_rows`."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softargmax._arrays import Axis, normalize_axes, reduced_shape
from softargmax._libraries import Library, dtype_name
from softargmax.exceptions import DTypeError, ShapeError

_HALVES = ("float16", "bfloat16")
_INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
FLOATING = (*_HALVES, "float32", "float64")


def is_half(dtype: str) -> bool:
    """Tell whether a dtype is one whose arithmetic is done in float32."""
    return dtype in _HALVES


def is_integer(dtype: str) -> bool:
    """Tell whether a dtype is one of integers."""
    return dtype in _INTEGERS


def is_known(condition: Any) -> bool:
    """Tell whether something is true; what a compiler or `vmap` will only know later is taken to be false."""
    try:
        return bool(condition)
    except Exception:  # every library has an error of its own for this
        return False


def as_floating(library: Library, x: Any, name: str) -> tuple[Any, str]:
    """Bring numbers in as float32 or float64, and name the dtype that a result of them has."""
    x = library.array(x)
    dtype = dtype_name(x.dtype)
    if is_integer(dtype) or dtype == "bool":
        return library.cast(x, library.widest), library.widest
    if dtype not in FLOATING:
        raise DTypeError(f"{name}: expected float16, bfloat16, float32, float64, integers or booleans, got {dtype}")
    return library.cast(x, "float32") if is_half(dtype) else x, dtype


def broadcast(library: Library, array: Any, shape: tuple[int, ...], name: str) -> Any:
    """Broadcast to a shape, or say which shapes do not go together."""
    try:
        fits = np.broadcast_shapes(tuple(array.shape), shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"{name}: expected a shape that broadcasts to {shape}, got {tuple(array.shape)}")
    return library.xp.broadcast_to(array, shape)


@dataclass(frozen=True)
class UnseenRows:
    """Numbers as rows along their class axis or axes, in float32 or float64.

    ``shape`` and ``dtype`` are those of the caller's array, ``axes`` its class axes.
    """

    library: Library
    x: Any
    where: Any
    shape: tuple[int, ...]
    axes: tuple[int, ...]
    dtype: str

    @classmethod
    def of(cls, library: Library, x: Any, axis: Axis, where: Any = None, name: str = "x") -> "UnseenRows":
        """Check what a function of logits is called with."""
        wide, dtype = as_floating(library, x, name)
        shape = tuple(wide.shape)
        rows = cls(library, wide, None, shape, normalize_axes(axis, len(shape)), dtype)
        if where is not None:
            where = library.array(where)
            if dtype_name(where.dtype) != "bool":
                raise DTypeError(f"where: expected booleans (True for what counts), got {dtype_name(where.dtype)}")
            where = rows.moved(broadcast(library, where, shape, "where"))
        return replace(rows, x=rows.moved(wide), where=where)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no number at all."""
        return math.prod(self.shape) == 0

    def moved(self, array: Any) -> Any:
        """Give an array of as many axes as the caller's with the class axes last, merged into one."""
        xp, ndim, number = self.library.xp, len(self.shape), len(self.axes)
        if self.axes == (ndim - 1,):
            return array
        if self.axes:
            array = xp.moveaxis(array, self.axes, tuple(range(ndim - number, ndim)))
        shape = tuple(array.shape)
        return xp.reshape(array, (*shape[: ndim - number], math.prod(shape[ndim - number :])))

    def back(self, rows: Any, dtype: str | None = None) -> Any:
        """Give rows the caller's shape, and their dtype, unless another one was asked for."""
        xp, ndim, number = self.library.xp, len(self.shape), len(self.axes)
        if self.axes != (ndim - 1,):
            others = [length for axis, length in enumerate(self.shape) if axis not in self.axes]
            rows = xp.reshape(rows, (*others, *(self.shape[axis] for axis in self.axes)))
            if self.axes:
                rows = xp.moveaxis(rows, tuple(range(ndim - number, ndim)), self.axes)
        return self.library.cast(rows, dtype or self.dtype)

    def reduced(self, numbers: Any, keepdims: bool = False) -> Any:
        """Give one number per row the shape the caller expects."""
        shape = reduced_shape(self.shape, self.axes, keepdims)
        return self.library.cast(self.library.xp.reshape(numbers, shape), self.dtype)
