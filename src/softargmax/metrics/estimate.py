"""A value and the interval it comes with."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_integer, as_real

# Multinomial counts drawn at once: bounds memory, whatever the number of rows.
_CELLS = 2_000_000
# Draws over all resamples: beyond it the number of resamples falls, down to _FEWEST.
_DRAWS = 200_000_000
_FEWEST = 200


@dataclass(frozen=True)
class Estimate:
    """A measured value with the interval [low, high] at the given confidence, from n rows."""

    value: float
    low: float
    high: float
    confidence: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made.

    Parameters
    ----------
    confidence : float, default 0.95
        Of the interval.
    n_resamples : int, default 1000
        Resamples at most; a table of more than 200,000 rows gets fewer, never below 200.
    seed : int, default 0
        Decides the resamples: the same rows give the same interval.
    """

    confidence: float = 0.95
    n_resamples: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        as_real(self.confidence, "confidence", low=0.0, high=1.0, open_low=True, open_high=True)
        as_integer(self.n_resamples, "n_resamples", low=2)
        as_integer(self.seed, "seed", low=0)

    def counts(self, n_rows: int) -> Iterator[Array]:
        """Draw how often every row is in a resample, a few resamples at a time, shape (some, n_rows)."""
        rng = np.random.default_rng(self.seed)
        left = max(min(self.n_resamples, _FEWEST), min(self.n_resamples, _DRAWS // max(n_rows, 1)))
        while left > 0:
            some = min(left, max(1, _CELLS // max(n_rows, 1)))
            left -= some
            drawn = rng.integers(n_rows, size=(some, n_rows))
            drawn += np.arange(some)[:, np.newaxis] * n_rows
            yield np.bincount(drawn.ravel(), minlength=some * n_rows).reshape(some, n_rows)

    def quantiles(self, resampled: Array) -> tuple[float, float]:
        """Give the two ends of the middle of the resampled values."""
        tail = 0.5 * (1.0 - self.confidence)
        low, high = np.quantile(resampled, [tail, 1.0 - tail], method="closest_observation")
        return float(low), float(high)

    def of_means(self, values: Array, weight: Array) -> list[Estimate]:
        """Estimate the weighted mean of every column of `values`, shape (n_rows, n_columns).

        Percentile intervals (Efron, Tibshirani, *An Introduction to the Bootstrap*, 1993, 13.3).
        """
        infinite = np.isinf(values)
        terms = np.where(infinite, 0.0, values) * weight[:, np.newaxis]
        infinite = infinite & (weight > 0.0)[:, np.newaxis]
        columns = np.column_stack([terms, infinite, weight])
        sums = np.concatenate([counts @ columns for counts in self.counts(len(values))])
        # A resample that drew only rows of weight zero has no mean.
        resampled = self._means(sums[sums[:, -1] > 0.0])
        centre = self._means(columns.sum(axis=0, keepdims=True))[0]
        return [
            Estimate(float(centre[j]), *self.quantiles(resampled[:, j]), self.confidence, len(values))
            for j in range(values.shape[1])
        ]

    @staticmethod
    def _means(sums: Array) -> Array:
        terms, infinite, weight = np.split(sums, [sums.shape[1] // 2, sums.shape[1] - 1], axis=1)
        return np.where(infinite > 0.0, np.inf, terms / weight)


def wilson_interval(share: float, n: float, confidence: float) -> tuple[float, float]:
    """Give an interval for a proportion that is honest at 0 and 1, where resampling shows no spread.

    Wilson, *J. Amer. Statist. Assoc.* 22, 1927.
    """
    z = NormalDist().inv_cdf(0.5 + 0.5 * confidence)
    centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n)
    half = z / (1.0 + z * z / n) * np.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    return max(0.0, min(share, float(centre - half))), min(1.0, max(share, float(centre + half)))
