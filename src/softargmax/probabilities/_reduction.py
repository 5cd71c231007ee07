"""How per-row losses become one number."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, ArrayOrScalar, as_floating, broadcast, narrow, scalar_if_0d
from softargmax.exceptions import ArgumentError, ShapeError

Reduction = Literal["mean", "sum", "none"]


def check_reduction(reduction: str) -> None:
    """Refuse a reduction that does not exist."""
    if not isinstance(reduction, str) or reduction not in ("mean", "sum", "none"):
        raise ArgumentError(f'reduction: expected "mean", "sum" or "none", got {reduction!r}')


def as_row_weight(sample_weight: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """Bring the weights of a loss in, broadcast to the losses: how often each counts."""
    weight = broadcast(as_floating(sample_weight, "sample_weight").astype(np.float64), shape, "sample_weight")
    if not np.all(np.isfinite(weight) & (weight >= 0.0)):
        raise ArgumentError("sample_weight: expected finite numbers >= 0", parameter="sample_weight")
    return weight


def weighted(losses: Array, weight: Array) -> Array:
    """Multiply by weights; what does not count is 0, whatever its loss is."""
    return np.multiply(losses, weight, out=np.zeros(losses.shape), where=weight != 0.0)


def reduce(losses: Array, reduction: Reduction, denominator: float, dtype: np.dtype[Any]) -> ArrayOrScalar:
    """Reduce float64 losses, then round once to `dtype`. The mean of nothing is NaN, without a warning."""
    if reduction == "none":
        return scalar_if_0d(narrow(losses, dtype))
    total = losses.sum()
    if reduction == "mean":
        total = total / denominator if denominator != 0.0 else np.nan
    return narrow(np.asarray(total), dtype)[()]


def check_shapes(
    logits: tuple[int, ...],
    rows: tuple[int, ...],
    targets: tuple[int, ...],
    class_weight: tuple[int, ...] | None,
    *,
    floating: bool,
) -> None:
    """Check that targets and weights fit logits, of which `rows` is the shape with the class axis last."""
    *each, n_classes = rows
    if class_weight not in (None, (n_classes,)):
        raise ShapeError(
            f"class_weight: expected one weight per class, shape ({n_classes},), got {class_weight}",
            parameter="class_weight",
        )
    if floating and targets != logits:
        raise ShapeError(
            f"targets: floating targets are a probability per class and need the shape of the logits {logits}, got "
            f"{targets}; class codes must be integers",
            parameter="targets",
        )
    if not floating and targets != tuple(each):
        raise ShapeError(
            f"targets: expected codes of shape {tuple(each)} for logits of {n_classes} classes, got {targets}; a "
            "probability per class must be floating",
            parameter="targets",
        )
