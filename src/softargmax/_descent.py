"""Descending a smooth function: which way (L-BFGS), and how far (the weak Wolfe conditions).

Source: Nocedal, Wright, *Numerical Optimization* (2006), 3.1 and 7.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import linalg

from softargmax._arrays import Array

_DECREASE, _SLOPE = 1e-4, 0.9
_MOST_TRIALS = 30
# Numbers that the memory of L-BFGS may hold, all steps together.
_MEMORY_NUMBERS = 2**27
_LONGEST_MEMORY, _SHORTEST_MEMORY = 20, 4


class Curvature(Protocol):
    """A positive definite approximation of the Hessian."""

    def solve(self, gradient: Array) -> Array:
        """Apply the inverse."""


@dataclass(frozen=True)
class Point:
    """Coefficients, the objective there and its gradient."""

    V: Array
    value: float
    gradient: Array


def search(
    evaluate: Callable[[Array], tuple[float, Array]], start: Point, direction: Array, slope: float, noise: float
) -> Point | None:
    """Find a point lower along `direction`, whose slope there is less steep; None if rounding hides any descent.

    `noise` is the relative rounding error of the objective: near the optimum values no longer tell two points
    apart, slopes still do (Hager, Zhang, *SIAM J. Optim.* 16, 2005).
    """
    low, high, low_slope = 0.0, np.inf, slope
    step = 1.0
    for _ in range(_MOST_TRIALS):
        V = start.V + step * direction
        value, gradient = evaluate(V)
        new_slope = float(np.vdot(gradient, direction))
        limit = start.value + _DECREASE * step * slope + noise * abs(start.value)
        if not value <= limit or new_slope > -_SLOPE * slope:
            high = step
        elif new_slope < _SLOPE * slope:
            low, low_slope = step, new_slope
        else:
            return Point(V, value, gradient)
        if np.isfinite(high):
            share = -low_slope / (new_slope - low_slope) if high == step and new_slope > 0.0 else 0.5
            step = low + (high - low) * min(max(share, 0.1), 0.9)
            if high - low <= 1e-10 * high:
                return None
        else:
            step *= min(max(slope / min(slope - new_slope, -1e-300), 1.5), 8.0)
    return None


class Memory:
    """The last steps and what they did to the gradient."""

    def __init__(self, n_numbers: int, dtype: np.dtype) -> None:
        self.length = int(np.clip(_MEMORY_NUMBERS // (2 * n_numbers), _SHORTEST_MEMORY, _LONGEST_MEMORY))
        self.pairs: list[tuple[Array, Array, float]] = []
        self._dtype = dtype

    def add(self, step: Array, change: Array) -> None:
        """Remember one step, if the gradient grew along it, as it does where a function is convex."""
        product = float(np.vdot(step, change))
        if product > 1e-16 * float(np.linalg.norm(step) * np.linalg.norm(change)):
            kept = np.ascontiguousarray(step, self._dtype), np.ascontiguousarray(change, self._dtype)
            self.pairs = [*self.pairs[-self.length + 1 :], (*kept, 1.0 / product)]

    def clear(self) -> None:
        """Forget."""
        self.pairs = []

    def direction(self, curvature: Curvature, gradient: Array) -> Array:
        """Give minus the approximate inverse Hessian times the gradient, by the two-loop recursion.

        In place, by the BLAS: with millions of coefficients this costs as much as a pass over the rows.
        """
        if not self.pairs:
            return -curvature.solve(gradient)
        dot, axpy = linalg.get_blas_funcs(("dot", "axpy"), dtype=self._dtype)
        q, factors = np.array(gradient, self._dtype), []
        flat = q.ravel()
        for step, change, inverse in reversed(self.pairs):
            factors.append(inverse * float(dot(step.ravel(), flat)))
            axpy(change.ravel(), flat, a=-factors[-1])
        q = np.ascontiguousarray(curvature.solve(q), self._dtype)
        flat = q.ravel()
        for (step, change, inverse), factor in zip(self.pairs, reversed(factors), strict=True):
            axpy(step.ravel(), flat, a=factor - inverse * float(dot(change.ravel(), flat)))
        return -q.astype(np.float64, copy=False)
