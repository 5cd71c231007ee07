"""Cross-fitting: which rows are left out together, and what fits say of the rows they left out.

Folds are dealt by the rows' loss: like cards, in the order of their loss, one to each fold in turn. So every fold has
its share of easy and of hard rows; neither the order of the rows nor that of the classes matters, and nothing is drawn
by lot; and equal rows, which have equal losses, are left out together, so that no fit has seen a copy of what it is
judged by.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal
from softargmax._logits import block_slices
from softargmax.calibration._labelled import CELLS
from softargmax.exceptions import ArgumentError
from softargmax.probabilities.cross_entropy import cross_entropy_of_checked


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


def folds_by_loss(logits: Array, codes: Array, n_folds: int) -> list[Fold]:
    """Give folds of rows dealt out in the order of their loss."""
    return folds_in(deal(codes, folds=n_folds, by=losses_of(logits, codes)))


def better_by(losses: Array, others: Array, weight: Array) -> tuple[float, float]:
    """Give by how much `losses` are lower than `others` on average, and the standard error of that."""
    difference = others - losses
    mean = float(np.average(difference, weights=weight))
    variance = float(np.sum(np.square(weight * (difference - mean)))) / float(weight.sum()) ** 2
    return mean, float(np.sqrt(variance))
