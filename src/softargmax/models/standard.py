"""What a network's features are standardised by: mean and standard deviation, unless a few wild values made those.

One typing error of 1e9, or -999 where a value is missing, leaves nothing of a column that is divided by its standard
deviation; the soft clip comes too late. Such a column is centred and scaled by its quartiles, which do not notice.
"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._moments import FeatureMoments

# The quartiles of a normal distribution lie so many standard deviations apart.
_NORMAL = 1.349
# A standard deviation that is so many times what the quartiles say was made by a few values. Chosen by measurement:
# docs/mlp.md, "Wild values".
_WILD = 3.0
# Rows that quartiles are taken of, evenly spaced: they leave quartiles wrong by a hundredth of a standard deviation.
_ROWS = 1 << 14


@dataclass(frozen=True)
class Standard:
    """What is subtracted from every feature, and what it is divided by."""

    mean: Array
    scale: Array

    @classmethod
    def of(cls, X: Array, weight: Array, moments: FeatureMoments) -> "Standard":
        """Take the moments of rows, but for features whose standard deviation a few of them made.

        A row of weight 0 does not count; other weights say nothing about quartiles. A feature of which half the values
        are the same has no quartiles to scale by, and keeps its moments.
        """
        counted = np.flatnonzero(weight > 0.0)
        some = X[counted[:: max(1, len(counted) // _ROWS)]]
        low, middle, high = np.quantile(some, [0.25, 0.5, 0.75], axis=0)
        spread = (high - low) / _NORMAL
        wild = (spread > 0.0) & (moments.scale > _WILD * spread)
        return cls(np.where(wild, middle, moments.mean), np.where(wild, spread, moments.scale))
