"""Where a function of one variable crosses 0."""

from collections.abc import Callable


def root(function: Callable[[float], float], low: float, high: float, tolerance: float = 1e-3) -> float:
    """Find where an increasing function crosses 0, by false position with the Illinois rule.

    Dowell, Jarratt, *BIT* 11, 1971. The end that stays is given half its value.
    """
    at_low, at_high = function(low), function(high)
    if at_low >= 0.0 or at_high <= 0.0:
        return low if at_low >= 0.0 else high
    side = 0
    for _ in range(60):
        middle = low - at_low * (high - low) / (at_high - at_low)
        at_middle = function(middle)
        if at_middle < 0.0:
            step, low, at_low = middle - low, middle, at_middle
            at_high /= 2.0 if side < 0 else 1.0
            side = -1
        else:
            step, high, at_high = high - middle, middle, at_middle
            at_low /= 2.0 if side > 0 else 1.0
            side = 1
        if at_middle == 0.0 or min(step, high - low) <= tolerance * abs(middle):
            break
    return middle
