"""The non-decreasing function nearest to noisy values: isotonic regression."""

import numpy as np

from softargmax._arrays import Array


def isotonic(sums: Array, weight: Array) -> Array:
    """Give the isotonic fit to the means ``sums / weight``, one value per mean.

    Neighbouring blocks whose means fall belong to one block of the solution, in whatever order they are pooled, so
    every falling run is pooled at once, again and again, until none is left. Source: Ayer et al., *Ann. Math.
    Statist.* 26 (1955); Best, Chakravarti, *Math. Programming* 47 (1990).
    """
    starts = np.arange(len(sums))
    while True:
        means = np.add.reduceat(sums, starts) / np.add.reduceat(weight, starts)
        rises = np.diff(means, prepend=-np.inf) > 0.0
        if rises.all():
            return np.asarray(np.repeat(means, np.diff(starts, append=len(sums))))
        starts = starts[rises]


def isotonic_rows(sums: Array, weight: Array) -> Array:
    """Give the isotonic fits of many rows of `sums` whose means lie between 0 and 1, as one long fit.

    Every row is lifted above the one before it, so that no block reaches across.
    """
    lift = 2.0 * np.arange(len(sums))[:, np.newaxis]
    lifted = isotonic((sums + lift * weight).ravel(), np.tile(weight, len(sums)))
    return np.asarray(np.clip(lifted.reshape(sums.shape) - lift, 0.0, 1.0))
