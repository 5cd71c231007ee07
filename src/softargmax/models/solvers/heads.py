"""The loss of a block of logits and its first and second derivatives: exclusive classes, or yes and no.

Conventions: ``raw`` are logits, shape (n_rows, width); `residuals` overwrites them with the derivative of the loss.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from softargmax._arrays import Array
from softargmax.probabilities import sigmoid, softmax, softplus
from softargmax.probabilities.cross_entropy import cross_entropy_of_checked


class Head(Protocol):
    """What a solver knows of the last layer."""

    @property
    def width(self) -> int:
        """Logits per row."""

    @property
    def jointly(self) -> bool:
        """Whether second derivatives are matrices over classes, or their diagonals."""

    @property
    def shift_invariant(self) -> bool:
        """Whether adding a number to all logits of a row changes nothing."""

    def residuals(self, raw: Array, codes: Array, losses: Array) -> None:
        """Replace logits by the derivative of the loss; write the losses."""

    def second_derivative(self, residuals: Array, codes: Array, weight: Array | None) -> Array:
        """Give the weighted sum over rows of the second derivative, shape (width, width), from the first one."""

    def factors(self, raw: Array) -> tuple[Array, Array | None]:
        """Give d and q, shape (n_rows, width), such that a row's second derivative is diag(d) - q q^T."""

    def start_curvature(self) -> Array:
        """Give the second derivative at equal probabilities."""


@dataclass(frozen=True)
class SoftmaxHead:
    """Exclusive classes."""

    width: int
    jointly: bool = True
    shift_invariant = True

    def residuals(self, raw: Array, codes: Array, losses: Array) -> None:
        """Cross-entropy; its derivative is p - y."""
        cross_entropy_of_checked(raw, codes, losses=losses, gradient=raw)

    def second_derivative(self, residuals: Array, codes: Array, weight: Array | None) -> Array:
        """Sum diag(p) - p p^T, or its diagonal as a vector."""
        p = residuals.copy()
        p[np.arange(len(p)), codes] += 1.0
        weighted = p if weight is None else p * weight[:, np.newaxis]
        if not self.jointly:
            return np.asarray((weighted * (1.0 - p)).sum(axis=0, dtype=np.float64))
        return np.asarray(np.diag(weighted.sum(axis=0, dtype=np.float64)) - weighted.T @ p)

    def factors(self, raw: Array) -> tuple[Array, Array | None]:
        """Give p and p."""
        p = softmax(raw, out=raw)
        return p, p

    def start_curvature(self) -> Array:
        """(I - 11^T / K) / K."""
        k = self.width
        if not self.jointly:
            return np.full(k, (1.0 - 1.0 / k) / k)
        return (np.eye(k) - 1.0 / k) / k


@dataclass(frozen=True)
class SigmoidHead:
    """Yes or no: one logit."""

    width = 1
    jointly = True
    shift_invariant = False

    def residuals(self, raw: Array, codes: Array, losses: Array) -> None:
        """Binary cross-entropy: softplus(s z) with s = -1 for yes and +1 for no, and s sigmoid(s z)."""
        sign = (1 - 2 * codes).astype(raw.dtype)[:, np.newaxis]
        raw *= sign
        losses[...] = softplus(raw)[:, 0]
        sigmoid(raw, out=raw)
        raw *= sign

    def second_derivative(self, residuals: Array, codes: Array, weight: Array | None) -> Array:
        """Sum p (1 - p); the residual is p or p - 1."""
        d = np.abs(residuals[:, 0])
        d = d * (1.0 - d)
        return np.atleast_2d(np.asarray(d.sum(dtype=np.float64) if weight is None else weight @ d))

    def factors(self, raw: Array) -> tuple[Array, Array | None]:
        """Give p (1 - p), both factors with all their digits."""
        return np.asarray(sigmoid(raw) * sigmoid(-raw)), None

    def start_curvature(self) -> Array:
        """1/4."""
        return np.array([[0.25]])
