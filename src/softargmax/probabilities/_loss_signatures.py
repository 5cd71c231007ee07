"""Which types go in and which come out: the signatures of the losses, for type checkers. See `_signatures`.

A loss per row counts as an array here; of a single row, shape (n_classes,), it is a scalar. Losses of float16 are
float32, and come first: a type checker takes the first signature that fits.
"""

from __future__ import annotations  # evaluating these types would take longer than importing all else

from collections.abc import Callable
from typing import Any, Literal, Protocol, TypedDict, Unpack, overload

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax.probabilities._reduction import Reduction
from softargmax.probabilities._signatures import ArrayOf, Float64Array, Floating, Named, Row, Rows

Reduced = Literal["mean", "sum"]
Each = Literal["none"]
Half = ArrayOf[np.float16]


class CrossEntropyOptions(TypedDict, total=False):
    """What cross-entropies take by name, all of it optional; `reduction` decides on a type and stands apart."""

    axis: int
    class_weight: npt.ArrayLike | None
    ignore_index: int | None
    label_smoothing: float
    sample_weight: npt.ArrayLike | None
    where: npt.ArrayLike | None


class BinaryOptions(TypedDict, total=False):
    """What the binary cross-entropy takes by name."""

    pos_weight: npt.ArrayLike | None
    sample_weight: npt.ArrayLike | None
    where: npt.ArrayLike | None


class AxisOption(TypedDict, total=False):
    """What the sparse losses take by name."""

    axis: int


class CrossEntropyLike(Named, Protocol):
    """Rows of logits and targets to a loss: `cross_entropy`."""

    @overload
    def __call__(
        self,
        logits: Half,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> np.float32: ...
    @overload
    def __call__(
        self, logits: Half, targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[CrossEntropyOptions]
    ) -> ArrayOf[np.float32]: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> Floating: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Each,
        **options: Unpack[CrossEntropyOptions],
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        logits: Row | Rows,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> np.float64: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> np.floating[Any]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Each,
        **options: Unpack[CrossEntropyOptions],
    ) -> Array: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduction = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> np.floating[Any] | Array: ...


class CrossEntropyAndGradientLike(Named, Protocol):
    """Rows of logits and targets to a loss and a gradient: `cross_entropy_and_gradient`."""

    @overload
    def __call__(
        self,
        logits: Half,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> tuple[np.float32, Half]: ...
    @overload
    def __call__(
        self, logits: Half, targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[CrossEntropyOptions]
    ) -> tuple[ArrayOf[np.float32], Half]: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> tuple[Floating, ArrayOf[Floating]]: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Each,
        **options: Unpack[CrossEntropyOptions],
    ) -> tuple[ArrayOf[Floating], ArrayOf[Floating]]: ...
    @overload
    def __call__(
        self,
        logits: Row | Rows,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> tuple[np.float64, Float64Array]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> tuple[np.floating[Any], Array]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Each,
        **options: Unpack[CrossEntropyOptions],
    ) -> tuple[Array, Array]: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduction = "mean",
        **options: Unpack[CrossEntropyOptions],
    ) -> tuple[np.floating[Any] | Array, Array]: ...


class BinaryCrossEntropyLike(Named, Protocol):
    """Log-odds and targets to a loss: `binary_cross_entropy`."""

    @overload
    def __call__(
        self, logits: Half, targets: npt.ArrayLike, /, *, reduction: Reduced = "mean", **options: Unpack[BinaryOptions]
    ) -> np.float32: ...
    @overload
    def __call__(
        self, logits: Half, targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[BinaryOptions]
    ) -> ArrayOf[np.float32]: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[BinaryOptions],
    ) -> Floating: ...
    @overload
    def __call__(
        self, logits: ArrayOf[Floating], targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[BinaryOptions]
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        logits: Row | Rows,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[BinaryOptions],
    ) -> np.float64: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[BinaryOptions],
    ) -> np.floating[Any]: ...
    @overload
    def __call__(
        self, logits: npt.ArrayLike, targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[BinaryOptions]
    ) -> Array: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduction = "mean",
        **options: Unpack[BinaryOptions],
    ) -> np.floating[Any] | Array: ...


class SparsemaxLossLike(Named, Protocol):
    """Rows of logits and targets to a loss: `sparsemax_loss`, `entmax15_loss`."""

    @overload
    def __call__(
        self, logits: Half, targets: npt.ArrayLike, /, *, reduction: Reduced = "mean", **options: Unpack[AxisOption]
    ) -> np.float32: ...
    @overload
    def __call__(
        self, logits: Half, targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[AxisOption]
    ) -> ArrayOf[np.float32]: ...
    @overload
    def __call__(
        self,
        logits: ArrayOf[Floating],
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[AxisOption],
    ) -> Floating: ...
    @overload
    def __call__(
        self, logits: ArrayOf[Floating], targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[AxisOption]
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        logits: Row | Rows,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[AxisOption],
    ) -> np.float64: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduced = "mean",
        **options: Unpack[AxisOption],
    ) -> np.floating[Any]: ...
    @overload
    def __call__(
        self, logits: npt.ArrayLike, targets: npt.ArrayLike, /, *, reduction: Each, **options: Unpack[AxisOption]
    ) -> Array: ...
    @overload
    def __call__(
        self,
        logits: npt.ArrayLike,
        targets: npt.ArrayLike,
        /,
        *,
        reduction: Reduction = "mean",
        **options: Unpack[AxisOption],
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
