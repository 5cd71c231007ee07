"""Which types go in and which come out: the signatures of the functions of logits, for type checkers.

The type of a result hangs on the type of the input. Written at the function, its parameters would stand there once for
every type, beside a docstring that is longer than its code; and families of functions share them. So the overloads
stand here, once for a family, and a decorator gives them to a function; at run time it changes nothing.

Conventions: an array keeps its floating dtype. Numbers in lists become float64. Of anything else that NumPy makes an
array of, integers and tables among it, a type checker cannot say the dtype. A sum over an axis gives a scalar where no
axis is left, which the type of an array does not tell: then both are named. What gives an array of the input's shape
gives a scalar for an array without axes, as NumPy's functions do; the types leave that out, as NumPy's do.
"""

from __future__ import annotations  # evaluating these types would take longer than importing all else

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeVar, overload

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, Axis

Floating = TypeVar("Floating", bound=np.floating[Any])
ArrayOf = npt.NDArray[Floating]
Float64Array = npt.NDArray[np.float64]
DTypeOf = type[Floating] | np.dtype[Floating]
# Lists of numbers, and lists of such lists.
Row = Sequence[float]
Rows = Sequence[Sequence[float]] | Sequence[Sequence[Sequence[float]]]
Mask = npt.ArrayLike | None
Out = Array | None


class Named(Protocol):
    """What every function has."""

    __name__: str
    __qualname__: str


class SigmoidLike(Named, Protocol):
    """Number by number: `sigmoid`, `log_sigmoid`, `softplus`."""

    @overload
    def __call__(self, x: Floating, /, *, out: Out = None) -> Floating: ...  # pyright: ignore[reportOverlappingOverload]
    @overload
    def __call__(self, x: float, /, *, out: Out = None) -> np.float64: ...
    @overload
    def __call__(self, x: ArrayOf[Floating], /, *, out: Out = None) -> ArrayOf[Floating]: ...
    @overload
    def __call__(self, x: Row | Rows, /, *, out: Out = None) -> Float64Array: ...
    @overload
    def __call__(self, x: npt.ArrayLike, /, *, out: Out = None) -> Array: ...


class SoftmaxLike(Named, Protocol):
    """Rows to rows of the same shape, at a temperature: `softmax`, `log_softmax`."""

    @overload
    def __call__(
        self,
        x: ArrayOf[Floating],
        /,
        *,
        axis: Axis = -1,
        temperature: npt.ArrayLike = 1.0,
        where: Mask = None,
        dtype: None = None,
        out: Out = None,
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        x: Row | Rows,
        /,
        *,
        axis: Axis = -1,
        temperature: npt.ArrayLike = 1.0,
        where: Mask = None,
        dtype: None = None,
        out: Out = None,
    ) -> Float64Array: ...
    @overload
    def __call__(
        self,
        x: Array | Row | Rows,
        /,
        *,
        axis: Axis = -1,
        temperature: npt.ArrayLike = 1.0,
        where: Mask = None,
        dtype: DTypeOf[Floating],
        out: Out = None,
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        x: npt.ArrayLike,
        /,
        *,
        axis: Axis = -1,
        temperature: npt.ArrayLike = 1.0,
        where: Mask = None,
        dtype: npt.DTypeLike | None = None,
        out: Out = None,
    ) -> Array: ...


