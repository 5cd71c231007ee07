"""Prediction sets for rows that nothing was set aside for: how often they hold the truth, and how large they are."""

from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal
from softargmax._estimate import clopper_pearson
from softargmax._logits import rows_given
from softargmax.decisions import ConformalClassifier
from softargmax.metrics import SetScore

# With fewer rows in a half a set would mostly hold all classes.
_FEWEST = 50


def set_sizes(
    codes: Array, *, logits: Any = None, probabilities: Any = None, promised: float = 0.95
) -> SetScore | None:
    """Make sets for one half of the rows with the other half, and the other way round; None for fewer than 100 rows.

    Parameters
    ----------
    codes : ndarray of integer, shape (n_rows,)
        The true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes), or (n_rows,) for one sigmoid per row
        Exactly one of the two.
    promised : float
        How often a set shall hold the truth.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError
        For arguments that do not fit.
    """
    rows = rows_given(logits=logits, probabilities=probabilities)
    z = rows.values
    if probabilities is not None:
        with np.errstate(divide="ignore"):
            z = np.log(z)
    halves = deal(codes, folds=2, random_state=0)
    if min(np.bincount(halves, minlength=2)) < _FEWEST:
        return None
    sizes, covered = np.zeros(rows.n_classes + 1), 0
    for half in (0, 1):
        fitted = ConformalClassifier("lac", confidence=promised).fit(z[halves != half], codes[halves != half])
        found = fitted.evaluate(z[halves == half], codes[halves == half])
        sizes += found.size_counts
        covered += round(found.coverage.value * found.coverage.n)
    n = len(codes)
    shares = sizes[: int(np.flatnonzero(sizes)[-1]) + 1] / n
    mean = float(shares @ np.arange(len(shares)))
    return SetScore(promised, clopper_pearson(covered, n, 0.95), mean, tuple(shares.tolist()))
