"""L-BFGS in the metric of a curvature that follows the fit; with the exact one at every step, Newton's method.

Source: Nocedal, Wright, *Numerical Optimization* (2006), 7.2, with the initial matrix of every step the inverse of a
`Curvature`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._descent import Curvature, Memory, Point, search
from softargmax.exceptions import DivergenceError
from softargmax.models.solvers.curvature import ExactCurvature, KroneckerCurvature
from softargmax.models.solvers.objective import Objective

# Steps within the rounding errors of single precision before it gives way to double.
MOST_IDLE = 3
# After which share of its cost in passes a Hessian has grown old: L-BFGS mends it for a while.
_PATIENCE = 0.25

Report = Callable[[int, float], None]


@dataclass(frozen=True)
class Solution:
    """Where a solver ended: coefficients, smooth value and gradient there, the direction it would have gone next,
    iterations, and the length of the gradient relative to that at V = 0.
    """

    V: Array
    value: float
    gradient: Array
    direction: Array
    n_iter: int
    optimality: float


def minimize(
    objective: Objective,
    curvature: KroneckerCurvature,
    start: Array,
    *,
    tol: float,
    max_iter: int,
    exact_after: float,
    report: Report,
) -> Solution:
    """Minimise a smooth objective.

    After `exact_after` passes, about what a Hessian costs, the exact Hessian takes the cheap curvature's place, and is
    renewed after a quarter as many; 0 means from the start and at every step, infinity never.
    """
    if objective.head.shift_invariant:  # what is common to all classes changes no loss, and costs penalty
        start = start - start.mean(axis=1, keepdims=True)
    origin = _at(objective, np.zeros_like(start))
    reference = reference_of(float(np.vdot(origin.gradient, curvature.solve(origin.gradient))), origin.value)
    metric: Curvature = curvature
    memory = Memory(start.size, objective.dtype)
    renewals, iteration, spent, next_exact = Doubling(-1 if np.any(start) else 0), 0, 0.0, exact_after
    objective.watches_curvature = bool(np.any(start))
    point = _at(objective, start) if np.any(start) else origin
    if not point.value <= origin.value:  # a start that is worse than none
        point, renewals = origin, Doubling(0)
    idle = 0
    while True:
        if spent >= next_exact:
            metric = ExactCurvature(objective, point.V)
            memory.clear()
            next_exact = spent + _PATIENCE * exact_after
        elif metric is curvature and renewals.due(iteration):
            curvature.renew(objective.class_curvature)
        direction = memory.direction(metric, point.gradient)
        slope = float(np.vdot(point.gradient, direction))
        optimality = float(np.sqrt(abs(slope) / reference))
        if (optimality <= tol and slope <= 0.0) or iteration >= max_iter:
            return Solution(point.V, point.value, point.gradient, direction, iteration, optimality)
        before = objective.passes
        objective.watches_curvature = metric is curvature and renewals.comes(iteration + 1)
        found = None
        if slope < 0.0:
            found = search(objective.value_and_gradient, point, direction, slope, noise_of(objective.dtype))
        spent += objective.passes - before
        noise = noise_of(objective.dtype) * abs(point.value)
        idle = 0 if found is None or found.value < point.value - noise else idle + 1
        if found is None or (idle == MOST_IDLE and objective.dtype == np.float32):
            if objective.dtype == np.float32:
                point = found or point
                # Single precision has said what it can; the blocks are computed in double from here on.
                objective.dtype = np.dtype(np.float64)
                memory = Memory(start.size, objective.dtype)
                point, idle = _at(objective, point.V), 0
            elif memory.pairs:
                memory.clear()
            else:
                return Solution(point.V, point.value, point.gradient, direction, iteration, optimality)
            continue
        memory.add(found.V - point.V, found.gradient - point.gradient)
        point = found
        iteration += 1
        report(iteration, point.value)


def reference_of(decrease: float, value: float) -> float:
    """Give what the first step promises, at least what rounding leaves of an objective of that value.

    Raises
    ------
    DivergenceError
        If the objective is not finite where it begins.
    """
    if not np.isfinite(decrease):
        raise DivergenceError(
            f"the objective or its curvature is not finite at W = 0 (value {value:g}): weights, C or features are too "
            "large or too small for each other"
        )
    return max(decrease, 4.0 * float(np.finfo(np.float64).eps) * abs(value), float(np.finfo(np.float64).tiny))


class Doubling:
    """Tells when twice as many iterations have passed as at the last time."""

    def __init__(self, begin: int) -> None:
        self._begin, self._next = begin, begin + 1

    def comes(self, iteration: int) -> bool:
        """Look ahead."""
        return iteration >= self._next

    def due(self, iteration: int) -> bool:
        """Tell, and wait for the next time."""
        if not self.comes(iteration):
            return False
        self._next = self._begin + 2 * (iteration - self._begin)
        return True


def _at(objective: Objective, V: Array) -> Point:
    return Point(V, *objective.value_and_gradient(V))


def noise_of(dtype: np.dtype) -> float:
    """Give the relative rounding error of an objective computed in `dtype`."""
    return 8.0 * float(np.finfo(dtype).eps) if dtype == np.float64 else float(np.finfo(dtype).eps)
