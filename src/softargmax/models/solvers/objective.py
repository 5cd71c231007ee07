r"""The objective of `LogisticRegression` divided by the total weight, and its derivatives, as sums over blocks.

.. math:: F(V) = \sum_i s_i\, \ell(z_i V, y_i) + \tfrac12 \sum_{jk} \lambda_j V_{jk}^2 + \sum_{jk} \tau_j |V_{jk}|,
          \qquad \sum_i s_i = 1

V belongs to standardised features, so the penalty of a feature's coefficients V_j / scale_j has a factor of its own.
The intercept is free.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._descent import Point
from softargmax._engine import Engine
from softargmax._merge_tree import merged
from softargmax.models.solvers.design import Design, Lane, Scaling
from softargmax.models.solvers.heads import Head
from softargmax.models.solvers.row_blocks import Block, RowBlocks

# Classes whose joint second derivatives are worth a matrix: rotating them costs less than the passes it saves. At 600
# the eigenvectors of A take .04 s, as a pass over some thousand rows does, and eight times as long at twice as many.
MOST_CLASSES_JOINTLY = 600
# Features whose second moments are: their factor takes 2.7 s at 2048, and some six times as long at twice as many.
MOST_FEATURES_JOINTLY = 2048
# Blocks are dealt to so many lanes, fewer where the sums of each would take more memory than this: 256 MB in double.
# Eight serve eight threads, and merging them costs little beside a pass. Another number would give other last bits.
_MOST_LANES = 8
_LANE_NUMBERS = 2**25


@dataclass
class LossSums:
    """What a pass adds up over rows: loss, gradient, and if asked for the second derivative with respect to the logits.

    Those of other rows, or another machine, merge.
    """

    loss: float
    gradient: Array
    class_curvature: Any = 0.0

    def merge(self, other: "LossSums") -> "LossSums":
        """Give the sums over the rows of both."""
        return LossSums(
            self.loss + other.loss, self.gradient + other.gradient, self.class_curvature + other.class_curvature
        )


@dataclass(frozen=True)
class ObjectivePoint(Point):
    """A point with the mean second derivative of the loss by the logits, where it was asked for."""

    class_curvature: Any = None


class _LaneMemory:
    """What one lane needs from block to block, and what it has added up."""

    def __init__(self, lane: Lane, rows: int) -> None:
        self.lane = lane
        self.total: Any = 0.0
        self.curvature: Any = 0.0
        self._raw = lane.new_raw()
        self._losses = np.empty(rows)
        self._count = 0

    def load(self, block: Block) -> None:
        """Take up a block."""
        self._count = len(block.codes)
        self.lane.load(block.features)

    def forward(self, coefficients: Any) -> Array:
        """Give the logits of the block, which may be overwritten."""
        raw = self._raw[: self._count]
        self.lane.forward(coefficients, raw)
        return raw

    @property
    def losses(self) -> Array:
        """Room for the losses of the block."""
        return self._losses[: self._count]

    def clear(self) -> None:
        """Begin a pass."""
        self.total = self.curvature = 0.0
        self.lane.clear()

    def add_totals(self, other: "_LaneMemory") -> "_LaneMemory":
        """Take up what another lane has added up, but for gradients."""
        self.total, self.curvature = self.total + other.total, self.curvature + other.curvature
        return self

    def add(self, other: "_LaneMemory") -> "_LaneMemory":
        """Take up what another lane has added up."""
        self.lane.merge(other.lane)
        return self.add_totals(other)


def _work(part: tuple[_LaneMemory, Iterable[Block], Callable[[_LaneMemory, Block], None]]) -> None:
    """Let a lane add up its blocks."""
    memory, blocks, add = part
    for block in blocks:
        memory.load(block)
        add(memory, block)


def _nothing(earlier: None, later: None) -> None:
    """Merge what lanes give back: their sums stay in their memory until the pass ends."""


@dataclass
class Objective:
    """A smooth loss over rows and a penalty.

    `share` is the weight of a row where all weigh the same, otherwise the factor of the weights: both make the
    weights sum to one. `class_totals` is the share of every class in them.
    """

    rows: RowBlocks
    design: Design
    head: Head
    scaling: Scaling
    l2: Array
    l1: Array
    share: float
    engine: Engine
    dtype: np.dtype[Any]
    class_totals: Array
    _memories: dict[str, list[_LaneMemory]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the coefficients."""
        return self.scaling.n_rows_of_coefficients, self.head.width

    @property
    def features_jointly(self) -> bool:
        """Whether the features' second moments are worth a matrix."""
        return self.scaling.n_features <= MOST_FEATURES_JOINTLY

    @property
    def has_corners(self) -> bool:
        """Whether there is an L1 penalty."""
        return bool(np.any(self.l1 > 0.0))

    def value_and_gradient(self, V: Array) -> tuple[float, Array]:
        """Give the smooth part of F, that is without the L1 penalty, and its derivative.

        `at` gives both as a point, and the curvature by the logits with them.
        """
        point = self.at(V)
        return point.value, point.gradient

    def at(self, V: Array, *, curvature: bool = False) -> ObjectivePoint:
        """Give the smooth part of F and its derivative at V; and the mean second derivative by the logits if asked."""
        summary = self.summarize(V, curvature=curvature)
        gradient = summary.gradient
        gradient *= self.share
        features = V[: self.scaling.n_features]
        ridge = self.l2[:, np.newaxis] * features
        gradient[: self.scaling.n_features] += ridge
        value = summary.loss * self.share + 0.5 * float(np.vdot(ridge, features))
        return ObjectivePoint(V, value, gradient, summary.class_curvature * self.share if curvature else None)

    def in_double(self) -> "Objective":
        """Give the same objective computed in double precision."""
        return replace(self, dtype=np.dtype(np.float64), _memories={})

    def summarize(self, V: Array, *, curvature: bool = False) -> LossSums:
        """Add up the loss and its derivatives over these rows, without penalty; those of other rows merge."""
        coefficients = self.design.coefficients(V, self.dtype)

        def block(memory: _LaneMemory, each: Block) -> None:
            raw = memory.forward(coefficients)
            self.head.residuals(raw, each.codes, memory.losses)
            if curvature:
                memory.curvature = memory.curvature + self.head.second_derivative(raw, each.codes, each.weight)
            if each.weight is None:
                memory.total += memory.losses.sum()
            else:
                memory.total += memory.losses @ each.weight
                raw *= each.weight[:, np.newaxis].astype(raw.dtype, copy=False)
            memory.lane.backward(raw)

        sums = merged(self._pass(block), _LaneMemory.add)
        return LossSums(sums.total, sums.lane.gradient(), sums.curvature)

    def corner_penalty(self, V: Array) -> float:
        """Give the L1 penalty."""
        return float(self.l1 @ np.abs(V[: self.scaling.n_features]).sum(axis=1)) if self.has_corners else 0.0

    def gram(self) -> Array:
        """Give the second moments of the standardised features."""

        def block(memory: _LaneMemory, each: Block) -> None:
            z = memory.lane.standardized()[:, : self.scaling.n_features]
            if each.weight is not None:
                z = z * np.sqrt(each.weight)[:, np.newaxis].astype(z.dtype, copy=False)
            memory.total = memory.total + (z.T @ z).astype(np.float64, copy=False)

        return self.share * np.asarray(merged(self._pass(block), _LaneMemory.add_totals).total)

    def hessian(self, V: Array) -> Array:
        """Give the second derivative of the smooth part, classes outermost: shape (width * p, width * p).

        With a row's second derivative diag(d) - q q^T it is the sum of d_k z z^T on the diagonal blocks, less
        that of (q (x) z) (q (x) z)^T: two kinds of symmetric matrix products.
        """
        coefficients = self.design.coefficients(V, np.dtype(np.float64))
        p, width = self.shape

        def block(memory: _LaneMemory, each: Block) -> None:
            d, q = self.head.factors(memory.forward(coefficients))
            z = memory.lane.standardized()
            if each.weight is not None:
                z = z * np.sqrt(each.weight)[:, np.newaxis]
            if np.ndim(memory.total) == 0:
                memory.total = np.zeros((width * p, width * p))
            if q is not None:
                product = (q[:, :, np.newaxis] * z[:, np.newaxis, :]).reshape(len(z), -1)
                memory.total -= product.T @ product
            for k, root in enumerate(np.sqrt(d).T):
                scaled = z * root[:, np.newaxis]
                memory.total[k * p : (k + 1) * p, k * p : (k + 1) * p] += scaled.T @ scaled

        memories = self._pass(block, np.dtype(np.float64), self.rows.finer(_MOST_LANES))
        hessian = self.share * np.asarray(merged(memories, _LaneMemory.add_totals).total)
        ridge = np.zeros(p)
        ridge[: self.scaling.n_features] = self.l2
        hessian[np.diag_indices(width * p)] += np.tile(ridge, width)
        return hessian

    def score_products(self, V: Array) -> Array:
        """Give the mean of the rows' gradients times themselves, laid out as the Hessian is, without the penalty.

        A row of weight 2 is two rows.
        """
        coefficients = self.design.coefficients(V, np.dtype(np.float64))

        def block(memory: _LaneMemory, each: Block) -> None:
            raw = memory.forward(coefficients)
            self.head.residuals(raw, each.codes, memory.losses)
            score = (raw[:, :, np.newaxis] * memory.lane.standardized()[:, np.newaxis, :]).reshape(len(raw), -1)
            weighted = score if each.weight is None else score * each.weight[:, np.newaxis]
            memory.total = memory.total + weighted.T @ score

        memories = self._pass(block, np.dtype(np.float64), self.rows.finer(_MOST_LANES))
        return self.share * np.asarray(merged(memories, _LaneMemory.add_totals).total)

    def sum_over_rows(
        self, V: Array, function: Callable[[Array, Block], tuple[float, Array | None]]
    ) -> tuple[float, Array]:
        """Sum over blocks what `function` makes of their float64 logits: a number, and residuals to take back."""
        coefficients = self.design.coefficients(V, np.dtype(np.float64))

        def block(memory: _LaneMemory, each: Block) -> None:
            raw = memory.forward(coefficients)
            value, residuals = function(raw.copy(), each)
            memory.total += value
            if residuals is not None:
                raw[...] = residuals
                memory.lane.backward(raw)

        sums = merged(self._pass(block, np.dtype(np.float64)), _LaneMemory.add)
        return float(self.share * sums.total), self.share * sums.lane.gradient()

    def _pass(
        self,
        add: Callable[[_LaneMemory, Block], None],
        dtype: np.dtype[Any] | None = None,
        rows: RowBlocks | None = None,
    ) -> list[_LaneMemory]:
        """Go once through the rows; lanes work side by side, each on its blocks in their order."""
        rows = self.rows if rows is None else rows
        memories = self._memory(self.dtype if dtype is None else dtype)[: rows.most_lanes]
        for memory in memories:
            memory.clear()
        for dealt in rows.rounds(len(memories)):
            parts = [(memory, blocks, add) for memory, blocks in zip(memories, dealt, strict=True)]
            self.engine.run(_work, parts, _nothing)
        return memories

    def _memory(self, dtype: np.dtype[Any]) -> list[_LaneMemory]:
        if dtype.name not in self._memories:
            self._memories.clear()  # one kind at a time
            count = int(np.clip(_LANE_NUMBERS // self.design.lane_numbers, 1, _MOST_LANES))
            self._memories[dtype.name] = [
                _LaneMemory(self.design.lane(dtype), self.rows.block_rows) for _ in range(count)
            ]
        return self._memories[dtype.name]