class HardmaxLike(Named, Protocol):
    """Rows to rows of the same shape: `hardmax`, `sparsemax`, `entmax15`."""

    @overload
    def __call__(
        self, x: ArrayOf[Floating], /, *, axis: Axis = -1, where: Mask = None, out: Out = None
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(self, x: Row | Rows, /, *, axis: Axis = -1, where: Mask = None, out: Out = None) -> Float64Array: ...
    @overload
    def __call__(self, x: npt.ArrayLike, /, *, axis: Axis = -1, where: Mask = None, out: Out = None) -> Array: ...


class LogSumExpLike(Named, Protocol):
    """Rows to a number each: `logsumexp`."""

    @overload
    def __call__(
        self,
        x: ArrayOf[Floating],
        /,
        *,
        axis: None,
        weights: Mask = None,
        where: Mask = None,
        keepdims: Literal[False] = False,
        return_sign: Literal[False] = False,
    ) -> Floating: ...
    @overload
    def __call__(
        self,
        x: ArrayOf[Floating],
        /,
        *,
        axis: Axis = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: Literal[False] = False,
        return_sign: Literal[False] = False,
    ) -> Floating | ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        x: ArrayOf[Floating],
        /,
        *,
        axis: Axis = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: Literal[True],
        return_sign: Literal[False] = False,
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self,
        x: Row,
        /,
        *,
        axis: Axis = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: Literal[False] = False,
        return_sign: Literal[False] = False,
    ) -> np.float64: ...
    @overload
    def __call__(
        self,
        x: Rows,
        /,
        *,
        axis: int = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: Literal[False] = False,
        return_sign: Literal[False] = False,
    ) -> Float64Array: ...
    @overload
    def __call__(
        self,
        x: Row | Rows,
        /,
        *,
        axis: Axis = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: bool = False,
        return_sign: Literal[False] = False,
    ) -> np.float64 | Float64Array: ...
    @overload
    def __call__(
        self,
        x: npt.ArrayLike,
        /,
        *,
        axis: Axis = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: bool = False,
        return_sign: Literal[False] = False,
    ) -> np.floating[Any] | Array: ...
    @overload
    def __call__(
        self,
        x: npt.ArrayLike,
        /,
        *,
        axis: Axis = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: bool = False,
        return_sign: Literal[True],
    ) -> tuple[np.floating[Any] | Array, np.floating[Any] | Array]: ...
    @overload
    def __call__(
        self,
        x: npt.ArrayLike,
        /,
        *,
        axis: Axis = -1,
        weights: Mask = None,
        where: Mask = None,
        keepdims: bool = False,
        return_sign: bool,
    ) -> np.floating[Any] | Array | tuple[np.floating[Any] | Array, np.floating[Any] | Array]: ...


class BackwardLike(Named, Protocol):
    """A gradient and what the forward pass gave, to a gradient: `softmax_backward`, `log_softmax_backward`."""

    @overload
    def __call__(
        self, gradient: npt.ArrayLike, forward: ArrayOf[Floating], /, *, axis: Axis = -1, out: Out = None
    ) -> ArrayOf[Floating]: ...
    @overload
    def __call__(
        self, gradient: npt.ArrayLike, forward: Row | Rows, /, *, axis: Axis = -1, out: Out = None
    ) -> Float64Array: ...
    @overload
    def __call__(
        self, gradient: npt.ArrayLike, forward: npt.ArrayLike, /, *, axis: Axis = -1, out: Out = None
    ) -> Array: ...


class EntropyLike(Named, Protocol):
    """Rows to a number each, of what is named: `entropy`."""

    @overload
    def __call__(self, *, logits: ArrayOf[Floating], axis: Axis = -1) -> Floating | ArrayOf[Floating]: ...
    @overload
    def __call__(self, *, logits: Row, axis: Axis = -1) -> np.float64: ...
    @overload
    def __call__(self, *, logits: npt.ArrayLike, axis: Axis = -1) -> np.floating[Any] | Array: ...
    @overload
    def __call__(self, *, probabilities: ArrayOf[Floating], axis: Axis = -1) -> Floating | ArrayOf[Floating]: ...
    @overload
    def __call__(self, *, probabilities: Row, axis: Axis = -1) -> np.float64: ...
    @overload
    def __call__(self, *, probabilities: npt.ArrayLike, axis: Axis = -1) -> np.floating[Any] | Array: ...
    @overload
    def __call__(
        self, *, logits: npt.ArrayLike | None = None, probabilities: npt.ArrayLike | None = None, axis: Axis = -1
    ) -> np.floating[Any] | Array: ...


class DivergenceLike(Named, Protocol):
    """Two arrays of rows to a number each: `kl_divergence`."""

    @overload
    def __call__(
        self, p: ArrayOf[Floating], q: ArrayOf[Floating], /, *, axis: Axis = -1
    ) -> Floating | ArrayOf[Floating]: ...
    @overload
    def __call__(self, p: Row, q: Row, /, *, axis: Axis = -1) -> np.float64: ...
    @overload
    def __call__(self, p: npt.ArrayLike, q: npt.ArrayLike, /, *, axis: Axis = -1) -> np.floating[Any] | Array: ...


def sigmoid_like(function: Callable[..., Any]) -> SigmoidLike:
    """Give a function these types."""
    return function


def softmax_like(function: Callable[..., Any]) -> SoftmaxLike:
    """Give a function these types."""
    return function


def hardmax_like(function: Callable[..., Any]) -> HardmaxLike:
    """Give a function these types."""
    return function


def logsumexp_like(function: Callable[..., Any]) -> LogSumExpLike:
    """Give a function these types."""
    return function


def backward_like(function: Callable[..., Any]) -> BackwardLike:
    """Give a function these types."""
    return function


def entropy_like(function: Callable[..., Any]) -> EntropyLike:
    """Give a function these types."""
    return function


def divergence_like(function: Callable[..., Any]) -> DivergenceLike:
    """Give a function these types."""
    return function
