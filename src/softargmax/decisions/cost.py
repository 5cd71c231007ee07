"""Decisions by what mistakes cost."""

from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_numbers, floating_dtype, narrow
from softargmax._simplex import check_simplex
from softargmax.decisions._class_axis import class_axis_last
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.probabilities import softmax

# The costs of so many rows and actions at a time stay in the nearest cache while the classes are added up.
_AT_ONCE = 1 << 13


def expected_cost(
    cost_matrix: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    axis: int = -1,
) -> Any:
    r"""Give what every action is expected to cost.

    .. math:: \mathrm{E}[\text{cost of } a] = \sum_k p_k C_{ka}

    Parameters
    ----------
    cost_matrix : array-like, shape (n_classes, n_actions)
        C: what an action (column) costs if a class (row) is the true one. Finite; a gain is a negative cost. An action
        may be to predict a class, or to abstain, which is one more column.
    logits, probabilities : array-like, shape (..., n_classes)
        What is known of the rows: exactly one of them.
    axis : int, default -1
        The class axis, which has the actions in the result.

    Returns
    -------
    ndarray of the floating dtype of the rows
        The expected costs, shape (..., n_actions).

    Raises
    ------
    ArgumentError
        Unless exactly one of logits and probabilities is given; for a row that has no softmax, and for a cost that
        is not finite. TargetError, ShapeError, AxisError, DTypeError for what does not fit.

    See Also
    --------
    bayes_decision : the action that costs least.

    Notes
    -----
    Costs are only as right as the probabilities: calibrate first. The products are added up in the order of the
    classes, in double, and not by a matrix product, whose rounding depends on its shape: a row's costs are the same
    alone and in a batch, bit for bit. Source: Elkan, *The foundations of cost-sensitive learning*, IJCAI 2001.

    Examples
    --------
    A missed illness costs 10, a false alarm 1, and one more test, after which one knows, 0.5:

    >>> import softargmax as sm
    >>> cost_matrix = [[0.0, 1.0, 0.5], [10.0, 0.0, 0.5]]
    >>> sm.expected_cost(cost_matrix, probabilities=[0.75, 0.25])
    array([2.5 , 0.75, 0.5 ])
    """
    costs, class_axis, dtype = _expected_cost(cost_matrix, logits, probabilities, axis)
    return np.moveaxis(narrow(costs, dtype), -1, class_axis)


def bayes_decision(
    cost_matrix: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    axis: int = -1,
) -> Any:
    r"""Give the action that is expected to cost least.

    .. math:: \min \arg\min_a \sum_k p_k C_{ka}

    Parameters
    ----------
    cost_matrix, logits, probabilities, axis
        As for `expected_cost`.

    Returns
    -------
    int64 scalar or ndarray, the shape of the rows without the class axis
        The first of the actions that cost least.

    Raises
    ------
    ArgumentError, TargetError, ShapeError, AxisError, DTypeError
        As for `expected_cost`.

    See Also
    --------
    expected_cost : the costs themselves.
    argmax : the same decision if every mistake costs as much as any other.

    Notes
    -----
    Abstaining at a cost of c, where a mistake costs 1, is the rule of Chow: answer where the largest
    probability is at least 1 - c. Source: Chow, *On optimum recognition error and reject tradeoff*, IEEE Trans. Inf.
    Theory 16(1), 1970.

    Examples
    --------
    >>> import softargmax as sm
    >>> cost_matrix = [[0.0, 1.0, 0.2], [1.0, 0.0, 0.2]]  # the third action is to abstain
    >>> sm.bayes_decision(cost_matrix, probabilities=[[0.9, 0.1], [0.3, 0.7], [0.1, 0.9]])
    array([0, 2, 1])
    """
    costs, _, _ = _expected_cost(cost_matrix, logits, probabilities, axis)
    return costs.argmin(axis=-1)


def _expected_cost(
    cost_matrix: npt.ArrayLike, logits: npt.ArrayLike | None, probabilities: npt.ArrayLike | None, axis: int
) -> tuple[Array, int, np.dtype[Any]]:
    """The expected costs as float64 with the actions last, the class axis, and the dtype of the rows."""
    if (logits is None) == (probabilities is None):
        raise ArgumentError("expected either logits= or probabilities=, exactly one of them")
    if logits is not None:
        rows, class_axis = class_axis_last(as_numbers(logits, "logits"), axis, "logits")
        p = softmax(rows, dtype=np.float64)
    else:
        rows, class_axis = class_axis_last(as_floating(probabilities, "probabilities"), axis, "probabilities")  # type: ignore[arg-type]
        p = check_simplex(rows, (rows.ndim - 1,), "probabilities")
    if np.isnan(p).any():
        raise ArgumentError("expected numbers, got a row with NaN, with a logit of +inf or with none but -inf")
    costs = _as_cost_matrix(cost_matrix, p.shape[-1])
    return _products(p, costs), class_axis, floating_dtype(rows)


def _as_cost_matrix(cost_matrix: npt.ArrayLike, n_classes: int) -> Array:
    costs = as_floating(cost_matrix, "cost_matrix").astype(np.float64)
    if costs.ndim != 2 or costs.shape[0] != n_classes or costs.shape[1] == 0:
        raise ShapeError(
            f"cost_matrix: expected a row for each of the {n_classes} classes and a column for each action, "
            f"got shape {costs.shape}"
        )
    if not np.isfinite(costs).all():
        raise ArgumentError(
            "cost_matrix: expected finite costs, got NaN or inf; give what must not happen a large cost"
        )
    return costs


def _products(p: Array, costs: Array) -> Array:
    """Rows of `p` times `costs`, added up class by class."""
    n_classes, n_actions = costs.shape
    rows = p.reshape(-1, n_classes)
    result = np.zeros((len(rows), n_actions))
    step = max(1, _AT_ONCE // n_actions)
    for begin in range(0, len(rows), step):
        sums, block = result[begin : begin + step], rows[begin : begin + step]
        for k in range(n_classes):
            sums += block[:, k, np.newaxis] * costs[k]
    return result.reshape(*p.shape[:-1], n_actions)
