"""How well the probability of class 1 of two classes orders rows, whatever numbers it has."""

import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._renamed import provisional
from softargmax.exceptions import ArgumentError, TargetError
from softargmax.metrics._areas import area_of_rows
from softargmax.metrics._judged import Judged


@provisional
def auc(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure how often a row of class 1 has a higher probability of it than a row of class 0: the c-statistic.

    .. math:: P(p_i > p_j \mid y_i = 1, y_j = 0) + \tfrac12 P(p_i = p_j \mid y_i = 1, y_j = 0)

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes, 0 and 1.
    logits, probabilities : array-like, shape (n_rows, 2) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1. Only their order counts, so a
        score in points, of which more speak for class 1, may stand for logits.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; 0.5 is chance. The area under the ROC curve.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit, for more than two classes, and if one of the classes does not occur.

    See Also
    --------
    softargmax.compare : the difference of two models' areas on the same rows.
    detection_auroc : the same of scores of two groups.

    Notes
    -----
    The variance is DeLong's. An interval of so many standard errors around the area would be a point where no row is
    ranked wrongly, and too short near 1: of 50 rows, 10 of them of class 1, with a true area of .9, it holds that in 84
    of 100 cases for 95. So the interval here holds those areas that the measured one does not contradict, with
    Newcombe's formula for how the standard error changes between them: 96 of 100 in that case. Source: DeLong, DeLong,
    Clarke-Pearson, *Biometrics* 44 (1988); Newcombe, *Statistics in Medicine* 25 (2006), 559-573.

    Examples
    --------
    >>> from softargmax import metrics
    >>> print(metrics.auc([0, 0, 1, 0, 1, 1], probabilities=[0.1, 0.2, 0.2, 0.7, 0.8, 0.9]))
    0.8333 [0.3494, 0.9768]
    >>> metrics.auc([0, 0, 1, 0, 1, 1], logits=[1, 3, 3, 6, 7, 9]).value  # a score in points
    0.8333333333333334
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    check_two_classes(judged)
    found = area_of_rows(judged, interval or Interval())
    if found is None:
        raise TargetError("targets: expected rows of class 0 and of class 1, got only one of them", parameter="targets")
    return found


def check_two_classes(judged: Judged) -> None:
    """Refuse rows of more than two classes.

    Raises
    ------
    ArgumentError
    """
    if judged.n_classes != 2:
        name = judged.rows.name
        raise ArgumentError(
            f"{name}: expected two classes, got {judged.n_classes}; for one class against the rest pass its "
            "probability as a vector, and targets that are 1 for it and 0 for all others",
            parameter=name,
        )
