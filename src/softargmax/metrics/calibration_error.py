"""Binned calibration errors: how far a probability, of the predicted label or of class 1, is from what happens."""

import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._renamed import renamed
from softargmax.metrics._binned_error import (
    binned,
    binned_error,
    debiased_error,
    maximum_error,
    norm_of,
    one_sided_error,
    too_high,
    too_low,
)
from softargmax.metrics._judged import Aspect, Judged
from softargmax.metrics._ranked import RankedRows


@renamed(bootstrap="interval")
def expected_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    binning: str = "width",
    n_bins: int = 15,
    norm: str = "l1",
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure how far the probability of the predicted label is from its accuracy.

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n}\, \lvert \mathrm{acc}_b - \mathrm{conf}_b \rvert

    over bins of the top probability, the largest of a row; conf_b is its mean in a bin.

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    binning : {"width", "mass"}, default "width"
        Bins of equal width, (k / n, (k + 1) / n], the first also holding 0; or bins that hold equal weight, equal
        probabilities staying together.
    n_bins : int, default 15
        How many bins.
    norm : {"l1", "l2", "max"}, default "l1"
        How the gaps of the bins become one number: their mean, as above, their root mean square, or the largest.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; 0 is perfectly calibrated.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    smooth_calibration_error : no bins to choose.
    debiased_calibration_error : without what noise adds.
    overconfidence, underconfidence : its two parts.
    maximum_calibration_error : the same as ``norm="max"``.

    Notes
    -----
    The binned value is too large on average, because noise in a bin counts as error. The interval knows: it holds
    those true errors that would make the measured one no surprise, 0 among them where nothing speaks against it,
    and is widened to hold the value. Source: Guo, Pleiss, Sun, Weinberger, *ICML* (2017).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.expected_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    sums = binned(RankedRows.of(judged, of), binning, n_bins)
    return binned_error(sums, interval or Interval(), norm_of(sums, norm))


@renamed(bootstrap="interval")
def overconfidence(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    binning: str = "width",
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure how far the top probability is above accuracy where it is above.

    .. math:: \sum_b \frac{n_b}{n}\, (\mathrm{conf}_b - \mathrm{acc}_b)_+

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    binning : {"width", "mass"}, default "width"
        Bins of equal width, (k / n, (k + 1) / n], the first also holding 0; or bins that hold equal weight, equal
        probabilities staying together.
    n_bins : int, default 15
        How many bins.
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
    underconfidence : the other part of the expected calibration error.

    Notes
    -----
    Together with `underconfidence` it is the expected calibration error of the same bins. Source: Thulasidasan et
    al., *NeurIPS* (2019), without their extra factor of the confidence.

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.overconfidence([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return one_sided_error(binned(RankedRows.of(judged, of), binning, n_bins), interval or Interval(), too_high)


@renamed(bootstrap="interval")
def underconfidence(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    binning: str = "width",
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure how far the top probability is below accuracy where it is below.

    .. math:: \sum_b \frac{n_b}{n}\, (\mathrm{acc}_b - \mathrm{conf}_b)_+

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    binning : {"width", "mass"}, default "width"
        Bins of equal width, (k / n, (k + 1) / n], the first also holding 0; or bins that hold equal weight, equal
        probabilities staying together.
    n_bins : int, default 15
        How many bins.
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
    overconfidence : the other part of the expected calibration error.

    Notes
    -----
    Together with `overconfidence` it is the expected calibration error of the same bins. Source: Thulasidasan et
    al., *NeurIPS* (2019), who measure the other part.

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.underconfidence([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.0
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return one_sided_error(binned(RankedRows.of(judged, of), binning, n_bins), interval or Interval(), too_low)


@renamed(bootstrap="interval")
def maximum_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    binning: str = "width",
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the largest gap between the top probability and accuracy of any bin.

    .. math:: \mathrm{MCE} = \max_b\, \lvert \mathrm{acc}_b - \mathrm{conf}_b \rvert

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    binning : {"width", "mass"}, default "width"
        Bins of equal width, (k / n, (k + 1) / n], the first also holding 0; or bins that hold equal weight, equal
        probabilities staying together.
    n_bins : int, default 15
        How many bins.
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
    expected_calibration_error : the mean gap.

    Notes
    -----
    One row alone in its bin may decide it: with bins of equal width and few rows it says little, as its interval
    shows. Source: Pakdaman Naeini, Cooper, Hauskrecht, *AAAI* (2015).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.maximum_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.1
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return maximum_error(binned(RankedRows.of(judged, of), binning, n_bins), interval or Interval())


@renamed(bootstrap="interval")
def debiased_calibration_error(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    of: Aspect | None = None,
    binning: str = "mass",
    n_bins: int = 15,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure the root mean square gap between the top probability and accuracy, without what noise adds.

    .. math:: \sqrt{\Bigl( \sum_b \frac{n_b}{n} \Bigl[ (\mathrm{acc}_b - \mathrm{conf}_b)^2
              - \frac{\mathrm{acc}_b (1 - \mathrm{acc}_b)}{n_b - 1} \Bigr] \Bigr)_+}

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : array-like, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    of : {"label", "positive"}, optional
        Judge the probability of the predicted label, or that of class 1 of two classes, which is the default for two.
    binning : {"width", "mass"}, default "mass"
        Bins of equal width, (k / n, (k + 1) / n], the first also holding 0; or bins that hold equal weight, equal
        probabilities staying together.
    n_bins : int, default 15
        How many bins.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        Between 0 and 1; 0 where the gaps are no larger than noise makes them.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit.

    See Also
    --------
    expected_calibration_error : mean absolute gaps, with the noise.

    Notes
    -----
    The square is unbiased for the binned error, its root nearly so. A bin of one row is left out. Source: Bröcker,
    *Climate Dynamics* 39 (2012); Kumar, Liang, Ma, *NeurIPS* (2019).

    Examples
    --------
    >>> from softargmax import metrics
    >>> p = [[0.8, 0.2]] * 10
    >>> round(metrics.debiased_calibration_error([0] * 7 + [1] * 3, probabilities=p).value, 12)
    0.0
    """
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    return debiased_error(binned(RankedRows.of(judged, of), binning, n_bins), interval or Interval())
