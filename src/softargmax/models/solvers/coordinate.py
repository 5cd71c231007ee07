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
from softargmax._descent import Memory, Point
from softargmax.models.solvers.curvature import KroneckerCurvature
from softargmax.models.solvers.objective import Objective
from softargmax.models.solvers.quasi_newton import MOST_IDLE, Doubling, Report, Solution, noise_of, reference_of

# How well the model is minimised: until a sweep wins less than this share of the first.
_ACCURACY, _MOST_SWEEPS = 1e-3, 500
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
    V = np.zeros_like(start)
    value, gradient = objective.value_and_gradient(V)
    step, _ = _Model(objective, curvature, Memory(V.size, np.dtype(np.float64))).minimize(gradient, V, _ACCURACY)
    reference = reference_of(-float(np.vdot(gradient, step)) - objective.corner_penalty(step), value)
    renewals = Doubling(0)
    if np.any(start):
        objective.watches_curvature = True
        start_value, start_gradient = objective.value_and_gradient(start)
        if start_value + objective.corner_penalty(start) <= value:  # otherwise it is worse than none
            V, value, gradient, renewals = start, start_value, start_gradient, Doubling(-1)
    memory = Memory(start.size, np.dtype(np.float64))
    iteration, idle, stuck, accuracy = 0, 0, False, _ACCURACY
    while True:
        if renewals.due(iteration):
            curvature.renew(objective.class_curvature)
        step, sweeps = _Model(objective, curvature, memory).minimize(gradient, V, accuracy)
        corner = objective.corner_penalty(V)
        change = float(np.vdot(gradient, step)) + objective.corner_penalty(V + step) - corner
        optimality = float(np.sqrt(max(-change, 0.0) / reference))
        if optimality <= tol or iteration >= max_iter:
            return Solution(V, value, gradient, step, iteration, optimality)
        objective.watches_curvature = renewals.comes(iteration + 1)
        noise = noise_of(objective.dtype) * abs(value)
        found = _backtrack(objective, V, step, value + corner, change, noise)
        if found is not None:
            before = value + corner
            memory.add(found.V - V, found.gradient - gradient)
            V, value, gradient = _shifted(objective, found.V, found.value, found.gradient)
            after = value + objective.corner_penalty(V)
            idle = 0 if after < before - noise else idle + 1
            iteration += 1
            report(iteration, after)
            stuck, accuracy = False, _ACCURACY if sweeps < _MOST_SWEEPS else 10.0 * _ACCURACY
        if objective.dtype == np.float32 and (found is None or idle == MOST_IDLE):
            # Single precision has said what it can; the blocks are computed in double from here on.
            objective.dtype = np.dtype(np.float64)
            value, gradient = objective.value_and_gradient(V)
        elif found is None and stuck:
            return Solution(V, value, gradient, step, iteration, optimality)
        elif found is None:
            stuck, accuracy = True, 1e-8
            memory.clear()


def _backtrack(objective: Objective, V: Array, step: Array, before: float, change: float, noise: float) -> Point | None:
    """Go as far along the step as makes the objective smaller by a share of what the model promised."""
    length = 1.0
    for _ in range(_MOST_HALVINGS):
        trial = V + length * step
        value, gradient = objective.value_and_gradient(trial)
        if value + objective.corner_penalty(trial) <= before + _DECREASE * length * change + noise:
            return Point(trial, value, gradient)
        length *= 0.5
    return None


def _shifted(objective: Objective, V: Array, value: float, gradient: Array) -> tuple[Array, float, Array]:
    """Take from a feature's coefficients what is common to all classes, as far as it makes the penalty smaller.

    The loss does not change; the L2 part of value and gradient does. For L1 the best shift is a median, for L2 the
    mean, in between the minimum of a convex function of one number: at one of the coefficients or where its derivative
    vanishes between two of them.
    """
    if not objective.head.shift_invariant:
        return V, value, gradient
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
    shifted, new_gradient = V.copy(), gradient.copy()
    shifted[:n_features] -= best[:, np.newaxis]
    new_gradient[:n_features] -= l2 * best[:, np.newaxis]
    change = 0.5 * float((l2 * (np.square(shifted[:n_features]) - np.square(V[:n_features]))).sum())
    return shifted, value + change, new_gradient


class _Model:
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

    def minimize(self, gradient: Array, V: Array, accuracy: float) -> tuple[Array, int]:
        """Give the step to the model's minimum and the sweeps it took."""
        step = np.empty(V.shape[::-1])
        sweeps: int = _kernels.coordinate_descent(
            self._gram,
            self._classes,
            self._ridge,
            self._l1,
            np.ascontiguousarray(gradient.T),
            np.ascontiguousarray(V.T),
            self._u,
            self._w,
            step,
            accuracy,
            _MOST_SWEEPS,
        )
        return np.ascontiguousarray(step.T), sweeps
