"""Fits for many strengths of the penalty, each from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._engine import Engine
from softargmax._options import as_integer
from softargmax.exceptions import ArgumentError
from softargmax.models.fit_progress import ignore_progress
from softargmax.models.problem import LinearProblem
from softargmax.models.solving import solve_columns


@dataclass(frozen=True)
class RegularizationPath:
    """Solutions along C, ascending: from the most penalised to the least; in float64, whatever the features are."""

    Cs: Array
    coefs: Array  # (n_Cs, n_outputs, n_features)
    intercepts: Array  # (n_Cs, n_outputs)
    losses: Array  # mean loss of the rows fitted to, in nats
    n_iter: Array
    optimality: Array
    duality_gap: Array


def as_strengths(Cs: int | Sequence[float] | Array) -> Array:
    """Give values of C, ascending; a number asks for as many from 1e-4 to 1e4, as in scikit-learn."""
    if isinstance(Cs, int | np.integer):
        return np.logspace(-4.0, 4.0, as_integer(Cs, "Cs", low=1))
    try:
        values = np.sort(np.asarray(Cs, np.float64).ravel())
    except (TypeError, ValueError):
        raise ArgumentError(f"Cs: expected positive numbers, got {Cs!r}") from None
    if values.size == 0 or not np.all(values > 0.0):
        raise ArgumentError(f"Cs: expected positive numbers, got {Cs!r}")
    return values


def walk(
    problem: LinearProblem,
    engine: Engine,
    Cs: int | Sequence[float] | Array,
    *,
    l1_ratio: float,
    solver: str,
    tol: float,
    max_iter: int,
) -> RegularizationPath:
    """Solve for every C."""
    strengths = as_strengths(Cs)
    fits, V = [], None
    for C in strengths:
        fit = solve_columns(
            problem,
            engine,
            C=float(C),
            l1_ratio=l1_ratio,
            solver=solver,
            tol=tol,
            max_iter=max_iter,
            start=V,
            report=ignore_progress,
        )
        V = fit.V
        fits.append(fit)
    plain = [problem.scaling.plain(fit.V) for fit in fits]
    return RegularizationPath(
        strengths,
        np.stack([coefficients.T for coefficients, _ in plain]),
        np.stack([intercepts for _, intercepts in plain]),
        np.array([fit.loss for fit in fits]),
        np.array([fit.n_iter for fit in fits]),
        np.array([fit.optimality for fit in fits]),
        np.array([fit.duality_gap for fit in fits]),
    )
