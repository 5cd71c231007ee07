"""Rows in order of a probability, equal ones pooled: what every metric of the predicted label needs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Interval
from softargmax.metrics._judged import Aspect, Judged, as_aspect

# Of a mergeable summary: a multiple of the usual numbers of bins (10, 12, 15, 16, 20, 30, 32), whose bins stay exact.
CELLS = 3840
# The first and the last cell are divided again, by factors of 2^(1/32) of the distance from 0 and 1: there is where
# models that are sure of themselves have most of their rows. 42 halvings end at 6e-17 from 1, where doubles end.
_STEPS, _FINER = 32, 32 * 42


# Top probabilities above this may have lost what tells them apart: doubles next to 1 are 1e-16 apart, so nearer than
# this fewer than seven digits of what is left to 1 are kept.
SURE = 1.0 - 1e-9


@dataclass(frozen=True)
class RankedRows:
    """Distinct probabilities, ascending, with the weight of their rows and of the correct ones among them.

    Of rows ranked by the probability of class 1, the "correct" ones are those of class 1; ``aspect`` says which it is.
    A row of weight 2 is two rows. The losses are log losses of being correct.
    """

    n: int
    aspect: Aspect
    probability: Array
    weight: Array
    correct: Array
    correct_loss: Array
    error_loss: Array

    @classmethod
    def of(cls, judged: Judged, of: Aspect | None) -> "RankedRows":
        """Rank predictions by the probability that is judged."""
        aspect = as_aspect(of, judged.n_classes)
        return cls._of(aspect, *judged.event(aspect), judged.weight)

    @classmethod
    def of_sureness(cls, judged: Judged) -> "RankedRows":
        """Rank predictions by their top probability, and where that is rounded by what is left to 1."""
        left = judged.complement if is_rounded(judged) else None
        return cls._of("label", *judged.event("label"), judged.weight, left=left)

    @classmethod
    def _of(
        cls,
        aspect: Aspect,
        probability: Array,
        correct: Array,
        loss_if_correct: Array,
        loss_if_not: Array,
        weight: Array,
        *,
        left: Array | None = None,
    ) -> "RankedRows":
        """Sort rows and pool equal probabilities: the order of ties cannot matter from here on."""
        (kept,) = np.nonzero(weight > 0.0)
        if left is None:
            order = kept[np.argsort(probability[kept], kind="stable")]
        else:
            order = kept[np.lexsort((-left[kept], probability[kept]))]
        probability, weight = probability[order], weight[order]
        right = correct[order] > 0.0
        changes = np.diff(probability, prepend=-1.0) != 0.0
        if left is not None:
            changes |= np.diff(left[order], prepend=-1.0) != 0.0
        starts = np.flatnonzero(changes)
        columns = (
            weight,
            np.where(right, weight, 0.0),
            weight * np.where(right, loss_if_correct[order], 0.0),
            weight * np.where(right, 0.0, loss_if_not[order]),
        )
        return cls(len(correct), aspect, probability[starts], *[np.add.reduceat(column, starts) for column in columns])

    @property
    def residual(self) -> Array:
        """How many more were correct than the probability said."""
        return np.asarray(self.correct - self.weight * self.probability)

    @property
    def errors(self) -> Array:
        """The weight of wrong predictions; what rounding left of 0 is 0."""
        return np.asarray(np.maximum(self.weight - self.correct, 0.0))

    @property
    def total(self) -> float:
        """The weight of all rows."""
        return float(self.weight.sum())

    def pooled(self) -> "RankedRows":
        """Pool probabilities into fixed cells, each at its mean: bounded memory, however many rows."""
        return self._pool(fine_cells(self.probability), CELLS + 2 * _FINER)

    def coarse(self, most: int) -> "RankedRows":
        """Pool neighbours into cells of equal weight, at most so many."""
        return self if len(self.weight) <= most else self._pool(self.mass_bins(most), most)

    def merge(self, other: "RankedRows") -> "RankedRows":
        """Add what another summary has seen, in the same cells."""
        columns = [
            np.concatenate([getattr(self, field.name), getattr(other, field.name)]) for field in fields(self)[2:]
        ]
        order = np.argsort(columns[0], kind="stable")
        return RankedRows(self.n + other.n, self.aspect, *(column[order] for column in columns)).pooled()

    def mass_bins(self, n_bins: int) -> Array:
        """Give the bin of every probability if all bins hold the same weight; equal ones stay together."""
        middle = np.cumsum(self.weight) - 0.5 * self.weight
        return np.asarray(np.minimum((middle * (n_bins / self.total)).astype(np.int64), n_bins - 1))

    def _pool(self, bins: Array, n_bins: int) -> "RankedRows":
        columns = (
            self.weight * self.probability,
            self.weight,
            self.correct,
            self.correct_loss,
            self.error_loss,
        )
        sums = sorted_sums(bins, n_bins, columns)
        kept = sums[1] > 0.0
        probability, *rest = (column[kept] for column in sums)
        return RankedRows(self.n, self.aspect, np.clip(probability / rest[0], 0.0, 1.0), *rest)


def is_rounded(judged: Judged) -> bool:
    """Tell whether some top probabilities are so near to 1 that rounding may have made them equal."""
    return bool(np.any(judged.top_probability > SURE))


def fine_cells(probability: Array) -> Array:
    """Give the cell of every probability: those of equal width, the first and the last divided again."""
    cell = width_bins(probability, CELLS) + _FINER
    for at, sign in ((probability, -1), (1.0 - probability, 1)):
        near = at * CELLS < 1.0
        with np.errstate(divide="ignore"):
            steps = np.minimum(-_STEPS * np.log2(at[near] * CELLS), _FINER)
        cell[near] = (cell[near] + sign * np.ceil(steps)).astype(np.int64)
    return np.asarray(cell)


def sorted_sums(bins: Array, n_bins: int, columns: Sequence[Array]) -> list[Array]:
    """Sum every column within bins that never fall: much faster than ``numpy.bincount``."""
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    sums = []
    for column in columns:
        total = np.zeros(n_bins)
        total[bins[starts]] = np.add.reduceat(column, starts)
        sums.append(total)
    return sums


def width_bins(values: Array, n_bins: int) -> Array:
    """Give the bin of every value: (k / n, (k + 1) / n], the first also holding 0.

    The edges are the doubles nearest to k / n, so that bins that are unions of finer ones are so exactly.
    """
    k = np.clip(np.ceil(values * n_bins) - 1.0, 0.0, n_bins - 1.0)
    k -= (values <= k / n_bins) & (k > 0.0)
    k += (values > (k + 1.0) / n_bins) & (k < n_bins - 1.0)
    return np.asarray(k.astype(np.int64))


def calibrated_draws(cells: RankedRows, interval: Interval, n_draws: int) -> Array:
    """Draw the weight of correct rows in every cell, shape (n_draws, n_cells), if probabilities are what they say."""
    whole = np.maximum(np.rint(cells.weight), 1.0).astype(np.int64)
    drawn = interval.generator().binomial(whole, np.clip(cells.probability, 0.0, 1.0), (n_draws, len(whole)))
    return np.asarray(drawn * (cells.weight / whole))
