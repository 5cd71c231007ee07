"""Calibration scores that are compared with a new one: the exact rank, its weighted form, p-values."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from softargmax._arrays import Array
from softargmax.decisions._nonconformity import INFINITE


def fewest_rows(alpha: Fraction) -> int:
    """Give the smallest n whose threshold is finite: ceil((n + 1)(1 - alpha)) <= n."""
    return math.ceil(1 / alpha) - 1


@dataclass(frozen=True)
class Pool:
    """Sorted calibration scores, and the weight of those up to each.

    With weights 1 the threshold is the k-th smallest score, k = ceil((n + 1)(1 - alpha)); with others it is the
    (1 - alpha)-quantile of the weighted scores and the new row's weight at +inf (Tibshirani, Barber, Candès, Ramdas,
    *NeurIPS* 2019). Where all weights are whole numbers, the rank is computed in rationals.
    """

    scores: Array
    weight_up_to: Array

    @classmethod
    def of(cls, scores: Array, weight: Array) -> "Pool":
        """Sort scores; those of weight 0 do not count."""
        order = np.argsort(scores, kind="stable")
        order = order[weight[order] > 0.0]
        return cls(scores[order], np.cumsum(weight[order]))

    @property
    def total(self) -> float:
        """The weight of all scores."""
        return float(self.weight_up_to[-1]) if len(self.weight_up_to) else 0.0

    def thresholds(self, alpha: Fraction, test_weight: Array) -> Array:
        """Give the largest score that is let in, for each weight of a new row; +inf where there is none."""
        needed = (self.total + test_weight) * float(1 - alpha)
        if np.array_equal(self.weight_up_to, np.floor(self.weight_up_to)):
            for whole in np.unique(test_weight[test_weight == np.floor(test_weight)]):
                needed[test_weight == whole] = math.ceil(Fraction(self.total + float(whole)) * (1 - alpha))
        # Sums of weights that are fractions are rounded. What is met but for that rounding counts as met: else a common
        # factor of all weights would change sets, and the coverage loses no more than the rounding.
        rounding = (len(self.weight_up_to) + 1) * float(np.finfo(np.float64).eps) * needed
        place = np.searchsorted(self.weight_up_to, needed - rounding, side="left")
        return np.asarray(np.append(self.scores, INFINITE)[place])

    def p_values(self, scores: Array, test_weight: Array, u: Array | None) -> Array:
        """Give the share of scores, the new one included, that are as large; ties count as u if it is given."""
        before = np.append(0.0, self.weight_up_to)
        at_least = self.total - before[np.searchsorted(self.scores, scores, side="left")]
        if u is None:
            return np.asarray((at_least + test_weight) / (self.total + test_weight))
        above = self.total - before[np.searchsorted(self.scores, scores, side="right")]
        return np.asarray((above + u * (at_least - above + test_weight)) / (self.total + test_weight))
