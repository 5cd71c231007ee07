r"""Intervals of the probabilities that an unpenalised fit gives, from the covariance of its coefficients.

The logarithm of the odds of class k has the derivative :math:`(\delta_{kl} - p_l) x / (1 - p_k)` by the coefficients of
class l, so its variance is a quadratic form of the covariance (the delta method; Agresti, *Categorical Data Analysis*,
2013, 5.1.5 and 16.1.2). The ends are those of the log-odds, so they stay between 0 and 1.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy import special

from softargmax._arrays import Array
from softargmax._logits import block_slices
from softargmax.models.inference import RegressionSummary


class ProbabilityIntervals(NamedTuple):
    """Probabilities and the ends of their intervals, shape (n_rows, n_classes), in the order of ``classes_``.

    >>> from softargmax import SoftmaxRegression
    >>> X, y = np.arange(8.0)[:, np.newaxis], [0, 0, 1, 0, 1, 0, 1, 1]
    >>> found = SoftmaxRegression(C=np.inf).fit(X, y).predict_interval([[5.0]])
    >>> print(*(f"{ends[0, 1]:.2f}" for ends in (found.low, found.probability, found.high)))
    0.23 0.71 0.95
    """

    probability: Array
    low: Array
    high: Array


def plain_rows(X: Any) -> Any:
    """Give rows that can be sliced: an array, or a sparse matrix."""
    return X.to_numpy() if hasattr(X, "to_numpy") else X.tocsr() if hasattr(X, "tocsr") else np.asarray(X)


def dense_rows(X: Any, summary: RegressionSummary) -> Array:
    """Give a few rows, with a column of ones where the summary has a coefficient more than there are columns."""
    x = np.asarray(X.toarray() if hasattr(X, "toarray") else X, np.float64)
    return np.column_stack([x, np.ones(len(x))]) if len(summary.names) > x.shape[1] else x


def probability_intervals(summary: RegressionSummary, features: Any, probability: Array) -> ProbabilityIntervals:
    """Give the intervals, from a summary that compares with the first class."""
    shape = summary.coef.shape
    covariance = summary.covariance.reshape(*shape, *shape)
    error = np.empty_like(probability)
    for rows in block_slices(len(probability), covariance[:, :, :, 0].size):
        x, p = dense_rows(features[rows], summary), probability[rows]
        of_logits = np.einsum("ij,kjlm,im->ikl", x, covariance, x, optimize=True)
        rest = p.sum(axis=1, keepdims=True) - p
        unit = np.eye(p.shape[1])[:, 1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (unit - p[:, np.newaxis, 1:]) / rest[:, :, np.newaxis]
        error[rows] = np.sqrt(np.maximum(np.einsum("ick,ikl,icl->ic", slope, of_logits, slope), 0.0))
    z = float(special.ndtri(0.5 + 0.5 * summary.confidence))
    middle = special.logit(probability)
    # A probability that is rounded to 0 or 1 has log-odds of no known error: nothing is ruled out for it.
    known = np.isfinite(middle) & np.isfinite(error)
    middle, reach = np.where(known, middle, 0.0), np.where(known, z * error, np.inf)
    return ProbabilityIntervals(probability, special.expit(middle - reach), special.expit(middle + reach))
