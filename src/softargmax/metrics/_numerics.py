"""Small pieces of numerical analysis that SciPy would bring, for a core that needs NumPy only."""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from softargmax._arrays import Array


def sum_of_products(x: Array, y: Array) -> float:
    """Sum x_i y_i over rows, always in the same order.

    ``x @ y`` would ask the BLAS, which shares long sums among its threads, so that last bits depend on their number.
    """
    return float(np.add.reduce(x * y))


def root(function: Callable[[float], float], low: float, high: float, tolerance: float = 1e-3) -> float:
    """Find where an increasing function crosses 0, by false position with the Illinois rule.

    The end that stays is given half its value, so that it moves too (Dowell, Jarratt, *BIT* 11, 1971). The default
    tolerance is for ends of intervals, which resampling knows to 2 %: 1e-6 moved none in its sixth digit. About six
    steps are usual; 60 are only a guard.
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


def digamma(x: Array) -> Array:
    """Give ψ(x) for x >= 1: ψ(n + 1) - ψ(m + 1) = 1/(m + 1) + ... + 1/n, for weights that are no integers too.

    The asymptotic series from x + 8 on, and ψ(x) = ψ(x + 1) - 1/x (Abramowitz, Stegun, 6.3.5, 6.3.18).
    """
    steps = np.zeros_like(x)
    for k in range(8):
        steps += 1.0 / (x + k)
    y = x + 8.0
    square = 1.0 / np.square(y)
    series = np.zeros_like(x)
    for coefficient in (-691.0 / 32760.0, 1.0 / 132.0, -1.0 / 240.0, 1.0 / 252.0, -1.0 / 120.0, 1.0 / 12.0):
        series = series * square + coefficient
    return np.asarray(np.log(y) - 0.5 / y - square * series - steps)


def student_quantile(probability: float, freedom: float) -> float:
    """Give Student's quantile by its expansion around the normal one (Abramowitz, Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4.0,
        (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0,
        (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0,
    )
    return z + sum(term / freedom ** (k + 1) for k, term in enumerate(terms))
