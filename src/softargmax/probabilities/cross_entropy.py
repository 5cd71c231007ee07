"""Cross-entropy of logits against codes or probabilities, and its gradient."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax import _kernels
from softargmax._arrays import (
    Array,
    ArrayOrScalar,
    as_array,
    as_floating,
    as_mask,
    as_numbers,
    floating_dtype,
    loss_dtype,
    narrow,
    one_axis,
    rows_of,
)
from softargmax._codes import check_codes
from softargmax._kernels import Function
from softargmax._libraries import library_of
from softargmax._options import as_integer, as_real
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.probabilities import _loss_elsewhere
from softargmax.probabilities._loss_signatures import cross_entropy_and_gradient_like, cross_entropy_like
from softargmax.probabilities._reduction import Reduction, as_row_weight, check_reduction, reduce, weighted
from softargmax.probabilities._targets import are_codes, as_target_codes, as_target_probabilities, one_hot_codes


@cross_entropy_like
def cross_entropy(
    logits: npt.ArrayLike,
    targets: npt.ArrayLike,
    /,
    *,
    axis: int = -1,
    class_weight: npt.ArrayLike | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    sample_weight: npt.ArrayLike | None = None,
    where: npt.ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> ArrayOrScalar:
    r"""Compare logits with what was true: the loss that trains a softmax, in nats.

    .. math:: \ell = -\sum_j w_j\, q_j \log p_j, \qquad p = \mathrm{softmax}(x), \quad
              q = (1 - \varepsilon)\,\mathrm{target} + \varepsilon / K

    Parameters
    ----------
    logits : array-like, shape (..., n_classes)
        Unnormalised log-probabilities, or log-probabilities, which are their own `log_softmax`; never probabilities.
    targets : array-like
        Integers: class codes, of the shape of `logits` without the class axis; or, of the shape of `logits`, one-hot
        rows. Floating: a probability per class, of the shape of `logits`.
    axis : int, default -1
        The class axis.
    class_weight : array-like, shape (n_classes,), optional
        The factors w, finite and not negative.
    ignore_index : int, optional
        The code of rows that do not count, whatever their logits are.
    label_smoothing : float, default 0.0
        The share ε of the target that is spread over all classes.
    sample_weight : array-like, optional
        How often each row counts: finite, not negative, broadcast to the shape of `logits` without the class axis. A
        row of weight 0 does not count, whatever its logits are.
    where : array-like of bool, optional
        True for the classes that a row may be of; broadcasts to the shape of `logits`. The others have probability 0,
        and smoothing gives them nothing. A row whose target does not count costs +inf and has no gradient.
    reduction : {"mean", "sum", "none"}, default "mean"
        "mean" divides by the number of rows that count, a row of `sample_weight` 2 counting as two; with codes and
        `class_weight`, by the sum of the classes' weights over them. The mean of no rows is NaN.

    Returns
    -------
    scalar, or ndarray with one loss per row for "none"
        In the floating dtype of `logits`; float32 for half precision, in which sums soon overflow.

    Raises
    ------
    TargetError
        For codes out of range and rows that are not on the simplex; ShapeError, DTypeError, AxisError,
        ArgumentError for what does not fit.

    See Also
    --------
    cross_entropy_and_gradient : the derivative in the same pass.
    binary_cross_entropy : for independent yes/no labels.

    Notes
    -----
    The same values as PyTorch's ``F.cross_entropy``, except: 0 · log 0 is 0, the class axis is the last one,
    any integer dtype is a code, and nothing is ignored unless asked: padding with -100 is an error without
    ``ignore_index=-100``. Of log-probabilities it is what others call ``nll_loss``. A certain and wrong row costs +inf,
    where scikit-learn's ``log_loss`` clips. Codes and the same one-hot rows give the same bits.
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), 6.2.2.3; label smoothing: Szegedy et al.,
    *CVPR* (2016).

    Examples
    --------
    >>> import softargmax as sm
    >>> float(sm.cross_entropy([[1.0, 3.0, 2.0]], [1]))
    0.4076059644443803
    """
    library = library_of(logits)
    if library is not None:
        return library.answer(
            cross_entropy,
            _loss_elsewhere.cross_entropy,
            logits,
            targets,
            axis=axis,
            class_weight=class_weight,
            ignore_index=ignore_index,
            label_smoothing=label_smoothing,
            sample_weight=sample_weight,
            where=where,
            reduction=reduction,
        )
    problem = _pose(logits, targets, axis, class_weight, ignore_index, label_smoothing, sample_weight, where, reduction)
    return problem.reduce(problem.run(None, 1.0), reduction)


@cross_entropy_and_gradient_like
def cross_entropy_and_gradient(
    logits: npt.ArrayLike,
    targets: npt.ArrayLike,
    /,
    *,
    axis: int = -1,
    class_weight: npt.ArrayLike | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    sample_weight: npt.ArrayLike | None = None,
    where: npt.ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> tuple[ArrayOrScalar, Array]:
    r"""Give `cross_entropy` and its derivative with respect to the logits.

    .. math:: \partial \ell / \partial x_j = p_j \sum_k w_k q_k - w_j q_j

    Parameters
    ----------
    logits, targets, axis, class_weight, ignore_index, label_smoothing, sample_weight, where, reduction
        As for `cross_entropy`.

    Returns
    -------
    loss : scalar or ndarray
        As from `cross_entropy`.
    gradient : ndarray of the shape and floating dtype of `logits`
        Of the loss for "mean" and "sum", of the sum of the losses for "none".

    Raises
    ------
    TargetError, ShapeError, DTypeError, AxisError, ArgumentError
        As for `cross_entropy`.

    See Also
    --------
    cross_entropy : the loss alone.

    Notes
    -----
    At the true class the gradient is minus the sum of the other probabilities, not p - 1, so a nearly
    certain row keeps its digits. Source: Bishop, *Pattern Recognition and Machine Learning* (2006), 4.3.4.

    Examples
    --------
    >>> import softargmax as sm
    >>> loss, gradient = sm.cross_entropy_and_gradient([[1.0, 3.0, 2.0]], [1])
    >>> gradient
    array([[ 0.09003057, -0.33475904,  0.24472847]])
    """
    problem = _pose(logits, targets, axis, class_weight, ignore_index, label_smoothing, sample_weight, where, reduction)
    scale = 1.0
    if reduction == "mean":
        scale = 1.0 / problem.denominator if problem.denominator != 0.0 else np.nan
    gradient = np.empty(problem.array.shape, floating_dtype(problem.array))
    losses = problem.run(rows_of(gradient, problem.axes), scale)
    return problem.reduce(losses, reduction), gradient


def cross_entropy_of_checked(logits: Array, codes: Array, /, *, losses: Array, gradient: Array) -> None:
    """Write `cross_entropy_and_gradient` of rows whose codes are known to be right into memory of the caller.

    `gradient` may be `logits` itself. For loops over blocks of rows: nothing is checked, nothing allocated.
    """
    _kernels.run(Function.cross_entropy, logits, out=gradient, per_row=losses, codes=codes)


@dataclass(frozen=True)
class _Problem:
    """Checked arguments in the form the kernels take: class axis last, codes or probabilities."""

    array: Array
    axes: tuple[int, ...]
    rows: Array
    codes: Array | None  # negative where a row does not count, or where it has probabilities instead
    probabilities: Array | None
    class_weight: Array | None
    smoothing: float
    where: Array | None  # which classes a row may be of
    sample_weight: Array | None
    denominator: float

    @property
    def in_double(self) -> bool:
        """Tell whether float32 would lose a weight.

        It ends at 1e-38 and 3e38. The margin of 1e8, chosen by hand, is for the losses that the weights multiply.
        """
        weight = self.class_weight
        return weight is not None and bool(np.any((weight != 0.0) & ((weight < 1e-30) | (weight > 1e30))))

    def run(self, gradient: Array | None, scale: float) -> Array:
        losses = np.empty(self.rows.shape[:-1])
        soft = None if self.codes is None or self.probabilities is None else self.codes < 0
        if soft is None:
            self._run(losses, gradient, scale)
        else:
            # Rows of both kinds: each is computed as it would be alone.
            for which, left_out in ((~soft, "probabilities"), (soft, "codes")):
                part = replace(self, **(self._only(which) | {left_out: None}))
                part_gradient = None if gradient is None else np.empty(part.rows.shape, gradient.dtype)
                part_losses = np.empty(part.rows.shape[:-1])
                part._run(part_losses, part_gradient, scale)
                losses[which] = part_losses
                if gradient is not None:
                    gradient[which] = part_gradient
        if self.where is not None:
            self._settle_masked(losses, gradient)
        if self.sample_weight is not None:
            losses = weighted(losses, self.sample_weight)
            if gradient is not None:
                by = np.broadcast_to(self.sample_weight[..., np.newaxis], gradient.shape)
                gradient[...] = narrow(weighted(gradient.astype(np.float64), by), gradient.dtype)
        return losses

    def _only(self, which: Array) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in ("rows", "codes", "probabilities", "where")}
        return {name: None if array is None else array[which] for name, array in given.items()}

    def _run(self, losses: Array, gradient: Array | None, scale: float) -> None:
        _kernels.run(
            Function.cross_entropy,
            self.rows,
            out=gradient,
            per_row=losses,
            y=self.probabilities,
            codes=self.codes,
            where=self.where,
            class_weight=self.class_weight,
            scalar=scale,
            smoothing=self.smoothing,
            in_double=self.in_double,
        )

    def _settle_masked(self, losses: Array, gradient: Array | None) -> None:
        """Let rows whose target does not count cost +inf, also where no class counts."""
        counts, weight = np.asarray(self.where), self.class_weight
        if self.probabilities is not None or self.codes is None:
            share = np.asarray(self.probabilities) * (1.0 if weight is None else weight)
            wrong = ((share != 0.0) & ~counts).any(axis=-1)
        else:
            own = np.maximum(self.codes, 0)
            wrong = (self.codes >= 0) & ~np.take_along_axis(counts, own[..., np.newaxis], axis=-1)[..., 0]
            wrong &= weight is None or weight[own] != 0.0
        losses[wrong] = np.inf
        if gradient is not None:
            gradient[wrong] = 0

    def reduce(self, losses: Array, reduction: Reduction) -> ArrayOrScalar:
        return reduce(losses, reduction, self.denominator, loss_dtype(self.array))


def _pose(
    logits: npt.ArrayLike,
    targets: npt.ArrayLike,
    axis: int,
    class_weight: npt.ArrayLike | None,
    ignore_index: int | None,
    label_smoothing: float,
    sample_weight: npt.ArrayLike | None,
    where: npt.ArrayLike | None,
    reduction: str,
) -> _Problem:
    check_reduction(reduction)
    array = as_numbers(logits, "logits")
    axes = (one_axis(axis, array, "logits"),)
    rows = rows_of(array, axes)
    n_classes = rows.shape[-1]
    smoothing = as_real(label_smoothing, "label_smoothing", low=0.0, high=1.0)
    if ignore_index is not None:
        ignore_index = as_integer(ignore_index, "ignore_index", low=-(2**63))
    weight = None if class_weight is None else _as_class_weight(class_weight, n_classes)
    row_weight = None if sample_weight is None else as_row_weight(sample_weight, rows.shape[:-1])
    mask = as_mask(where, array.shape)
    mask = None if mask is None else rows_of(mask, axes)

    raw = as_array(targets, "targets")
    codes = probabilities = None
    if are_codes(raw, targets):
        codes = as_target_codes(raw, targets, rows.shape[:-1], array.shape, axes)
        counts = None if ignore_index is None else codes != ignore_index
        check_codes(codes, n_classes, "targets", counts)
        denominator = _weight_of_codes(codes, counts, weight, row_weight)
        if counts is not None:
            codes = np.where(counts, codes, -1)
    else:
        if ignore_index is not None:
            raise ArgumentError("ignore_index: expected None with a probability per class; it names a code")
        probabilities = as_target_probabilities(raw, array.shape, axes)
        size = np.prod(rows.shape[:-1], dtype=np.int64)
        denominator = float(size if row_weight is None else row_weight.sum())
        hot = one_hot_codes(probabilities)
        if np.any(hot >= 0):
            codes = hot
            probabilities = None if np.all(hot >= 0) else probabilities
    if mask is not None and smoothing > 0.0:
        if codes is not None and probabilities is None:
            probabilities = np.asarray(np.arange(n_classes) == codes[..., np.newaxis], np.float64)
            row_weight = np.where(codes >= 0, 1.0 if row_weight is None else row_weight, 0.0)
        probabilities = _smoothed_among(mask, np.asarray(probabilities), smoothing)
        codes, smoothing = None, 0.0
    return _Problem(array, axes, rows, codes, probabilities, weight, smoothing, mask, row_weight, denominator)


def _weight_of_codes(codes: Array, counts: Array | None, class_weight: Array | None, row_weight: Array | None) -> float:
    counting = codes if counts is None else codes[counts]
    if class_weight is None and row_weight is None:
        return float(counting.size)
    total = np.ones(counting.shape) if class_weight is None else class_weight[counting]
    if row_weight is not None:
        total = total * (row_weight if counts is None else row_weight[counts])
    return float(total.sum())


def _smoothed_among(counts: Array, probabilities: Array, smoothing: float) -> Array:
    """Spread a share of every target over the classes that count."""
    number = np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    return (1.0 - smoothing) * probabilities + np.where(counts, smoothing / number, 0.0)


def _as_class_weight(class_weight: npt.ArrayLike, n_classes: int) -> Array:
    weight = np.ascontiguousarray(as_floating(class_weight, "class_weight"), dtype=np.float64)
    if weight.shape != (n_classes,):
        raise ShapeError(f"class_weight: expected one weight per class, shape ({n_classes},), got {weight.shape}")
    if not np.all(np.isfinite(weight) & (weight >= 0.0)):
        raise ArgumentError(f"class_weight: expected finite weights >= 0, got {weight.tolist()}")
    return weight
