"""softmax, log_softmax, hardmax and logsumexp."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import (
    Array,
    Axis,
    as_floating,
    as_mask,
    as_output,
    broadcast,
    common_floating,
    for_kernel,
    narrow,
    normalize_axes,
    overlaps_partly,
    reduced_shape,
    rows_of,
    scalar_if_0d,
    write_rows,
)
from softargmax._options import as_flag, as_real


def softmax(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    temperature: float = 1.0,
    where: npt.ArrayLike | None = None,
    out: Array | None = None,
) -> Any:
    r"""Turn logits into probabilities: the soft version of argmax.

    .. math:: p_j = \\exp(x_j / T) / \\sum_k \\exp(x_k / T)

    Parameters
    ----------
    x : array-like, shape (..., n_classes)
        Logits: any real numbers or ±inf.
    axis : int, tuple of int or None, default -1
        The class axis; a tuple is normalised jointly, None means the whole array.
    temperature : float, default 1.0
        T >= 0, dividing the logits after their maximum was subtracted. 0 gives `hardmax`.
    where : array-like of bool, optional
        True for what counts; broadcasts to the shape of `x`. The rest gets probability 0.
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
    Never overflows and never warns, however far apart the logits are. SciPy's default axis is the whole
    array; here it is the last one. Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.softmax([1, 3, 2])
    array([0.09003057, 0.66524096, 0.24472847])
    >>> sm.softmax([1000, 3000, 2000])
    array([0., 1., 0.])
    """
    return _softmax(_kernels.softmax, x, axis, temperature, where, out)


def log_softmax(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    temperature: float = 1.0,
    where: npt.ArrayLike | None = None,
    out: Array | None = None,
) -> Any:
    r"""Give the logarithm of `softmax`, in nats, without forming the probabilities.

    .. math:: \\log p_j = x_j / T - \\log \\sum_k \\exp(x_k / T)

    Parameters
    ----------
    x, axis, temperature, where, out
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
    return _softmax(_kernels.log_softmax, x, axis, temperature, where, out)


def hardmax(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    where: npt.ArrayLike | None = None,
    out: Array | None = None,
) -> Any:
    r"""Put all the probability on the largest logit: one-hot argmax, the limit of `softmax` at temperature 0.

    .. math:: h_j = 1 \\text{ if } j = \\min \\arg\\max_k x_k \\text{ else } 0

    Parameters
    ----------
    x, axis, where, out
        As for `softmax`.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`
        One 1 per row, at the first of equal maxima; +inf is a maximum like any other.

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
    A row with NaN, or with nothing but -inf, is NaN as in `softmax`. Source: ONNX operator Hardmax-13.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.hardmax([1, 3, 2])
    array([0., 1., 0.])
    """
    return _softmax(_kernels.softmax, x, axis, 0.0, where, out)


def logsumexp(
    x: npt.ArrayLike,
    /,
    *,
    axis: Axis = -1,
    weights: npt.ArrayLike | None = None,
    where: npt.ArrayLike | None = None,
    keepdims: bool = False,
) -> Any:
    r"""Give the logarithm of a sum of exponentials, in nats: the soft version of max.

    .. math:: \\log \\sum_k w_k \\exp(x_k)

    Parameters
    ----------
    x : array-like, shape (..., n_classes)
        Logits.
    axis : int, tuple of int or None, default -1
        What to sum over; None means the whole array.
    weights : array-like, optional
        Factors of any sign, broadcast to the shape of `x`. Where they are 0, nothing of `x` counts.
    where : array-like of bool, optional
        True for what counts.
    keepdims : bool, default False
        Keep the axes summed over, with length 1.

    Returns
    -------
    ndarray or scalar of the floating dtype of `x`
        -inf for an empty or wholly masked row; NaN where the weighted sum is negative.

    Raises
    ------
    DTypeError, AxisError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    softmax : its gradient.
    softplus : the case of two terms, one of them 0.

    Notes
    -----
    Blanchard, Higham, Higham, *IMA J. Numer. Anal.* 41(4), 2021, with the maximal term kept out of the sum.

    Examples
    --------
    >>> import softargmax as sm
    >>> float(sm.logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    array = as_floating(x, "x")
    axes = normalize_axes(axis, array.ndim)
    keepdims = as_flag(keepdims, "keepdims")
    mask = as_mask(where, array.shape)
    kernel_array = for_kernel(array)
    factors = None
    if weights is not None:
        factors = for_kernel(as_floating(weights, "weights"))
        # The wider of the two decides, so that a weight float32 cannot hold is not lost before the sum.
        wide = common_floating(kernel_array.dtype, factors.dtype)
        kernel_array, factors = kernel_array.astype(wide, copy=False), factors.astype(wide, copy=False)
        factors = rows_of(broadcast(factors, array.shape, "weights"), axes)
    rows = rows_of(kernel_array, axes)
    result = np.empty(rows.shape[:-1], rows.dtype)
    _kernels.logsumexp(rows, factors, None if mask is None else rows_of(mask, axes), result)
    result = result.reshape(reduced_shape(array.shape, axes, keepdims))
    return scalar_if_0d(narrow(result, array.dtype))


def _softmax(
    kernel: Callable[[Array, Array | None, float, Array], None],
    x: npt.ArrayLike,
    axis: Axis,
    temperature: float,
    where: npt.ArrayLike | None,
    out: Array | None,
) -> Any:
    array = as_floating(x, "x")
    axes = normalize_axes(axis, array.ndim)
    temperature = as_real(temperature, "temperature", low=0.0, high=np.inf, open_high=True)
    mask = as_mask(where, array.shape)
    result = as_output(out, array.shape, array.dtype)

    rows = rows_of(for_kernel(array), axes)
    target = rows_of(result, axes)
    direct = np.may_share_memory(target, result) and target.dtype == rows.dtype
    if not direct or overlaps_partly(rows, target) or (mask is not None and np.may_share_memory(mask, target)):
        target = np.empty(rows.shape, rows.dtype)
        direct = False
    kernel(rows, None if mask is None else rows_of(mask, axes), temperature, target)
    if not direct:
        write_rows(target, axes, result)
    return result if out is not None else scalar_if_0d(result)
