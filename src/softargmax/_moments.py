"""Mean and variance of every feature, as a mergeable summary."""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._engine import run

# Numbers of a part, rows at most and at least. Measured on 50 and on 500 features: a megabyte of deviations stays in
# the cache and is not given back to the system after every part, which made parts of 3 MB six times as slow.
_NUMBERS, _MOST_ROWS, _FEWEST_ROWS = 2**17, 8192, 512


@dataclass(frozen=True)
class FeatureMoments:
    """Weighted count, mean and sum of squared deviations per feature.

    `merge` joins two of them exactly (Chan, Golub, LeVeque, *COMPSTAT* 1982), so batches, files and workers
    can be summarised apart.
    """

    weight: float
    mean: Array
    squares: Array

    @classmethod
    def of(cls, X: Array, sample_weight: Array) -> "FeatureMoments":
        """Summarise rows. A row of weight 2 counts as two rows."""
        total = float(sample_weight.sum(dtype=np.float64))
        if total == 0.0:
            return cls(0.0, np.zeros(X.shape[1]), np.zeros(X.shape[1]))
        share = (sample_weight / total).astype(np.float64)
        mean = share @ X.astype(np.float64, copy=False)
        deviations = X - mean
        return cls(total, mean, total * (share @ np.square(deviations)))

    @classmethod
    def of_many(cls, X: Array, sample_weight: Array) -> "FeatureMoments":
        """Summarise rows, part by part on the engine of now; at least one row."""
        size = min(max(_NUMBERS // max(X.shape[1], 1), _FEWEST_ROWS), _MOST_ROWS)
        parts = [slice(start, start + size) for start in range(0, len(X), size)]
        return run(_moments_of, [(X[part], sample_weight[part]) for part in parts], cls.merge)

    def merge(self, other: "FeatureMoments") -> "FeatureMoments":
        """Summarise the rows of both."""
        total = self.weight + other.weight
        if total == 0.0:
            return self
        share = other.weight / total
        gap = other.mean - self.mean
        return FeatureMoments(
            total,
            self.mean + share * gap,
            self.squares + other.squares + self.weight * share * np.square(gap),
        )

    @property
    def variance(self) -> Array:
        """Mean squared deviation per feature; 0 where a feature does not vary beyond rounding."""
        variance = self.squares / max(self.weight, np.finfo(np.float64).tiny)
        return np.where(np.sqrt(variance) <= 1e-12 * np.abs(self.mean), 0.0, variance)

    @property
    def scale(self) -> Array:
        """Standard deviation per feature; 1 where a feature does not vary beyond rounding."""
        deviation = np.sqrt(self.variance)
        return np.where(deviation == 0.0, 1.0, deviation)


def _moments_of(part: tuple[Array, Array]) -> FeatureMoments:
    return FeatureMoments.of(*part)
