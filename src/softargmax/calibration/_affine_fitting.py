"""Fitting an affine map: L-BFGS in the metric of the loss's curvature, with a bound on what is left to gain.

L-BFGS learns the curvature of a loss from its own steps; how many it needs depends on the metric it starts from, an
approximation of the Hessian that is cheap to invert. Here it is a sum of two inverses, each exact for a part of the
parameters:

- for scales, biases and what classes share, which are few, their whole Hessian;
- for weights and biases, the Kronecker product of two small matrices: A, the mean second derivative of the loss by the
  logits (K x K), and G, the second moments of what the weights multiply (r x r). Were the second derivative the same
  for all rows, the Hessian by the matrix of weights W would be this product, whose inverse takes a gradient matrix D to
  G^-1 D A^-1: two small factorisations instead of one of a (K r) x (K r) matrix (Martens, Grosse, *ICML* 2015).

The biases stand in both parts, because they have to do with scales and with weights. Adding up the inverses of
overlapping parts is what is called an additive Schwarz preconditioner. The product alone, or in coordinates centred so
that biases and weights fall apart, took up to ten times as many passes over the rows.

What is left to gain is bounded by the penalty. A convex loss plus a ridge (half the sum of squares times its weight)
lies above its tangent plus the ridge's own parabola, whose minimum is g^2 / (2 ridge) below the current value for a
gradient g. So the gradient, which is there anyway, tells how far the minimum can be away at most.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._cholesky import Cholesky
from softargmax._descent import Curvature, Memory, Point, descend
from softargmax.calibration._affine import AffineLoss

# Rows that the curvature is estimated from: it only shapes the steps, so a few thousand are as good as all.
_CURVATURE_ROWS = 4096
# Fewer suffice where classes share parameters, each of which has features as large as the logits: so many for each
# class, and at least as many as that.
_ROWS_OF_CLASS, _LEAST_ROWS = 8, 1024
# Iterations after which it is taken anew, because it changes with the parameters: soon at first, while steps are large,
# then ever more rarely, since each costs as much as some passes. Chosen by hand.
_RENEWALS = (3, 8, 20, 50)
# From so many classes on, where they share no parameters, second derivatives between classes are left out: those of
# 1000 classes cost as much as a hundred passes over the rows, and next to those of a class by itself they are small.
_APART_FROM = 256
# The second derivatives that a metric was made from: by scale, bias and what is shared, A, and G; or of classes apart.
Seconds = tuple[Array, ...]
# Turns after which a fit that may be in vain asks whether it is: an answer costs a sixth of a turn.
_ASKED_EVERY = 3
# A brake. Under a penalty that rows have chosen fits take ten to two hundred iterations; a matrix next to none holds
# back may end here, and warns with its bound.
_MOST_ITERATIONS = 500
# The part of a Hessian's diagonal that rounding errors may have.
_ROUNDING = 1e-12


class AffineCurvature:
    """The metric: the Hessian by scale, bias and what is shared, and the product of A and G plus the ridge by the rest.

    Each is inverted exactly, and the inverses are added up; the module says what A and G are, and why. `seconds` are
    second derivatives that were taken elsewhere; without them they are taken at `theta`.
    """

    def __init__(self, loss: AffineLoss, theta: Array, seconds: Seconds | None = None) -> None:
        k, rows = loss.n_classes, _CURVATURE_ROWS
        if loss.n_shared:
            rows = min(max(_ROWS_OF_CLASS * k, _LEAST_ROWS), rows)
        self.seconds = seconds or loss.second_derivatives(theta, rows)
        joint, A, G = self.seconds
        joint = joint.copy()
        self._split, ridge, self._n_lines = (loss.split, loss.ridge, 2 * k + loss.n_shared)
        joint[np.diag_indices_from(joint)] += ridge[: self._n_lines]
        self._factor = _cholesky(joint)
        if loss.rank:
            # In units in which the bias has the ridge of the weights.
            self._unit = np.ones((loss.rank + 1, 1))
            self._unit[-1] = np.sqrt(ridge[-1] / ridge[k])
            a, self._classes = np.linalg.eigh(A)
            g, self._features = np.linalg.eigh(G * self._unit * self._unit.T)
            self._values = np.outer(np.maximum(g, 0.0), np.maximum(a, 0.0)) + ridge[-1]

    def solve(self, gradient: Array) -> Array:
        """Give the inverse of the metric times a gradient."""
        result = np.array(gradient, np.float64)
        _, by_bias, by_weights = self._split(result)
        size = self._n_lines
        both = np.concatenate([by_weights, by_bias[np.newaxis]])
        result[:size] = self._factor.solve(result[:size])
        if len(by_weights):
            inner = self._features.T @ (both * self._unit) @ self._classes
            inner /= self._values
            both = self._features @ inner @ self._classes.T * self._unit
            by_weights[...] = both[:-1]
            by_bias += both[-1]
        return result


class ClassCurvature:
    """The same without what two classes have to do with each other: A is diagonal, and so are scales and biases."""

    def __init__(self, loss: AffineLoss, theta: Array, seconds: Seconds | None = None) -> None:
        self.seconds: Seconds = seconds or loss.class_derivatives(theta, _CURVATURE_ROWS)
        (by_scale, both, by_bias), G = self.seconds
        self._split, k = loss.split, loss.n_classes
        self._by_scale, self._both, self._by_bias = by_scale + loss.ridge[:k], both, by_bias + loss.ridge[k : 2 * k]
        self._determinant = self._by_scale * self._by_bias - np.square(both)
        if loss.rank:
            g, self._features = np.linalg.eigh(G[:-1, :-1])
            self._values = np.outer(np.maximum(g, 0.0), by_bias) + loss.ridge[-1]

    def solve(self, gradient: Array) -> Array:
        """Give the inverse of the metric times a gradient."""
        result = np.array(gradient, np.float64)
        to_scale, to_bias, to_weights = self._split(result)
        scale = (self._by_bias * to_scale - self._both * to_bias) / self._determinant
        to_bias[...] = (self._by_scale * to_bias - self._both * to_scale) / self._determinant
        to_scale[...] = scale
        if len(to_weights):
            to_weights[...] = self._features @ (self._features.T @ to_weights / self._values)
        return result


def curvature_of(loss: AffineLoss, theta: Array, seconds: Seconds | None = None) -> AffineCurvature | ClassCurvature:
    """Give the metric for a loss, from second derivatives that are known or those at `theta`."""
    apart = loss.n_classes >= _APART_FROM and not loss.n_shared
    return (ClassCurvature if apart else AffineCurvature)(loss, theta, seconds)


def _cholesky(hessian: Array) -> Cholesky:
    """Factorise a Hessian whose rounding errors may be larger than the ridge on its diagonal.

    Along what is common to all classes the loss is flat, so only the ridge keeps the Hessian positive definite there.
    In single precision, and where log-probabilities are far from 0, more may have to be added than double precision
    needs.
    """
    share = _ROUNDING
    while True:
        added = hessian.copy()
        added[np.diag_indices_from(added)] += share * np.trace(added) / len(added)
        try:
            return Cholesky(added)
        except np.linalg.LinAlgError:
            if not share < 1.0:
                raise
            share *= 100.0


@dataclass(frozen=True)
class AffineFit:
    """Parameters, by how much the mean penalised loss can still fall at most, in nats, and the last curvature."""

    theta: Array
    gap: float
    seconds: Seconds


def minimize_affine(
    loss: AffineLoss,
    start: Array,
    tol: float,
    least_step: float = 0.0,
    *,
    seconds: Seconds | None = None,
    in_vain: Callable[[Array], bool] | None = None,
) -> AffineFit:
    """Minimise until the mean penalised loss is at most `tol` nats above its minimum.

    The module says how that is known. It also ends where the next step promises no more than `least_step`, which is a
    guess and no bound, but far nearer to the truth where the penalty is weak; and where `in_vain`, which is asked on
    the way, says so of the parameters. `seconds` are second derivatives to begin with, those at which a similar fit has
    ended.
    """
    course = _AffineCourse(loss, tol, least_step, curvature_of(loss, start, seconds), in_vain)
    end = descend(course, course.at(start), np.dtype(np.float64)).point
    return AffineFit(end.V, course.gap(end), course.curvature.seconds)


@dataclass
class _AffineCourse:
    """A descent until the bound on what is left to gain is small enough."""

    loss: AffineLoss
    tol: float
    least_step: float
    curvature: AffineCurvature | ClassCurvature
    in_vain: Callable[[Array], bool] | None = None
    turns: int = 0  # searches, also those that failed

    @property
    def noise(self) -> float:
        """The relative rounding error of the loss."""
        return 8.0 * float(np.finfo(self.loss.offset.dtype).eps)

    def at(self, V: Array) -> Point:
        """Give the loss and its gradient."""
        return Point(V, *self.loss(V))

    def gap(self, point: Point) -> float:
        """Bound what is left to gain, in nats per row."""
        return 0.5 * float(np.sum(np.square(point.gradient) / self.loss.ridge)) / self.loss.total

    def metric(self, point: Point, memory: Memory) -> Curvature:
        """Give the curvature, now and then taken anew."""
        if self.turns in _RENEWALS and self.gap(point) > self.tol:
            self.curvature = curvature_of(self.loss, point.V)
        self.turns += 1
        return self.curvature

    def is_over(self, point: Point, slope: float) -> bool:
        """Tell whether so little is left to gain, or there were too many searches."""
        if self.gap(point) <= self.tol or self.turns > _MOST_ITERATIONS:
            return True
        if -0.5 * slope <= self.least_step * self.loss.total:
            return True
        return self.in_vain is not None and self.turns % _ASKED_EVERY == 0 and self.in_vain(point.V)

    def moved(self, point: Point) -> None:
        """Take no note of a step."""
