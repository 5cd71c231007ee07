r"""The objective of `LogisticRegression` divided by the total weight, and its derivatives, as sums over blocks.

.. math:: F(V) = \sum_i s_i\, \ell(z_i V, y_i) + \tfrac12 \sum_{jk} \lambda_j V_{jk}^2 + \sum_{jk} \tau_j |V_{jk}|,
          \qquad \sum_i s_i = 1

V belongs to standardised features, so the penalty of a feature's coefficients V_j / scale_j has a factor of its own.
The intercept is free.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._descent import Point
from softargmax.models.solvers.design import Scaling
from softargmax.models.solvers.heads import Head
from softargmax.models.solvers.lane_sums import LossSums, OfBlock, RowSums

# Classes whose joint second derivatives are worth a matrix: rotating them costs less than the passes it saves. At 600
# the eigenvectors of A take .04 s, as a pass over some thousand rows does, and eight times as long at twice as many.
MOST_CLASSES_JOINTLY = 600
# Features whose second moments are: their factor takes 2.7 s at 2048, and some six times as long at twice as many.
MOST_FEATURES_JOINTLY = 2048


@dataclass(frozen=True)
class ObjectivePoint(Point):
    """A point with the mean second derivative of the loss by the logits, where it was asked for."""

    class_curvature: Any = None


@dataclass
class Objective:
    """A smooth loss over rows and a penalty.

    `share` is the weight of a row where all weigh the same, otherwise the factor of the weights: both make the
    weights sum to one. `class_totals` is the share of every class in them.
    """

    sums: RowSums
    head: Head
    scaling: Scaling
    l2: Array
    l1: Array
    share: float
    dtype: np.dtype[Any]
    class_totals: Array

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
        return replace(self, dtype=np.dtype(np.float64))

    def summarize(self, V: Array, *, curvature: bool = False) -> LossSums:
        """Add up the loss and its derivatives over these rows, without penalty; those of other rows merge."""
        return self.sums.losses(V, self.dtype, curvature=curvature)

    def corner_penalty(self, V: Array) -> float:
        """Give the L1 penalty."""
        return float(self.l1 @ np.abs(V[: self.scaling.n_features]).sum(axis=1)) if self.has_corners else 0.0

    def gram(self) -> Array:
        """Give the second moments of the standardised features."""
        return self.share * self.sums.gram(self.dtype)

    def hessian(self, V: Array) -> Array:
        """Give the second derivative of the smooth part, classes outermost: shape (width * p, width * p)."""
        p, width = self.shape
        hessian = self.share * self.sums.hessian(V)
        ridge = np.zeros(p)
        ridge[: self.scaling.n_features] = self.l2
        hessian[np.diag_indices(width * p)] += np.tile(ridge, width)
        return hessian

    def score_products(self, V: Array) -> Array:
        """Give the mean of the rows' gradients times themselves, laid out as the Hessian is, without the penalty."""
        return self.share * self.sums.score_products(V)

    def sum_over_rows(self, V: Array, function: OfBlock) -> tuple[float, Array]:
        """Sum over blocks what `function` makes of their float64 logits: a number, and residuals to take back."""
        value, gradient = self.sums.of_blocks(V, function)
        return float(self.share * value), self.share * gradient
