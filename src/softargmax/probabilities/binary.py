"""Two classes, one logit: sigmoid, log_sigmoid, softplus and the cross-entropy of independent yes/no labels."""

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import (
    Array,
    ArrayOrScalar,
    as_floating,
    as_mask,
    as_numbers,
    as_output,
    broadcast,
    floating_dtype,
    loss_dtype,
    overlaps_partly,
    scalar_if_0d,
)
from softargmax._kernels import Function
from softargmax._libraries import library_of
from softargmax.exceptions import ArgumentError, TargetError
from softargmax.probabilities import _elsewhere
from softargmax.probabilities._loss_signatures import binary_cross_entropy_like
from softargmax.probabilities._reduction import Reduction, as_row_weight, check_reduction, reduce, weighted
from softargmax.probabilities._signatures import sigmoid_like


@sigmoid_like
def sigmoid(x: npt.ArrayLike, /, *, out: Array | None = None) -> ArrayOrScalar:
    r"""Turn one logit into the probability of "yes".

    .. math:: \sigma(x) = 1 / (1 + \exp(-x))

    Parameters
    ----------
    x : array-like
        Log-odds, any shape.
    out : ndarray, optional
        Where to write the result; may be `x` itself.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`

    Raises
    ------
    DTypeError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    softmax : for more than two exclusive classes; ``sigmoid(x) == softmax([x, 0])[0]``.

    Notes
    -----
    Small results keep their digits down to subnormals, where ``1 / (1 + exp(-x))`` gives 0.
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 3.10.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.sigmoid([-1000.0, 0.0, 2.0])
    array([0.        , 0.5       , 0.88079708])
    """
    library = library_of(x)
    if library is not None:
        return library.answer(sigmoid, _elsewhere.sigmoid, x, out=out)  # type: ignore[no-any-return]
    return _elementwise(Function.sigmoid, x, out)


@sigmoid_like
def log_sigmoid(x: npt.ArrayLike, /, *, out: Array | None = None) -> ArrayOrScalar:
    r"""Give the logarithm of `sigmoid`, in nats.

    .. math:: \log \sigma(x) = -\log(1 + \exp(-x))

    Parameters
    ----------
    x, out
        As for `sigmoid`.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`

    Raises
    ------
    DTypeError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    softplus : ``log_sigmoid(x) == -softplus(-x)``.

    Notes
    -----
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 3.10.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.log_sigmoid([-1000.0, 0.0])
    array([-1.00000000e+03, -6.93147181e-01])
    """
    return _elementwise(Function.log_sigmoid, x, out)


@sigmoid_like
def softplus(x: npt.ArrayLike, /, *, out: Array | None = None) -> ArrayOrScalar:
    r"""Give the soft version of max(x, 0).

    .. math:: \zeta(x) = \log(1 + \exp(x))

    Parameters
    ----------
    x, out
        As for `sigmoid`.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`

    Raises
    ------
    DTypeError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    logsumexp : ``softplus(x) == logsumexp([x, 0])``.

    Notes
    -----
    Source: Dugas et al., *Advances in Neural Information Processing Systems* 13 (2001).

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.softplus([-1000.0, 0.0, 1000.0])
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+03])
    """
    return _elementwise(Function.softplus, x, out)


