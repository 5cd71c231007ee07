"""Cross-validation: which rows are left out together, and what the losses on them say."""

import numpy as np

from softargmax._arrays import Array
from softargmax.calibration._rows import blocks
from softargmax.probabilities.cross_entropy import cross_entropy_of_checked


def losses_of(logits: Array, codes: Array) -> Array:
    """Give every row's log loss, in nats."""
    result = np.empty(len(codes))
    for part in blocks(*logits.shape):
        z = logits[part].astype(np.float64)
        cross_entropy_of_checked(z, codes[part], losses=result[part], gradient=z)
    return result


def deal(losses: Array, n_folds: int) -> Array:
    """Give every row the number of its fold, by the order of its loss.

    So that every fold has its share of easy and of hard rows; that a row that stands there twice is left out with
    itself; and that neither the order of the rows nor that of the classes matters. Where most rows have equals, as the
    scores of few trees do, these are no copies, and are dealt one by one.
    """
    distinct, rank = np.unique(losses, return_inverse=True)
    if 2 * len(distinct) < len(losses):
        rank[np.argsort(losses, kind="stable")] = np.arange(len(losses))
    return np.asarray(rank % n_folds)


def halves(folds: Array, fold: int) -> tuple[Array, Array]:
    """Give the places of the rows to fit to and of those left out."""
    out = folds == fold
    return np.flatnonzero(~out), np.flatnonzero(out)


def better_by(losses: Array, others: Array, weight: Array) -> tuple[float, float]:
    """Give by how much `losses` are lower than `others` on average, and the standard error of that."""
    difference = others - losses
    mean = float(np.average(difference, weights=weight))
    variance = float(np.sum(np.square(weight * (difference - mean)))) / float(weight.sum()) ** 2
    return mean, float(np.sqrt(variance))
