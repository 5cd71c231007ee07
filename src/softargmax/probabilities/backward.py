"""Vector-Jacobian products of softmax and log_softmax: for those who write their own backward pass."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, Axis, as_numbers, floating_dtype, rows_of
from softargmax._kernels import Function
from softargmax.exceptions import ShapeError
from softargmax.probabilities._axis_rows import AxisRows
from softargmax.probabilities._signatures import backward_like


@backward_like
def softmax_backward(
    gradient: npt.ArrayLike, probabilities: npt.ArrayLike, /, *, axis: Axis = -1, out: Array | None = None
) -> Array:
    r"""Turn a gradient with respect to `softmax`'s result into one with respect to its logits.

    .. math:: d_j = p_j \bigl(g_j - \sum_k p_k g_k\bigr)

    Parameters
    ----------
    gradient : array-like, shape (..., n_classes)
        g, of what is minimised with respect to the probabilities.
    probabilities : array-like, shape (..., n_classes)
        p, what `softmax` gave.
    axis : int, tuple of int or None, default -1
        The class axis `softmax` was given.
    out : ndarray, optional
        Where to write the result; may be one of the inputs.

    Returns
    -------
    ndarray of the shape and floating dtype of `probabilities`

    Raises
    ------
    ShapeError
        For shapes that differ; DTypeError, AxisError for what does not fit.

    See Also
    --------
    log_softmax_backward : from what `log_softmax` gave, exact where probabilities underflow.
    cross_entropy_and_gradient : the loss and its gradient in one pass.

    Notes
    -----
    Gradients are taken relative to that of the most probable class. Then nothing cancels where its probability
    rounds to 1, and a component that ``p * (g - (p * g).sum())`` loses is kept (pytorch#195680).
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.softmax_backward([1.0, 0.0], sm.softmax([40.0, 0.0]))
    array([ 4.24835426e-18, -4.24835426e-18])
    """
    return _backward(Function.softmax_backward, gradient, probabilities, "probabilities", axis, out)


@backward_like
def log_softmax_backward(
    gradient: npt.ArrayLike, log_probabilities: npt.ArrayLike, /, *, axis: Axis = -1, out: Array | None = None
) -> Array:
    r"""Turn a gradient with respect to `log_softmax`'s result into one with respect to its logits.

    .. math:: d_j = g_j - p_j \sum_k g_k, \qquad p = \exp(\text{log\_probabilities})

    Parameters
    ----------
    gradient : array-like, shape (..., n_classes)
        g, of what is minimised with respect to the log-probabilities.
    log_probabilities : array-like, shape (..., n_classes)
        What `log_softmax` gave.
    axis, out
        As for `softmax_backward`.

    Returns
    -------
    ndarray of the shape and floating dtype of `log_probabilities`

    Raises
    ------
    ShapeError, DTypeError, AxisError
        As for `softmax_backward`.

    See Also
    --------
    softmax_backward : from probabilities.

    Notes
    -----
    At the most probable class, 1 - p is summed from the other probabilities.
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.log_softmax_backward([-1.0, 0.0], sm.log_softmax([40.0, 0.0]))
    array([-4.24835426e-18,  4.24835426e-18])
    """
    return _backward(Function.log_softmax_backward, gradient, log_probabilities, "log_probabilities", axis, out)


def _backward(
    function: Function, gradient: npt.ArrayLike, forward: npt.ArrayLike, name: str, axis: Axis, out: Array | None
) -> Array:
    rows = AxisRows.of(forward, axis, name=name)
    upstream = as_numbers(gradient, "gradient")
    if upstream.shape != rows.array.shape:
        raise ShapeError(f"gradient: expected the shape of {name}, {rows.array.shape}, got {upstream.shape}")
    wide = np.result_type(floating_dtype(rows.array), np.float32) == np.float64
    return rows.fill(function, out, y=rows_of(upstream, rows.axes), in_double=wide)
