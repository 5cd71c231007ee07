"""What a linear classifier is fitted to: rows, targets and weights, one objective per target column.

A loss over several target columns is a sum over them, and so is the penalty: every column is a problem of its own.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from softargmax._arrays import Array
from softargmax._engine import Engine
from softargmax._moments import FeatureMoments
from softargmax.exceptions import ArgumentError
from softargmax.models.class_weights import relative
from softargmax.models.outputs import OutputLayer, SigmoidOutput, SigmoidsOutput
from softargmax.models.solvers.design import DenseDesign, Design, Scaling, SparseDesign
from softargmax.models.solvers.heads import Head, SigmoidHead, SoftmaxHead
from softargmax.models.solvers.lane_sums import LaneSums, RowSums
from softargmax.models.solvers.objective import MOST_CLASSES_JOINTLY, MOST_FEATURES_JOINTLY, Objective
from softargmax.models.solvers.row_blocks import Block, MemoryRows, StreamedRows, as_csr_block, block_rows_for

# Classes whose joint second derivatives are worth a matrix where there are too many features for one of theirs: the
# metric gains less then, and rotating logits by K x K must not cost more than reading sparse rows. Chosen by hand.
_MOST_CLASSES_IF_WIDE = 64
# Features that vary less than this are constant: the squares of what standardises them would overflow.
_SMALLEST_SPREAD = 1e-145


@dataclass(frozen=True)
class TargetColumn:
    """One target column: codes and weights in memory, or batches of both."""

    head: Head
    codes: Array | None
    weight: Array | None
    class_totals: Array  # the weight of every class
    size: float  # what the weights sum to, or the number of rows where `weight` is None

    @property
    def total_weight(self) -> float:
        """The weight of all rows."""
        return float(self.class_totals.sum())


@dataclass(frozen=True)
class LinearProblem:
    """Features and target columns."""

    features: Any  # ndarray, CSR matrix, or None for batches and parts
    batches: Callable[[], Iterable[Block]] | None
    is_sparse: bool
    dtype: np.dtype[Any]
    scaling: Scaling
    columns: tuple[TargetColumn, ...]
    parts: Any = None  # rows that lie in many parts: `PartedRows`
    _grams: dict[int, Array] = field(default_factory=dict)

    @classmethod
    def in_memory(
        cls, X: Any, targets: Array, row_weight: Array, target_weight: Array, layer: OutputLayer, intercept: bool
    ) -> "LinearProblem":
        """Pose the problem for rows in memory; `target_weight` has class weights in it."""
        is_sparse = sparse.issparse(X)
        moments = moments_of(X, row_weight)
        columns = []
        for j, head in enumerate(heads_of(layer, X.shape[1])):
            weight = np.ascontiguousarray(target_weight[:, j])
            codes = np.ascontiguousarray(targets[:, j], dtype=np.int64)
            totals = np.bincount(codes, weights=weight, minlength=max(head.width, 2))
            shares = relative(weight)
            columns.append(TargetColumn(head, codes, None if np.all(shares == 1.0) else shares, totals, len(weight)))
        scaling = scaling_of(moments, X.dtype, intercept)
        return cls(as_csr_block(X) if is_sparse else X, None, is_sparse, X.dtype, scaling, tuple(columns))

    def objective(self, column: int, C: float, l1_ratio: float, engine: Engine) -> Objective:
        """Pose the problem of one target column."""
        each = self.columns[column]
        scaling, width = self.scaling, each.head.width
        block_rows = block_rows_for(scaling.n_features, width, dense=not self.is_sparse)
        design = (SparseDesign if self.is_sparse else DenseDesign)(scaling, width, block_rows)
        penalty = 1.0 / C / each.total_weight
        if not (np.isfinite(each.total_weight) and np.isfinite(penalty)):
            raise ArgumentError(
                f"C, sample_weight: expected numbers whose product is neither 0 nor infinite, got C={C:g} and weights "
                f"that sum to {each.total_weight:g}"
            )
        return Objective(
            self._sums(each, design, engine),
            each.head,
            scaling,
            (1.0 - l1_ratio) * penalty * np.square(scaling.inverse),
            l1_ratio * penalty * scaling.inverse,
            1.0 / each.size,
            np.dtype(self.dtype),
            each.class_totals / each.total_weight,
        )

    def remembering(self) -> AbstractContextManager[Any]:
        """Remember rows of parts between passes, and let go of them at the end."""
        return nullcontext() if self.parts is None else self.parts.remembering()

    def _sums(self, column: TargetColumn, design: Design, engine: Engine) -> RowSums:
        if self.parts is not None:
            return self.parts.sums(design, column.head, design.block_rows)  # type: ignore[no-any-return]
        if self.batches is not None:
            return LaneSums(StreamedRows(self.batches, design.block_rows), design, column.head, engine)
        assert column.codes is not None
        rows = MemoryRows(self.features, column.codes, column.weight, design.block_rows)
        return LaneSums(rows, design, column.head, engine)

    def gram(self, column: int, objective: Objective) -> Array | None:
        """Give the second moments of the standardised features, taken once for all strengths; None for too many.

        Columns share them, unless class weights make their rows weigh differently.
        """
        if not objective.features_jointly:
            return None
        key = column if self.columns[column].weight is not None else -1
        if key not in self._grams:
            self._grams[key] = objective.gram()
        return self._grams[key]


def heads_of(layer: OutputLayer, n_features: int) -> list[Head]:
    """Give the head of every target column.

    Classes are rotated into each other where that does not cost more than the passes it saves.
    """
    if isinstance(layer, SigmoidOutput | SigmoidsOutput):
        return [SigmoidHead() for _ in layer.columns]
    most = MOST_CLASSES_JOINTLY if n_features <= MOST_FEATURES_JOINTLY else _MOST_CLASSES_IF_WIDE
    return [SoftmaxHead(len(labels), len(labels) <= most) for labels in layer.columns]


def scaling_of(moments: FeatureMoments, dtype: np.dtype[Any], intercept: bool) -> Scaling:
    """Standardise by mean and deviation; without an intercept, which centring would change, by the size alone.

    Numbers are rounded to the dtype of the features, so that they mean the same in single and double precision.
    """
    mean = moments.mean.astype(dtype).astype(np.float64) if intercept else np.zeros_like(moments.mean)
    spread = np.sqrt(moments.variance if intercept else moments.variance + np.square(moments.mean))
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.where(spread > _SMALLEST_SPREAD, 1.0 / spread, 0.0).astype(dtype).astype(np.float64)
    return Scaling(mean, np.where(np.isfinite(inverse), inverse, 0.0), intercept)


def _sparse_moments(X: Any, weight: Array) -> FeatureMoments:
    total = float(weight.sum())
    if total == 0.0:
        return FeatureMoments(0.0, np.zeros(X.shape[1]), np.zeros(X.shape[1]))
    row_weight = np.repeat(weight / total, np.diff(X.indptr))
    count = X.shape[1]
    mean = np.bincount(X.indices, weights=row_weight * X.data, minlength=count)
    present = np.bincount(X.indices, weights=row_weight, minlength=count)
    deviations = np.square(X.data - mean[X.indices])
    squares = np.bincount(X.indices, weights=row_weight * deviations, minlength=count)
    missing = np.maximum(1.0 - present, 0.0) * np.square(mean)
    return FeatureMoments(total, mean.astype(np.float64), total * (squares + missing))


def moments_of(X: Any, weight: Array) -> FeatureMoments:
    """Give the moments of dense or sparse features."""
    return _sparse_moments(X, weight) if sparse.issparse(X) else FeatureMoments.of_many(X, weight)