@binary_cross_entropy_like
def binary_cross_entropy(
    logits: npt.ArrayLike,
    targets: npt.ArrayLike,
    /,
    *,
    pos_weight: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    where: npt.ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> ArrayOrScalar:
    r"""Compare logits of independent yes/no labels with what was true, in nats.

    .. math:: \ell = w\, y\, \zeta(-x) + (1 - y)\, \zeta(x), \qquad \zeta(x) = \log(1 + \exp(x))

    Parameters
    ----------
    logits : array-like
        Log-odds, any shape.
    targets : array-like of bool, integer or floating
        0, 1 or the probability of "yes"; broadcasts to the shape of `logits`.
    pos_weight : array-like, optional
        The factor w of a "yes", broadcast likewise.
    sample_weight : array-like, optional
        How often each entry counts: finite, not negative, broadcast likewise; for rows of several labels, one weight
        per row has the shape (n_rows, 1).
    where : array-like of bool, optional
        True for the entries that count, broadcast likewise. The others cost 0, whatever they are.
    reduction : {"mean", "sum", "none"}, default "mean"
        Over all entries that count, one of weight 2 counting as two; the mean of none is NaN.

    Returns
    -------
    scalar, or ndarray of the shape of `logits` for "none"
        In the floating dtype of `logits`; float32 for half precision, in which sums soon overflow.

    Raises
    ------
    TargetError
        For targets outside [0, 1]; DTypeError, ShapeError, ArgumentError for what does not fit.

    See Also
    --------
    cross_entropy : for exclusive classes.

    Notes
    -----
    Takes logits, never probabilities: log(sigmoid(x)) is exact where log(1 - p) is not. PyTorch's mean with
    ``weight`` is over the number of entries, whatever they weigh; here it is a mean of weighted entries.
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.2.

    Examples
    --------
    >>> import softargmax as sm
    >>> round(float(sm.binary_cross_entropy([2.0, -3.0], [True, False])), 12)
    0.087757681308
    """
    check_reduction(reduction)
    x = as_floating(logits, "logits")
    y = broadcast(as_floating(targets, "targets").astype(np.float64), x.shape, "targets")
    weights = None if sample_weight is None else as_row_weight(sample_weight, x.shape)
    counts = as_mask(where, x.shape)
    if counts is not None:
        y = np.where(counts, y, 0.0)
        weights = np.where(counts, 1.0 if weights is None else weights, 0.0)
    if not np.all((y >= 0.0) & (y <= 1.0)):
        wrong = y[~((y >= 0.0) & (y <= 1.0))].flat[0]
        raise TargetError(f"targets: expected numbers between 0 and 1, got {wrong}")
    wide = x.astype(np.float64)
    yes = y
    if pos_weight is not None:
        weight = broadcast(as_floating(pos_weight, "pos_weight").astype(np.float64), x.shape, "pos_weight")
        if not np.all(np.isfinite(weight) & (weight >= 0.0)):
            raise ArgumentError("pos_weight: expected finite numbers >= 0")
        yes = weight * y
    # 0 * inf is 0 here: a certain and right answer costs nothing.
    losses = weighted(np.asarray(softplus(-wide)), yes) + weighted(np.asarray(softplus(wide)), 1.0 - y)
    losses = np.where(np.isnan(wide), np.nan, losses)
    if weights is None:
        return reduce(losses, reduction, x.size, loss_dtype(x))
    return reduce(weighted(losses, weights), reduction, float(weights.sum()), loss_dtype(x))


def _elementwise(function: Function, x: npt.ArrayLike, out: Array | None) -> ArrayOrScalar:
    array = as_numbers(x, "x")
    result = as_output(out, array.shape, floating_dtype(array))
    source, target = np.atleast_1d(array), np.atleast_1d(result)
    if source.flags.c_contiguous and target.flags.c_contiguous and source.size > 0:
        # One long row would keep all but one thread from the work.
        pieces = _even_pieces(source.size)
        source, target = source.reshape(pieces, -1), target.reshape(pieces, -1)
    if overlaps_partly(source, target) or not target.flags.aligned:
        target = np.empty(source.shape, target.dtype)
    _kernels.run(function, source, out=target)
    if not np.may_share_memory(target, result):
        result[...] = target.reshape(result.shape)
    return result if out is not None else scalar_if_0d(result)


def _even_pieces(size: int, longest: int = 1 << 14) -> int:
    """Give a number of pieces, a divisor of `size`, none much longer than `longest` if there is one.

    Threads share whole rows. So long a row takes 10 microseconds and more, about what is worth handing out.
    """
    pieces = 1
    while size // pieces > longest and size % (2 * pieces) == 0:
        pieces *= 2
    return pieces
