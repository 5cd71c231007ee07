"""Cross-fitting: which rows are left out together, and what fits say of the rows they left out.

Folds are dealt as if by lot, but what is drawn for a row depends on the rank of its loss alone: so neither the order of
the rows nor that of the classes matters. Dealing in turn, in the order of the loss, was tried first. Then every fold
has its share of easy and of hard rows, so a curve that follows every turn of the rows it was fitted to finds the same
turns among those left out, and looks better than it is: on 40 sets of 400 rows of two classes an isotonic curve beat a
slope and an intercept by .0019 nats on rows left out and lost by .0045 on new ones; dealt so it lost by .0062.

A row that stands three times is a row of weight 3, here as in every fit. Copies are one row then, and left out
together, so that no fit has seen a copy of what it is judged by. But not all equal logits are copies: few trees give
few distinct scores, and the rows of one score are of several classes. A fold that held all yes of a score would say
that it means no. So where equal logits go with several classes, they are rows that have nothing to do with each other,
and are dealt one by one, a weight of 3 as three.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal
from softargmax._logits import block_slices
from softargmax._row_hash import hash_rows
from softargmax.calibration._labelled import CELLS, LabelledRows
from softargmax.exceptions import ArgumentError
from softargmax.probabilities.cross_entropy import cross_entropy_of_checked

# Pieces of a heavy row that are dealt one by one, at most: a number that 2 to 6 folds divide.
_MOST_PIECES = 60


@dataclass(frozen=True)
class Fold:
    """The places of the rows that are left out together, `outside`, and of those that are fitted to, `inside`."""

    number: int
    inside: Array
    outside: Array


def folds_in(numbers: Array) -> list[Fold]:
    """Give the folds of rows whose folds have these numbers."""
    halves = [(numbers == number) for number in np.unique(numbers)]
    return [Fold(i, np.flatnonzero(~out), np.flatnonzero(out)) for i, out in enumerate(halves)]


def folds_of_splits(splits: Iterable[tuple[Array, Array]], n_rows: int, name: str) -> list[Fold]:
    """Give the folds that somebody else made, as pairs of the rows to fit to and those left out.

    Raises
    ------
    ArgumentError
        Unless every row is left out exactly once.
    """
    folds = [Fold(number, np.asarray(inside), np.asarray(outside)) for number, (inside, outside) in enumerate(splits)]
    if not np.array_equal(np.sort(np.concatenate([fold.outside for fold in folds])), np.arange(n_rows)):
        raise ArgumentError(f"{name}: expected parts that leave every row out exactly once", parameter=name)
    return folds


def cross_fit(
    folds: Sequence[Fold], respond: Callable[[Fold], Array], over: Callable[..., Iterable[Array]] = map
) -> Array:
    """Put together what fits say of the rows they left out, in the order of the rows.

    All cross-fitting of this package goes through here: that of whole calibrations, of penalties, of classifiers.

    Parameters
    ----------
    folds : sequence of Fold
        Together they leave every row out once.
    respond : callable
        Fits to the rows inside of a fold, and gives an array about those outside, one entry per row.
    over : callable
        What maps `respond` over the folds: `map`, or something with threads.
    """
    order = np.argsort(np.concatenate([fold.outside for fold in folds]), kind="stable")
    return np.asarray(np.concatenate(list(over(respond, folds)))[order])


def losses_of(logits: Array, codes: Array) -> Array:
    """Give every row's log loss, in nats."""
    result = np.empty(len(codes))
    for part in block_slices(len(logits), logits.shape[1], CELLS):
        z = logits[part].astype(np.float64)
        cross_entropy_of_checked(z, codes[part], losses=result[part], gradient=z)
    return result


@dataclass(frozen=True)
class Units:
    """Rows as folds are dealt from them: copies as one row, and rows that share their logits with another class apart.

    `apart` tells which rows are dealt one by one though their losses are equal. `grain` is the weight of what is
    independent in a row: all of it, or 1 of rows that are apart.
    """

    rows: LabelledRows
    apart: Array
    grain: Array

    @classmethod
    def of(cls, rows: LabelledRows) -> "Units":
        """Find copies, and rows that share their logits with another class."""
        pairs, first, which, mixed = _pairs(rows.logits, rows.codes)
        if len(pairs) == len(rows) and not mixed.any():
            return cls(rows, mixed, rows.weight)
        weight = np.bincount(which, rows.weight)
        pieces = np.where(mixed, np.clip(np.ceil(weight), 1, _MOST_PIECES), 1).astype(np.int64)
        taken = rows.take(np.repeat(first, pieces))
        merged = replace(taken, weight=np.repeat(weight / pieces, pieces))
        grain = np.where(mixed, np.minimum(weight, 1.0), weight)
        return cls(merged, np.repeat(mixed, pieces), np.repeat(grain, pieces))

    def folds(self, logits: Array, n_folds: int) -> list[Fold]:
        """Give folds of these rows, dealt by the rank of their loss by these logits."""
        return folds_by_loss(logits, self.rows.codes, n_folds, self.apart)


def _pairs(logits: Array, codes: Array) -> tuple[Array, Array, Array, Array]:
    """Give the distinct pairs of logits and class, a place of each, every row's pair, and which share their logits."""
    _, kinds = np.unique(hash_rows(logits.astype(np.float64)), return_inverse=True)
    n_classes = logits.shape[1]
    pairs, first, which = np.unique(kinds * n_classes + codes, return_index=True, return_inverse=True)
    kind = pairs // n_classes
    return pairs, first, which, np.bincount(kind)[kind] > 1


def apart_from_copies(logits: Array, codes: Array) -> Array:
    """Tell which rows share their logits with a row of another class, and so are no copies of each other."""
    _, _, which, mixed = _pairs(logits, codes)
    return np.asarray(mixed[which])


def folds_by_loss(logits: Array, codes: Array, n_folds: int, apart: Array | None = None) -> list[Fold]:
    """Give folds of rows dealt by the rank of their loss, equal losses to the same fold unless they are apart."""
    numbers = losses_of(logits, codes)
    if apart is not None and apart.any():
        order = np.lexsort((apart, numbers))
        steps = np.append(True, np.diff(numbers[order]) > 0.0) | apart[order]
        numbers[order] = np.cumsum(steps)
    ranks = np.unique(numbers, return_inverse=True)[1].astype(np.float64)
    return folds_in(deal(codes, folds=n_folds, by=hash_rows(ranks[:, np.newaxis])))


def better_by(losses: Array, others: Array, weight: Array, grain: Array) -> tuple[float, float]:
    """Give by how much `losses` are lower than `others` on average, and the standard error of that.

    A weight is one row that counts so much, of which `grain` is independent.
    """
    difference = others - losses
    mean = float(np.average(difference, weights=weight))
    variance = float(np.sum(weight * grain * np.square(difference - mean))) / float(weight.sum()) ** 2
    return mean, float(np.sqrt(variance))
