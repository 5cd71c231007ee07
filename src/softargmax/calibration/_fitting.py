"""Fitting an affine map: L-BFGS in the metric of the loss's curvature, with a bound on what is left to gain."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from softargmax._arrays import Array
from softargmax._descent import Memory, Point, search
from softargmax.calibration._affine import AffineLoss

# Rows that the curvature is estimated from.
_CURVATURE_ROWS = 4096
# Iterations after which it is taken anew.
_RENEWALS = (3, 8, 20, 50)
_MOST_ITERATIONS = 500
# The part of a Hessian's diagonal that rounding errors may have.
_ROUNDING = 1e-12


class AffineCurvature:
    """The Hessian by scale and bias, and A (x) G + ridge by weights and bias, each inverted exactly, and added up.

    A is the mean second derivative by the logits, G the second moments of the weights' features and of 1 (Martens,
    Grosse, *ICML* 2015). The bias, which has to do with both, is in both (additive Schwarz).
    """

    def __init__(self, loss: AffineLoss, theta: Array) -> None:
        joint, A, G = loss.second_derivatives(theta, _CURVATURE_ROWS)
        k = loss.n_classes
        self._split, ridge = loss.split, loss.ridge
        joint[np.diag_indices_from(joint)] += ridge[: 2 * k]
        # Along what is common to all classes the loss is flat; the ridge may be small beside rounding errors there.
        joint[np.diag_indices_from(joint)] += _ROUNDING * np.trace(joint) / len(joint)
        self._factor = linalg.cho_factor(joint, lower=True, check_finite=False, overwrite_a=True)
        if loss.rank:
            # In units in which the bias has the ridge of the weights.
            self._unit = np.ones((loss.rank + 1, 1))
            self._unit[-1] = np.sqrt(ridge[-1] / ridge[k])
            a, self._classes = np.linalg.eigh(A)
            g, self._features = np.linalg.eigh(G * self._unit * self._unit.T)
            self._values = np.outer(np.maximum(g, 0.0), np.maximum(a, 0.0)) + ridge[-1]

    def solve(self, gradient: Array) -> Array:
        """Apply the inverse."""
        result = np.array(gradient, np.float64)
        _, by_bias, by_weights = self._split(result)
        size = 2 * len(by_bias)
        both = np.concatenate([by_weights, by_bias[np.newaxis]])
        result[:size] = linalg.cho_solve(self._factor, result[:size], check_finite=False)
        if len(by_weights):
            inner = self._features.T @ (both * self._unit) @ self._classes
            inner /= self._values
            both = self._features @ inner @ self._classes.T * self._unit
            by_weights[...] = both[:-1]
            by_bias += both[-1]
        return result


@dataclass(frozen=True)
class Fit:
    """Parameters, and by how much the mean penalised loss can still fall at most, in nats."""

    theta: Array
    gap: float


def minimize(loss: AffineLoss, start: Array, tol: float) -> Fit:
    """Minimise until the mean penalised loss is at most `tol` nats above its minimum.

    Convexity and the ridge bound the gap: the loss lies above its tangent plus the ridge's parabola, whose minimum
    is g^2 / (2 ridge) below.
    """
    point = Point(start, *loss(start))
    curvature = AffineCurvature(loss, start)
    memory = Memory(start.size, np.dtype(np.float64))
    noise = 8.0 * float(np.finfo(loss.offset.dtype).eps)
    for iteration in range(_MOST_ITERATIONS):
        if _gap(loss, point) <= tol:
            break
        if iteration in _RENEWALS:
            curvature = AffineCurvature(loss, point.V)
        direction = memory.direction(curvature, point.gradient)
        slope = float(np.vdot(point.gradient, direction))
        found = search(loss, point, direction, slope, noise) if slope < 0.0 else None
        if found is None:
            if not memory.pairs:
                break
            memory.clear()
            continue
        memory.add(found.V - point.V, found.gradient - point.gradient)
        point = found
    return Fit(point.V, _gap(loss, point))


def _gap(loss: AffineLoss, point: Point) -> float:
    return 0.5 * float(np.sum(np.square(point.gradient) / loss.ridge)) / loss.total
