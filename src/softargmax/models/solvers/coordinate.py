r"""Proximal Newton steps by coordinate descent, for penalties with a corner.

Every iteration minimises, by coordinate descent, a quadratic model of the loss plus the penalty itself, and goes
towards the model's minimum until the objective has decreased enough. The model's curvature is that of
`KroneckerCurvature` corrected by the last steps as in L-BFGS, in the compact form of Byrd, Nocedal, Schnabel
(*Math. Program.* 63, 1994):

.. math:: B = B_0 - [B_0 S \; Y] \begin{bmatrix} S^T B_0 S & L \ L^T & -D \end{bmatrix}^{-1} [B_0 S \; Y]^T

so a coordinate costs n_features + n_classes operations, not n_rows. Source of the outer method: Lee, Sun, Saunders,
*SIAM J. Optim.* 24 (2014).
"""

import numpy as np

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._descent import MOST_IDLE, Memory
from softargmax.models.solvers.curvature import KroneckerCurvature
from softargmax.models.solvers.objective import Objective, ObjectivePoint
from softargmax.models.solvers.quasi_newton import Doubling, Report, Solution, noise_of, reference_of

# How well the model is minimised: until a sweep wins less than this share of the first. From 1e-2 to 1e-4 digits and 26
# classes need the same outer iterations within two; the sweeps are a brake.
_ACCURACY, _MOST_SWEEPS = 1e-3, 500
# How short a step may get before rounding must be what stops it, and which share of the model's promise it has to keep
# (Armijo's condition with its usual constant).
_MOST_HALVINGS = 30
_DECREASE = 1e-4


def minimize_with_corners(
    objective: Objective,
    curvature: KroneckerCurvature,
    start: Array,
    *,
    tol: float,
    max_iter: int,
    report: Report,
) -> Solution:
    """Minimise an objective with an L1 penalty."""
    point = objective.at(np.zeros_like(start))
    memory = Memory(start.size, np.dtype(np.float64))
    step, _ = _QuadraticModel(objective, curvature, memory).lowest(point, _ACCURACY)
    reference = reference_of(-float(np.vdot(point.gradient, step)) - objective.corner_penalty(step), point.value)
    renewals = Doubling(0)
    if np.any(start):
        warm = objective.at(start, curvature=True)
        if warm.value + objective.corner_penalty(start) <= point.value:  # otherwise it is worse than none
            point, renewals = warm, Doubling(-1)
    iteration, idle, stuck, accuracy = 0, 0, False, _ACCURACY
    while True:
        if renewals.due(iteration):
            curvature.renew(point.class_curvature)
        step, sweeps = _QuadraticModel(objective, curvature, memory).lowest(point, accuracy)
        corner = objective.corner_penalty(point.V)
        change = float(np.vdot(point.gradient, step)) + objective.corner_penalty(point.V + step) - corner
        optimality = float(np.sqrt(max(-change, 0.0) / reference))
        if optimality <= tol or iteration >= max_iter:
            return Solution(point.V, point.value, point.gradient, step, iteration, optimality, objective)
        noise = noise_of(objective.dtype) * abs(point.value)
        found = _backtrack(objective, point, step, change, noise, curvature=renewals.comes(iteration + 1))
        if found is not None:
            before = point.value + corner
            memory.add(found.V - point.V, found.gradient - point.gradient)
            point = _shifted(objective, found)
            after = point.value + objective.corner_penalty(point.V)
            idle = 0 if after < before - noise else idle + 1
            iteration += 1
            report(iteration, after)
            stuck, accuracy = False, _ACCURACY if sweeps < _MOST_SWEEPS else 10.0 * _ACCURACY
        if objective.dtype == np.float32 and (found is None or idle == MOST_IDLE):
            # Single precision has said what it can; the blocks are computed in double from here on.
            objective = objective.in_double()
            point = objective.at(point.V, curvature=renewals.comes(iteration))
        elif found is None and stuck:
            return Solution(point.V, point.value, point.gradient, step, iteration, optimality, objective)
        elif found is None:
            stuck, accuracy = True, 1e-8
            memory.clear()


def _backtrack(
    objective: Objective, start: ObjectivePoint, step: Array, change: float, noise: float, *, curvature: bool
) -> ObjectivePoint | None:
    """Go as far along the step as makes the objective smaller by a share of what the model promised."""
    before = start.value + objective.corner_penalty(start.V)
    length = 1.0
    for _ in range(_MOST_HALVINGS):
        trial = objective.at(start.V + length * step, curvature=curvature)
        if trial.value + objective.corner_penalty(trial.V) <= before + _DECREASE * length * change + noise:
            return trial
        length *= 0.5
    return None


