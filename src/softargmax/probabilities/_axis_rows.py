"""From arguments to kernels: what every function of logits does before and after its kernel runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import (
    Array,
    ArrayOrScalar,
    Axis,
    as_mask,
    as_numbers,
    as_output,
    floating_dtype,
    normalize_axes,
    overlaps_partly,
    reduced_shape,
    rows_of,
    scalar_if_0d,
    write_rows,
)


@dataclass(frozen=True)
class AxisRows:
    """An array of logits as rows along its class axis or axes, and what of them counts."""

    array: Array
    axes: tuple[int, ...]
    x: Array
    where: Array | None

    @classmethod
    def of(cls, x: npt.ArrayLike, axis: Axis, where: npt.ArrayLike | None = None, name: str = "x") -> "AxisRows":
        """Check what a function of logits is called with."""
        array = as_numbers(x, name)
        axes = normalize_axes(axis, array.ndim)
        mask = as_mask(where, array.shape)
        return cls(array, axes, rows_of(array, axes), None if mask is None else rows_of(mask, axes))

    def fill(
        self, function: _kernels.Function, out: Array | None, dtype: npt.DTypeLike | None = None, **operands: Any
    ) -> Array:
        """Run a kernel whose result has the shape of the logits."""
        result = as_output(out, self.array.shape, floating_dtype(self.array, dtype))
        target = rows_of(result, self.axes)
        # Into that memory, unless the rows are no view of it, or writing would change what is yet to be read.
        direct = (np.may_share_memory(target, result) and result.flags.aligned) or result.size == 0
        if not direct or (out is not None and self._is_read_from(target, operands)):
            target, direct = np.empty(self.x.shape, result.dtype), False
        _kernels.run(function, self.x, out=target, where=self.where, **operands)
        if not direct:
            write_rows(target, self.axes, result)
        # A scalar for an array without axes; types leave that out, see `_signatures`.
        return result if out is not None else scalar_if_0d(result)  # type: ignore[return-value]

    def _is_read_from(self, target: Array, operands: dict[str, Any]) -> bool:
        others = [value for value in (self.where, *operands.values()) if isinstance(value, np.ndarray)]
        return overlaps_partly(self.x, target) or any(np.may_share_memory(other, target) for other in others)

    def reduce(
        self, function: _kernels.Function, keepdims: bool = False, dtype: npt.DTypeLike | None = None, **operands: Any
    ) -> ArrayOrScalar:
        """Run a kernel that gives one number per row."""
        result = np.empty(self.x.shape[:-1], floating_dtype(self.array, dtype))
        # Integers give float64, so they are computed in it.
        _kernels.run(function, self.x, per_row=result, where=self.where, in_double=result.dtype.char == "d", **operands)
        return self.shaped(result, keepdims)

    def shaped(self, result: Array, keepdims: bool) -> ArrayOrScalar:
        """Give one number per row the shape the caller expects."""
        return scalar_if_0d(result.reshape(reduced_shape(self.array.shape, self.axes, keepdims)))
