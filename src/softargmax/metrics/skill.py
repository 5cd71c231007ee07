"""How much better probabilities are than those of somebody who knows nothing but how common each class is."""

import numpy as np
import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._renamed import provisional
from softargmax.exceptions import TargetError
from softargmax.metrics._judged import Judged
from softargmax.metrics._mean_moments import MeanMoments
from softargmax.metrics.scoring import mean_log_loss


@provisional
def d2_log_loss_score(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure which part of the log loss is saved, compared with always saying how common each class is.

    .. math:: D^2 = 1 - \frac{\sum_i \log p_{i y_i}}{\sum_i \log f_{y_i}}

    with f the shares of the classes among the targets.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        Its confidence is all that matters here.

    Returns
    -------
    Estimate
        At most 1, which nobody reaches who is not sure and right throughout; 0 is no better than the shares, and below
        0 is worse. -inf if something true was given probability 0.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit, and for targets of one class only, of which always saying it loses nothing.

    See Also
    --------
    log_loss : the loss itself, in nats.

    Notes
    -----
    McFadden's R squared of a model that was fitted elsewhere, and scikit-learn's ``d2_log_loss_score``, which clips
    probabilities of 0. The interval is that of the mean of :math:`\log f_{y_i} (1 - D^2) - \log p_{i y_i}`, which is 0
    here, corrected for skewness: the shares need no term of their own, because a small change of them does not change
    their own log loss. Source: McFadden, in *Frontiers in Econometrics* (1974).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.9, 0.1]]
    >>> print(metrics.d2_log_loss_score([0, 1, 1, 0], probabilities=p))
    0.5686 [0.1342, 0.9382]
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    confidence = (interval or Interval()).confidence
    counted = judged.weight > 0.0
    share = np.bincount(judged.codes, weights=judged.weight) / judged.weight.sum()
    of_shares = np.where(counted, -np.log(np.where(counted, share[judged.codes], 1.0)), 0.0)
    loss, base = mean_log_loss(judged).value, MeanMoments.of(of_shares, judged.weight, judged.n).value
    if base == 0.0:
        raise TargetError(
            f"targets: expected rows of at least two classes, got only class {judged.codes[counted][0]}, of which "
            "always saying it loses nothing",
            parameter="targets",
        )
    if np.isinf(loss):
        return Estimate(-np.inf, -np.inf, -np.inf, confidence, judged.n, "skewness")
    left = loss / base
    low, high = MeanMoments.of(judged.log_loss - left * of_shares, judged.weight, judged.n).ends(confidence)
    ends = 1.0 - left - high / base, min(1.0, 1.0 - left - low / base)
    return Estimate(1.0 - left, *ends, confidence, judged.n, "skewness")
