"""Intervals for rows that come in clusters, such as the visits of one patient: clusters are independent, rows are not.

What is measured stays what it is, a mean over rows. Only how sure it is depends on the clusters: the rows of a patient
whom a model does not know are wrong together. So every sum that an interval needs is first summed within clusters, and
the clusters take the place of the rows (Cameron, Miller, *J. Human Resources* 50, 2015, 317-372). Few clusters say
little of their own spread, for which Student's t makes room, with one degree of freedom less than there are of them.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_array
from softargmax._estimate import Estimate, Interval
from softargmax.exceptions import ArgumentError, ShapeError
from softargmax.metrics._areas import Area, placements
from softargmax.metrics._binned import N_BINS, Binned
from softargmax.metrics._inversion import Gaps, absolute
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics._numerics import student_quantile
from softargmax.metrics._ranked import RankedRows, width_bins

# Rows that say nothing, as an effective number; Wilson's interval of so many is everything.
_NOTHING = 1e-9


@dataclass(frozen=True)
class DependentRows:
    """Which cluster every row of weight above 0 belongs to, and the weight of every cluster."""

    judged: Judged
    kept: Array
    number: Array
    weight: Array

    @classmethod
    def of(cls, clusters: npt.ArrayLike, judged: Judged) -> "DependentRows":
        """Number the clusters.

        Raises
        ------
        ShapeError
            Unless every row has one.
        ArgumentError
            For values that cannot be told apart, and missing ones.
        """
        names = np.asarray(as_array(clusters, "clusters"))
        if names.shape != (judged.n,):
            raise ShapeError(
                f"clusters: expected one for each of {judged.n} rows, got shape {names.shape}", parameter="clusters"
            )
        if bool((names != names).any()):
            raise ArgumentError("clusters: expected one for every row, but some are missing", parameter="clusters")
        kept = np.flatnonzero(judged.weight > 0.0)
        number = np.unique(names[kept], return_inverse=True)[1]
        return cls(judged, kept, number, np.bincount(number, judged.weight[kept]))

    def mean(self, values: Array) -> MeanMoments:
        """Sum values of rows up, by cluster."""
        heavy = np.bincount(self.number, self.judged.weight[self.kept] * values[self.kept])
        return MeanMoments.of(heavy / self.weight, self.weight, self.judged.n, np.square(self.weight))

    def effective(self, right: Array, interval: Interval) -> float:
        """Give how many independent rows a share of the rows is worth: as many as have the variance it has here.

        Not more than there are rows, nor less than there are clusters, which it would be if all rows of one were equal;
        and fewer where few clusters have to tell their own variance (Korn, Graubard, *Survey Methodology* 24, 1998).
        """
        moments = self.mean(right)
        n = self._count
        if n <= 1.0 + 1e-9:
            return _NOTHING
        variance = moments.noise / moments.weight**2 * n / (n - 1.0)
        most = moments.weight
        rows = moments.mean * (1.0 - moments.mean) / variance if variance > 0.0 else n
        return max(min(max(rows, n), most) / self._stretch(interval) ** 2, _NOTHING)

    def calibration_error(self, sums: Binned, of: Aspect, interval: Interval) -> Estimate:
        """Estimate the calibration error of bins of equal width, whose gaps are noisy together."""
        position, outcome, *_ = self.judged.event(of)
        position, outcome, weight = position[self.kept], outcome[self.kept], self.judged.weight[self.kept]
        cells = self.number * N_BINS + width_bins(position, N_BINS)
        occupied = sums.weight > 0.0
        residual = np.bincount(cells, weight * (outcome - position), len(self.weight) * N_BINS)
        residual = residual.reshape(-1, N_BINS)[:, occupied]
        gap = sums.residual[occupied] / sums.total
        # What each cluster adds to the gaps; these are divided by the weight of all rows, which is drawn too.
        adds = (residual - np.outer(self.weight, gap)) / sums.total
        n = self._count
        covariance = np.einsum("ij,ik->jk", adds, adds) * (n / (n - 1.0) if n > 1.0 + 1e-9 else 1.0)
        # A few rows may agree by accident; then their probability says more about their spread.
        expected = sums.expected_squares[occupied] / sums.total**2
        covariance += np.diag(np.maximum(expected - np.diag(covariance), 0.0))
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        draws = interval.generator().standard_normal((interval.resamples(len(gap)), len(gap)))
        right = np.asarray(position > 0.5) == (outcome > 0.5) if sums.side.min() < 0.0 else outcome
        everywhere = np.zeros(self.judged.n)
        everywhere[self.kept] = right
        plausible = sums.plausible(interval, self.effective(everywhere, interval))
        noise = draws @ root.T * self._stretch(interval)
        return Gaps(gap, noise, plausible).estimate(absolute, interval, self.judged.n)

    def area(self, events: RankedRows, interval: Interval) -> Estimate | None:
        """Estimate the AUC: every row's part in it is summed within clusters (Obuchowski, *Biometrics* 53, 1997)."""
        yes, no = events.correct, events.errors
        found = Area.of(yes, no)
        if found is None:
            return None
        position, outcome, *_ = self.judged.event("positive")
        place, is_yes = np.searchsorted(events.probability, position[self.kept]), outcome[self.kept] > 0.0
        below, above = placements(yes, no)
        parts = np.where(is_yes, (below[place] - found.value) / yes.sum(), (above[place] - found.value) / no.sum())
        parts = np.bincount(self.number, self.judged.weight[self.kept] * parts)
        n = self._count
        if n <= 1.0 + 1e-9:
            return Estimate(found.value, 0.0, 1.0, interval.confidence, self.judged.n, "delong-score")
        spread = float(np.square(parts).sum()) * n / (n - 1.0)
        # Where few rows are ranked wrongly, clusters count as if all rows of one were equal.
        share = min(1.0, n / (found.n_yes + found.n_no))
        found = Area(found.value, spread, share * found.n_yes, share * found.n_no)
        return found.estimate(interval, self._stretch(interval), self.judged.n)

    @property
    def _count(self) -> float:
        """How many clusters of equal weight these are worth."""
        return float(self.weight.sum()) ** 2 / float(np.square(self.weight).sum())

    def _stretch(self, interval: Interval) -> float:
        """Give by how much Student's quantile of so many clusters is above the normal one."""
        probability = 0.5 + 0.5 * interval.confidence
        return student_quantile(probability, max(self._count - 1.0, 0.1)) / NormalDist().inv_cdf(probability)
