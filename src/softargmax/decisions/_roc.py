"""What a score of novelty is worth: how well it tells new from known."""

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating
from softargmax._options import as_share
from softargmax.exceptions import ArgumentError, ShapeError


def auroc(in_scores: npt.ArrayLike, out_scores: npt.ArrayLike, /) -> float:
    r"""Measure how well scores tell new inputs from known ones: the area under the ROC curve.

    .. math:: P(S_\text{out} > S_\text{in}) + \tfrac12 P(S_\text{out} = S_\text{in})

    Parameters
    ----------
    in_scores : array-like, shape (n_in,)
        Scores of inputs like those of training. Higher means less alike.
    out_scores : array-like, shape (n_out,)
        Scores of inputs of another kind.

    Returns
    -------
    float
        1 if every new input scores higher than every known one, 0.5 if scores tell nothing.

    Raises
    ------
    ArgumentError
        For NaN; ShapeError for arrays without a score, DTypeError for what is not a number.

    See Also
    --------
    fpr_at_tpr : the error at one threshold instead of the mean over all.
    out_of_distribution_score : such scores.

    Notes
    -----
    Counted from ranks, which is exact with ties: the Mann-Whitney statistic. Source: Hanley, McNeil, *Radiology*
    143(1), 1982.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.auroc([1.0, 2.0, 3.0], [3.0, 4.0])
    0.9166666666666666
    """
    known, new = np.sort(_as_scores(in_scores, "in_scores")), _as_scores(out_scores, "out_scores")
    below = int(np.searchsorted(known, new, side="left").sum())
    not_above = int(np.searchsorted(known, new, side="right").sum())
    return (below + not_above) / (2 * known.size * new.size)


def fpr_at_tpr(
    in_scores: npt.ArrayLike, out_scores: npt.ArrayLike, /, *, tpr: float | Fraction = Fraction(95, 100)
) -> float:
    r"""Measure how many new inputs pass for known where the share `tpr` of the known ones does: FPR95.

    .. math:: \frac{1}{n_\text{out}} \sum_i [s_i^\text{out} \le t], \qquad
              t = \min \{t : \tfrac{1}{n_\text{in}} \sum_i [s_i^\text{in} \le t] \ge \mathrm{tpr} \}

    Parameters
    ----------
    in_scores, out_scores : array-like, shape (n_in,), (n_out,)
        As for `auroc`.
    tpr : float or Fraction, default 0.95
        The share of known inputs to accept, above 0. A float means the decimal number it is written as.

    Returns
    -------
    float
        Between 0 and 1, lower is better.

    Raises
    ------
    ArgumentError
        For NaN, and a share that is not between 0 and 1; ShapeError, DTypeError as for `auroc`.

    See Also
    --------
    auroc : the mean over all thresholds.
    false_alarm_threshold : a threshold that holds its promise for inputs still to come.

    Notes
    -----
    Known inputs are the positive class here, as in the papers that brought the measure in. Some benchmarks take the new
    ones for it; theirs is ``fpr_at_tpr(-out_scores, -in_scores)``. Source: Liang, Li, Srikant, *ODIN*, ICLR 2018.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.fpr_at_tpr([1.0, 2.0, 3.0, 4.0], [2.5, 5.0, 3.0, 9.0], tpr=0.75)
    0.5
    """
    known, new = np.sort(_as_scores(in_scores, "in_scores")), _as_scores(out_scores, "out_scores")
    rank = math.ceil(as_share(tpr, "tpr", open_low=True) * known.size)
    return int(np.count_nonzero(new <= known[rank - 1])) / new.size


def _as_scores(scores: npt.ArrayLike, name: str) -> Array:
    array = as_floating(scores, name).astype(np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ShapeError(f"{name}: expected at least one score, shape (n,), got shape {array.shape}")
    if np.isnan(array).any():
        raise ArgumentError(f"{name}: expected numbers, got NaN, which has no rank")
    return array
