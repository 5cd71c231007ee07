"""Whether risks are right on the whole: calibration in the large, and the slope and intercept of calibration."""

import numpy.typing as npt

from softargmax._estimate import Estimate, Interval
from softargmax._renamed import provisional
from softargmax.exceptions import TargetError
from softargmax.metrics._judged import Judged
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics._risks import intercept_of, ratio_of, slope_of
from softargmax.metrics.ranking import check_two_classes


@provisional
def calibration_slope(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure whether risks are spread right: the slope of a logistic regression of the class on their log-odds.

    .. math:: \operatorname{logit} P(y = 1) = a + b \operatorname{logit} p

    Parameters
    ----------
    targets : array-like of integer, shape (n_rows,)
        Codes of the true classes, 0 and 1.
    logits, probabilities : array-like, shape (n_rows, 2) or (n_rows,)
        What is judged: exactly one of them; (n_rows,) is one sigmoid per row, of class 1.
    sample_weight : array-like, shape (n_rows,), optional
        Non-negative; a weight of 2 is a row seen twice.
    interval : Interval, optional
        How the interval is made.

    Returns
    -------
    Estimate
        b: 1 is right; below 1 high risks are too high and low ones too low, as of a model that learned its rows by
        heart; above 1 the reverse.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        For arguments that do not fit, for more than two classes, and where the risks part the classes wholly or are all
        alike, so that there is no such regression.

    See Also
    --------
    calibration_intercept, observed_expected_ratio : whether risks are right on the whole.
    softargmax.calibration.PlattScaling : a calibration by such a slope and intercept.

    Notes
    -----
    The interval is normal, with the robust standard error (the "sandwich", times n / (n - 2)), which does not take the
    regression for true. Log-odds beyond 36, of probabilities that doubles cannot tell from 0 or 1, count as 36. Source:
    Cox, *Biometrika* 45 (1958); van Calster et al., *BMC Medicine* 17 (2019), 230; White, *Econometrica* 50 (1982).

    Examples
    --------
    >>> from softargmax import metrics
    >>> y, p = [0] * 8 + [1] * 2 + [0] * 3 + [1] * 7, [0.1] * 10 + [0.9] * 10
    >>> round(metrics.calibration_slope(y, probabilities=p).value, 4)  # events are 20 and 70 of 100
    0.5083
    """
    events = _events(targets, logits, probabilities, sample_weight)
    return _or_refused(slope_of(events, interval or Interval()), "there is no slope")


@provisional
def calibration_intercept(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure calibration in the large on the scale of log-odds: by how much all of them are too low.

    .. math:: \operatorname{logit} P(y = 1) = a + \operatorname{logit} p

    Parameters
    ----------
    targets, logits, probabilities, sample_weight, interval
        As for `calibration_slope`.

    Returns
    -------
    Estimate
        a, with the slope held at 1: 0 is right; above 0 risks are too low on the whole, below 0 too high.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        As for `calibration_slope`, and if one of the classes does not occur.

    See Also
    --------
    observed_expected_ratio : the same as a ratio of events.
    calibration_slope : whether they are spread right; it has the sources.

    Examples
    --------
    >>> from softargmax import metrics
    >>> y, p = [0] * 8 + [1] * 2 + [0] * 3 + [1] * 7, [0.1] * 10 + [0.9] * 10
    >>> round(metrics.calibration_intercept(y, probabilities=p).value, 4)  # 9 events of 10 that were foretold
    -0.5435
    """
    events = _events(targets, logits, probabilities, sample_weight)
    return _or_refused(intercept_of(events, interval or Interval()), "there is no intercept")


@provisional
def observed_expected_ratio(
    targets: npt.ArrayLike,
    /,
    *,
    logits: npt.ArrayLike | None = None,
    probabilities: npt.ArrayLike | None = None,
    sample_weight: npt.ArrayLike | None = None,
    interval: Interval | None = None,
) -> Estimate:
    r"""Measure calibration in the large as a ratio: how many events there are for each that was foretold (O:E).

    .. math:: \sum_i y_i \Big/ \sum_i p_i

    Parameters
    ----------
    targets, logits, probabilities, sample_weight, interval
        As for `calibration_slope`.

    Returns
    -------
    Estimate
        1 is right; above 1 there are more events than foretold.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, TargetError
        As for `calibration_slope`, and if no event occurs.

    See Also
    --------
    calibration_intercept : the same on the scale of log-odds.

    Notes
    -----
    The interval is normal on the scale of the logarithm, and counts that the risks were drawn with the rows. Source:
    Debray et al., *BMJ* 356 (2017), i6460.

    Examples
    --------
    >>> from softargmax import metrics
    >>> y, p = [0] * 8 + [1] * 2 + [0] * 3 + [1] * 7, [0.1] * 10 + [0.9] * 10
    >>> round(metrics.observed_expected_ratio(y, probabilities=p).value, 4)  # 9 of 10
    0.9
    """
    events = _events(targets, logits, probabilities, sample_weight)
    return _or_refused(ratio_of(events, interval or Interval()), "there is no ratio")


def _events(
    targets: npt.ArrayLike,
    logits: npt.ArrayLike | None,
    probabilities: npt.ArrayLike | None,
    sample_weight: npt.ArrayLike | None,
) -> RankedRows:
    judged = Judged.of(targets, logits=logits, probabilities=probabilities, sample_weight=sample_weight)
    check_two_classes(judged)
    return RankedRows.of(judged, "positive")


def _or_refused(found: Estimate | None, words: str) -> Estimate:
    if found is None:
        raise TargetError(
            f"targets: {words}, for one of the classes does not occur, or the risks are all alike or part the two "
            "classes wholly; expected rows of both classes among high risks and among low ones",
            parameter="targets",
        )
    return found
