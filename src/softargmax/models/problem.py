"""What a linear classifier is fitted to: rows, targets and weights, one objective per target column.

A loss over several target columns is a sum over them, and so is the penalty: every column is a problem of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from softargmax._arrays import Array
from softargmax.models.outputs import OutputLayer, SigmoidOutput, SigmoidsOutput
from softargmax.models.solvers.design import DenseDesign, Scaling, SparseDesign
from softargmax.models.solvers.heads import Head, SigmoidHead, SoftmaxHead
from softargmax.models.solvers.lanes import Lanes
from softargmax.models.solvers.objective import Objective
from softargmax.models.solvers.rows import Block, MemoryRows, StreamedRows, as_csr_block, block_rows_for
from softargmax.models.standardizer import Moments

# Rows whose moments are taken together.
_MOMENT_ROWS = 8192


@dataclass(frozen=True)
class Column:
    """One target column: codes and weights in memory, or batches of both."""

    head: Head
    codes: Array | None
    weight: Array | None
    class_totals: Array  # the weight of every class
    all_alike: float  # the weight of every row where `weight` is None

    @property
    def total_weight(self) -> float:
        """The weight of all rows."""
        return float(self.class_totals.sum())


@dataclass(frozen=True)
class LinearProblem:
    """Features and target columns."""

    features: Any  # ndarray, CSR matrix, or None for batches
    batches: Callable[[], Iterable[Block]] | None
    is_sparse: bool
    dtype: np.dtype[Any]
    scaling: Scaling
    columns: tuple[Column, ...]

    @classmethod
    def in_memory(
        cls, X: Any, targets: Array, row_weight: Array, target_weight: Array, layer: OutputLayer, intercept: bool
    ) -> "LinearProblem":
        """Pose the problem for rows in memory; `target_weight` has class weights in it."""
        is_sparse = sparse.issparse(X)
        moments = moments_of(X, row_weight)
        columns = []
        for j, head in enumerate(heads_of(layer)):
            weight = np.ascontiguousarray(target_weight[:, j])
            codes = np.ascontiguousarray(targets[:, j], dtype=np.int64)
            alike = bool(np.all(weight == weight[0]))
            totals = np.bincount(codes, weights=weight, minlength=max(head.width, 2))
            columns.append(Column(head, codes, None if alike else weight, totals, float(weight[0])))
        scaling = scaling_of(moments, X.dtype, intercept)
        return cls(as_csr_block(X) if is_sparse else X, None, is_sparse, X.dtype, scaling, tuple(columns))

    def objective(self, column: int, C: float, l1_ratio: float, lanes: Lanes) -> Objective:
        """Pose the problem of one target column."""
        each = self.columns[column]
        scaling, width = self.scaling, each.head.width
        block_rows = block_rows_for(scaling.n_features, width, dense=not self.is_sparse)
        rows: MemoryRows | StreamedRows
        if self.batches is not None:
            rows = StreamedRows(self.batches, block_rows)
        else:
            assert each.codes is not None
            rows = MemoryRows(self.features, each.codes, each.weight, block_rows)
        make = SparseDesign if self.is_sparse else DenseDesign
        penalty = 1.0 / (C * each.total_weight)
        return Objective(
            rows,
            make(scaling, width, block_rows),
            each.head,
            scaling,
            (1.0 - l1_ratio) * penalty * np.square(scaling.inverse),
            l1_ratio * penalty * scaling.inverse,
            (1.0 if each.weight is not None else each.all_alike) / each.total_weight,
            lanes,
            np.dtype(self.dtype),
            each.class_totals / each.total_weight,
        )


def heads_of(layer: OutputLayer) -> list[Head]:
    """Give the head of every target column."""
    if isinstance(layer, SigmoidOutput | SigmoidsOutput):
        return [SigmoidHead() for _ in layer.columns]
    return [SoftmaxHead(len(labels)) for labels in layer.columns]


def scaling_of(moments: Moments, dtype: np.dtype[Any], intercept: bool) -> Scaling:
    """Standardise by mean and deviation; without an intercept, which centring would change, by the size alone.

    Numbers are rounded to the dtype of the features, so that they mean the same in single and double precision.
    """
    mean = moments.mean.astype(dtype).astype(np.float64) if intercept else np.zeros_like(moments.mean)
    spread = np.sqrt(moments.variance if intercept else moments.variance + np.square(moments.mean))
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.where(spread > 0.0, 1.0 / spread, 0.0).astype(dtype).astype(np.float64)
    return Scaling(mean, np.where(np.isfinite(inverse), inverse, 0.0), intercept)


def _dense_moments(X: Array, weight: Array) -> Moments:
    result = None
    for start in range(0, len(X), _MOMENT_ROWS):
        rows = slice(start, start + _MOMENT_ROWS)
        part = Moments.of(X[rows], weight[rows])
        result = part if result is None else result.merge(part)
    assert result is not None
    return result


def _sparse_moments(X: Any, weight: Array) -> Moments:
    total = float(weight.sum())
    row_weight = np.repeat(weight / total, np.diff(X.indptr))
    count = X.shape[1]
    mean = np.bincount(X.indices, weights=row_weight * X.data, minlength=count)
    present = np.bincount(X.indices, weights=row_weight, minlength=count)
    deviations = np.square(X.data - mean[X.indices])
    squares = np.bincount(X.indices, weights=row_weight * deviations, minlength=count)
    squares += np.maximum(1.0 - present, 0.0) * np.square(mean)
    return Moments(total, mean, total * squares)


def moments_of(X: Any, weight: Array) -> Moments:
    """Give the moments of dense or sparse features."""
    return _sparse_moments(X, weight) if sparse.issparse(X) else _dense_moments(X, weight)
