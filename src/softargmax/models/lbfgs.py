"""Softmax regression by L-BFGS: the first, general solver."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from softargmax._arrays import Array
from softargmax.models.network import Network, layer_views
from softargmax.models.outputs import OutputLayer
from softargmax.models.training import Progress, ProgressCallback, Rows


@dataclass(frozen=True)
class Problem:
    r"""The objective of `LogisticRegression`, divided by the total weight.

    .. math:: F(W, b) = \\frac{1}{S} \\sum_i s_i\\, \\ell(z_i W + b, y_i)
              + \\frac{1}{2 C S} \\sum_{jk} (W_{jk} / \\sigma_j)^2, \\qquad S = \\sum_i s_i

    The variables are those of centred features z, divided by `scale`, which only conditions the problem: the penalty
    is that of the coefficients W / scale of the features as they came, so the optimum is the one that was asked for.
    With scale^2 = variance / 4 + 1 / (C S) (without intercept the second moment takes the variance's place), every
    variable has a curvature of at most about one: 1/4 bounds the second derivative of a sigmoid
    (Böhning, *Ann. Inst. Statist. Math.* 44, 1992), the rest is the penalty's.
    """

    rows: Rows
    output: OutputLayer
    layer_sizes: tuple[int, int]
    scale: Array
    C: float
    fit_intercept: bool

    def value_and_gradient(self, flat: Array) -> tuple[float, Array]:
        """Give F and its derivative."""
        (weight,), (bias,) = layer_views(flat, self.layer_sizes)
        gradient = np.empty_like(flat)
        (weight_gradient,), (bias_gradient,) = layer_views(gradient, self.layer_sizes)
        total = self.rows.weight.sum() / self.rows.weight.shape[1]
        loss, raw_gradient = self.output.loss_and_gradient(
            self.rows.Z @ weight + bias, self.rows.targets, self.rows.weight
        )
        coefficients = weight / self.scale[:, np.newaxis]
        penalty = 0.5 * np.sum(np.square(coefficients)) / self.C
        np.matmul(self.rows.Z.T, raw_gradient, out=weight_gradient)
        weight_gradient += coefficients / (self.C * self.scale[:, np.newaxis])
        bias_gradient[...] = raw_gradient.sum(axis=0) if self.fit_intercept else 0.0
        return (loss + penalty) / total, gradient / total


@dataclass(frozen=True)
class Solution:
    """Where a solver ended, and how far from the optimum: the gradient's largest entry over that at the start."""

    n_iter: int
    optimality: float


def solve(problem: Problem, network: Network, tol: float, max_iter: int, report: ProgressCallback) -> Solution:
    """Minimise `problem` from the parameters of `network` until the relative gradient is below `tol`."""
    _, start_gradient = problem.value_and_gradient(np.zeros_like(network.flat))
    reference = float(np.abs(start_gradient).max()) or 1.0
    result = minimize(
        problem.value_and_gradient,
        network.flat,
        jac=True,
        method="L-BFGS-B",
        callback=_reporter(max_iter, report),
        options={
            "maxiter": max_iter,
            "maxfun": 2 * max_iter + 100,
            "maxls": 50,
            "gtol": tol * reference,
            "ftol": 0.0,
        },
    )
    network.flat[:] = result.x
    optimality = float(np.abs(result.jac).max()) / reference
    return Solution(int(result.nit), optimality)


def _reporter(max_iter: int, report: ProgressCallback) -> Callable[..., None]:
    steps = 0

    def callback(intermediate_result: object) -> None:
        nonlocal steps
        steps += 1
        report(Progress(steps, max_iter, float(intermediate_result.fun), None))  # type: ignore[attr-defined]

    return callback
