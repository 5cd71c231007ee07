"""Mean and variance of every feature, as a mergeable summary."""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array


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
