"""Newton's method for affine maps with a matrix, each step found by conjugate gradients.

L-BFGS takes hundreds of passes over the rows where a penalty is weak, each in double precision with an exponential for
every number. Newton's method takes some five steps; a step is the solution of linear equations with the loss's second
derivatives, which need not be exact. So conjugate gradients find it, in the metric that L-BFGS would have begun with
(`_affine_fitting`), and their products of the second derivatives and a vector are computed in single precision from
probabilities that are kept: no exponentials, and half the memory. Only losses and gradients, one of each per step, are
in double precision, and so is the bound on what is left to gain.

The first steps are rough, since the quadratic model is, later ones ever more exact, as far as single precision goes
(Dembo, Eisenstat, Steihaug, *SIAM J. Numer. Anal.* 19, 1982).
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from softargmax._arrays import Array
from softargmax._descent import Curvature
from softargmax.calibration._affine import AffineLoss
from softargmax.calibration._affine_fitting import AffineFit, Seconds, curvature_of

# The part of the squared gradient, measured in the metric, that a step may leave: at first, and at last.
_ROUGHEST, _FINEST = 0.1, 1e-6
# How far below what is asked for a step may aim.
_BEYOND = 0.1
# Products of a step, steps, and halvings of one, at most.
_MOST_PRODUCTS, _MOST_STEPS, _HALVINGS = 150, 30, 20
# The share of what its slope promises by which a step has to lower the loss.
_DECREASE = 1e-4


def minimize_by_newton(
    loss: AffineLoss,
    single: AffineLoss,
    start: Array,
    tol: float,
    least_step: float = 0.0,
    *,
    seconds: Seconds | None = None,
) -> AffineFit:
    """Minimise until the mean penalised loss is at most `tol` nats above its minimum, or rounding hides the way down.

    `single` is the same loss in single precision. The rest is as for `minimize_affine`.
    """
    theta, (value, gradient) = start, loss(start)
    gap, left, curvature = _gap(loss, gradient), _ROUGHEST, curvature_of(single, start, seconds)
    for step in range(_MOST_STEPS):
        if gap <= tol:
            break
        if step:
            curvature = curvature_of(single, theta)
        bent = partial(single.bent, single.probabilities(theta))
        direction = _solve(bent, gradient, curvature, left)
        slope, length = float(gradient @ direction), 1.0
        if -0.5 * slope <= least_step * loss.total:
            break
        for _ in range(_HALVINGS):
            trial = theta + length * direction
            lower, by_trial = loss(trial)
            if lower <= value + _DECREASE * length * slope:
                break
            length *= 0.5
        else:
            break
        theta, value, gradient = trial, lower, by_trial
        gap, last = _gap(loss, gradient), gap
        left = min(max((gap / last) ** 2, _BEYOND * tol / max(gap, tol), _FINEST), _ROUGHEST)
    return AffineFit(theta, gap, curvature.seconds)


def _gap(loss: AffineLoss, gradient: Array) -> float:
    """Bound what is left to gain, in nats per row."""
    return 0.5 * float(np.sum(np.square(gradient) / loss.ridge)) / loss.total


def _solve(bent: Callable[[Array], Array], gradient: Array, metric: Curvature, left: float) -> Array:
    """Give the step that takes the gradient away, by conjugate gradients, until its square is the part `left`."""
    step, residual = np.zeros_like(gradient), -gradient
    towards = metric.solve(residual)
    direction, square = towards, float(residual @ towards)
    least = left * square
    for _ in range(_MOST_PRODUCTS):
        product = bent(direction)
        share = square / float(direction @ product)
        step = step + share * direction
        residual = residual - share * product
        towards = metric.solve(residual)
        square, last = float(residual @ towards), square
        if square <= least:
            break
        direction = towards + (square / last) * direction
    return step
