"""L-BFGS in the metric of a curvature that follows the fit; with the exact one at every step, Newton's method.

`softargmax._descent` walks; here it is said in which metric, when that changes, and when double takes over.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._descent import Curvature, Memory, descend
from softargmax.exceptions import DivergenceError
from softargmax.models.solvers.curvature import ExactCurvature, KroneckerCurvature
from softargmax.models.solvers.objective import Objective, ObjectivePoint

# After which share of its cost in passes a Hessian has grown old: L-BFGS mends it for a while. With .1, .25, .5 and 1
# digits under a weak penalty need 71, 72, 81 and 91 iterations, in about the same time; elsewhere it made no
# difference.
_PATIENCE = 0.25

Report = Callable[[int, float], None]


@dataclass(frozen=True)
class Solution:
    """Where a solver ended: coefficients, smooth value and gradient there, the direction it would have gone next,
    iterations, the length of the gradient relative to that at V = 0; and the objective as it was computed last, in
    double if single precision was not enough.
    """

    V: Array
    value: float
    gradient: Array
    direction: Array
    n_iter: int
    optimality: float
    objective: Objective


def minimize_smooth(
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
    start = _nothing_in_common(objective, start)
    point = objective.at(np.zeros_like(start))
    reference = reference_of(float(np.vdot(point.gradient, curvature.solve(point.gradient))), point.value)
    renewals = Doubling(0)
    if np.any(start):
        warm = objective.at(start, curvature=True)
        if warm.value <= point.value:  # otherwise the start is worse than none
            point, renewals = warm, Doubling(-1)
    course = _SmoothCourse(objective, curvature, renewals, reference, tol, max_iter, exact_after, report)
    stop = descend(course, point, objective.dtype, hands_over=objective.dtype == np.float32)
    if not stop.is_over and objective.dtype == np.float32:
        # Single precision has said what it can; the blocks are computed in double from here on.
        course.objective = objective.in_double()
        begin = _nothing_in_common(objective, stop.point.V)
        stop = descend(course, course.objective.at(begin), course.objective.dtype)
    end = stop.point
    return Solution(
        end.V, end.value, end.gradient, stop.direction, course.n_iter, course.optimality(stop.slope), course.objective
    )


def _nothing_in_common(objective: Objective, V: Array) -> Array:
    """Take out what is common to all classes: it changes no loss, and costs penalty.

    Steps in single precision leave some of it, and a gradient that the penalty makes short as it is hides the rest.
    """
    return V - V.mean(axis=1, keepdims=True) if objective.head.shift_invariant else V


@dataclass
class _SmoothCourse:
    """A descent of an objective: the cheap curvature, renewed more and more rarely, until the exact one is worth it."""

    objective: Objective
    cheap: KroneckerCurvature
    renewals: "Doubling"
    reference: float
    tol: float
    max_iter: int
    exact_after: float
    report: Report
    n_iter: int = 0

    def __post_init__(self) -> None:
        self._exact: Curvature | None = None
        self._passes, self._next_exact = 0, self.exact_after

    @property
    def noise(self) -> float:
        """The relative rounding error of the objective."""
        return noise_of(self.objective.dtype)

    def at(self, V: Array) -> ObjectivePoint:
        """Look at the objective; at its curvature too if the next step renews the metric."""
        self._passes += 1
        return self.objective.at(V, curvature=self._exact is None and self.renewals.comes(self.n_iter + 1))

    def metric(self, point: ObjectivePoint, memory: Memory) -> Curvature:
        """Give the metric, renewed if it is time."""
        if self._passes >= self._next_exact:
            self._exact = ExactCurvature(self.objective, point.V)
            memory.clear()
            self._next_exact = self._passes + _PATIENCE * self.exact_after
        elif self._exact is None and self.renewals.due(self.n_iter):
            self.cheap.renew(point.class_curvature)
        return self._exact or self.cheap

    def optimality(self, slope: float) -> float:
        """Give the length of the gradient in the metric, relative to that at V = 0."""
        return float(np.sqrt(abs(slope) / self.reference))

    def is_over(self, point: ObjectivePoint, slope: float) -> bool:
        """Tell whether the gradient is short enough, or there were too many steps."""
        return (self.optimality(slope) <= self.tol and slope <= 0.0) or self.n_iter >= self.max_iter

    def moved(self, point: ObjectivePoint) -> None:
        """Count a step, and report it."""
        self.n_iter += 1
        self.report(self.n_iter, point.value)


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
    """Tells when twice as many iterations have passed as at the last time.

    A curvature changes as long as steps are large, which they are at first, so it is renewed after 1, 2, 4, 8 ... of
    them.
    """

    def __init__(self, begin: int) -> None:
        self._begin, self._next = begin, begin + 1

    def comes(self, iteration: int) -> bool:
        """Tell whether it will be time at an iteration."""
        return iteration >= self._next

    def due(self, iteration: int) -> bool:
        """Tell whether it is time; if so, wait for the next time."""
        if not self.comes(iteration):
            return False
        self._next = self._begin + 2 * (iteration - self._begin)
        return True


def noise_of(dtype: np.dtype) -> float:
    """Give the relative rounding error of an objective computed in `dtype`."""
    return 8.0 * float(np.finfo(dtype).eps) if dtype == np.float64 else float(np.finfo(dtype).eps)
