"""Descending a smooth function: which way (L-BFGS), how far (the weak Wolfe conditions), and until when.

`descend` is the only loop of L-BFGS in the house. What differs from fit to fit is a `Course`: the function, the metric
to step in and when to renew it, and when it is good enough.

Source: Nocedal, Wright, *Numerical Optimization* (2006), 3.1 and 7.2, with the initial matrix of every step the inverse
of a `Curvature`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from softargmax._arrays import Array

try:
    from scipy import linalg
except ModuleNotFoundError:  # calibrations are fitted with NumPy alone
    linalg = None

# The conditions that a step has to meet, with the constants Nocedal and Wright give for quasi-Newton methods: the value
# falls by this share of what the slope promises, and the slope has become less steep than this share.
_DECREASE, _SLOPE = 1e-4, 0.9
# A brake: a bracket shrinks at least by a tenth per trial, and is given up when only rounding is left of it.
_MOST_TRIALS = 30
# Numbers that the memory of L-BFGS may hold, all steps together: a gigabyte.
_MEMORY_NUMBERS = 2**27
# Steps remembered: 20 where they are small. Nocedal and Wright recommend 3 to 20; passes over rows cost more than the
# memory does, so as many as that, and few only where millions of coefficients ask for it.
_LONGEST_MEMORY, _SHORTEST_MEMORY = 20, 4
# Steps within the rounding errors of single precision before it gives way to double.
MOST_IDLE = 3


class Curvature(Protocol):
    """A positive definite approximation of the Hessian."""

    def solve(self, gradient: Array) -> Array:
        """Give the inverse times a gradient: the way down."""


@dataclass(frozen=True)
class Point:
    """Coefficients, the objective there and its gradient."""

    V: Array
    value: float
    gradient: Array


P = TypeVar("P", bound=Point)


def search(evaluate: Callable[[Array], P], start: Point, direction: Array, slope: float, noise: float) -> P | None:
    """Find a point lower along `direction`, whose slope there is less steep; None if rounding hides any descent.

    `noise` is the relative rounding error of the objective: near the optimum values no longer tell two points
    apart, slopes still do (Hager, Zhang, *SIAM J. Optim.* 16, 2005).
    """
    low, high, low_slope = 0.0, np.inf, slope
    step = 1.0
    for _ in range(_MOST_TRIALS):
        point = evaluate(start.V + step * direction)
        value = point.value
        new_slope = float(np.vdot(point.gradient, direction))
        limit = start.value + _DECREASE * step * slope + noise * abs(start.value)
        if not value <= limit or new_slope > -_SLOPE * slope:
            high = step
        elif new_slope < _SLOPE * slope:
            low, low_slope = step, new_slope
        else:
            return point
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
        """Begin anew, as after a step that L-BFGS could not find or in another metric."""
        self.pairs = []

    def direction(self, curvature: Curvature, gradient: Array) -> Array:
        """Give minus the approximate inverse Hessian times the gradient, by the two-loop recursion.

        In place, by the BLAS where SciPy gives access to it: with millions of coefficients this costs as much as a pass
        over the rows.
        """
        if not self.pairs:
            return -curvature.solve(gradient)
        dot, axpy = (np.dot, _axpy) if linalg is None else linalg.get_blas_funcs(("dot", "axpy"), dtype=self._dtype)
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


def _axpy(x: Array, y: Array, a: float) -> None:
    y += np.asarray(a, y.dtype) * x


class Course(Protocol[P]):
    """What `descend` asks of a fit. It may count steps and keep its metric, but changes nothing else."""

    @property
    def noise(self) -> float:
        """The relative rounding error of values."""

    def at(self, V: Array) -> P:
        """Give value and gradient there; the only thing that costs a pass over the rows."""

    def metric(self, point: P, memory: Memory) -> Curvature:
        """Give the curvature to go on with from a point; in a new one the memory may mean nothing and be cleared."""

    def is_over(self, point: P, slope: float) -> bool:
        """Tell whether to stop at a point, by the slope of the way down from it: minus twice what a step promises."""

    def moved(self, point: P) -> None:
        """Take note of a step."""


@dataclass(frozen=True)
class Stop(Generic[P]):
    """Where a descent ended, where it would have gone next and how steep that is; and whether the course was over.

    If not, rounding hides any further descent.
    """

    point: P
    direction: Array
    slope: float
    is_over: bool


def descend(course: Course[P], start: P, dtype: np.dtype, *, hands_over: bool = False) -> Stop[P]:
    """Go down from a point until the course is over, or no step leads any further down.

    Parameters
    ----------
    course : Course
        What is descended, in which metric, until when.
    start : Point
        Where to begin: coefficients of any shape, and what ``course.at`` says of them.
    dtype : dtype
        What steps are remembered in.
    hands_over : bool
        Whether something more precise goes on from where this ends. Then it ends as soon as a search fails or three
        steps in turn have won nothing beyond rounding. Otherwise a search that fails is tried once more without the
        memory, straight down in the metric.
    """
    point, memory, idle = start, Memory(start.V.size, dtype), 0
    while True:
        direction = memory.direction(course.metric(point, memory), point.gradient)
        slope = float(np.vdot(point.gradient, direction))
        if course.is_over(point, slope):
            return Stop(point, direction, slope, True)
        found = search(course.at, point, direction, slope, course.noise) if slope < 0.0 else None
        wins = found is not None and found.value < point.value - course.noise * abs(point.value)
        idle = 0 if wins else idle + 1
        if hands_over and (found is None or idle == MOST_IDLE):
            return Stop(found or point, direction, slope, False)
        if found is None:
            if not memory.pairs:
                return Stop(point, direction, slope, False)
            memory.clear()
            continue
        memory.add(found.V - point.V, found.gradient - point.gradient)
        point = found
        course.moved(point)
