"""softmax and its relatives inside a program of JAX, called as those of the package are.

The functions of the package take JAX' arrays too. These keep our kernels in what `jax.jit` compiles, `jax.vmap` maps
and JAX differentiates, where of those the compiler sees the plain formula.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from softargmax._libraries import library_of
from softargmax._renamed import provisional
from softargmax.exceptions import AxisError, DTypeError
from softargmax.jax import row_functions
from softargmax.probabilities import _elsewhere


def floating(x: Any, name: str = "x") -> Any:
    """Bring numbers in as floating ones."""
    x = jnp.asarray(x)
    if jnp.issubdtype(x.dtype, jnp.complexfloating):
        raise DTypeError(f"{name}: expected real numbers, got {x.dtype}", parameter=name)
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jax.dtypes.canonicalize_dtype(np.float64))


def rows_along(x: Any, axis: int) -> Any:
    """Put the class axis last; a single number is a row of one class."""
    if x.ndim and not -x.ndim <= axis < x.ndim:
        raise AxisError(f"axis: expected one of the {x.ndim} axes of x, got {axis}", parameter="axis")
    return jnp.moveaxis(x, axis, -1) if x.ndim else x[None]


def _without_what_does_not_count(x: Any, where: Any) -> Any:
    return x if where is None else jnp.where(where, x, -jnp.inf)


@functools.partial(jax.jit, static_argnums=(0, 2, 5))
def _rows_to_rows(
    function: Callable[..., Any], x: Any, axis: int, temperature: Any, where: Any, outside: float = 0.0
) -> Any:
    x = _without_what_does_not_count(x, where)
    rows = rows_along(x, axis)
    if temperature is not None:
        # No constant that is added to a row matters here, so the maximum needs no derivative.
        top = jax.lax.stop_gradient(jnp.max(rows, axis=-1, keepdims=True))
        divisor = jnp.asarray(temperature)
        divisor = rows_along(divisor, axis) if divisor.ndim else divisor
        rows = ((rows - jnp.where(jnp.isfinite(top), top, 0.0)) / divisor).astype(x.dtype)
    result = function(rows)
    result = jnp.moveaxis(result, -1, axis) if x.ndim else result[0]
    return result if where is None else jnp.where(where, result, jnp.asarray(outside, x.dtype))


def _unless_one(temperature: Any) -> Any:
    return None if isinstance(temperature, float | int) and temperature == 1 else temperature


def _is_no_divisor(temperature: Any) -> bool:
    """Tell whether a temperature is 0, which gives the limit of low ones, or is to be refused."""
    return isinstance(temperature, float | int) and not 0.0 < temperature < np.inf


def _at_limit(formula: Callable[..., Any], x: Any, axis: int, temperature: float, where: Any) -> Any:
    return formula(library_of(x), x, axis=axis, temperature=temperature, where=where, dtype=None)


@provisional
def softmax(x: ArrayLike, /, *, axis: int = -1, temperature: ArrayLike = 1.0, where: ArrayLike | None = None) -> Array:
    r"""Turn logits into probabilities.

    .. math:: p_j = \exp(x_j / T) / \sum_k \exp(x_k / T)

    Parameters
    ----------
    x : array, shape (..., n_classes)
        Logits. Integers become floating ones.
    axis : int, default -1
        The class axis.
    temperature : float or array, default 1.0
        T > 0; one for each row has length 1 along the class axis, and may be learned. The number 0 gives the limit, as
        of arrays: all the probability on the first of the largest; an array is not looked into, and gives NaN there.
    where : array of bool, optional
        True for what counts; the rest gets probability 0.

    Returns
    -------
    array of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        For complex numbers; AxisError for an axis that `x` does not have, ArgumentError for a negative temperature.

    See Also
    --------
    softargmax.softmax : the same for arrays.

    Notes
    -----
    What NaN, ±inf and masked rows give stands there. Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016),
    6.2.2.3.

    Examples
    --------
    >>> import jax, jax.numpy as jnp
    >>> from softargmax.jax import softmax
    >>> jax.jit(softmax)(jnp.array([0.0, 0.0]))
    Array([0.5, 0.5], dtype=float32)
    """
    if _is_no_divisor(temperature):
        return _at_limit(_elsewhere.softmax, floating(x), axis, temperature, where)
    return _rows_to_rows(row_functions.softmax, floating(x), axis, _unless_one(temperature), where)


@provisional
def log_softmax(
    x: ArrayLike, /, *, axis: int = -1, temperature: ArrayLike = 1.0, where: ArrayLike | None = None
) -> Array:
    r"""Give the logarithm of `softmax`, in nats.

    .. math:: \log p_j = x_j / T - \log \sum_k \exp(x_k / T)

    Parameters
    ----------
    x, axis, temperature, where
        As for `softmax`. What `where` leaves out gets -inf.

    Returns
    -------
    array of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        For complex numbers; AxisError for an axis that `x` does not have, ArgumentError for a negative temperature.

    See Also
    --------
    softargmax.log_softmax : the same for arrays.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from softargmax.jax import log_softmax
    >>> log_softmax(jnp.array([0.0, 1000.0]))
    Array([-1000.,     0.], dtype=float32)
    """
    if _is_no_divisor(temperature):
        return _at_limit(_elsewhere.log_softmax, floating(x), axis, temperature, where)
    return _rows_to_rows(row_functions.log_softmax, floating(x), axis, _unless_one(temperature), where, -np.inf)


@provisional
def logsumexp(x: ArrayLike, /, *, axis: int = -1, where: ArrayLike | None = None, keepdims: bool = False) -> Array:
    r"""Give the logarithm of a sum of exponentials, in nats.

    .. math:: \log \sum_k \exp(x_k)

    Parameters
    ----------
    x, axis, where
        As for `softmax`.
    keepdims : bool, default False
        Keep the axis summed over, with length 1.

    Returns
    -------
    array of the dtype of `x`

    Raises
    ------
    DTypeError
        For complex numbers; AxisError for an axis that `x` does not have.

    See Also
    --------
    softargmax.logsumexp : the same for arrays.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from softargmax.jax import logsumexp
    >>> logsumexp(jnp.array([10.0, -jnp.inf]))
    Array(10., dtype=float32)
    """
    return _sums_of_rows(floating(x), axis, where, keepdims)


@functools.partial(jax.jit, static_argnums=(1, 3))
def _sums_of_rows(x: Any, axis: int, where: Any, keepdims: bool) -> Any:
    total = row_functions.logsumexp(rows_along(_without_what_does_not_count(x, where), axis))
    if x.ndim == 0:
        return total
    return jnp.expand_dims(total, axis) if keepdims else total


@provisional
def sparsemax(x: ArrayLike, /, *, axis: int = -1, where: ArrayLike | None = None) -> Array:
    r"""Project logits onto the simplex: probabilities, those of unlikely classes exactly 0.

    .. math:: p_j = \max(x_j - \tau, 0)

    Parameters
    ----------
    x, axis, where
        As for `softmax`.

    Returns
    -------
    array of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        For complex numbers; AxisError for an axis that `x` does not have.

    See Also
    --------
    softargmax.sparsemax : the same for arrays.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from softargmax.jax import sparsemax
    >>> sparsemax(jnp.array([1.0, 1.5, 0.0]))
    Array([0.25, 0.75, 0.  ], dtype=float32)
    """
    return _rows_to_rows(row_functions.sparsemax, floating(x), axis, None, where)


@provisional
def entmax15(x: ArrayLike, /, *, axis: int = -1, where: ArrayLike | None = None) -> Array:
    r"""Turn logits into probabilities halfway between `softmax` and `sparsemax`.

    .. math:: p_j = \max(x_j / 2 - \tau, 0)^2

    Parameters
    ----------
    x, axis, where
        As for `softmax`.

    Returns
    -------
    array of the shape and dtype of `x`

    Raises
    ------
    DTypeError
        For complex numbers; AxisError for an axis that `x` does not have.

    See Also
    --------
    softargmax.entmax15 : the same for arrays.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from softargmax.jax import entmax15
    >>> entmax15(jnp.array([0.0, 0.0, -4.0]))
    Array([0.5, 0.5, 0. ], dtype=float32)
    """
    return _rows_to_rows(row_functions.entmax15, floating(x), axis, None, where)
