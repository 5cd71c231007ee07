"""sparsemax and 1.5-entmax: probabilities with exact zeros, and the losses that belong to them."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, ArrayOrScalar, Axis, as_array, as_floating, loss_dtype, one_axis, rows_of
from softargmax._codes import check_codes
from softargmax._kernels import Function
from softargmax._libraries import library_of
from softargmax.probabilities import _elsewhere
from softargmax.probabilities._axis_rows import AxisRows
from softargmax.probabilities._loss_signatures import sparsemax_loss_like
from softargmax.probabilities._reduction import Reduction, check_reduction, reduce
from softargmax.probabilities._signatures import hardmax_like
from softargmax.probabilities._targets import are_codes, as_target_codes, as_target_probabilities


@hardmax_like
def sparsemax(
    x: npt.ArrayLike, /, *, axis: Axis = -1, where: npt.ArrayLike | None = None, out: Array | None = None
) -> Array:
    r"""Project logits onto the simplex: probabilities, those of unlikely classes exactly 0.

    .. math:: p = \arg\min_{p \in \Delta} \tfrac12 \| p - x \|^2, \qquad p_j = \max(x_j - \tau, 0)

    Parameters
    ----------
    x : array-like, shape (..., n_classes)
        Logits.
    axis : int, tuple of int or None, default -1
        The class axis.
    where : array-like of bool, optional
        True for what counts; the rest gets probability 0.
    out : ndarray, optional
        Where to write the result; may be `x` itself.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`
        On the simplex; rows that have no `softmax` (see its notes) are NaN.

    Raises
    ------
    DTypeError, AxisError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    entmax15 : between this and `softmax`.
    sparsemax_loss : to train with.

    Notes
    -----
    Computed in double. A logit counts only within 1 of the largest: unlike `softmax`, scaling matters.
    Source: Martins, Astudillo, *ICML* 2016.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.sparsemax([1.0, 1.5, 0.0])
    array([0.25, 0.75, 0.  ])
    """
    library = library_of(x)
    if library is not None:
        return library.answer(sparsemax, _elsewhere.sparsemax, x, axis=axis, where=where, out=out)
    return AxisRows.of(x, axis, where).fill(Function.sparsemax, out)


@hardmax_like
def entmax15(
    x: npt.ArrayLike, /, *, axis: Axis = -1, where: npt.ArrayLike | None = None, out: Array | None = None
) -> Array:
    r"""Turn logits into probabilities halfway between `softmax` and `sparsemax`.

    .. math:: p_j = \max(x_j / 2 - \tau, 0)^2

    Parameters
    ----------
    x, axis, where, out
        As for `sparsemax`.

    Returns
    -------
    ndarray of the shape and floating dtype of `x`
        On the simplex, with exact zeros where a logit is more than 2 below the largest.

    Raises
    ------
    DTypeError, AxisError, ShapeError
        For arrays that do not fit.

    See Also
    --------
    sparsemax : sparser.
    entmax15_loss : to train with.

    Notes
    -----
    Computed in double. Source: Peters, Niculae, Martins, *ACL* 2019, algorithm 2.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.entmax15([0.0, 0.0, -4.0])
    array([0.5, 0.5, 0. ])
    """
    library = library_of(x)
    if library is not None:
        return library.answer(entmax15, _elsewhere.entmax15, x, axis=axis, where=where, out=out)
    return AxisRows.of(x, axis, where).fill(Function.entmax15, out)


@sparsemax_loss_like
def sparsemax_loss(
    logits: npt.ArrayLike, targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Reduction = "mean"
) -> ArrayOrScalar:
    r"""Compare logits with what was true: the loss whose gradient is ``sparsemax(x) - target``.

    .. math:: \ell = x \cdot (p - q) - \tfrac12 (\|p\|^2 - \|q\|^2), \qquad p = \mathrm{sparsemax}(x)

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Logits.
    targets : array-like
        Integers: class codes, of the shape of `logits` without the class axis; or one-hot rows. Floating: q, a
        probability per class, of the shape of `logits`.
    axis : int, default -1
        The class axis.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean of no rows is NaN.

    Returns
    -------
    scalar, or ndarray with one loss per row for "none"
        In the floating dtype of `logits`, float32 for half precision; 0 exactly where the target is what `sparsemax`
        gives.

    Raises
    ------
    TargetError
        For codes out of range and rows that are not on the simplex; ShapeError, DTypeError, AxisError,
        ArgumentError for what does not fit.

    See Also
    --------
    cross_entropy : the same for `softmax`.

    Notes
    -----
    Source: Blondel, Martins, Niculae, *Journal of Machine Learning Research* 21(35), 2020 (Fenchel-Young losses).

    Examples
    --------
    >>> import softargmax as sm
    >>> float(sm.sparsemax_loss([[0.0, 1.5]], [0]))
    1.5
    >>> float(sm.sparsemax_loss([[0.0, 1.5]], [1]))
    0.0
    """
    return _fenchel_young(Function.sparsemax, 2.0, logits, targets, axis, reduction)


@sparsemax_loss_like
def entmax15_loss(
    logits: npt.ArrayLike, targets: npt.ArrayLike, /, *, axis: int = -1, reduction: Reduction = "mean"
) -> ArrayOrScalar:
    r"""Compare logits with what was true: the loss whose gradient is ``entmax15(x) - target``.

    .. math:: \ell = x \cdot (p - q) - \tfrac43 \sum_j (p_j^{3/2} - q_j^{3/2}), \qquad p = \mathrm{entmax15}(x)

    Parameters
    ----------
    logits, targets, axis, reduction
        As for `sparsemax_loss`.

    Returns
    -------
    scalar, or ndarray with one loss per row for "none"
        In the floating dtype of `logits`, float32 for half precision; 0 where the target is what `entmax15` gives.

    Raises
    ------
    TargetError, ShapeError, DTypeError, AxisError, ArgumentError
        As for `sparsemax_loss`.

    See Also
    --------
    sparsemax_loss, cross_entropy : its sparser and its dense relative.

    Notes
    -----
    Source: Peters, Niculae, Martins, *ACL* 2019, section 3.

    Examples
    --------
    >>> import softargmax as sm
    >>> float(sm.entmax15_loss([[0.0, 4.0]], [1]))
    0.0
    """
    return _fenchel_young(Function.entmax15, 1.5, logits, targets, axis, reduction)


def _fenchel_young(
    function: Function, alpha: float, logits: npt.ArrayLike, targets: npt.ArrayLike, axis: int, reduction: Reduction
) -> ArrayOrScalar:
    check_reduction(reduction)
    array = as_floating(logits, "logits")
    axes = (one_axis(axis, array, "logits"),)
    rows = rows_of(array, axes).astype(np.float64)
    q = _as_rows_of_targets(targets, array, rows, axes)
    p = np.asarray(AxisRows.of(rows, -1).fill(function, None))
    # Relative to the maximum; p and q sum to the same, so that this changes nothing but the rounding.
    with np.errstate(invalid="ignore", over="ignore"):
        gaps = rows - rows.max(axis=-1, keepdims=True, initial=-np.inf)
        moved = np.where(p == q, 0.0, (p - q) * gaps)
        regularized = (p**alpha - q**alpha) / (alpha * (alpha - 1.0))
        losses = np.maximum((moved - regularized).sum(axis=-1), 0.0)
    return reduce(losses, reduction, float(losses.size), loss_dtype(array))


def _as_rows_of_targets(targets: npt.ArrayLike, array: Array, rows: Array, axes: tuple[int, ...]) -> Array:
    raw = as_array(targets, "targets")
    if not are_codes(raw, targets):
        return as_target_probabilities(raw, array.shape, axes).astype(np.float64)
    codes = as_target_codes(raw, targets, rows.shape[:-1], array.shape, axes)
    check_codes(codes, rows.shape[-1], "targets")
    return np.asarray(np.arange(rows.shape[-1]) == codes[..., np.newaxis], np.float64)
