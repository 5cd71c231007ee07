"""How far to go along a direction: the weak Wolfe conditions, by secants of the slope."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array

_DECREASE, _SLOPE = 1e-4, 0.9
_MOST_TRIALS = 30


@dataclass(frozen=True)
class Point:
    """Coefficients, the objective there and its gradient."""

    V: Array
    value: float
    gradient: Array


def search(
    evaluate: Callable[[Array], tuple[float, Array]], start: Point, direction: Array, slope: float, noise: float
) -> Point | None:
    """Find a point lower along `direction`, whose slope there is less steep; None if rounding hides any descent.

    `noise` is the relative rounding error of the objective: near the optimum values no longer tell two points
    apart, slopes still do (Hager, Zhang, *SIAM J. Optim.* 16, 2005).
    """
    low, high, low_slope = 0.0, np.inf, slope
    step = 1.0
    for _ in range(_MOST_TRIALS):
        V = start.V + step * direction
        value, gradient = evaluate(V)
        new_slope = float(np.vdot(gradient, direction))
        limit = start.value + _DECREASE * step * slope + noise * abs(start.value)
        if not value <= limit or new_slope > -_SLOPE * slope:
            high = step
        elif new_slope < _SLOPE * slope:
            low, low_slope = step, new_slope
        else:
            return Point(V, value, gradient)
        if np.isfinite(high):
            share = -low_slope / (new_slope - low_slope) if high == step and new_slope > 0.0 else 0.5
            step = low + (high - low) * min(max(share, 0.1), 0.9)
            if high - low <= 1e-10 * high:
                return None
        else:
            step *= min(max(slope / min(slope - new_slope, -1e-300), 1.5), 8.0)
    return None
