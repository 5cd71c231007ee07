"""What a score of novelty is worth: how well it tells new inputs from known ones."""

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating
from softargmax._options import as_share
from softargmax.exceptions import ArgumentError, ShapeError


def detection_auroc(*, known: npt.ArrayLike, new: npt.ArrayLike) -> float:
    r"""Measure how well scores tell new inputs from known ones: the area under the ROC curve.

    .. math:: P(S_\text{new} > S_\text{known}) + \tfrac12 P(S_\text{new} = S_\text{known})

    Parameters
    ----------
    known : array-like, shape (n_known,)
        Scores of inputs like those of training. Higher means less alike.
    new : array-like, shape (n_new,)
        Scores of inputs of another kind.

    Returns
    -------
    float
        1 if every new input scores higher than every known one, 0.5 if scores tell nothing.

    Raises
    ------
    ArgumentError
        For NaN, and for zeros and ones as `known` beside as many other numbers, which are labels and scores; ShapeError
        for arrays without a score, DTypeError for what is not a number.

    See Also
    --------
    detection_fpr : the error at one threshold instead of the mean over all.
    softargmax.out_of_distribution_score : such scores.

    Notes
    -----
    Counted from ranks, which is exact with ties: the Mann-Whitney statistic. Both groups are named, since
    ``(labels, scores)``, the order of scikit-learn's ``roc_auc_score``, would otherwise run and mean nothing: that is
    ``detection_auroc(known=scores[labels == 0], new=scores[labels == 1])``. A detector that only says yes or no has
    zeros and ones in both groups, which is fine. Source:
    Hanley, McNeil, *Radiology* 143(1), 1982.

    Examples
    --------
    >>> from softargmax import metrics
    >>> metrics.detection_auroc(known=[1.0, 2.0, 3.0], new=[3.0, 4.0])
    0.9166666666666666
    """
    ascending, other = _as_groups(known, new)
    below = int(np.searchsorted(ascending, other, side="left").sum())
    not_above = int(np.searchsorted(ascending, other, side="right").sum())
    return (below + not_above) / (2 * ascending.size * other.size)


def detection_fpr(*, known: npt.ArrayLike, new: npt.ArrayLike, tpr: float | Fraction = Fraction(95, 100)) -> float:
    r"""Measure how many new inputs pass for known where the share `tpr` of the known ones does: FPR95.

    .. math:: \frac{1}{n_\text{new}} \sum_i [s_i^\text{new} \le t], \qquad
              t = \min \{t : \tfrac{1}{n_\text{known}} \sum_i [s_i^\text{known} \le t] \ge \mathrm{tpr} \}

    Parameters
    ----------
    known, new : array-like, shape (n_known,), (n_new,)
        As for `detection_auroc`.
    tpr : float or Fraction, default 0.95
        The share of known inputs to accept, above 0. A float means the decimal number it is written as.

    Returns
    -------
    float
        Between 0 and 1, lower is better.

    Raises
    ------
    ArgumentError
        For NaN and for labels, as `detection_auroc`, and a share that is not between 0 and 1; ShapeError, DTypeError
        as there.

    See Also
    --------
    detection_auroc : the mean over all thresholds.
    softargmax.false_alarm_threshold : a threshold that holds its promise for inputs still to come.

    Notes
    -----
    Known inputs are the positive class here, as in the papers that brought the measure in. Some benchmarks take the new
    ones for it; theirs is ``detection_fpr(known=-new, new=-known)``. Source: Liang, Li, Srikant, *ODIN*, ICLR 2018.

    Examples
    --------
    >>> from softargmax import metrics
    >>> metrics.detection_fpr(known=[1.0, 2.0, 3.0, 4.0], new=[2.5, 5.0, 3.0, 9.0], tpr=0.75)
    0.5
    """
    ascending, other = _as_groups(known, new)
    rank = math.ceil(as_share(tpr, "tpr", open_low=True) * ascending.size)
    return int(np.count_nonzero(other <= ascending[rank - 1])) / other.size


def _as_groups(known: npt.ArrayLike, new: npt.ArrayLike) -> tuple[Array, Array]:
    """Bring the scores of both groups in, the known ones ascending."""
    ascending, other = np.sort(_as_scores(known, "known")), _as_scores(new, "new")
    if len(ascending) == len(other) and set(np.unique(ascending)) == {0.0, 1.0} and not np.isin(other, (0, 1)).all():
        raise ArgumentError(
            "known: expected scores, got only 0 and 1 beside as many other numbers, which looks like labels and their "
            "scores; pass known=scores[labels == 0], new=scores[labels == 1]",
            parameter="known",
        )
    return ascending, other


def _as_scores(scores: npt.ArrayLike, name: str) -> Array:
    array = as_floating(scores, name).astype(np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ShapeError(f"{name}: expected at least one score, shape (n,), got shape {array.shape}", parameter=name)
    if np.isnan(array).any():
        raise ArgumentError(f"{name}: expected numbers, got NaN, which has no rank", parameter=name)
    return array
