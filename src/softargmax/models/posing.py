"""From what `fit` was given, arrays or batches, to the problem of a linear classifier."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._engine import LastingParts
from softargmax.exceptions import ArgumentError
from softargmax.models.batches import BatchCoding, Factory, Overview, as_blocks, as_factory, survey
from softargmax.models.checked_rows import InputColumns, RowCheck
from softargmax.models.class_weights import ClassWeight, target_weights
from softargmax.models.outputs import OutputLayer, choose_output, refuse_one_hot
from softargmax.models.parquet_parts import parquet_parts
from softargmax.models.parted_rows import PartedRows, survey_parts
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
    parts = _as_parts(X, y, sample_weight)
    if parts is not None:
        return _pose_parts(model, parts)
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


def _as_parts(X: Any, y: Any, sample_weight: Any) -> Sequence[Any] | None:
    if isinstance(X, LastingParts):
        return X
    if not isinstance(X, str | os.PathLike):
        return None
    if not isinstance(y, str):
        raise ArgumentError(
            f"y: expected the name of the target column in {os.fspath(X)}, got {type(y).__name__}", parameter="y"
        )
    if not isinstance(sample_weight, str | None):
        raise ArgumentError(
            f"sample_weight: expected the name of a column in {os.fspath(X)}, or None, got "
            f"{type(sample_weight).__name__}",
            parameter="sample_weight",
        )
    return parquet_parts(Path(X), y, sample_weight)


def _pose_parts(model: Any, parts: Sequence[Any]) -> PosedProblem:
    check = RowCheck(model, "csr")
    facts = survey_parts(parts, check)
    overview = facts.overview()
    layer, coding = _layer_and_coding(model, overview)
    rows = PartedRows.of(parts, check, coding)
    assert facts.columns is not None
    return PosedProblem(_in_passes(model, overview, layer, coding, None, rows), layer, facts.columns)


def _pose_batches(model: Any, factory: Factory) -> PosedProblem:
    rows = RowCheck(model, "csr")

    def check(X: Any, y: Any, weight: Any) -> tuple[Any, Array, Array]:
        return rows.rows(X, y, weight, all_rows=False)

    facts = survey(factory, check)
    if facts is None:
        raise ArgumentError("X: expected batches of rows, got none")
    overview = facts.overview()
    layer, coding = _layer_and_coding(model, overview)
    blocks = as_blocks(factory, check, overview, coding)
    return PosedProblem(_in_passes(model, overview, layer, coding, blocks, None), layer, rows.columns)


def _layer_and_coding(model: Any, overview: Overview) -> tuple[OutputLayer, BatchCoding]:
    layer = choose_output(overview.classes, model.output)
    factors = _class_factors(model.class_weight, layer, overview.class_weights)
    return layer, BatchCoding.of(overview, layer.columns[0], factors)


def _in_passes(
    model: Any, overview: Overview, layer: OutputLayer, coding: BatchCoding, batches: Any, parts: PartedRows | None
) -> LinearProblem:
    """Pose the problem for rows that are read in passes."""
    (head,) = heads_of(layer, len(overview.moments.mean))
    factors = coding.class_factors
    totals = overview.class_weights if factors is None else overview.class_weights * factors
    return LinearProblem(
        None,
        batches,
        overview.is_sparse,
        overview.dtype,
        scaling_of(overview.moments, overview.dtype, model.fit_intercept),
        (TargetColumn(head, None, None, totals, overview.n_rows),),
        parts,
    )


def _class_factors(class_weight: ClassWeight, layer: OutputLayer, totals: Array) -> Array | None:
    """Give class weights by the total weight of every class."""
    if class_weight is None:
        return None
    codes = np.arange(len(totals))[:, np.newaxis]
    weighted = target_weights(class_weight, codes, totals, layer)[:, 0]
    return np.asarray(np.divide(weighted, totals, out=np.zeros_like(totals), where=totals > 0.0))
