"""Which types go in and which come out: the signatures of the losses, for type checkers. See `_signatures`.

A loss per row counts as an array here; of a single row, shape (n_classes,), it is a scalar.
"""

from __future__ import annotations  # evaluating these types would take longer than importing all else

from collections.abc import Callable
from typing import Any, Literal, Protocol, overload

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax.probabilities._reduction import Reduction
from softargmax.probabilities._signatures import ArrayOf, Float64Array, Floating, Named, Row, Rows

Reduced = Literal["mean", "sum"]


class CrossEntropyLike(Named, Protocol):
    """Rows of logits and targets to a loss: `cross_entropy`."""

    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduced = "mean",
    ) -> Floating: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Literal["none"],
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        logits: Row | Rows,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduced = "mean",
    ) -> np.float64: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduced = "mean",
    ) -> np.floating[Any]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Literal["none"],
    ) -> Array: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduction = "mean",
    ) -> np.floating[Any] | Array: ...


class CrossEntropyAndGradientLike(Named, Protocol):
    """Rows of logits and targets to a loss and a gradient: `cross_entropy_and_gradient`."""

    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduced = "mean",
    ) -> tuple[Floating, ArrayOf[Floating]]: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Literal["none"],
    ) -> tuple[ArrayOf[Floating], ArrayOf[Floating]]: ...
    @overload
    def __call__(
        self,
        logits: Row | Rows,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduced = "mean",
    ) -> tuple[np.float64, Float64Array]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduced = "mean",
    ) -> tuple[np.floating[Any], Array]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Literal["none"],
    ) -> tuple[Array, Array]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        axis: int = -1,
        class_weight: npt.ArrayLike | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        reduction: Reduction = "mean",
    ) -> tuple[np.floating[Any] | Array, Array]: ...


class BinaryCrossEntropyLike(Named, Protocol):
    """Log-odds and targets to a loss: `binary_cross_entropy`."""

    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        pos_weight: npt.ArrayLike | None = None,
        reduction: Reduced = "mean",
    ) -> Floating: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        pos_weight: npt.ArrayLike | None = None,
        reduction: Literal["none"],
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        logits: Row | Rows,
        targets: npt.ArrayLike,
        /,
        *,
        pos_weight: npt.ArrayLike | None = None,
        reduction: Reduced = "mean",
    ) -> np.float64: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        pos_weight: npt.ArrayLike | None = None,
        reduction: Reduced = "mean",
    ) -> np.floating[Any]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        pos_weight: npt.ArrayLike | None = None,
        reduction: Literal["none"],
    ) -> Array: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        pos_weight: npt.ArrayLike | None = None,
        reduction: Reduction = "mean",
    ) -> np.floating[Any] | Array: ...


class SparsemaxLossLike(Named, Protocol):
    """Rows of logits and targets to a loss: `sparsemax_loss`, `entmax15_loss`."""

    @overload
    def __call__(
        self, logits: ArrayOf[Floating], targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Reduced = "mean"
    ) -> Floating: ...
    @overload
    def __call__(
        self, logits: ArrayOf[Floating], targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Literal["none"]
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self, logits: Row | Rows, targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Reduced = "mean"
    ) -> np.float64: ...
    @overload
    def __call__(
        self, logits: npt.ArrayLike, targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Reduced = "mean"
    ) -> np.floating[Any]: ...
    @overload
    def __call__(
        self, logits: npt.ArrayLike, targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Literal["none"]
    ) -> Array: ...
    @overload
    def __call__(
        self, logits: npt.ArrayLike, targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Reduction = "mean"
    ) -> np.floating[Any] | Array: ...


def cross_entropy_like(function: Callable[..., Any]) -> CrossEntropyLike:
    """Give a function these types."""
    return function


def cross_entropy_and_gradient_like(function: Callable[..., Any]) -> CrossEntropyAndGradientLike:
    """Give a function these types."""
    return function


def binary_cross_entropy_like(function: Callable[..., Any]) -> BinaryCrossEntropyLike:
    """Give a function these types."""
    return function


def sparsemax_loss_like(function: Callable[..., Any]) -> SparsemaxLossLike:
    """Give a function these types."""
    return function
