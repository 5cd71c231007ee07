"""How uncertain a distribution is, and how far one is from another."""

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import (
    ArrayOrScalar,
    Axis,
    as_floating,
    common_floating,
    common_shape,
    narrow,
    normalize_axes,
    scalar_if_0d,
)
from softargmax._kernels import Function
from softargmax._libraries import library_of
from softargmax._logits import exactly_one
from softargmax._renamed import renamed
from softargmax._simplex import check_simplex
from softargmax.probabilities import _elsewhere
from softargmax.probabilities._axis_rows import AxisRows
from softargmax.probabilities._signatures import divergence_like, entropy_like


@entropy_like
@renamed("entropy(probabilities=) or entropy(logits=)")
def entropy(
    *,
    probabilities: npt.ArrayLike | None = None,
    logits: npt.ArrayLike | None = None,
    axis: Axis = -1,
) -> ArrayOrScalar:
    r"""Give the uncertainty of a distribution, in nats.

    .. math:: H(p) = -\sum_j p_j \log p_j

    Parameters
    ----------
    probabilities : array-like, shape (..., n_classes)
        Rows on the simplex.
    logits : array-like, shape (..., n_classes)
        Instead of `probabilities`: exact also where those underflow.
    axis : int, tuple of int or None, default -1
        The class axis.

    Returns
    -------
    ndarray or scalar of the floating dtype of the input
        Between 0 and log(n_classes).

    Raises
    ------
    ArgumentError
        Unless exactly one of the two is given; TargetError for rows that are not on the simplex.

    See Also
    --------
    kl_divergence : relative to a second distribution.

    Notes
    -----
    ``scipy.stats.entropy`` silently normalises its input; here what is not a distribution is an error.
    Source: Cover, Thomas, *Elements of Information Theory* (2006), 2.1.

    Examples
    --------
    >>> import softargmax as sm
    >>> float(sm.entropy(probabilities=[0.5, 0.25, 0.25]))
    1.0397207708399179
    >>> float(sm.entropy(logits=[0.0, 0.0]))
    0.6931471805599453
    """
    given, are_logits = exactly_one(logits=logits, probabilities=probabilities)
    library = library_of(given)
    if library is not None:
        return library.answer(entropy, _elsewhere.entropy, probabilities=probabilities, logits=logits, axis=axis)
    if are_logits:
        return AxisRows.of(given, axis, name="logits").reduce(Function.entropy)
    array = as_floating(given, "probabilities")
    p = check_simplex(array, normalize_axes(axis, array.ndim), "probabilities")
    terms = -p * np.log(p, out=np.zeros_like(p), where=p > 0.0)
    return scalar_if_0d(narrow(np.asarray(terms.sum(axis=-1)), array.dtype))


@divergence_like
def kl_divergence(p: npt.ArrayLike, q: npt.ArrayLike, /, *, axis: Axis = -1) -> ArrayOrScalar:
    r"""Give the cost of believing q where p is true, in nats.

    .. math:: D(p \| q) = \sum_j p_j \log (p_j / q_j) = \sum_j \bigl(p_j \log (p_j / q_j) - p_j + q_j\bigr)

    Parameters
    ----------
    p, q : array-like, shape (..., n_classes)
        Probabilities; the shapes broadcast.
    axis : int, tuple of int or None, default -1
        The class axis.

    Returns
    -------
    ndarray or scalar of the floating dtype both have in common
        Non-negative; +inf where q rules out what p allows.

    Raises
    ------
    TargetError
        For rows that are not on the simplex; ShapeError for shapes that do not broadcast.

    See Also
    --------
    rel_entr : the terms of the first form, for numbers that sum to anything.
    entropy : ``cross-entropy = entropy(p) + kl_divergence(p, q)``.

    Notes
    -----
    Not symmetric: PyTorch's ``kl_div(input, target)`` takes log q first and p second.

    It is summed in the second form: none of its terms is negative, so nearly equal rows keep their digits, and what
    rounding took from a row's sum does not count as a distance.
    Source: Kullback, Leibler, *Ann. Math. Statist.* 22(1), 1951.

    Examples
    --------
    >>> import softargmax as sm
    >>> round(float(sm.kl_divergence([0.5, 0.5], [0.75, 0.25])), 12)
    0.143841036226
    """
    p_array, q_array = as_floating(p, "p"), as_floating(q, "q")
    shape = common_shape(p_array, q_array, "p, q")
    axes = normalize_axes(axis, len(shape))
    true = check_simplex(np.broadcast_to(p_array, shape), axes, "p")
    believed = check_simplex(np.broadcast_to(q_array, shape), axes, "q")
    distance = np.empty(true.shape[:-1])
    _kernels.run(Function.divergence, true, y=believed, per_row=distance)
    return scalar_if_0d(narrow(distance, common_floating(p_array.dtype, q_array.dtype)))
