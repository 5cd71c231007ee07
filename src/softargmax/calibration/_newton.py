"""Newton's method with halved steps, for losses of a few numbers."""

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
