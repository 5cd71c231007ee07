"""Sums over rows that lie in many parts, each of which is read where the engine works on it: here, or on a cluster."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._engine import LastingParts, run
from softargmax._merge_tree import Merge
from softargmax.models.solvers.lane_sums import LaneSums, LossSums, OfBlock

# What the dashboard of a cluster calls a pass over the rows.
_STAGE = "fit pass"


@dataclass(frozen=True)
class PartSums:
    """Rows in parts; `rows_of` makes the sums of a part there where it is, and pickles."""

    parts: LastingParts[Any]
    rows_of: Callable[[Any], LaneSums]

    def losses(self, V: Array, dtype: np.dtype[Any], *, curvature: bool = False) -> LossSums:
        """Add up the loss and its derivatives at V, computed in `dtype`."""
        sums: LossSums = self._sum(operator.methodcaller("losses", V, dtype, curvature=curvature), LossSums.merge)
        return sums

    def gram(self, dtype: np.dtype[Any]) -> Array:
        """Add up the squares and products of standardised features."""
        return np.asarray(self._sum(operator.methodcaller("gram", dtype), operator.add))

    def hessian(self, V: Array) -> Array:
        """Add up the second derivatives at V."""
        return np.asarray(self._sum(operator.methodcaller("hessian", V), operator.add))

    def score_products(self, V: Array) -> Array:
        """Add up the rows' gradients times themselves."""
        return np.asarray(self._sum(operator.methodcaller("score_products", V), operator.add))

    def of_blocks(self, V: Array, function: OfBlock) -> tuple[float, Array]:
        """Add up what `function` makes of blocks, and take residuals back."""
        value, gradient = self._sum(operator.methodcaller("of_blocks", V, function), _both)
        return float(value), np.asarray(gradient)

    def widest(self, V: Array) -> float:
        """Give how far apart the logits of a row are at most."""
        return float(self._sum(operator.methodcaller("widest", V), max))

    def _sum(self, operation: Callable[[LaneSums], Any], merge: Merge[Any]) -> Any:
        return run(partial(_of_part, self.rows_of, operation), self.parts, merge, stage=_STAGE)


def _of_part(rows_of: Callable[[Any], LaneSums], operation: Callable[[LaneSums], Any], part: Any) -> Any:
    return operation(rows_of(part))


def _both(first: tuple[float, Array], second: tuple[float, Array]) -> tuple[float, Array]:
    return first[0] + second[0], first[1] + second[1]
