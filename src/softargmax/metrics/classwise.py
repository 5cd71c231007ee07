"""Calibration class by class."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax._options import as_integer
from softargmax._renamed import renamed
from softargmax.metrics._binned import Binned
from softargmax.metrics._class_bins import SPREAD, ClassBins
from softargmax.metrics._inversion import absolute
from softargmax.metrics._judged import Judged
from softargmax.metrics._ranked import width_bins


@renamed(bootstrap="interval")
def classwise_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure how far the probability of every class is from its frequency, averaged over classes.

    .. math:: \frac{1}{K} \sum_k \sum_b \frac{n_{kb}}{n}\, \lvert \mathrm{freq}_{kb}
              - \mathrm{prob}_{kb} \rvert

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    n_bins : int, default 15
        How many bins.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; with many classes small, since most probabilities are nearly 0.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    top_label_calibration_error : by the class that is predicted.

    Notes
    -----
    Bins are of equal width. Some packages give the sum over classes: multiply by K. With many classes most of the
    measured value is noise, each class having its few events, and the interval begins far below it. Source: Kull et
    al., *NeurIPS* (2019); Nixon et al., *CVPR Workshops* (2019).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.classwise_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return classwise_error(ClassBins.of(judged, as_integer(n_bins, "n_bins", low=1)), interval or Interval())


@renamed(bootstrap="interval")
def top_label_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure how far the top probability is from accuracy among rows that are given the same label.

    .. math:: \sum_k \sum_b \frac{n_{kb}}{n}\, \lvert \mathrm{acc}_{kb} - \mathrm{conf}_{kb} \rvert

    over bins of equal width of those rows for which k is predicted.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    n_bins : int, default 15
        How many bins.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; at least the expected calibration error of the same bins.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    expected_calibration_error : labels that are trusted too much and too little may cancel in it.

    Notes
    -----
    What is meant by "when it says *cat* with 90 %, it is right in 90 %". Source: Gupta, Ramdas, *ICLR* (2022),
    arXiv 2107.08353.

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.top_label_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return top_label_error(top_label_sums(judged, as_integer(n_bins, "n_bins", low=1)), interval or Interval())


def classwise_error(sums: ClassBins, interval: Interval) -> Estimate:
    """Estimate the mean over classes."""
    n_classes = len(sums.weight)

    def mean(gaps: Array) -> Array:
        found = absolute(gaps) / n_classes
        return np.asarray(found.mean() + SPREAD * (found - found.mean()))  # of one row: of the gaps as they are

    return sums.gaps(interval).estimate(mean, interval, sums.n)


def top_label_sums(judged: Judged, n_bins: int) -> Binned:
    """Sum rows in the bins of the class that is predicted."""
    bins = judged.predicted * n_bins + width_bins(judged.top_probability, n_bins)
    return Binned.of_rows(bins, judged.n_classes * n_bins, judged.top_probability, judged.correct, judged.weight)


def top_label_error(sums: Binned, interval: Interval) -> Estimate:
    """Estimate the sum over predicted classes."""
    return sums.gaps(interval).estimate(absolute, interval, sums.n)
