"""What comes of every threshold: how many of a class are found, and how many others raise the alarm too."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._logits import block_slices
from softargmax._options import as_integer
from softargmax._renamed import provisional
from softargmax.exceptions import ArgumentError, TargetError
from softargmax.metrics._judged import Judged
from softargmax.metrics._plain import Plain


@provisional
@dataclass(frozen=True, eq=False)
class ThresholdCurve(Plain):
    """What comes of saying yes to the rows whose probability of a class reaches a threshold, for every threshold.

    Attributes
    ----------
    positive : int
        The code of that class.
    n : int
        How many rows were seen.
    threshold : ndarray, shape (n_points,)
        The distinct probabilities of the class, ascending: at the first of them all rows get a yes. Above the last of
        them none does; of that there is no point, for it has no precision.
    precision : ndarray, shape (n_points,)
        The share of the yeses that are right; also called positive predictive value.
    recall : ndarray, shape (n_points,)
        The share of the rows of the class that get a yes; also called sensitivity or true positive rate. It never
        rises.
    false_alarm_rate : ndarray, shape (n_points,)
        The share of all other rows that get a yes; also called false positive rate, or 1 minus specificity.
    share : ndarray, shape (n_points,)
        The share of all rows that get a yes.
    """

    positive: int
    n: int
    threshold: Array
    precision: Array
    recall: Array
    false_alarm_rate: Array
    share: Array


@provisional
def threshold_curve(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    positive: int | None = None,
    sample_weight: npt.ArrayLike | None = None,
) -> ThresholdCurve:
    r"""Give precision, recall and the rate of false alarms for every threshold of a class's probability.

    .. math:: \text{precision}(t) = \hat P(y = k \mid p_k \ge t), \quad \text{recall}(t) = \hat P(p_k \ge t \mid y = k),
              \quad \text{false alarms}(t) = \hat P(p_k \ge t \mid y \ne k)

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    positive : int, optional
        The code k of the class that is told from the rest: class 1 of two classes if it is not said; of more classes
        it has to be.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.

    Returns
    -------
    ThresholdCurve
        A point for each probability that occurs.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit, and where all rows or none are of the class.

    See Also
    --------
    risk_coverage : thresholds below which no answer is given.
    softargmax.bayes_decision : the threshold that costs tell, without a curve.
    reliability_curve : whether the probabilities are what they say.

    Notes
    -----
    False alarms against recall is the ROC curve, from (1, 1) at the first point to (0, 0) above the last; recall
    against precision is the precision-recall curve. A threshold that was chosen on these rows looks better on them than
    it is: choose on others. Source: Fawcett, *Pattern Recognition Letters* 27 (2006).

    Examples
    --------
    >>> from softargmax import metrics
    >>> curve = metrics.threshold_curve([0, 0, 1, 0, 1], probabilities=[0.1, 0.2, 0.2, 0.7, 0.9])
    >>> for point in zip(curve.threshold, curve.precision, curve.recall, curve.false_alarm_rate):
    ...     print("{:.1f} {:.2f} {:.2f} {:.2f}".format(*point))
    0.1 0.40 1.00 1.00
    0.2 0.50 1.00 0.67
    0.7 0.50 0.50 0.33
    0.9 1.00 0.50 0.00
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    code = _code_of(positive, judged.n_classes)
    (kept,) = np.nonzero(judged.weight > 0.0)
    blocks = block_slices(judged.n, judged.n_classes)
    p = np.concatenate([judged.probabilities(rows)[:, code] for rows in blocks])[kept]
    weight, is_positive = judged.weight[kept], judged.codes[kept] == code
    if is_positive.all() or not is_positive.any():
        how_many = "all" if is_positive.any() else "none"
        raise TargetError(
            f"targets: expected rows of class {code} and others, got {how_many} of that class", parameter="targets"
        )
    order = np.argsort(p, kind="stable")
    first = np.flatnonzero(np.diff(p[order], prepend=-1.0) != 0.0)  # of each distinct probability
    found = _from_here_on(np.where(is_positive, weight, 0.0)[order])[first]
    alarms = _from_here_on(np.where(is_positive, 0.0, weight)[order])[first]
    yes = found + alarms
    return ThresholdCurve(
        code, judged.n, p[order][first], found / yes, found / found[0], alarms / alarms[0], yes / yes[0]
    )


def _code_of(positive: int | None, n_classes: int) -> int:
    if positive is None and n_classes > 2:
        raise ArgumentError(
            f"positive: expected the code of the class to tell from the rest, 0 ... {n_classes - 1}, got None; only of "
            "two classes it is class 1",
            parameter="positive",
        )
    return 1 if positive is None else as_integer(positive, "positive", low=0, high=n_classes - 1)


def _from_here_on(values: Array) -> Array:
    """Give the sum of every value and those after it."""
    return np.asarray(np.cumsum(values[::-1])[::-1])
