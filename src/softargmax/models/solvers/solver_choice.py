"""Which solver, and why."""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_choice
from softargmax.exceptions import ArgumentError
from softargmax.models.solvers.coordinate import minimize_with_corners
from softargmax.models.solvers.curvature import KroneckerCurvature
from softargmax.models.solvers.objective import MOST_CLASSES_JOINTLY, MOST_FEATURES_JOINTLY, Objective
from softargmax.models.solvers.quasi_newton import Report, Solution, minimize_smooth

SOLVERS = ("auto", "lbfgs", "newton-cholesky", "newton-cd")

# Coefficients whose Hessian is worth a matrix: 1500^2 numbers are 18 MB, and each of eight lanes holds as many.
_MOST_FOR_EXACT = 1500
# And those for which it is one if asked for: 800 MB.
_MOST_FOR_NEWTON = 10_000
# What one exact Hessian costs, in passes, per feature and class: measured on letter and digits (docs/regression.md).
_HESSIAN_PASSES = 0.125


@dataclass(frozen=True)
class Plan:
    """How a problem will be solved: the solver's name and the reason for it."""

    name: str
    reason: str
    exact_after: float

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def plan(solver: str, objective: Objective) -> Plan:
    """Choose the solver for a problem, or check that the one asked for can solve it.

    Raises
    ------
    ArgumentError
        If it cannot.
    """
    as_choice(solver, "solver", SOLVERS)
    p, width = objective.shape
    size = f"{p * width} coefficients"
    if objective.has_corners:
        if solver not in ("auto", "newton-cd"):
            raise ArgumentError(f'solver: expected "newton-cd" (or "auto") with an L1 penalty, got {solver!r}')
        _check_descent(objective)
        return Plan("newton-cd", "the L1 penalty has corners, which coordinate descent goes around", np.inf)
    if solver == "newton-cd":
        _check_descent(objective)
        return Plan(solver, "asked for", np.inf)
    if solver == "newton-cholesky":
        if p * width > _MOST_FOR_NEWTON:
            raise ArgumentError(
                f'solver: expected at most {_MOST_FOR_NEWTON} coefficients for "newton-cholesky", whose Hessian has '
                f'their square, got {p * width}; use "auto"'
            )
        return Plan(solver, f"asked for; {size}", 0.0)
    if solver == "lbfgs":
        return Plan(solver, "asked for", np.inf)
    if p * width <= _MOST_FOR_EXACT:
        reason = (
            f"in the metric of the features' second moments; {size} are few enough for the exact Hessian if it is slow"
        )
        return Plan("lbfgs", reason, max(_HESSIAN_PASSES * p * width, 10.0))
    kind = "the features' second moments" if objective.features_jointly else "each feature's scale"
    return Plan("lbfgs", f"in the metric of {kind}; {size} are too many for the exact Hessian", np.inf)


def _check_descent(objective: Objective) -> None:
    if not (objective.features_jointly and objective.head.jointly):
        p, width = objective.shape
        raise ArgumentError(
            f"l1_ratio, solver: coordinate descent is built for up to {MOST_FEATURES_JOINTLY} features and "
            f"{MOST_CLASSES_JOINTLY} classes, got {p} and {width}; use l1_ratio=0 and another solver"
        )


def curvature_for(objective: Objective, gram: Array | None) -> KroneckerCurvature:
    """Give the curvature at equal probabilities, from the features' second moments."""
    head = objective.head
    return KroneckerCurvature(
        gram, objective.l2, objective.scaling.intercept, head.start_curvature(), head.shift_invariant
    )


def run_plan(
    chosen: Plan,
    objective: Objective,
    curvature: KroneckerCurvature,
    start: Array,
    *,
    tol: float,
    max_iter: int,
    report: Report,
) -> Solution:
    """Run the solver of a plan."""
    if chosen.name == "newton-cd":
        return minimize_with_corners(objective, curvature, start, tol=tol, max_iter=max_iter, report=report)
    return minimize_smooth(
        objective, curvature, start, tol=tol, max_iter=max_iter, exact_after=chosen.exact_after, report=report
    )
