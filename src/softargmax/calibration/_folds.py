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

    So that every fold has its share of easy and of hard rows; that equal rows, which might be one row twice, stay
    together; and that neither the order of the rows nor that of the classes matters.
    """
    distinct, rank = np.unique(losses, return_inverse=True)
    if len(distinct) < n_folds:
        rank = np.arange(len(losses))  # hardly any row differs from another
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
