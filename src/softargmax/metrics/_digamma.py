"""Harmonic numbers between the integers."""

import numpy as np

from softargmax._arrays import Array


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