def _shifted(objective: Objective, point: ObjectivePoint) -> ObjectivePoint:
    """Take from a feature's coefficients what is common to all classes, as far as it makes the penalty smaller.

    The loss does not change; the L2 part of value and gradient does. For L1 the best shift is a median, for L2 the
    mean, in between the minimum of a convex function of one number: at one of the coefficients or where its derivative
    vanishes between two of them.
    """
    if not objective.head.shift_invariant:
        return point
    V = point.V
    n_features, width = objective.scaling.n_features, V.shape[1]
    features = np.sort(V[:n_features], axis=1)
    l1, l2 = objective.l1[:, np.newaxis], objective.l2[:, np.newaxis]
    below = np.arange(width + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = features.mean(axis=1, keepdims=True) - l1 / l2 * (2 * below - width) / width
    shifts = np.concatenate([np.zeros((n_features, 1)), features, np.where(np.isfinite(between), between, 0.0)], axis=1)
    best, lowest = np.zeros(n_features), np.full(n_features, np.inf)
    for shift in shifts.T:
        moved = features - shift[:, np.newaxis]
        penalty = (l1 * np.abs(moved) + 0.5 * l2 * np.square(moved)).sum(axis=1)
        better = penalty < lowest * (1.0 - 1e-15)
        best[better], lowest[better] = shift[better], penalty[better]
    shifted, new_gradient = V.copy(), point.gradient.copy()
    shifted[:n_features] -= best[:, np.newaxis]
    new_gradient[:n_features] -= l2 * best[:, np.newaxis]
    change = 0.5 * float((l2 * (np.square(shifted[:n_features]) - np.square(V[:n_features]))).sum())
    return ObjectivePoint(shifted, point.value + change, new_gradient, point.class_curvature)


class _QuadraticModel:
    """The quadratic model around a point, in the form the kernel takes: classes outermost."""

    def __init__(self, objective: Objective, curvature: KroneckerCurvature, memory: Memory) -> None:
        p, width = objective.shape
        n_features = objective.scaling.n_features
        assert curvature.gram is not None
        self._gram = np.eye(p)
        self._gram[:n_features, :n_features] = curvature.gram
        self._classes = np.array(curvature.A)
        if objective.head.shift_invariant:
            # The loss is flat along common shifts, which `_shifted` takes care of; a curvature like that of the other
            # directions keeps the descent fast.
            self._classes += np.trace(self._classes) / width / width
        self._ridge = np.zeros(p)
        self._ridge[:n_features] = objective.l2
        self._l1 = np.zeros(p)
        self._l1[:n_features] = objective.l1
        self._u, self._w = self._low_rank(curvature, memory, (p, width))

    def _low_rank(self, curvature: KroneckerCurvature, memory: Memory, shape: tuple[int, int]) -> tuple[Array, Array]:
        count = len(memory.pairs)
        p, width = shape
        if count == 0:
            empty = np.zeros((width, p, 0))
            return empty, empty
        steps = np.stack([pair[0] for pair in memory.pairs], axis=-1)
        changes = np.stack([pair[1] for pair in memory.pairs], axis=-1)
        moved = np.stack([self._product(pair[0]) for pair in memory.pairs], axis=-1)
        flat_steps = steps.reshape(-1, count)
        inner = flat_steps.T @ moved.reshape(-1, count)
        cross = flat_steps.T @ changes.reshape(-1, count)
        lower = np.tril(cross, -1)
        middle = np.block([[inner, lower], [lower.T, -np.diag(np.diag(cross))]])
        columns = np.concatenate([moved, changes], axis=-1)
        u = np.ascontiguousarray(columns.transpose(1, 0, 2))
        return u, np.ascontiguousarray(u @ -np.linalg.inv(middle))

    def _product(self, step: Array) -> Array:
        return np.asarray(self._gram @ step @ self._classes + self._ridge[:, np.newaxis] * step)

    def lowest(self, point: ObjectivePoint, accuracy: float) -> tuple[Array, int]:
        """Give the step to the model's minimum and the sweeps it took."""
        step = np.empty(point.V.shape[::-1])
        sweeps: int = _kernels.coordinate_descent(
            self._gram,
            self._classes,
            self._ridge,
            self._l1,
            np.ascontiguousarray(point.gradient.T),
            np.ascontiguousarray(point.V.T),
            self._u,
            self._w,
            step,
            accuracy,
            _MOST_SWEEPS,
        )
        return np.ascontiguousarray(step.T), sweeps
