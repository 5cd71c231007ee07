"""The middle of a column of numbers, and how far from it the middle half lies: what a few wild numbers do not move."""

from typing import NamedTuple

import numpy as np

from softargmax._arrays import Array

# The middle half of a normal distribution is so many standard deviations wide.
_OF_NORMAL = 1.349


class Middle(NamedTuple):
    """The median, and the standard deviation of a normal distribution whose middle half is as wide."""

    median: float
    spread: float


def middle_of(numbers: Array, counts: Array) -> Middle:
    """Give the middle of different numbers, each of which occurs so often; NaN is none.

    >>> middle_of(np.array([1.0, 2.0, 3.0, 4.0, 1e9]), np.ones(5))
    Middle(median=3.0, spread=1.4825796886582654)
    """
    order = np.argsort(numbers)[: np.count_nonzero(~np.isnan(numbers))]  # NaN comes last
    numbers, counts = numbers[order], counts[order]
    below = np.cumsum(counts)
    low, median, high = numbers[np.searchsorted(below, np.array([0.25, 0.5, 0.75]) * below[-1])].tolist()
    return Middle(median, (high - low) / _OF_NORMAL)
