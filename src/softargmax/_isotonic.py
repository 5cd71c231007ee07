"""The non-decreasing function nearest to noisy values: isotonic regression.

The solution is a staircase: neighbouring values are pooled into levels, and every level has the mean of its values.
Pooling neighbours whose means fall is never wrong, in whatever order it is done, so there are two ways to it here.
Passes over the whole array pool every falling run at once; as long as a pass shortens the array much, that is as fast
as NumPy is. Where it does not, because one low value has to be pooled with many before it, one by one, a stack does
the rest in time proportional to what is left.

Source: Ayer et al., *Ann. Math. Statist.* 26 (1955); Best, Chakravarti, *Math. Programming* 47 (1990).
"""

import numpy as np

from softargmax._arrays import Array

# A pass that leaves more than this share of the levels is followed by the stack, which costs about ten passes' time a
# level. Between .7 and .95 the time is the same on a million random values.
_SLOW = 0.9


def isotonic(sums: Array, weight: Array) -> Array:
    """Give the isotonic fit to the means ``sums / weight``, one value per mean."""
    starts = level_starts(sums, weight)
    means = np.add.reduceat(sums, starts) / np.add.reduceat(weight, starts)
    return np.asarray(np.repeat(means, np.diff(starts, append=len(sums))))


def level_starts(sums: Array, weight: Array) -> Array:
    """Give where the levels of the isotonic fit to the means ``sums / weight`` begin; the first begins at 0."""
    starts = np.arange(len(sums))
    while True:
        means = sums / weight
        rises = np.ones(len(means), bool)
        np.greater(means[1:], means[:-1], out=rises[1:])
        if rises.all():
            return starts
        kept = np.flatnonzero(rises)
        slow = len(kept) > _SLOW * len(starts)
        starts, sums, weight = starts[kept], np.add.reduceat(sums, kept), np.add.reduceat(weight, kept)
        if slow:
            return starts[_stacked(sums.tolist(), weight.tolist())]


def isotonic_rows(sums: Array, weight: Array) -> Array:
    """Give the isotonic fits of many rows of `sums` whose means lie between 0 and 1, as one long fit.

    Every row is lifted above the one before it, so that no block reaches across.
    """
    lift = 2.0 * np.arange(len(sums))[:, np.newaxis]
    lifted = isotonic((sums + lift * weight).ravel(), np.tile(weight, len(sums)))
    return np.asarray(np.clip(lifted.reshape(sums.shape) - lift, 0.0, 1.0))


def _stacked(sums: list[float], weight: list[float]) -> list[int]:
    """Pool from left to right: a new value takes in the levels before it that are not below it."""
    starts: list[int] = []
    totals: list[float] = []
    weights: list[float] = []
    means: list[float] = []
    for start, (total, heavy) in enumerate(zip(sums, weight, strict=True)):
        first, mean = start, total / heavy
        while means and means[-1] >= mean:
            means.pop()
            first, total, heavy = starts.pop(), total + totals.pop(), heavy + weights.pop()
            mean = total / heavy
        starts.append(first)
        totals.append(total)
        weights.append(heavy)
        means.append(mean)
    return starts
