"""Decisions by what mistakes cost."""

from typing import Any, overload

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_numbers, floating_dtype, narrow
from softargmax._logits import exactly_one
from softargmax._simplex import check_simplex
from softargmax.decisions._class_axis import rows_of_classes
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.probabilities import softmax

# The costs of so many rows and actions at a time, 64 kB, stay in a near cache while the classes are added up.
_AT_ONCE = 1 << 13
# Costs that differ by this part of what is added up in them are equal: half of the step of `steady`, to whose multiples
# differences of logits are rounded.
_EQUAL = 2.0**-21


def expected_cost(
    cost_matrix: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    axis: int | None = None,
) -> npt.NDArray[np.floating]:
    r"""Give what every action is expected to cost.

    .. math:: \mathrm{E}[\text{cost of } a] = \sum_k p_k C_{ka}

    Parameters
    ----------
    cost_matrix : array-like, shape (n_classes, n_actions)
        C: what an action (column) costs if a class (row) is the true one. Finite; a gain is a negative cost. An action
        may be to predict a class, or to abstain, which is one more column.
    logits, probabilities : array-like, shape (..., n_classes), or (n_rows,) or (..., 1) for one sigmoid per row
        What is known of the rows: exactly one of them. A sigmoid is a logit z, for the pair (0, z), or the probability
        of class 1.
    axis : int, optional
        The class axis, which has the actions in the result; by default the last, except that a vector is one sigmoid
        per row. To ask about a single row of several classes, pass ``axis=-1``.

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
    Costs are only as right as the probabilities: calibrate first.

    The products are added up in the order of the
    classes, in double, and not by a matrix product, whose rounding depends on its shape: a row's costs are the same
    alone and in a batch, bit for bit. Source: Elkan, *The foundations of cost-sensitive learning*, IJCAI 2001.

    Examples
    --------
    A missed illness costs 10, a false alarm 1, and one more test, after which one knows, 0.5:

    >>> import softargmax as sm
    >>> cost_matrix = [[0.0, 1.0, 0.5], [10.0, 0.0, 0.5]]
    >>> sm.expected_cost(cost_matrix, probabilities=[[0.75, 0.25], [1.0, 0.0]])
    array([[2.5 , 0.75, 0.5 ],
           [0.  , 1.  , 0.5 ]])
    >>> sm.expected_cost(cost_matrix, probabilities=[0.25, 0.0])  # the same rows, by their probability of class 1
    array([[2.5 , 0.75, 0.5 ],
           [0.  , 1.  , 0.5 ]])
    >>> sm.expected_cost(cost_matrix, probabilities=[0.75, 0.25], axis=-1)  # one row
    array([2.5 , 0.75, 0.5 ])
    """
    p, matrix, class_axis, dtype = _rows_and_costs(cost_matrix, logits, probabilities, axis)
    return np.moveaxis(narrow(_products(p, matrix), dtype), -1, class_axis)


@overload
def bayes_decision(
    cost_matrix: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    axis: None = None,
) -> npt.NDArray[np.int64]: ...
@overload
def bayes_decision(
    cost_matrix: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    axis: int,
) -> np.int64 | npt.NDArray[np.int64]: ...
def bayes_decision(
    cost_matrix: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    axis: int | None = None,
) -> np.int64 | npt.NDArray[np.int64]:
    r"""Give the action that is expected to cost least.

    .. math:: \min \arg\min_a \sum_k p_k C_{ka}

    Parameters
    ----------
    cost_matrix, logits, probabilities, axis
        As for `expected_cost`.

    Returns
    -------
    int64 ndarray, the shape of the rows without the class axis; a scalar for a single row, which `axis` asks for
        The first of the actions that cost least. Costs that differ by a millionth (2^-20) of what is added up in them
        are equal.

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
    Two actions that cost the same get there by other sums, whose last bits depend on the processor. That is why a
    millionth decides nothing, and the order of the columns does.

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
    p, matrix, _, _ = _rows_and_costs(cost_matrix, logits, probabilities, axis)
    costs = _products(p, matrix)
    # Where gains make up for costs, a sum is smaller than what is added up in it, and than its rounding errors.
    size = _products(p, np.abs(matrix)) if matrix.min() < 0.0 < matrix.max() else np.abs(costs)
    actions: np.int64 | npt.NDArray[np.int64] = np.argmax(
        costs - costs.min(axis=-1, keepdims=True) <= _EQUAL * size, axis=-1
    )
    return actions


def _rows_and_costs(
    cost_matrix: npt.ArrayLike, logits: npt.ArrayLike | None, probabilities: npt.ArrayLike | None, axis: int | None
) -> tuple[Array, Array, int, np.dtype[Any]]:
    """The rows' probabilities and the costs as float64, classes last and first, the class axis, and the rows' dtype."""
    given, are_logits = exactly_one(logits=logits, probabilities=probabilities)
    name = "logits" if are_logits else "probabilities"
    array = as_numbers(given, name) if are_logits else as_floating(given, name)
    rows, class_axis = rows_of_classes(array, axis, are_logits=are_logits)
    costs, dtype = _as_cost_matrix(cost_matrix), floating_dtype(array)
    if len(costs) != rows.shape[-1]:
        hint = "; pass axis=-1 if they are a single row" if axis is None and array.ndim == 1 else ""
        raise ShapeError(
            f"cost_matrix: expected a row for each of the {rows.shape[-1]} classes of {name} and a column for each "
            f"action, got shape {costs.shape}{hint}",
            parameter="cost_matrix",
        )
    p = softmax(rows, dtype=np.float64) if are_logits else check_simplex(rows, (rows.ndim - 1,), name)
    if np.isnan(p).any():
        raise ArgumentError(
            f"{name}: expected numbers, got a row with NaN, with a logit of +inf or with none but -inf", parameter=name
        )
    return p, costs, class_axis, dtype


def _as_cost_matrix(cost_matrix: npt.ArrayLike) -> Array:
    costs = as_floating(cost_matrix, "cost_matrix").astype(np.float64)
    if costs.ndim != 2 or costs.size == 0:
        raise ShapeError(
            f"cost_matrix: expected a row for each class and a column for each action, got shape {costs.shape}",
            parameter="cost_matrix",
        )
    if not np.isfinite(costs).all():
        raise ArgumentError(
            "cost_matrix: expected finite costs, got NaN or inf; give what must not happen a large cost",
            parameter="cost_matrix",
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
