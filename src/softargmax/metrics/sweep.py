"""The calibration error with as many bins as the data bears."""

import numpy as np
import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._renamed import renamed
from softargmax.metrics._binned import Binned
from softargmax.metrics._inversion import absolute
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._ranked import RankedRows


@renamed(bootstrap="interval")
def sweep_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the calibration error with the most bins of equal mass whose accuracies still rise.

    .. math:: \mathrm{ECE}_{b^*}, \qquad b^* =
              \max \{ b : \mathrm{acc}_1 \le \dots \le \mathrm{acc}_{b'} \text{ for all } b' \le b \}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

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
    expected_calibration_error : with a number of bins that you choose.

    Notes
    -----
    Accuracy should rise with the probability, so that bins in which it does not are too small to mean anything. The
    number of bins is taken as given in the interval. Source: Roelofs, Cain, Shlens, Mozer, *AISTATS* (2022),
    arXiv 2012.08668.

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.sweep_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return sweep_error(RankedRows.of(judged, of), interval or Interval())


def sweep_error(ranked: RankedRows, interval: Interval) -> Estimate:
    """Estimate what is ranked."""
    n_bins = rising_bins(ranked)
    sums = Binned.of(ranked, ranked.mass_bins(n_bins), n_bins)
    return sums.gaps(interval).estimate(absolute, interval, ranked.n)


def rising_bins(ranked: RankedRows) -> int:
    """Find the largest number of bins before accuracies fall somewhere for the first time."""
    weight, correct = (np.concatenate([[0.0], np.cumsum(column)]) for column in (ranked.weight, ranked.correct))
    # The bin of a probability is that of the middle of its weight, as in `RankedRows.mass_bins`.
    middle = 0.5 * (weight[:-1] + weight[1:])
    n_bins = 1
    while n_bins < len(middle):
        edges = np.searchsorted(middle, np.arange(n_bins + 2) * (ranked.total / (n_bins + 1)))
        edges[0], edges[-1] = 0, len(middle)
        edges = np.unique(edges)
        accuracy = np.diff(correct[edges]) / np.diff(weight[edges])
        if np.any(np.diff(accuracy) < 0.0):
            break
        n_bins += 1
    return n_bins
