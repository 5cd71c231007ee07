"""From what score of novelty on to raise an alarm, so that known inputs seldom raise one."""

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from softargmax._arrays import as_floating
from softargmax._options import as_share
from softargmax._renamed import renamed
from softargmax.exceptions import ArgumentError, ShapeError


@renamed(rate="risk")
def false_alarm_threshold(known_scores: npt.ArrayLike, /, *, risk: float | Fraction) -> float:
    r"""Give the score above which to raise an alarm, so that few known inputs do so: a promised share at most.

    .. math:: t = s_{(k)}, \qquad k = \lceil (n + 1)(1 - \mathrm{risk}) \rceil

    Parameters
    ----------
    known_scores : array-like, shape (n_known,)
        Scores of known inputs that neither the model nor the score was fitted to. Higher means less alike.
    risk : float or Fraction
        The promised share of false alarms among known inputs, between 0 and 1. A float means the decimal number it is
        written as.

    Returns
    -------
    float
        The threshold t: an alarm is a score > t. inf (never) where k > n: too few scores for such a promise.

    Raises
    ------
    ArgumentError
        For NaN, and a risk that is not between 0 and 1; ShapeError for an array without a score, DTypeError for what is
        not a number.

    See Also
    --------
    out_of_distribution_score : such scores.
    metrics.detection_fpr : how many new inputs such a threshold misses.

    Notes
    -----
    The scores of `out_of_distribution_score` are rounded, so that a last bit raises no alarm. Round your own likewise,
    here and when you compare them, if other machines compute them.

    The promise: over the choice of the n known inputs and of the next one, all drawn alike, the probability of a false
    alarm is at most the risk, and more than risk - 1 / (n + 1) if no scores are equal. It says nothing of how many
    new inputs are found. Source: Vovk, Gammerman, Shafer, *Algorithmic Learning in a Random World* (2005), 2.2.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.false_alarm_threshold([0.3, 0.1, 0.9, 0.5, 0.2, 0.7, 0.4, 0.8, 0.6], risk=0.2)
    0.8
    >>> sm.false_alarm_threshold([0.3, 0.1, 0.9], risk=0.2)
    inf
    """
    known = as_floating(known_scores, "known_scores").astype(np.float64)
    if known.ndim != 1 or known.size == 0:
        raise ShapeError(
            f"known_scores: expected at least one score, shape (n,), got shape {known.shape}", parameter="known_scores"
        )
    if np.isnan(known).any():
        raise ArgumentError("known_scores: expected numbers, got NaN, which has no rank", parameter="known_scores")
    known = np.sort(known)
    rank = math.ceil((known.size + 1) * (1 - as_share(risk, "risk")))
    if rank > known.size:
        return math.inf
    return float(known[rank - 1]) if rank > 0 else -math.inf
