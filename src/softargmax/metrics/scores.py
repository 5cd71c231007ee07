"""Accuracy, log loss and Brier score, one by one or all at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax.metrics._judged import Judged
from softargmax.metrics.calibration_error import binned_error
from softargmax.metrics.estimate import Bootstrap, Estimate, wilson_interval


@dataclass(frozen=True)
class Scores:
    """The four scores of one model on one set of rows."""

    accuracy: Estimate
    log_loss: Estimate
    brier_score: Estimate
    expected_calibration_error: Estimate


def accuracy(
    targets: npt.ArrayLike,
    /,
    *,
    probabilities: npt.ArrayLike | None = None,
    logits: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimate:
    r"""Measure the share of rows whose most probable class is the true one.

    .. math:: \\frac{1}{n} \\sum_i [\\arg\\max_j p_{ij} = y_i]

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    probabilities, logits : array-like, shape (n_rows, n_classes)
        What is judged: exactly one of them. The first of equal maxima is the prediction.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    bootstrap : Bootstrap, optional
        The confidence of the interval.

    Returns
    -------
    Estimate
        Between 0 and 1.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    log_loss : also rewards knowing how sure to be.

    Notes
    -----
    The interval is Wilson's, with the effective number of rows when they are weighted: resampling rows that
    are all right shows no spread and would claim certainty. Source: Wilson, *J. Amer. Statist. Assoc.* (1927).

    Examples
    --------
    >>> from softargmax import metrics
    >>> print(metrics.accuracy([0, 1, 1, 0], probabilities=[[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]]))
    1.0000 [0.5101, 1.0000]
    """
    judged = Judged.of(targets, probabilities, logits, sample_weight)
    return _accuracy(judged, bootstrap or Bootstrap())


def log_loss(
    targets: npt.ArrayLike,
    /,
    *,
    probabilities: npt.ArrayLike | None = None,
    logits: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimate:
    r"""Measure the mean cost, in nats, of the probabilities given to what was true.

    .. math:: -\\frac{1}{n} \\sum_i \\log p_{i y_i}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    probabilities, logits : array-like, shape (n_rows, n_classes)
        What is judged: exactly one of them. Logits keep the digits that saturated probabilities have lost.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    bootstrap : Bootstrap, optional
        How the interval is made.

    Returns
    -------
    Estimate
        0 or more; +inf if something true was given probability 0.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    softargmax.cross_entropy : the same number as a loss, with a gradient.

    Notes
    -----
    Nothing is clipped: scikit-learn's ``log_loss`` hides a probability of 0. Source: Good, *J. Roy. Statist.
    Soc. B* 14 (1952).

    Examples
    --------
    >>> from softargmax import metrics
    >>> round(metrics.log_loss([0, 1], probabilities=[[0.5, 0.5], [0.5, 0.5]]).value, 12)
    0.69314718056
    """
    judged = Judged.of(targets, probabilities, logits, sample_weight)
    (estimate,) = (bootstrap or Bootstrap()).of_means(-judged.true_log_probability[:, np.newaxis], judged.weight)
    return estimate


def brier_score(
    targets: npt.ArrayLike,
    /,
    *,
    probabilities: npt.ArrayLike | None = None,
    logits: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    bootstrap: Bootstrap | None = None,
) -> Estimate:
    r"""Measure the mean squared distance between probabilities and what was true.

    .. math:: \\frac{1}{n} \\sum_i \\sum_j (p_{ij} - [j = y_i])^2

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    probabilities, logits : array-like, shape (n_rows, n_classes)
        What is judged: exactly one of them.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    bootstrap : Bootstrap, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 2.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    log_loss : unbounded, and harder on confident errors.

    Notes
    -----
    The original definition, over all classes: for two classes twice what scikit-learn's ``brier_score_loss``
    gives by default. Source: Brier, *Monthly Weather Review* 78 (1950).

    Examples
    --------
    >>> from softargmax import metrics
    >>> metrics.brier_score([0, 1], probabilities=[[0.5, 0.5], [0.5, 0.5]]).value
    0.5
    """
    judged = Judged.of(targets, probabilities, logits, sample_weight)
    (estimate,) = (bootstrap or Bootstrap()).of_means(judged.squared_error[:, np.newaxis], judged.weight)
    return estimate


def score(
    targets: npt.ArrayLike,
    /,
    *,
    probabilities: npt.ArrayLike | None = None,
    logits: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    bootstrap: Bootstrap | None = None,
) -> Scores:
    """Measure accuracy, log loss, Brier score and expected calibration error together.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    probabilities, logits : array-like, shape (n_rows, n_classes)
        What is judged: exactly one of them.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative.
    bootstrap : Bootstrap, optional
        How the intervals are made.

    Returns
    -------
    Scores

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    accuracy, log_loss, brier_score, expected_calibration_error : each alone, explained.

    Examples
    --------
    >>> from softargmax import metrics
    >>> print(metrics.score([0, 1], logits=[[3.0, 0.0], [0.0, 3.0]]).accuracy.value)
    1.0
    """
    judged = Judged.of(targets, probabilities, logits, sample_weight)
    bootstrap = bootstrap or Bootstrap()
    columns = np.column_stack([-judged.true_log_probability, judged.squared_error])
    log_loss_estimate, brier_estimate = bootstrap.of_means(columns, judged.weight)
    return Scores(_accuracy(judged, bootstrap), log_loss_estimate, brier_estimate, binned_error(judged, 15, bootstrap))


def _accuracy(judged: Judged, bootstrap: Bootstrap) -> Estimate:
    total = judged.weight.sum()
    share = float(judged.weight @ judged.correct / total)
    effective = float(total**2 / np.sum(np.square(judged.weight)))
    low, high = wilson_interval(share, effective, bootstrap.confidence)
    return Estimate(share, low, high, bootstrap.confidence, len(judged.codes))
