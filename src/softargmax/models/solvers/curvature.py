"""Second derivatives of the objective, and what they make of a gradient: the metric a solver steps in.

`KroneckerCurvature` is A (x) G + diag(ridge): A over classes, the mean second derivative of the loss with respect to
the logits, G over features, their second moments. It is exact at equal probabilities, needs one d x d factor for all
classes, and follows the fit by renewing A, a K x K matrix. With the A of equal probabilities throughout it would be
Böhning's bound (*Ann. Inst. Statist. Math.* 44, 1992), which is far too steep once a model is sure of its rows; with
both factors renewed it is the approximation of Martens and Grosse (*ICML* 2015) for a single layer.

`ExactCurvature` is the Hessian itself, factorised.
"""

import numpy as np
from scipy import linalg

from softargmax._arrays import Array
from softargmax.exceptions import DivergenceError
from softargmax.models.solvers.objective import Objective

# Directions of features that are shorter than this, relative to the longest, are rounding errors: some hundred times
# the precision of double.
_RIDGE = 1e-13
# How much flatter a renewed curvature may be: class by class, and altogether where classes are taken jointly. Digits
# need the same iterations with .01 and 1e-5 in place of the latter, a third more with .1; a thousand sparse features
# the same with .1 and .9 in place of the former.
_SLOWEST, _FLATTEST = 0.5, 1e-3


class KroneckerCurvature:
    """A (x) G + diag(ridge), inverted exactly for every A by one simultaneous diagonalisation.

    G is None where it would be too large; then the features count as uncorrelated, which leaves it 1 (they are
    standardised). A may be a vector: its diagonal.
    """

    def __init__(self, gram: Array | None, ridge: Array, intercept: bool, A: Array, shift_invariant: bool) -> None:
        self.gram, self.ridge, self.intercept = gram, ridge, intercept
        self.A = A
        self._shift_invariant = shift_invariant
        self._level = float(np.mean(A if A.ndim == 1 else np.diag(A)))  # any typical value does
        self._basis: Array | None = None
        if gram is not None:
            self._diagonalize(gram)
        self.renew(A)

    def _diagonalize(self, gram: Array) -> None:
        # With M = G + ridge / level = L L^T (scaled to a unit diagonal) and L^-1 (ridge / level) L^-T = E t E^T,
        # 0 <= t <= 1, a G + ridge is L E (a (1 - t) + level t) E^T L^T for every a. All that is ill-conditioned
        # stays in L, where a Cholesky factor is at its best.
        joint = gram + np.diag(self.ridge / self._level)
        size = np.sqrt(np.diag(joint))
        size[size == 0.0] = 1.0
        scaled = joint / np.outer(size, size)
        scaled[np.diag_indices_from(scaled)] = 1.0
        factor = _cholesky(scaled)
        ridge = np.diag(self.ridge / self._level / np.square(size))
        inner = linalg.solve_triangular(factor, ridge, lower=True, check_finite=False)
        inner = linalg.solve_triangular(factor, inner.T, lower=True, check_finite=False)
        self._part, vectors = np.linalg.eigh(0.5 * (inner + inner.T))
        np.clip(self._part, 0.0, 1.0, out=self._part)
        back = linalg.solve_triangular(factor, vectors, lower=True, trans=1, check_finite=False)
        self._basis = back / size[:, np.newaxis]

    def renew(self, A: Array) -> None:
        """Take up the second derivatives of now, but never flatten too much at once.

        Where rows have just become sure the loss looks flat, and a step that trusts it goes much too far.
        """
        if A.ndim == 1:
            A = np.maximum(A, _SLOWEST * self.A)
        elif np.trace(A) < _FLATTEST * np.trace(self.A):
            A = _FLATTEST * self.A
        self.A = A
        if A.ndim == 1:
            self._values, self._rotation = np.maximum(A, 1e-12 * A.max()), None
        else:
            values, self._rotation = np.linalg.eigh(A)
            self._values = np.maximum(values, 1e-12 * values[-1])

    def solve(self, gradient: Array) -> Array:
        """Apply the inverse."""
        n_features = len(self.ridge)
        rotated = gradient if self._rotation is None else gradient @ self._rotation
        result = np.empty_like(rotated)
        features = rotated[:n_features]
        if self._basis is None:
            result[:n_features] = features / (self._values + self.ridge[:, np.newaxis])
        else:
            inner = self._basis.T @ features
            inner /= np.outer(1.0 - self._part, self._values) + (self._level * self._part)[:, np.newaxis]
            result[:n_features] = self._basis @ inner
        if self.intercept:
            result[-1] = rotated[-1] / self._values
        if self._rotation is not None:
            result = result @ self._rotation.T
        if self._shift_invariant:  # neither the loss nor the penalty asks for a common part; keep rounding out of it
            result -= result.mean(axis=1, keepdims=True)
        return result


class ExactCurvature:
    """The Hessian at one point, as a Cholesky factor."""

    def __init__(self, objective: Objective, V: Array) -> None:
        hessian = objective.hessian(V)
        p, width = objective.shape
        if objective.head.shift_invariant:
            # Along shifts common to all classes the loss is flat; gradients have no such part, so any curvature
            # there leaves the steps as they are.
            diagonal = np.diag(hessian).reshape(width, p).mean(axis=0)
            shifts = np.arange(width * p).reshape(width, p)
            for j in range(p):
                hessian[np.ix_(shifts[:, j], shifts[:, j])] += diagonal[j] / width
        size = np.sqrt(np.diag(hessian))
        size[size == 0.0] = 1.0
        hessian /= np.outer(size, size)
        self._size = size
        self._factor = _cholesky(hessian)

    def solve(self, gradient: Array) -> Array:
        """Apply the inverse."""
        flat = gradient.T.ravel() / self._size
        result = linalg.cho_solve((self._factor, True), flat, check_finite=False) / self._size
        return np.ascontiguousarray(result.reshape(gradient.shape[::-1]).T)


def _cholesky(matrix: Array) -> Array:
    """Factorise a positive semidefinite matrix with a unit diagonal, adding as little to it as makes that possible."""
    ridge = _RIDGE * len(matrix)
    diagonal = np.diag_indices_from(matrix)
    while ridge < 1.0:
        try:
            raised = matrix.copy()
            raised[diagonal] += ridge
            return np.asarray(linalg.cholesky(raised, lower=True, check_finite=False, overwrite_a=True))
        except linalg.LinAlgError:
            ridge *= 10.0
    raise DivergenceError("the features' second moments are not finite: weights or features are too large or too small")
