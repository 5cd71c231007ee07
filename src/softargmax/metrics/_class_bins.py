"""Sums per class and bin of its probability: how far frequencies are from probabilities, and how noisy that is."""

import math
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Interval, wilson_interval
from softargmax._logits import block_slices
from softargmax.metrics._inversion import Gaps
from softargmax.metrics._judged import Judged, each
from softargmax.metrics._ranked import width_bins

# Of a row's classes one is true, so that cells depend on each other: what one has too much of, others lack. Each is
# drawn by itself, which leaves the mean of the sum of absolute gaps as it is. Its variance it may halve: the
# covariances of a cell with others add up to minus its variance, since a row's gaps have the sum 0, and |X| and |Y| of
# normal X and Y have a covariance of at most (1 - 2/pi) rho^2 <= (1 - 2/pi) |rho| in units of their deviations. So the
# square root of 2 is enough, and exact for two classes.
SPREAD = math.sqrt(2.0)
# Numbers of a draw, times draws: few cells are drawn often, many cells at least 200 times, which is when their sum
# varies little.
_DRAWN = 250_000


@dataclass(frozen=True)
class ClassBins:
    """Per class and bin, shape (n_classes, n_bins): sums of w, w p_k and w [y = k]; and sums over all rows.

    Over rows they are sums of w if the prediction is right, and of w times the top probability.
    """

    n: int
    weight: Array
    expected: Array
    seen: Array
    rows: Array

    @classmethod
    def of(cls, judged: Judged, n_bins: int) -> "ClassBins":
        """Sum rows up."""
        parts = list(block_slices(judged.n, judged.n_classes))
        sums = np.sum(each(partial(_cells, judged, n_bins), parts), axis=0)
        w = judged.weight
        rows = [w[judged.rank == 0].sum(), np.add.reduce(w * judged.top_probability)]
        weight, expected, seen = sums
        return cls(judged.n, weight, expected, seen, np.array(rows))

    def merge(self, other: "ClassBins") -> "ClassBins":
        """Add what another summary has seen."""
        return ClassBins(*[getattr(self, field.name) + getattr(other, field.name) for field in fields(self)])

    def gaps(self, interval: Interval) -> Gaps:
        """Give the gaps of all cells, a count over the weight of all rows, and draws of what chance does to them.

        Most cells hold rare classes: they expect a tenth of an event and see none, or one. That is no normal noise,
        and what was seen does not tell how large it is. So counts are drawn, with the rate that the probabilities of a
        cell say, or that times how much more or less often such things happened, of all classes together: whichever is
        noisier, since a few rows may err less than they say by accident.
        """
        kept = self.weight > 0.0
        total = float(self.weight[0].sum())
        weight, expected = self.weight[kept], self.expected[kept]
        gap = (self.seen[kept] - expected) / total
        by_bin = self.seen.sum(axis=0), self.expected.sum(axis=0)
        times = np.divide(*by_bin, out=np.ones_like(by_bin[0]), where=by_bin[1] > 0.0)
        rates = expected / weight * np.array([np.ones(weight.shape), np.broadcast_to(times, kept.shape)[kept]])
        said, happened = np.clip(rates, 0.0, 1.0)
        rate = np.where(abs(happened - 0.5) < abs(said - 0.5), happened, said)
        whole = np.maximum(np.rint(weight), 1.0).astype(np.int64)
        drawn = interval.generator().binomial(whole, rate, (interval.resamples(len(gap), _DRAWN), len(gap)))
        noise = (drawn - whole * rate) * (weight / whole / total)
        return Gaps(gap, noise, self._plausible(len(gap), total, interval))

    def _plausible(self, n_cells: int, total: float, interval: Interval) -> Array:
        """Give gaps whose sum is the least that the accuracy allows: few errors, or none, say little of themselves.

        What predicted classes lack, others have too much of.
        """
        correct, top = self.rows
        accuracy = min(max(correct / total, 0.0), 1.0)
        low, high = wilson_interval(accuracy, total, interval.confidence)
        gaps = np.zeros((1, n_cells))
        gaps[0, 0] = 2.0 * max(abs(low - top / total), abs(high - top / total))
        return gaps


def _cells(judged: Judged, n_bins: int, rows: slice) -> Array:
    k, p = judged.n_classes, judged.probabilities(rows)
    place = width_bins(p, n_bins) + np.arange(k) * n_bins
    codes, weight = judged.codes[rows], judged.weight[rows]
    seen = np.bincount(place[np.arange(len(codes)), codes], weight, k * n_bins)
    if np.all(weight == 1.0):  # counted once, in a third of the time
        weights = np.bincount(place.ravel(), minlength=k * n_bins)
        expected = np.bincount(place.ravel(), p.ravel(), k * n_bins)
    else:
        heavy = np.broadcast_to(weight[:, np.newaxis], p.shape).ravel()
        columns = heavy, heavy * p.ravel()
        weights, expected = (np.bincount(place.ravel(), column, k * n_bins) for column in columns)
    return np.array([weights, expected, seen]).reshape(3, k, n_bins)
