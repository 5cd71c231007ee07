"""Means and their intervals from three central moments: a mergeable summary.

Losses have a long tail on the right: most rows cost little, a few cost much. An interval of equal reach on both sides
then misses the true mean too often on the high side. Resampling the rows mends that, but passes over them a thousand
times, and its result cannot be put together from parts. Hall's interval mends it by a formula: it bends Student's t by
the skewness of the values, which is known from their third central moment. It covers as often as resampling the
studentised mean (for a distribution of skewness 38 and 200 rows, 91 %, where percentiles of resamples cover 87 %), and
moments of parts add up to those of the whole. An accuracy has Wilson's interval instead (`_estimate`), because a share
of 0 or 1 shows no spread at all.
"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate
from softargmax.metrics._numerics import student_quantile, sum_of_products


@dataclass(frozen=True)
class MeanMoments:
    r"""What the interval of a weighted mean m needs to know about the values x with weights w.

    ``second`` and ``third`` are Σ w (x - m)^2 and Σ w (x - m)^3; ``noise`` is Σ s (x - m)^2, ``tilt`` is Σ s (x - m),
    with s = w for rows and s = w^2 for clusters, which are drawn as wholes. ``infinite`` is the sum of values that are
    (of log losses), NaN if they have both signs.
    """

    n: int
    weight: float = 0.0
    weight_squares: float = 0.0
    mean: float = 0.0
    second: float = 0.0
    third: float = 0.0
    noise: float = 0.0
    tilt: float = 0.0
    infinite: float = 0.0

    @classmethod
    def of(cls, values: Array, weight: Array, n: int, weight_squares: Array | None = None) -> "MeanMoments":
        """Sum over rows, of which one of weight 2 is two; or over clusters, each one thing with its squared weight."""
        squares = weight if weight_squares is None else weight_squares
        total = float(weight.sum())
        if total == 0.0:
            return cls(n)
        if not np.isfinite(values).all():
            # A row of weight zero may hold anything.
            values = np.where(weight > 0.0, values, 0.0)
            infinite = set(values[np.isinf(values)].tolist())
            if infinite:
                return cls(n, infinite=sum(infinite))
        with np.errstate(over="ignore", invalid="ignore"):  # an interval without end
            mean = sum_of_products(weight, values) / total
            centred = values - mean
            weighted, squared = weight * centred, squares * centred
            mean += float(weighted.sum()) / total  # what rounding left
            second = sum_of_products(weighted, centred)
            weighted *= centred
            third, noise = sum_of_products(weighted, centred), sum_of_products(squared, centred)
            tilt = float(squared.sum())
        return cls(n, total, float(squares.sum()), mean, second, third, noise, tilt)

    def merge(self, other: "MeanMoments") -> "MeanMoments":
        """Add what another summary has seen (Pébay, *Sandia Report* SAND2008-6212, 2008)."""
        n, infinite = self.n + other.n, self.infinite + other.infinite
        total = self.weight + other.weight
        if infinite != 0.0 or total == 0.0:
            return MeanMoments(n, infinite=infinite)
        mean = self.mean + (other.mean - self.mean) * (other.weight / total)
        a, b = self._around(mean), other._around(mean)
        squares = self.weight_squares + other.weight_squares
        return MeanMoments(n, total, squares, mean, *(float(x) for x in np.add(a, b)))

    def _around(self, centre: float) -> tuple[float, float, float, float]:
        d = self.mean - centre
        return (
            self.second + d * d * self.weight,
            self.third + 3.0 * d * self.second + d**3 * self.weight,
            self.noise + 2.0 * d * self.tilt + d * d * self.weight_squares,
            self.tilt + d * self.weight_squares,
        )

    @property
    def value(self) -> float:
        """The mean."""
        return self.infinite if self.infinite != 0.0 else self.mean

    def ends(self, confidence: float) -> tuple[float, float]:
        r"""Give the interval of the mean by Hall's transformation of t, which takes the skewness out.

        .. math:: g(T) = T + \gamma T^2/3 + \gamma^2 T^3/27 + \gamma/(6n), \quad T = (m - \mu)/s

        is nearly normal with variance 1/n, and a cubic that can be inverted. As good as resampling the
        studentised mean 1000 times, without any resampling (Hall, *J. Roy. Statist. Soc. B* 54, 1992).
        """
        if self.infinite != 0.0:
            known = not np.isnan(self.infinite)  # seen once, so its probability is not 0
            return (self.infinite, self.infinite) if known else (-np.inf, np.inf)
        n = self.weight**2 / self.weight_squares if self.weight_squares else 0.0
        if n <= 1.0 + 1e-9:
            return -np.inf, np.inf  # one row shows no spread
        spread = float(np.sqrt(self.noise / self.weight_squares * n / (n - 1.0)))
        if spread == 0.0 or self.second <= 0.0:
            return self.mean, self.mean
        skewness = (self.third / self.weight) / (self.second / self.weight) ** 1.5
        t = np.array([1.0, -1.0]) * student_quantile(0.5 + 0.5 * confidence, n - 1.0) / np.sqrt(n)
        third = skewness / 3.0
        if abs(third) > 1e-8:
            t = (np.cbrt(1.0 + 3.0 * third * (t - skewness / (6.0 * n))) - 1.0) / third
        low, high = self.mean - spread * t
        return float(low), float(high)

    def estimate(self, confidence: float, low: float = 0.0, high: float = np.inf, method: str = "skewness") -> Estimate:
        """Give the mean with its interval, for something that lies between `low` and `high`."""
        value = self.value
        ends = self.ends(confidence)
        if not np.isnan(value):
            ends = min(value, ends[0]), max(value, ends[1])
        return Estimate(value, max(low, ends[0]), min(high, ends[1]), confidence, self.n, method)
