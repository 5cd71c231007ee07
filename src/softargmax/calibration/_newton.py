"""Newton's method with halved steps, for losses of a few numbers, and its steps where these must not be negative."""

from collections.abc import Callable

import numpy as np

from softargmax._arrays import Array

# A full step, half of it, and so on: after so many halvings a step is lost in the rounding of what it is added to.
_HALVINGS = 40


def descend_by_newton(
    loss: Callable[[Array], float],
    model: Callable[[Array], tuple[float, Array | None]],
    start: Array,
    *,
    most_steps: int,
    inside: Callable[[Array], Array] = lambda theta: theta,
) -> tuple[Array, float]:
    """Minimise a convex loss, and give the minimum with the bound on what is left to gain there.

    Newton's step goes to the minimum of the loss's quadratic model, which may lie further away than the model is
    right; so the step is halved until the loss falls. It ends where `model` is content, where no step helps any more
    because of rounding, or after `most_steps`.

    Parameters
    ----------
    loss : callable
        The loss at some parameters.
    model : callable
        How much the loss can still fall at most, and the step to where its quadratic model has its minimum; None
        instead of a step where what can be gained is too little for one.
    start : ndarray
        Where to begin.
    most_steps : int
        A brake; fits need three to fifteen.
    inside : callable
        Brings parameters that a step has carried out of their domain back into it.
    """
    theta, value = start, loss(start)
    for _ in range(most_steps):
        left, direction = model(theta)
        if direction is None:
            return theta, left
        for step in 0.5 ** np.arange(_HALVINGS):
            trial = inside(theta + step * direction)
            lower = loss(trial)
            if lower < value:
                theta, value = trial, lower
                break
        else:
            return theta, left
    return theta, model(theta)[0]


def best_nonnegative(hessian: Array, linear: Array) -> Array:
    """Minimise v H v / 2 - linear v over v >= 0 (Lawson, Hanson, *Solving Least Squares Problems*, 1974)."""
    v, free = np.zeros(len(linear)), np.zeros(len(linear), bool)
    noise = 1e-12 * float(np.abs(linear).max())
    for _ in range(10 * len(linear)):
        slope = np.where(free, -np.inf, linear - hessian @ v)
        best = int(slope.argmax())
        if not slope[best] > noise:
            break
        free[best] = True
        while True:
            trial = np.zeros_like(v)
            trial[free] = np.linalg.solve(hessian[np.ix_(free, free)], linear[free])
            if not np.any(trial[free] <= 0.0):
                v = trial
                break
            shrinking = free & (trial <= 0.0)
            share = float(np.min(v[shrinking] / (v[shrinking] - trial[shrinking])))
            v = v + share * (trial - v)
            free &= v > 1e-15
            v[~free] = 0.0
    return v
