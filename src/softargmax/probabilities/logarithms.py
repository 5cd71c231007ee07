"""Number by number: logit, log1mexp, and x log y with what it means at 0; and the logarithm of a mean."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import (
    Array,
    ArrayOrScalar,
    Axis,
    as_floating,
    common_floating,
    common_shape,
    narrow,
    scalar_if_0d,
)
from softargmax._options import as_flag
from softargmax._renamed import provisional
from softargmax.probabilities._axis_rows import AxisRows


@provisional
def logit(p: npt.ArrayLike, /) -> ArrayOrScalar:
    r"""Turn a probability into log-odds: the inverse of `sigmoid`.

    .. math:: \mathrm{logit}(p) = \log p - \log(1 - p)

    Parameters
    ----------
    p : array-like
        Probabilities, any shape.

    Returns
    -------
    ndarray or scalar of the shape and floating dtype of `p`
        -inf at 0, +inf at 1, and NaN outside.

    Raises
    ------
    DTypeError
        For what is not a real number.

    See Also
    --------
    sigmoid : the way back.

    Notes
    -----
    Near 1/2 it is 2 artanh(2 p - 1), in which nothing cancels. A probability close to 1 has lost the digits of 1 - p
    before it gets here: where there are logits, keep them.
    Source: Berkson, *Journal of the American Statistical Association* 39 (1944).

    Examples
    --------
    >>> from softargmax.probabilities import logit
    >>> logit([0.0, 0.5, 0.75])
    array([      -inf, 0.        , 1.09861229])
    """
    array = as_floating(p, "p")
    x = array.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        central = 2.0 * np.arctanh(np.clip(2.0 * x - 1.0, -0.5, 0.5))
        result = np.where(np.abs(x - 0.5) <= 0.25, central, np.log(x / (1.0 - x)))
    return _given_back(np.where((x >= 0.0) & (x <= 1.0), result, np.nan), array.dtype)


@provisional
def log1mexp(x: npt.ArrayLike, /) -> ArrayOrScalar:
    r"""Turn the logarithm of a probability into that of its complement.

    .. math:: \log(1 - \exp(x))

    Parameters
    ----------
    x : array-like
        Logarithms of probabilities: numbers <= 0, any shape.

    Returns
    -------
    ndarray or scalar of the shape and floating dtype of `x`
        -inf at 0, and NaN above.

    Raises
    ------
    DTypeError
        For what is not a real number.

    See Also
    --------
    log_sigmoid : ``log1mexp(log_sigmoid(z)) == log_sigmoid(-z)``, which needs no detour.

    Notes
    -----
    ``jax.nn.log1mexp`` takes -x. Source: Mächler, *Accurately computing log(1 - exp(-|a|))* (2012).

    Examples
    --------
    >>> from softargmax.probabilities import log1mexp
    >>> log1mexp([-1e-20, -40.0])
    array([-4.60517019e+01, -4.24835426e-18])
    """
    array = as_floating(x, "x")
    wide = array.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = np.where(wide > -np.log(2.0), np.log(-np.expm1(wide)), np.log1p(-np.exp(wide)))
    return _given_back(result, array.dtype)


@provisional
def xlogy(x: npt.ArrayLike, y: npt.ArrayLike, /) -> ArrayOrScalar:
    r"""Give x log y, which is 0 where x is 0.

    .. math:: x \log y, \qquad 0 \log y = 0

    Parameters
    ----------
    x, y : array-like
        Numbers; the shapes broadcast.

    Returns
    -------
    ndarray or scalar of the floating dtype both have in common
        NaN where either is NaN, and where y < 0 unless x is 0.

    Raises
    ------
    ShapeError
        For shapes that do not broadcast; DTypeError for what is not a real number.

    See Also
    --------
    entr : -x log x.

    Notes
    -----
    As ``scipy.special.xlogy``. Source: Cover, Thomas, *Elements of Information Theory* (2006), 2.1 (0 log 0 = 0).

    Examples
    --------
    >>> from softargmax.probabilities import xlogy
    >>> xlogy([0.0, 2.0], [0.0, 1.0])
    array([0., 0.])
    """
    a, b, dtype = _pair(x, y, "x", "y")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _given_back(np.where((a == 0.0) & ~np.isnan(b), 0.0, a * np.log(b)), dtype)


@provisional
def entr(x: npt.ArrayLike, /) -> ArrayOrScalar:
    r"""Give -x log x, the terms of `entropy`.

    .. math:: -x \log x, \qquad 0 \log 0 = 0

    Parameters
    ----------
    x : array-like
        Numbers, any shape; nothing needs to sum to 1.

    Returns
    -------
    ndarray or scalar of the shape and floating dtype of `x`
        -inf where x < 0.

    Raises
    ------
    DTypeError
        For what is not a real number.

    See Also
    --------
    entropy : their sum, for what is a distribution.

    Notes
    -----
    As ``scipy.special.entr``. Source: Boyd, Vandenberghe, *Convex Optimization* (2004), 3.1.5.

    Examples
    --------
    >>> from softargmax.probabilities import entr
    >>> entr([0.0, 0.5, 1.0])
    array([0.        , 0.34657359, 0.        ])
    """
    array = as_floating(x, "x")
    wide = array.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = np.where(wide == 0.0, 0.0, 0.0 - wide * np.log(wide))
    return _given_back(np.where(wide < 0.0, -np.inf, result), array.dtype)


@provisional
def rel_entr(p: npt.ArrayLike, q: npt.ArrayLike, /) -> ArrayOrScalar:
    r"""Give p log(p / q), the terms of the relative entropy.

    .. math:: p \log(p / q), \qquad 0 \log(0 / q) = 0

    Parameters
    ----------
    p, q : array-like
        Numbers >= 0; the shapes broadcast, and nothing needs to sum to 1.

    Returns
    -------
    ndarray or scalar of the floating dtype both have in common
        +inf where q is 0 and p is not, and where either is negative.

    Raises
    ------
    ShapeError
        For shapes that do not broadcast; DTypeError for what is not a real number.

    See Also
    --------
    kl_divergence : for what are distributions; its terms are p log(p / q) - p + q, none of them negative.

    Notes
    -----
    As ``scipy.special.rel_entr``, with all digits where p and q are nearly equal.
    Source: Kullback, Leibler, *Ann. Math. Statist.* 22(1), 1951.

    Examples
    --------
    >>> from softargmax.probabilities import rel_entr
    >>> rel_entr([0.0, 0.5, 0.5], [0.5, 0.5, 0.0])
    array([ 0.,  0., inf])
    """
    a, b, dtype = _pair(p, q, "p", "q")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = np.where((a == 0.0) & (b >= 0.0), 0.0, a * log_ratio(a, b))
    return _given_back(np.where((a < 0.0) | (b < 0.0), np.inf, result), dtype)


@provisional
def logmeanexp(
    x: npt.ArrayLike, /, *, axis: Axis = -1, where: npt.ArrayLike | None = None, keepdims: bool = False
) -> ArrayOrScalar:
    r"""Give the logarithm of a mean of exponentials, in nats.

    .. math:: \log\Bigl(\frac1n \sum_k \exp(x_k)\Bigr)

    Parameters
    ----------
    x : array-like
        Numbers, log-likelihoods of samples or log-probabilities of members, say.
    axis : int, tuple of int or None, default -1
        What to take the mean over; None means the whole array.
    where : array-like of bool, optional
        True for what counts.
    keepdims : bool, default False
        Keep those axes, with length 1.

    Returns
    -------
    ndarray or scalar of the floating dtype of `x`
        NaN for the mean of nothing.

    Raises
    ------
    DTypeError, AxisError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    logsumexp : the sum.

    Notes
    -----
    Near 0, where ``logsumexp(x) - log(n)`` cancels, it is the maximum plus log1p of the mean of exp(x - max) - 1.
    Source: Blanchard, Higham, Higham, *IMA J. Numer. Anal.* 41(4), 2021, for the shift by the maximum.

    Examples
    --------
    >>> from softargmax.probabilities import logmeanexp
    >>> float(logmeanexp([1000.0, 1000.0]))
    1000.0
    >>> f"{logmeanexp([2e-10, 0.0]):.12g}"
    '1.00000000005e-10'
    """
    keepdims = as_flag(keepdims, "keepdims")
    rows = AxisRows.of(as_floating(x, "x"), axis, where)
    wide, counts = rows.x.astype(np.float64), rows.where
    if counts is not None:
        wide = np.where(counts, wide, -np.inf)
    number = np.asarray(wide.shape[-1] if counts is None else counts.sum(axis=-1), np.float64)
    top = wide.max(axis=-1, keepdims=True, initial=-np.inf)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gaps = np.where(np.isfinite(top), wide - top, wide)
        excess = np.where(counts, np.expm1(gaps), 0.0) if counts is not None else np.expm1(gaps)
        excess = excess.sum(axis=-1) / number
        mean = np.exp(gaps).sum(axis=-1) / number
        log_mean = np.where(excess > -0.5, np.log1p(excess), np.log(mean))
    result = np.where(np.isfinite(top[..., 0]), top[..., 0] + log_mean, top[..., 0])
    result = np.where(number == 0.0, np.nan, result)
    return rows.shaped(narrow(result, rows.array.dtype), keepdims)


def log_ratio(p: Array, q: Array) -> Array:
    """Give log(p / q) of float64 numbers >= 0 with all its digits, also where p / q is near 1 or overflows."""
    p, q = np.broadcast_arrays(p, q)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        ratio = np.asarray(p / q)
        result: Array = np.asarray(np.log(ratio))
        # p - q is exact within a factor of 2 (Sterbenz, 1974), where p / q has lost what the logarithm is made of.
        near = (ratio > 0.5) & (ratio < 2.0)
        result[near] = np.log1p((p - q)[near] / q[near])
        extreme = (ratio < 1e-300) | (ratio > 1e300)
        result[extreme] = np.log(p[extreme]) - np.log(q[extreme])
    return result


def _pair(x: npt.ArrayLike, y: npt.ArrayLike, *names: str) -> tuple[Array, Array, np.dtype[np.floating]]:
    a, b = as_floating(x, names[0]), as_floating(y, names[1])
    common_shape(a, b, ", ".join(names))
    return a.astype(np.float64), b.astype(np.float64), common_floating(a.dtype, b.dtype)


def _given_back(result: Array, dtype: np.dtype[np.floating]) -> ArrayOrScalar:
    return scalar_if_0d(narrow(result, dtype))
