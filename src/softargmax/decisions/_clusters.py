"""Classes with similar scores share a threshold (Ding, Angelopoulos, Bates, Jordan, Tibshirani, *NeurIPS* 2023).

A part of the calibration rows says which classes are alike; the rest, which had no say, sets the thresholds.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from softargmax._arrays import Array
from softargmax.decisions._pool import fewest_rows

# A class is described by these quantiles of its scores, and the one at 1 - alpha: the paper's.
_LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
# Starts of k-means, of which the best counts, and the steps of each at most. One start is 3 to 6 % worse than 50, ten
# are 1 % worse at most; and what we tried (20 to 140 classes) stood still after ten steps.
_STARTS, _STEPS = 10, 100


@dataclass(frozen=True)
class Clusters:
    """Each class's cluster, -1 for classes too rare to judge, and which rows were used to find that out."""

    of_class: Array
    used: Array

    @classmethod
    def of(
        cls, scores: Array, codes: Array, n_classes: int, alpha: Fraction, n_clusters: int | None, seed: int
    ) -> "Clusters":
        """Cluster the classes, by the paper's rule of thumb for how many and with how many rows.

        Rows are drawn in their order, so that rows that came later do not change the draw of those before.
        """
        counts = np.bincount(codes, minlength=n_classes)
        fewest = fewest_rows(alpha)
        share, number = _rule_of_thumb(counts, fewest)
        number = number if n_clusters is None else n_clusters
        if number < 2 or share == 0.0:
            return cls(np.zeros(n_classes, np.int64), np.zeros(len(codes), np.bool_))
        rng = np.random.default_rng(seed)
        used = rng.random(len(codes)) < share
        common = np.flatnonzero(np.bincount(codes[used], minlength=n_classes) >= fewest)
        of_class = np.full(n_classes, -1)
        if len(common):
            levels = [*_LEVELS, float(1 - alpha)]
            # A true class that was ruled out scores +inf, which has no distance to anything, and one that is always in
            # scores -inf.
            known = scores.real[np.isfinite(scores.real)]
            finite = np.clip(scores.real, known.min(initial=0.0), known.max(initial=0.0))
            described = np.array([np.quantile(finite[used & (codes == c)], levels, method="higher") for c in common])
            weight = np.sqrt(np.bincount(codes[used], minlength=n_classes)[common])
            of_class[common] = k_means(described, weight, min(number, len(common)), np.random.default_rng(seed))
        return cls(of_class, used)


def _rule_of_thumb(counts: Array, fewest: int) -> tuple[float, int]:
    """Give the share of the rows that say which classes are alike, and how many clusters to look for.

    With n rows of the rarest class and K classes that have so many, the paper takes the share g = K / (75 + K) and
    g n / 2 clusters. That leaves (1 - g) n K rows to set thresholds, 150 for each cluster.
    """
    rows = max(int(counts[counts > 0].min()), fewest)
    n_common = int(np.sum(counts >= rows))
    share = n_common / (75.0 + n_common)
    return share, math.floor(share * rows / 2.0)


def k_means(points: Array, weight: Array, k: int, rng: np.random.Generator) -> Array:
    """Give each weighted point its cluster: Lloyd's steps from the best of several k-means++ starts.

    Sums are added up in the order of the points and not by matrix products, whose rounding another BLAS does otherwise:
    points that lie half-way between two centres belong to the same one everywhere.
    """
    best, best_cost = np.zeros(len(points), np.int64), np.inf
    for _ in range(_STARTS):
        centres = _spread(points, weight, k, rng)
        for _ in range(_STEPS):
            distance = np.square(points[:, np.newaxis] - centres).sum(axis=2)
            nearest = distance.argmin(axis=1)
            total = np.bincount(nearest, weight, minlength=k)[:, np.newaxis]
            sums = np.stack([np.bincount(nearest, weight * column, minlength=k) for column in points.T], axis=1)
            moved = np.where(total > 0.0, sums / np.maximum(total, np.finfo(np.float64).tiny), centres)
            if np.array_equal(moved, centres):
                break
            centres = moved
        cost = float(np.sum(weight * distance.min(axis=1)))
        if cost < best_cost:
            best, best_cost = nearest, cost
    return best


def _spread(points: Array, weight: Array, k: int, rng: np.random.Generator) -> Array:
    """Draw k centres, each with a chance in proportion to its squared distance from those drawn before (k-means++)."""
    chosen = [int(rng.choice(len(points), p=weight / weight.sum()))]
    while len(chosen) < k:
        far = weight * np.square(points[:, np.newaxis] - points[chosen]).sum(axis=2).min(axis=1)
        total = float(far.sum())
        chosen.append(int(rng.choice(len(points), p=far / total if total > 0.0 else weight / weight.sum())))
    return np.asarray(points[chosen])
