"""How per-row losses become one number."""

from typing import Any, Literal

import numpy as np

from softargmax._arrays import Array, ArrayOrScalar, narrow, scalar_if_0d
from softargmax.exceptions import ArgumentError

Reduction = Literal["mean", "sum", "none"]


def check_reduction(reduction: str) -> None:
    """Refuse a reduction that does not exist."""
    if not isinstance(reduction, str) or reduction not in ("mean", "sum", "none"):
        raise ArgumentError(f'reduction: expected "mean", "sum" or "none", got {reduction!r}')


def reduce(losses: Array, reduction: Reduction, denominator: float, dtype: np.dtype[Any]) -> ArrayOrScalar:
    """Reduce float64 losses, then round once to `dtype`. The mean of nothing is NaN, without a warning."""
    if reduction == "none":
        return scalar_if_0d(narrow(losses, dtype))
    total = losses.sum()
    if reduction == "mean":
        total = total / denominator if denominator != 0.0 else np.nan
    return narrow(np.asarray(total), dtype)[()]
