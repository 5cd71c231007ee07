"""Every target column solved, and what came of it."""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._engine import Engine
from softargmax.models.fit_progress import FitProgress, FitReport
from softargmax.models.problem import LinearProblem
from softargmax.models.solvers.certificate import duality_gap, is_separable
from softargmax.models.solvers.objective import Objective
from softargmax.models.solvers.quasi_newton import Solution
from softargmax.models.solvers.solver_choice import Plan, curvature_for, plan, run_plan


@dataclass(frozen=True)
class LinearFit:
    """Coefficients of standardised features, all target columns side by side, and their certificates."""

    V: Array
    loss: float
    n_iter: int
    optimality: float
    duality_gap: float
    separable: bool
    solver: str


@dataclass
class _Reporter:
    """Counts iterations on from column to column."""

    report: FitReport
    max_iter: int
    before: int = 0
    now: int = 0

    def __call__(self, iteration: int, value: float) -> None:
        self.now = iteration
        self.report(FitProgress("training", self.before + iteration, self.max_iter, "iterations", value))

    def next_column(self) -> None:
        self.before += self.now
        self.now = 0


def solve_columns(
    problem: LinearProblem,
    engine: Engine,
    *,
    C: float,
    l1_ratio: float,
    solver: str,
    tol: float,
    max_iter: int,
    start: Array | None,
    report: FitReport,
) -> LinearFit:
    """Find the optimum of every target column."""
    parts: list[LinearFit] = []
    reporter = _Reporter(report, max_iter * len(problem.columns))
    before = 0
    for number, column in enumerate(problem.columns):
        objective = problem.objective(number, C, l1_ratio, engine)
        chosen = plan(solver, objective)
        width = column.head.width
        V = np.zeros(objective.shape) if start is None else np.ascontiguousarray(start[:, before : before + width])
        before += width
        curvature = curvature_for(objective, problem.gram(number, objective))
        solution = run_plan(chosen, objective, curvature, V, tol=tol, max_iter=max_iter, report=reporter)
        reporter.next_column()
        parts.append(_certified(chosen, solution, C))
    return LinearFit(
        np.concatenate([part.V for part in parts], axis=1),
        sum(part.loss for part in parts),
        max(part.n_iter for part in parts),
        max(part.optimality for part in parts),
        sum(part.duality_gap for part in parts),
        any(part.separable for part in parts),
        parts[0].solver,
    )


def _certified(chosen: Plan, solution: Solution, C: float) -> LinearFit:
    objective = solution.objective
    V = _centred(objective, solution.V)
    features = V[: objective.scaling.n_features]
    loss = solution.value - 0.5 * float((objective.l2[:, np.newaxis] * np.square(features)).sum())
    separable = bool(np.isinf(C)) and is_separable(objective, V, solution.direction)
    return LinearFit(
        V,
        loss,
        solution.n_iter,
        solution.optimality,
        duality_gap(objective, V, solution.gradient),
        separable,
        str(chosen),
    )


def _centred(objective: Objective, V: Array) -> Array:
    """Choose among equal solutions the one whose intercepts, in the features' own units, sum to zero."""
    if not (objective.head.shift_invariant and objective.scaling.intercept):
        return V
    _, intercepts = objective.scaling.plain(V)
    result = V.copy()
    result[-1] -= intercepts.mean()
    return result
