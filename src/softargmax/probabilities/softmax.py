"""softmax, log_softmax, hardmax and logsumexp."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import (
    Array,
    ArrayOrScalar,
    Axis,
    as_numbers,
    broadcast,
    floating_dtype,
    reduced_shape,
    rows_of,
)
from softargmax._kernels import Function
from softargmax._libraries import library_of
from softargmax._options import as_flag, as_real
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.probabilities import _elsewhere
from softargmax.probabilities._axis_rows import AxisRows
from softargmax.probabilities._signatures import hardmax_like, logsumexp_like, softmax_like


@softmax_like
def softmax(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    temperature: float | npt.ArrayLike = 1.0,
    where: npt.ArrayLike | None = None,
    dtype: npt.DTypeLike | None = None,
    out: Array | None = None,
) -> Array:
    r"""Turn logits into probabilities: the soft version of argmax.

    .. math:: p_j = \exp(x_j / T) / \sum_k \exp(x_k / T)

    Parameters
    ----------
    x : array-like, shape (..., n_classes)
        Logits: any real numbers or ±inf.
    axis : int, tuple of int or None, default -1
        The class axis; a tuple is normalised jointly, None means the whole array.
    temperature : float or array-like, default 1.0
        T >= 0, dividing the logits after their maximum was subtracted. 0 gives `hardmax`: of equal maxima the first
        has all the probability, where the limit for small T shares it, [.5, .5, 0] for [1, 1, 0]. An array gives
        every row its own: it broadcasts to the shape of `x` and has length 1 along the class axis.
    where : array-like of bool, optional
        True for what counts; broadcasts to the shape of `x`. The rest gets probability 0.
    dtype : dtype, optional
        Of the result, computed in the wider of this and the dtype of `x`.
    out : ndarray, optional
        Where to write the result; may be `x` itself.

    Returns
    -------
    ndarray of the shape and floating dtype of `x` (float64 for integers and booleans)
        Non-negative; sums to 1 along `axis`, rounding apart.

    Raises
    ------
    DTypeError, AxisError, ShapeError
        For arrays that do not fit; ArgumentError for a negative or infinite temperature.

    See Also
    --------
    log_softmax : its logarithm, exact where probabilities underflow or reach 1.
    hardmax : all the probability on the largest logit.

    Notes
    -----
    Never overflows and never warns, however far apart the logits are. A row with +inf or NaN is NaN, as is one of
    nothing but -inf: it has no softmax, and no log_softmax, entropy or loss. Its `logsumexp` is +inf with +inf, NaN
    with NaN, and -inf where there is nothing but -inf. A row wholly masked gets 0, and log_softmax and logsumexp -inf;
    a masked value never leaks. An empty row stays empty; its logsumexp is -inf.

    SciPy's default axis is the whole array; here it is the last one.
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.softmax([1, 3, 2])
    array([0.09003057, 0.66524096, 0.24472847])
    >>> sm.softmax([1000, 3000, 2000])
    array([0., 1., 0.])
    """
    if where is dtype is None:
        result = _kernels.softmax(x, axis, temperature, out)  # the most common calls, without a word of Python more
        if result is not None:
            return result  # type: ignore[return-value] # the extension's stub cannot say it
    library = library_of(x)
    if library is not None:
        return library.answer(
            softmax, _elsewhere.softmax, x, axis=axis, temperature=temperature, where=where, dtype=dtype, out=out
        )
    return _softmax(Function.softmax, Function.hardmax, x, axis, temperature, where, dtype, out)


@softmax_like
def log_softmax(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    temperature: float | npt.ArrayLike = 1.0,
    where: npt.ArrayLike | None = None,
    dtype: npt.DTypeLike | None = None,
    out: Array | None = None,
) -> Array:
    r"""Give the logarithm of `softmax`, in nats, without forming the probabilities.

    .. math:: \log p_j = x_j / T - \log \sum_k \exp(x_k / T)

    Parameters
    ----------
    x, axis, temperature, where, dtype, out
        As for `softmax`. What `where` leaves out gets -inf.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`
        Non-positive.

    Raises
    ------
    DTypeError, AxisError, ShapeError, ArgumentError
        As for `softmax`.

    See Also
    --------
    softmax : the probabilities themselves.

    Notes
    -----
    Computed as (x - max) - log1p(tail), which keeps the digits near 0 that log(sum) loses
    (Blanchard, Higham, Higham, *IMA J. Numer. Anal.* 41(4), 2021).

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.log_softmax([0.0, 1000.0])
    array([-1000.,     0.])
    """
    if where is dtype is None:
        result = _kernels.log_softmax(x, axis, temperature, out)  # the most common calls, without a word of Python more
        if result is not None:
            return result  # type: ignore[return-value] # the extension's stub cannot say it
    library = library_of(x)
    if library is not None:
        return library.answer(
            log_softmax,
            _elsewhere.log_softmax,
            x,
            axis=axis,
            temperature=temperature,
            where=where,
            dtype=dtype,
            out=out,
        )
    return _softmax(Function.log_softmax, Function.log_hardmax, x, axis, temperature, where, dtype, out)


@hardmax_like
def hardmax(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    where: npt.ArrayLike | None = None,
    out: Array | None = None,
) -> Array:
    r"""Put all the probability on the largest logit: one-hot argmax, `softmax` at temperature 0.

    .. math:: h_j = 1 \text{ if } j = \min \arg\max_k x_k \text{ else } 0

    Parameters
    ----------
    x, axis, where, out
        As for `softmax`.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`
        One 1 per row, at the first of equal maxima; unlike in `softmax`, +inf is a maximum like any other.

    Raises
    ------
    DTypeError, AxisError, ShapeError
        As for `softmax`.

    See Also
    --------
    softmax : the soft version; it shares the probability among equal maxima.
    one_hot : the same from known codes.

    Notes
    -----
    Where one logit is the largest, this is the limit of `softmax` for small temperatures. Of equal maxima the limit
    would share the probability, [.5, .5, 0] for [1, 1, 0]; here the first one has it all, so that there is one answer.
    A row with NaN, or with nothing but -inf, is NaN as in `softmax`. Source: ONNX operator Hardmax-13.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.hardmax([1, 3, 2])
    array([0., 1., 0.])
    """
    return AxisRows.of(x, axis, where).fill(Function.hardmax, out)


@logsumexp_like
def logsumexp(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    weights: npt.ArrayLike | None = None,
    where: npt.ArrayLike | None = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> ArrayOrScalar | tuple[ArrayOrScalar, ArrayOrScalar]:
    r"""Give the logarithm of a sum of exponentials, in nats: the soft version of max.

    .. math:: \log \sum_k w_k \exp(x_k)

    Parameters
    ----------
    x : array-like, shape (..., n_classes)
        Logits.
    axis : int, tuple of int or None, default -1
        What to sum over; None means the whole array.
    weights : array-like, optional
        Factors of any sign; the shapes of `x` and `weights` broadcast, and `axis` is one of the shape they have in
        common. Where they are 0, nothing of `x` counts.
    where : array-like of bool, optional
        True for what counts.
    keepdims : bool, default False
        Keep the axes summed over, with length 1.
    return_sign : bool, default False
        Give the logarithm of the sum's magnitude, and its sign.

    Returns
    -------
    ndarray or scalar of the floating dtype of `x`
        NaN where the weighted sum is negative, without `return_sign`; special values: see the notes of `softmax`.
    sign : ndarray or scalar of the same dtype
        With `return_sign`: -1, 0 or 1; NaN where the sum is not defined.

    Raises
    ------
    DTypeError, AxisError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    softmax : its gradient.
    softplus : the case of two terms, one of them 0.
    LogSumExp : for rows that do not fit into memory.

    Notes
    -----
    Blanchard, Higham, Higham, *IMA J. Numer. Anal.* 41(4), 2021, with the maximal term kept out of the sum.

    Examples
    --------
    >>> import softargmax as sm
    >>> float(sm.logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    >>> log_size, sign = sm.logsumexp([1.0, 2.0], weights=[1.0, -1.0], return_sign=True)
    >>> round(float(log_size), 12), float(sign)
    (1.541324854613, -1.0)
    """
    if weights is where is None and keepdims is return_sign is False:
        result = _kernels.logsumexp(x, axis)
        if result is not None:
            return result  # type: ignore[return-value] # the extension's stub cannot say it
    library = library_of(x)
    if library is not None:
        options = {"axis": axis, "weights": weights, "where": where, "keepdims": keepdims, "return_sign": return_sign}
        return library.answer(logsumexp, _elsewhere.logsumexp, x, **options)  # type: ignore[no-any-return]
    keepdims, return_sign = as_flag(keepdims, "keepdims"), as_flag(return_sign, "return_sign")
    if weights is None:
        result = AxisRows.of(x, axis, where).reduce(Function.logsumexp, keepdims)
        return (result, _sign_of_exp(result)) if return_sign else result
    array, factors = as_numbers(x, "x"), as_numbers(weights, "weights")
    try:
        shape = np.broadcast_shapes(array.shape, factors.shape)
    except ValueError:
        raise ShapeError(
            f"weights: expected a shape that broadcasts with that of x, {array.shape}, got {factors.shape}",
            parameter="weights",
        ) from None
    rows = AxisRows.of(np.broadcast_to(array, shape), axis, where)
    factors = rows_of(np.broadcast_to(factors, shape), rows.axes)
    log_size, sign = np.empty(rows.x.shape[:-1]), np.empty(rows.x.shape[:-1])
    _kernels.run(Function.weighted_logsumexp, rows.x, y=factors, where=rows.where, per_row=log_size, per_row_too=sign)
    if not return_sign:
        log_size[sign < 0.0] = np.nan
    dtype = floating_dtype(rows.array)
    with np.errstate(over="ignore"):
        sized, signed = (rows.shaped(part.astype(dtype), keepdims) for part in (log_size, sign))
    return (sized, signed) if return_sign else sized


def _softmax(
    function: Function,
    at_zero: Function,
    x: npt.ArrayLike,
    axis: Axis,
    temperature: float | npt.ArrayLike,
    where: npt.ArrayLike | None,
    dtype: npt.DTypeLike | None,
    out: Array | None,
) -> Array:
    rows = AxisRows.of(x, axis, where)
    if not isinstance(temperature, np.ndarray | Sequence) or isinstance(temperature, str):
        one = as_real(temperature, "temperature", low=0.0, high=np.inf, open_high=True)
        return rows.fill(at_zero if one == 0.0 else function, out, dtype, scalar=one)
    shape = reduced_shape(rows.array.shape, rows.axes, keepdims=True)
    given = _row_temperatures(temperature, shape)
    zero = given == 0.0
    limit = np.asarray(rows.fill(at_zero, None, dtype)) if zero.any() else None  # before x may be overwritten
    per_row = rows_of(broadcast(np.where(zero, 1.0, given), shape, "temperature"), rows.axes)[..., 0]
    # In double, so that no row's arithmetic depends on another row's temperature.
    result = rows.fill(function, out, dtype, temperature=per_row, in_double=True)
    if limit is None:
        return result
    if limit.ndim == 0 and out is None:
        return limit[()]  # one number has one temperature, and scalars cannot be written to
    np.copyto(result, limit, where=zero)
    return result


def _sign_of_exp(log_size: ArrayOrScalar) -> ArrayOrScalar:
    # exp is positive; it is 0 where the sum has no term that counts.
    sign = np.asarray(log_size > -np.inf, log_size.dtype)
    return np.where(np.isnan(log_size), log_size, sign)[()]


def _row_temperatures(temperature: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    # As many as were given; they are broadcast to one per row without copying.
    given = as_numbers(temperature, "temperature").astype(np.float64)
    if given.ndim not in (0, len(shape)):
        raise ShapeError(f"temperature: expected a number or an array that broadcasts to {shape}, got {given.shape}")
    if not np.all((given >= 0.0) & (given < np.inf)):
        raise ArgumentError("temperature: expected finite numbers >= 0")
    return given
