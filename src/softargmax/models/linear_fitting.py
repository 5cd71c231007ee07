"""A posed problem of a linear classifier, solved, with all that is to be known of its optimum."""

from dataclasses import dataclass
from typing import Any

from softargmax._arrays import Array
from softargmax._engine import Engine
from softargmax.models.fit_progress import FitReport
from softargmax.models.inference import Information, information_of
from softargmax.models.posing import PosedProblem
from softargmax.models.solving import LinearFit, solve_columns


@dataclass(frozen=True)
class FittedRegression:
    """All that a fit leaves behind."""

    posed: PosedProblem
    fit: LinearFit
    information: Information


def solved(
    model: Any, posed: PosedProblem, engine: Engine, C: float, start: Array | None, report: FitReport
) -> FittedRegression:
    """Find the optimum with the options of a `SoftmaxRegression`, which stays as it is."""
    fit = solve_columns(
        posed.problem,
        engine,
        C=C,
        l1_ratio=float(model.l1_ratio),
        solver=model.solver,
        tol=model.tol,
        max_iter=model.max_iter,
        start=start,
        report=report,
    )
    return FittedRegression(posed, fit, information_of(posed.problem, fit, engine, C))
