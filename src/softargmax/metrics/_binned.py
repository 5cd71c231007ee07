"""Sums per bin of top probability: the gaps between it and accuracy, and how noisy they are."""

from dataclasses import dataclass, fields

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Interval, wilson_interval
from softargmax._options import as_choice
from softargmax.metrics._inversion import Gaps
from softargmax.metrics._ranked import RankedRows, sorted_sums, width_bins

BINNINGS = ("width", "mass")
# As in Guo, Pleiss, Sun, Weinberger (2017), after whom most published errors have 15 bins: theirs can be compared.
N_BINS = 15


@dataclass(frozen=True)
class Binned:
    """Per bin, over rows of weight w and residual r: the sums of w, w r, w if correct, and w r^2.

    ``expected_squares`` is what the last would be on average if every probability meant what it says.
    ``side`` is -1 where the probability of class 1 is judged and says that class 0 is the likelier one, else 1: there
    a gap below 0 means that the model was not sure enough.

    Everything else is a sum, so summaries merge by adding.
    """

    n: int
    side: Array
    weight: Array
    residual: Array
    correct: Array
    residual_squares: Array
    expected_squares: Array

    @classmethod
    def of(cls, ranked: RankedRows, bins: Array, n_bins: int) -> "Binned":
        """Sum what is ranked."""
        c = ranked.probability
        columns = (
            ranked.weight,
            ranked.residual,
            ranked.correct,
            ranked.correct * np.square(1.0 - c) + ranked.errors * np.square(c),
            ranked.weight * c * (1.0 - c),
        )
        weight, residual, correct, *products = sorted_sums(bins, n_bins, columns)
        side = np.ones(n_bins)
        if ranked.aspect == "positive":
            side[correct - residual <= 0.5 * weight] = -1.0
        return cls(ranked.n, side, weight, residual, correct, *products)

    @classmethod
    def of_rows(cls, bins: Array, n_bins: int, probability: Array, correct: Array, weight: Array) -> "Binned":
        """Sum rows that have a bin each."""
        residual = correct - probability
        heavy, expected = weight * residual, weight * probability * (1.0 - probability)
        columns = (weight, heavy, weight * correct, heavy * residual, expected)
        return cls(len(weight), np.ones(n_bins), *[np.bincount(bins, column, n_bins) for column in columns])

    def merge(self, other: "Binned") -> "Binned":
        """Add what another summary has seen."""
        sums = [getattr(self, field.name) + getattr(other, field.name) for field in fields(self)[2:]]
        return Binned(self.n + other.n, self.side, *sums)

    @property
    def share(self) -> Array:
        """The weight of every bin that holds any, as a share of all."""
        return np.asarray(self.weight[self.weight > 0.0] / self.total)

    @property
    def accuracy(self) -> float:
        """The share of rows whose likelier outcome came about."""
        return float(np.where(self.side > 0.0, self.correct, self.weight - self.correct).sum()) / self.total

    @property
    def total(self) -> float:
        """The weight of all rows."""
        return float(self.weight.sum())

    def gaps(self, interval: Interval) -> Gaps:
        """Resample every gap, a residual over the weight of all rows.

        Rows that are drawn again and again give sums that are normal for all that matters here, with the moments
        at hand; the noise of the weight of all rows is taken along, since the gaps are divided by it.
        """
        kept = self.weight > 0.0
        gap = self.residual[kept] / self.total
        # A few rows may agree by accident; then their probability says more about their spread.
        spread = np.sqrt(np.maximum(self.residual_squares, self.expected_squares)[kept])
        with np.errstate(divide="ignore", invalid="ignore"):
            common = np.where(spread > 0.0, self.residual[kept] / spread, 0.0)
        rest = np.sqrt(max(0.0, float(self.total - np.sum(np.square(common)))))
        rng = interval.generator()
        draws = rng.standard_normal((interval.resamples(len(gap)), len(gap)))
        of_total = draws @ common + rest * rng.standard_normal(len(draws))
        noise = (draws * spread - of_total[:, np.newaxis] * gap) / self.total
        return Gaps(gap, noise, self.plausible(interval))

    def plausible(self, interval: Interval, rows: float | None = None) -> Array:
        """Give the gaps of an accuracy at either end of its interval: few errors, or none, say little of themselves.

        Rows that depend on each other are worth only so many `rows`.
        """
        mean_gap = float((self.side * self.residual).sum()) / self.total
        accuracy = min(max(self.accuracy, 0.0), 1.0)
        ends = np.array(wilson_interval(accuracy, self.total if rows is None else rows, interval.confidence))
        return np.outer(ends - accuracy + mean_gap, self.share) * self.side[self.weight > 0.0]


def bins_of(ranked: RankedRows, binning: str, n_bins: int) -> Array:
    """Give the bin of every top probability."""
    as_choice(binning, "binning", BINNINGS)
    if binning == "width":
        return width_bins(ranked.probability, n_bins)
    return ranked.mass_bins(n_bins)
