"""From what `fit` was given, arrays or batches, to the problem of a linear classifier."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax.exceptions import ArgumentError
from softargmax.models.batches import Factory, as_blocks, as_factory, survey
from softargmax.models.checked_rows import InputColumns, RowCheck
from softargmax.models.class_weights import ClassWeight, target_weights
from softargmax.models.outputs import OutputLayer, choose_output, refuse_one_hot
from softargmax.models.problem import LinearProblem, TargetColumn, heads_of, scaling_of


@dataclass(frozen=True)
class PosedProblem:
    """What there is to solve, how its logits are read, and which columns the features had."""

    problem: LinearProblem
    layer: OutputLayer
    columns: InputColumns


def pose(model: Any, X: Any, y: Any, sample_weight: npt.ArrayLike | None) -> PosedProblem:
    """Pose the problem of a `SoftmaxRegression`, which stays as it is.

    Raises
    ------
    ArgumentError, DTypeError, LabelError, ShapeError, ValueError
        For rows that do not fit.
    """
    factory = as_factory(X, y)
    if factory is not None:
        if sample_weight is not None:
            raise ArgumentError("sample_weight: expected None with batches, which give it as their third part")
        return _pose_batches(model, factory)
    if y is None:
        raise ArgumentError(
            f"y: expected labels for {type(model).__name__}, which requires y to be passed, but the target y is None"
        )
    check = RowCheck(model, "csr")
    X, y, weight = check.rows(X, y, sample_weight)
    refuse_one_hot(y, model.output)
    layer = choose_output(y, model.output)
    targets = layer.encode(y)
    weights = target_weights(model.class_weight, targets, weight, layer)
    return PosedProblem(
        LinearProblem.in_memory(X, targets, weight, weights, layer, model.fit_intercept), layer, check.columns
    )


def _pose_batches(model: Any, factory: Factory) -> PosedProblem:
    rows = RowCheck(model, "csr")

    def check(X: Any, y: Any, weight: Any) -> tuple[Any, Array, Array]:
        return rows.rows(X, y, weight, all_rows=False)

    overview = survey(factory, check)
    layer = choose_output(overview.classes, model.output)
    factors = _class_factors(model.class_weight, layer, overview.class_weights)
    totals = overview.class_weights if factors is None else overview.class_weights * factors
    (head,) = heads_of(layer, len(overview.moments.mean))
    problem = LinearProblem(
        None,
        as_blocks(factory, check, overview, layer.columns[0], factors),
        overview.is_sparse,
        overview.dtype,
        scaling_of(overview.moments, overview.dtype, model.fit_intercept),
        (TargetColumn(head, None, np.empty(0), totals, overview.n_rows),),
    )
    return PosedProblem(problem, layer, rows.columns)


def _class_factors(class_weight: ClassWeight, layer: OutputLayer, totals: Array) -> Array | None:
    """Give class weights by the total weight of every class."""
    if class_weight is None:
        return None
    codes = np.arange(len(totals))[:, np.newaxis]
    weighted = target_weights(class_weight, codes, totals, layer)[:, 0]
    return np.asarray(np.divide(weighted, totals, out=np.zeros_like(totals), where=totals > 0.0))
