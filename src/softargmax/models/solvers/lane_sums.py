"""Sums over the rows of one place: the loss, its derivatives, second moments. Lanes add up blocks, side by side.

`RowSums` is all that an objective needs to know of rows; `part_sums` has the same of rows that lie in many parts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from softargmax._arrays import Array
from softargmax._engine import Engine
from softargmax._merge_tree import merged
from softargmax.models.solvers.design import Design, Lane
from softargmax.models.solvers.heads import Head
from softargmax.models.solvers.row_blocks import Block, RowBlocks

# Blocks are dealt to so many lanes, fewer where the sums of each would take more memory than this: 256 MB in double.
# Eight serve eight threads, and merging them costs little beside a pass. Another number would give other last bits.
_MOST_LANES = 8
_LANE_NUMBERS = 2**25


# What a block's logits, in float64, come to: a number, and residuals to take back to the coefficients, if any.
OfBlock = Callable[[Array, Block], tuple[float, Array | None]]


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


class RowSums(Protocol):
    """What an objective asks of rows, wherever they are. Nothing is divided by their weight, and nothing penalised."""

    def losses(self, V: Array, dtype: np.dtype[Any], *, curvature: bool = False) -> LossSums:
        """Add up the loss and its derivatives at V, computed in `dtype`."""

    def gram(self, dtype: np.dtype[Any]) -> Array:
        """Add up the squares and products of standardised features."""

    def hessian(self, V: Array) -> Array:
        """Add up the second derivatives at V, classes outermost: shape (width * p, width * p)."""

    def score_products(self, V: Array) -> Array:
        """Add up the rows' gradients times themselves, laid out as the Hessian is. A row of weight 2 is two rows."""

    def of_blocks(self, V: Array, function: OfBlock) -> tuple[float, Array]:
        """Add up what `function` makes of blocks, and take residuals back."""

    def widest(self, V: Array) -> float:
        """Give how far apart the logits of a row are at most."""


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
class LaneSums:
    """Rows in blocks, which lanes add up side by side."""

    rows: RowBlocks
    design: Design
    head: Head
    engine: Engine
    _memories: dict[str, list[_LaneMemory]] = field(default_factory=dict)

    def losses(self, V: Array, dtype: np.dtype[Any], *, curvature: bool = False) -> LossSums:
        """Add up the loss and its derivatives at V, computed in `dtype`."""
        coefficients = self.design.coefficients(V, dtype)

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

        sums = merged(self._pass(block, dtype), _LaneMemory.add)
        return LossSums(sums.total, sums.lane.gradient(), sums.curvature)

    def gram(self, dtype: np.dtype[Any]) -> Array:
        """Add up the squares and products of standardised features."""
        n_features = self.design.scaling.n_features

        def block(memory: _LaneMemory, each: Block) -> None:
            z = memory.lane.standardized()[:, :n_features]
            if each.weight is not None:
                z = z * np.sqrt(each.weight)[:, np.newaxis].astype(z.dtype, copy=False)
            memory.total = memory.total + (z.T @ z).astype(np.float64, copy=False)

        return np.asarray(merged(self._pass(block, dtype), _LaneMemory.add_totals).total)

    def hessian(self, V: Array) -> Array:
        """Add up the second derivatives at V.

        With a row's second derivative diag(d) - q q^T it is the sum of d_k z z^T on the diagonal blocks, less
        that of (q (x) z) (q (x) z)^T: two kinds of symmetric matrix products.
        """
        coefficients = self.design.coefficients(V, np.dtype(np.float64))
        p, width = V.shape

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
        return np.asarray(merged(memories, _LaneMemory.add_totals).total)

    def score_products(self, V: Array) -> Array:
        """Add up the rows' gradients times themselves, laid out as the Hessian is. A row of weight 2 is two rows."""
        coefficients = self.design.coefficients(V, np.dtype(np.float64))

        def block(memory: _LaneMemory, each: Block) -> None:
            raw = memory.forward(coefficients)
            self.head.residuals(raw, each.codes, memory.losses)
            score = (raw[:, :, np.newaxis] * memory.lane.standardized()[:, np.newaxis, :]).reshape(len(raw), -1)
            weighted = score if each.weight is None else score * each.weight[:, np.newaxis]
            memory.total = memory.total + weighted.T @ score

        memories = self._pass(block, np.dtype(np.float64), self.rows.finer(_MOST_LANES))
        return np.asarray(merged(memories, _LaneMemory.add_totals).total)

    def of_blocks(self, V: Array, function: OfBlock) -> tuple[float, Array]:
        """Add up what `function` makes of blocks, and take residuals back."""
        coefficients = self.design.coefficients(V, np.dtype(np.float64))

        def block(memory: _LaneMemory, each: Block) -> None:
            raw = memory.forward(coefficients)
            value, residuals = function(raw.copy(), each)
            memory.total += value
            if residuals is not None:
                raw[...] = residuals
                memory.lane.backward(raw)

        sums = merged(self._pass(block, np.dtype(np.float64)), _LaneMemory.add)
        return float(sums.total), sums.lane.gradient()

    def widest(self, V: Array) -> float:
        """Give how far apart the logits of a row are at most; a lone logit is that far from 0."""
        coefficients = self.design.coefficients(V, np.dtype(np.float64))

        def block(memory: _LaneMemory, _: Block) -> None:
            raw = memory.forward(coefficients)
            spread = np.ptp(raw, axis=1) if raw.shape[1] > 1 else np.abs(raw)
            memory.total = max(memory.total, float(spread.max()))

        return max(float(memory.total) for memory in self._pass(block, np.dtype(np.float64)))

    def _pass(
        self, add: Callable[[_LaneMemory, Block], None], dtype: np.dtype[Any], rows: RowBlocks | None = None
    ) -> list[_LaneMemory]:
        """Go once through the rows; lanes work side by side, each on its blocks in their order."""
        rows = self.rows if rows is None else rows
        memories = self._memory(dtype)[: rows.most_lanes]
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
